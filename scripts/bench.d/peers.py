"""What people would use instead: each peer as a command that downloads one set of files into an empty directory."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.products import ProductSet
from rig.venv import python_with

SDK = 'hyp3-sdk==7.7.*'


@dataclass(frozen=True)
class Task:
    """Download `files` from `base` (a URL without its last slash), trusting `authority`, into `out`.

    `scratch` is an empty directory for lists and settings, written before the clock starts."""

    files: ProductSet
    base: str
    authority: Path
    out: Path
    scratch: Path

    def urls(self) -> list[str]:
        return [f'{self.base}/{file.name}' for file in self.files.files]

    def note(self, name: str, lines: list[str]) -> Path:
        path = self.scratch / name
        path.write_text('\n'.join(lines) + '\n')
        return path


@dataclass(frozen=True)
class Peer:
    """`tuned` settings are hand-picked for the line, the others are the tool's own defaults or the 8 at once of the
    comparison. Of a set longer than `most` only the first `most` files are fetched, and the figures scaled up."""

    name: str
    setting: str
    command: Callable[[Task], list[str]]
    tuned: bool = False
    most: int | None = None

    @property
    def label(self) -> str:
        return f'{self.name} ({self.setting})'


def curl(*options: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        lines = [f'url = "{url}"\noutput = "{file.name}"' for url, file in zip(task.urls(), task.files.files)]
        return ['curl', '--disable', '--fail', '--silent', '--show-error', '--cacert', str(task.authority),
                '--parallel', *options, '--config', str(task.note('curl.config', lines))]
    return command


def aria2(*options: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        return ['aria2c', '--no-conf', '--quiet', f'--ca-certificate={task.authority}', f'--dir={task.out}',
                f'--input-file={task.note("urls", task.urls())}', *options]
    return command


def wget2(*options: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        return ['wget2', '--no-config', '--no-hsts', '--quiet', f'--ca-certificate={task.authority}',
                f'--directory-prefix={task.out}', f'--input-file={task.note("urls", task.urls())}', *options]
    return command


def rclone(*options: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        names = task.note('names', [file.name for file in task.files.files])
        return ['rclone', '--config', str(task.scratch / 'rclone.conf'), '--quiet', '--ca-cert', str(task.authority),
                'copy', ':http:', str(task.out), '--http-url', task.base + '/', '--files-from-raw', str(names),
                *options]
    return command


def lftp(parallel: int, parts: int = 1) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        fetch = 'get1' if parts == 1 else f'pget -n {parts}'
        lines = [f'set ssl:ca-file {task.authority}', f'set cmd:queue-parallel {parallel}', 'set cmd:fail-exit no',
                 'set net:connection-limit 64', 'set xfer:log no', 'set pget:save-status never']
        lines += [f'queue {fetch} {url}' for url in task.urls()] + ['queue start', 'wait all', 'exit']
        return ['lftp', '--norc', '-f', str(task.note('lftp.script', lines))]
    return command


def notebook() -> Callable[[Task], list[str]]:
    """The loop of the notebook that users have: the official SDK's `download_file`, one file after another."""
    python = python_with(SDK)

    def command(task: Task) -> list[str]:
        loop = ['import sys', 'from hyp3_sdk.util import download_file',
                'for url in open(sys.argv[1]).read().split():',
                "    download_file(url, url.rsplit('/', 1)[1], chunk_size=10485760)"]
        return [str(python), str(task.note('loop.py', loop)), str(task.note('urls', task.urls()))]
    return command


def environment(task: Task) -> dict[str, str]:
    """Keeps every peer away from the user's own settings, and has the SDK trust the run's authority."""
    return {'HOME': str(task.scratch), 'REQUESTS_CA_BUNDLE': str(task.authority), 'LC_ALL': 'C.UTF-8'}


def loopback_peers(label: str) -> list[Peer]:
    """Peers at 8 transfers at once, and at their defaults where those are others."""
    return [
        Peer('curl', '--parallel-max 8', curl('--parallel-max', '8')),
        Peer('aria2c', 'defaults', aria2()),
        Peer('aria2c', '-j8 -x1, no allocation', aria2('-j8', '-x1', '-s1', '--file-allocation=none'), tuned=True),
        Peer('wget2', '--max-threads=8', wget2('--max-threads=8')),
        Peer('rclone', 'defaults', rclone()),
        Peer('rclone', '--transfers 8, no HEAD', rclone('--transfers', '8', '--http-no-head', '--no-check-dest'),
             tuned=True),
        Peer('lftp', '8 at once', lftp(8)),
        Peer("notebook's loop", 'one by one', notebook(), most=400 if label == 'small' else 4),
    ]


def gigabit_peers(label: str) -> list[Peer]:
    return loopback_peers(label)


def long_peers(label: str) -> list[Peer]:
    """Peers at their defaults, and at the best settings found by hand for a long lossy line."""
    slow = Peer("notebook's loop", 'one by one', notebook(), most=20 if label == 'small' else 1)
    many = ('--file-allocation=none', '--min-split-size=1M')
    if label == 'small':
        return [
            Peer('curl', '--parallel-max 8', curl('--parallel-max', '8')),
            Peer('curl', '--parallel-max 32 --parallel-immediate', curl('--parallel-max', '32', '--parallel-immediate'),
                 tuned=True),
            Peer('aria2c', 'defaults', aria2()),
            Peer('aria2c', '-j32 -x1', aria2('-j32', '-x1', '-s1', *many), tuned=True),
            Peer('aria2c', '-j64 -x1', aria2('-j64', '-x1', '-s1', *many), tuned=True),
            Peer('wget2', 'defaults', wget2()),
            Peer('wget2', '--max-threads=32', wget2('--max-threads=32'), tuned=True),
            Peer('rclone', 'defaults', rclone()),
            Peer('rclone', '--transfers 32, no HEAD', rclone('--transfers', '32', '--http-no-head', '--no-check-dest'),
                 tuned=True),
            Peer('lftp', '32 at once', lftp(32), tuned=True),
            slow,
        ]
    return [
        Peer('curl', '--parallel-max 8', curl('--parallel-max', '8')),
        Peer('aria2c', 'defaults', aria2()),
        Peer('aria2c', '-x16 -s16', aria2('-j2', '-x16', '-s16', *many), tuned=True),
        Peer('aria2c', '-x8 -s8', aria2('-j2', '-x8', '-s8', *many), tuned=True),
        Peer('rclone', 'defaults', rclone()),
        Peer('rclone', '--multi-thread-streams 16',
             rclone('--multi-thread-streams', '16', '--multi-thread-cutoff', '1M'), tuned=True),
        Peer('lftp', 'pget -n 16', lftp(2, 16), tuned=True),
        slow,
    ]


def available(peers: list[Peer]) -> list[Peer]:
    """lftp is a guest: measured where it is installed."""
    return [peer for peer in peers if peer.name != 'lftp' or shutil.which('lftp')]


def versions() -> dict[str, str]:
    asked = {'curl': ['curl', '--version'], 'aria2c': ['aria2c', '--version'], 'wget2': ['wget2', '--version'],
             'rclone': ['rclone', 'version'], 'lftp': ['lftp', '--version'], 'nginx': ['nginx', '-v'],
             'openssl': ['openssl', 'version']}
    found = {}
    for name, command in asked.items():
        if shutil.which(name):
            answer = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'LC_ALL': 'C'})
            found[name] = (answer.stdout or answer.stderr).splitlines()[0].strip()
    return found
