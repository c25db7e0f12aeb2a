"""The account and the archives of `scripts/bench scan` and `noop`: 100,000 jobs whose products are a million files."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from rig.archive import SUFFIXES, Archive, make_archive
from rig.simulator import Simulator, simulator
from rig.venv import cache

PROJECT = 'bench'
# The same jobs on every day, so that the files can be kept: 2026-11-01T00:00:00Z, and a thousand days before it.
_CATALOGUE = ['--now', '1793491200', '--span-days', '1000', '--raster-size', '64']


def add_options(parser) -> None:
    parser.add_argument('--jobs', type=int, help='stems of ten files each (default 100,000; 1,000 with --quick)')
    parser.add_argument('--files', type=Path, default=cache() / 'archives', help='where the files are kept')
    parser.add_argument('--clean', action='store_true', help='only remove the files kept there')


def clean(options) -> int:
    if options.files.exists():
        shutil.rmtree(options.files)
    return 0


@contextmanager
def account(directory: Path, jobs: int, latency: int = 0):
    """The simulator with so many jobs, all of them in the archives of `archives` as far as they have files."""
    with simulator(directory, '--jobs', str(jobs), '--latency-ms', str(latency), *_CATALOGUE,
                   project=PROJECT) as service:
        yield service


def command_line(command: Path, subcommand: str, service: Simulator, scratch: Path, archive: Path) -> list[str]:
    """hyp3-mirror for that account and all suffixes."""
    configuration = scratch / 'project.json'
    configuration.write_text(json.dumps(service.configuration(*SUFFIXES)))
    return [str(command), subcommand, str(configuration), '--archive', str(archive), '--cacert', service.ca]


def environment(service: Simulator, scratch: Path) -> dict[str, str]:
    return {'EARTHDATA_TOKEN': service.token, 'HOME': str(scratch)}


def archives(command: Path, service: Simulator, scratch: Path, jobs: int, base: Path) -> dict[str, Archive]:
    """The products of all jobs in one directory, and shared out among one for every ten jobs."""
    stems = _stems(command, service, scratch, jobs)
    base.mkdir(parents=True, exist_ok=True)
    places = {'one directory': 0, f'{jobs // 10:,} directories': jobs // 10}
    return {label: make_archive(base, PROJECT, stems, directories) for label, directories in places.items()}


def _stems(command: Path, service: Simulator, scratch: Path, jobs: int) -> list[str]:
    """As many different stems as there are jobs. Some jobs list no files and some share a stem; others of the same form
    stand in for those."""
    empty = scratch / 'empty'
    empty.mkdir(exist_ok=True)
    line = command_line(command, 'plan', service, scratch, empty)
    one = scratch / 'one.json'
    one.write_text(json.dumps(service.configuration('_VV.tif')))
    line[2] = str(one)
    done = subprocess.run([*line, '--format', 'json', '--quiet'], env=environment(service, scratch),
                          stdout=subprocess.PIPE, check=True, text=True)
    files = (json.loads(row)['file'] for row in done.stdout.splitlines())
    stems = sorted({file.removesuffix('_VV.tif') for file in files if file})
    print(f'{jobs:,} jobs, {len(stems):,} stems of theirs', file=sys.stderr)
    missing = jobs - len(stems)
    return stems + [f'S1A_IW_20150520T001530_DVP_RTC30_G_gpuned_{number:06X}' for number in range(missing)]
