"""`hyp3-mirror sync` at its default settings, as one more way to fetch a set of files."""

import json
import os
import subprocess
import sys
from pathlib import Path

from peers import Task
from rig.jobs import TOKEN, job
from rig.products import ProductSet

NAME = 'bench'
SUFFIX = '_VV.tif'


def command_path(chosen: str | None, product: str = 'hyp3-mirror') -> Path:
    """The command to measure (or one it needs): the one asked for, or the release build of this checkout."""
    if chosen:
        path = Path(chosen).resolve()
        if not os.access(path, os.X_OK):
            sys.exit(f'bench: {path} is not an executable')
        return path
    package = Path(os.environ['MIRROR_SCRIPTS']).parent
    print(f'building {product} (release)', file=sys.stderr)
    build = ['swift', 'build', '--package-path', str(package), '-c', 'release', '--static-swift-stdlib',
             '--product', product]
    subprocess.run(build, check=True, stdout=sys.stderr)
    where = subprocess.run([*build, '--show-bin-path'], check=True, capture_output=True, text=True).stdout.strip()
    return Path(where) / product


def write_jobs(path: Path, files: ProductSet, base: str) -> None:
    """The job list that the server answers with: one finished job a file."""
    jobs = [job(file.name.removesuffix(SUFFIX), index, base, name=NAME) for index, file in enumerate(files.files)]
    path.write_text(json.dumps({'jobs': jobs}))


def sync(command: Path, host: str, task: Task, *options: str) -> list[str]:
    """The command line, with its configuration written beside."""
    return _line(command, 'sync', host, task, *options)


def plan(command: Path, host: str, task: Task) -> list[str]:
    """The command line that gives the URLs of what is missing, one a line, as for other downloaders."""
    return _line(command, 'plan', host, task, '--format', 'urls')


def _line(command: Path, subcommand: str, host: str, task: Task, *options: str) -> list[str]:
    configuration = {'project_name': NAME, 'host': host, 'transfer_spec': {'extensions': [SUFFIX]}}
    path = task.note('bench.json', [json.dumps(configuration)])
    return [str(command), subcommand, str(path), '--archive', str(task.out), '--cacert', str(task.authority), *options]


def environment() -> dict[str, str]:
    return {'EARTHDATA_TOKEN': TOKEN}


def archived(out: Path) -> Path:
    """Where the products lie."""
    return out / NAME
