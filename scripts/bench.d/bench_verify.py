"""scripts/bench verify: reading an archive again, beside `sha256sum` on two cores and beside reading alone.

8 GiB in 4,000 files with their record; cold (what the system has of the files is dropped before each run) and warm. The
archive has its lines in manifest.jsonl and SHA256SUMS as a sync would have left them.
"""

import json
import os
import random
import sys
import tempfile
from pathlib import Path

import rounds
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.products import ProductSet, make_products
from rig.venv import cache
from rounds import Entrant

PROJECT = 'bench'
OURS = 'hyp3-mirror verify'
SUMS = 'xargs -P2 sha256sum'
READ = 'xargs -P2 cat'
MEMORY = 64


def main() -> int:
    parser = rounds.options('verify', __doc__)
    parser.add_argument('--gib', type=float, help='bytes in all (default 8; 0.08 with --quick)')
    parser.add_argument('--count', type=int, help='files (default 4,000; 40 with --quick)')
    parser.add_argument('--files', type=Path, default=cache() / 'archives', help='where the files are kept')
    parser.add_argument('--states', default='cold,warm', help='cold, warm, or both (default)')
    options = parser.parse_args()
    end_on_signals()
    need_packages('time', 'findutils', 'coreutils')
    command = Path(options.command).resolve() if options.command else rounds.ours.command_path(None)
    gib = options.gib or (0.08 if options.quick else 8)
    number = options.count or (40 if options.quick else 4000)
    count = options.rounds or (1 if options.quick else 3)
    files = make_products(options.files, 'verify', number, int(gib * 2**30 / number) // 256 * 256)
    results = {'files': number, 'bytes': files.bytes, 'rounds': count, 'parts': {}}
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-bench-', dir=options.work) as work:
        work = Path(work)
        project = record(work / 'archive' / PROJECT, files)
        for state in options.states.split(','):
            title = f'{files.bytes / 2**30:.2f} GiB in {number:,} files, {state}'
            trials = measure(entrants(command, work, project, files), count, work, files, state == 'cold', options)
            made = rounds.rows(trials)
            named = {row.label: row for row in made}
            results['parts'][title] = rounds.results(trials)
            print(f'### {title}, {count} rounds\n\n{rounds.markdown(made, named[OURS])}\n')
            if not any(row.failure for row in made):
                own = named[OURS]
                print(rounds.verdict(f'ours / {SUMS}, wall', own.wall / named[SUMS].wall, 0.5, '×'))
                print(rounds.verdict(f'ours / {READ}, wall', own.wall / named[READ].wall, 1.1, '×'))
                print(rounds.verdict('peak memory', own.memory / rounds.MB, MEMORY, ' MB'), flush=True)
            print(flush=True)
    return rounds.write('verify', options, results)


def record(project: Path, files: ProductSet) -> Path:
    """An archive of these files, by links, with its record."""
    state = project / '.hyp3-mirror'
    state.mkdir(parents=True)
    with (state / 'manifest.jsonl').open('w') as manifest, (project / 'SHA256SUMS').open('w') as sums:
        for file in files.files:
            try:
                os.link(files.directory / file.name, project / file.name)
            except OSError:
                os.symlink(files.directory / file.name, project / file.name)
            line = {'archived': '2026-11-01T00:00:00Z', 'check': 'md5-etag', 'etag': f'"{file.etag}"',
                    'job_id': file.name, 'job_type': 'RTC_GAMMA', 'path': file.name, 'requested': '2026-10-31T00:00:00Z', 'schema': 1,
                    'sha256': file.sha256, 'size': file.size, 'url': f'https://bucket.example/{file.name}'}
            manifest.write(json.dumps(line) + '\n')
            sums.write(f'{file.sha256}  {file.name}\n')
    return project


def entrants(command: Path, scratch: Path, project: Path, files: ProductSet) -> list[Entrant]:
    configuration = scratch / 'project.json'
    configuration.write_text(json.dumps({'project_name': PROJECT, 'host': 'https://hyp3.example',
                                         'transfer_spec': {'extensions': ['_VV.tif']}}))
    names = scratch / 'names'
    names.write_bytes(b''.join(os.fsencode(project / file.name) + b'\0' for file in files.files))

    def verified(output: Path, log: Path) -> str | None:
        said = output.read_text()
        return None if f'{len(files.files)} of {len(files.files)} files verified' in said else said[-400:]

    def summed(output: Path, log: Path) -> str | None:
        with output.open('rb') as lines:
            seen = sum(1 for _ in lines)
        return None if seen == len(files.files) else f'{seen} digests instead of {len(files.files)}'

    def each(program: str) -> list[str]:
        return ['xargs', '--null', f'--arg-file={names}', '-P2', '-n8', program]

    read = ['sh', '-c', '"$@" > /dev/null', 'sh', *each('cat')]
    return [
        Entrant(OURS, [str(command), 'verify', str(configuration), '--archive', str(project.parent), '--quiet'],
                {'HOME': str(scratch)}, verified, True),
        Entrant(SUMS, each('sha256sum'), {}, summed, True),
        Entrant(READ, read),
    ]


def measure(entrants: list[Entrant], count: int, scratch: Path, files: ProductSet, cold: bool, options) -> dict:
    trials = {entrant.label: [] for entrant in entrants}
    order, shuffler = list(entrants), random.Random(options.seed)
    for number in range(count):
        shuffler.shuffle(order)
        for entrant in order:
            (drop if cold else warm)(files)
            trial = rounds.once(entrant, scratch, options.timeout)
            trials[entrant.label].append(trial)
            note = f'FAILED, {trial.failure}' if trial.failure else f'{trial.transfer.wall:.2f} s'
            state = 'cold' if cold else 'warm'
            print(f'{state}, round {number + 1}: {entrant.label}: {note}', file=sys.stderr, flush=True)
    return trials


def drop(files: ProductSet) -> None:
    """Has the system forget what it has of the files."""
    os.sync()
    for file in files.files:
        descriptor = os.open(files.directory / file.name, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def warm(files: ProductSet) -> None:
    for file in files.files:
        with (files.directory / file.name).open('rb', buffering=0) as content:
            while content.read(1 << 20):
                pass


if __name__ == '__main__':
    sys.exit(main())
