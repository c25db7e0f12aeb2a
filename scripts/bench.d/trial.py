"""One peer's download of one set, timed, then proven as a careful user would: sync, md5sum, sha256sum."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import ours
import peers
from peers import Peer, Task
from rig.measure import Cost, explain, run
from rig.products import ProductSet


@dataclass(frozen=True)
class Place:
    """`base` is the URL of the directory of the set, `host` that of the HyP3 API; clients run in `namespace`."""

    host: str
    base: str
    authority: Path
    namespace: str | None


@dataclass(frozen=True)
class Trial:
    """Costs of one go, for the whole set (`scale` says by how much they were scaled up).

    `proof` is sync + md5sum + sha256sum; `careful` the same by `openssl dgst`, half of the files on each core, measured
    where nothing but the digests takes time; `openssl` the two digests one after the other, measured after curl only."""

    label: str
    transfer: Cost
    proof: Cost | None = None
    careful: Cost | None = None
    openssl: Cost | None = None
    scale: float = 1
    failure: str | None = None


class Trials:
    """Runs trials below one directory, every one in a fresh directory of its own."""

    def __init__(self, directory: Path, place: Place, files: ProductSet, seconds: float):
        self._directory = directory
        self._place = place
        self._files = files
        self._seconds = seconds

    def peer(self, peer: Peer, with_careful: bool, with_openssl: bool) -> Trial:
        files = self._files if peer.most is None else self._files.first(peer.most)
        scale = len(self._files.files) / len(files.files)
        with self._fresh(files) as task:
            command = peer.command(task)
            settle(task.out)
            transfer = self._run(command, task, peers.environment(task))
            if transfer.status != 0:
                return Trial(peer.label, transfer, scale=scale, failure=explain(transfer))
            durable = self._shell('sync --file-system .', task)
            proof = durable + self._digest('md5sum', task) + self._digest('sha256sum', task)
            wrong = _wrong(task, 'md5sum', {file.name: file.md5 for file in files.files})
            careful = durable + self._side_by_side(task, len(files.files)) if with_careful else None
            openssl = None
            if with_openssl:
                openssl = self._digest('openssl dgst -r -md5', task) + self._digest('openssl dgst -r -sha256', task)
            return Trial(peer.label, transfer, proof, careful, openssl, scale, wrong)

    def ours(self, command: Path, options: list[str], label: str) -> Trial:
        with self._fresh(self._files) as task:
            line = ours.sync(command, self._place.host, task, *options)
            settle(task.out)
            transfer = self._run(line, task, peers.environment(task) | ours.environment())
            self._show_times(task)
            if transfer.status != 0:
                return Trial(label, transfer, failure=explain(transfer))
            products = ours.archived(task.out)
            check = subprocess.run(['sha256sum', '--check', '--quiet', 'SHA256SUMS'], cwd=products,
                                   capture_output=True, text=True)
            if check.returncode != 0:
                return Trial(label, transfer, failure=f'SHA256SUMS does not hold: {check.stdout}{check.stderr}')
            listed = (products / 'SHA256SUMS').read_text()
            expected = {file.name: file.sha256 for file in self._files.files}
            return Trial(label, transfer, failure=_compare(_digests(listed), expected))

    @staticmethod
    def _show_times(task: Task) -> None:
        """With `--option=--log-level=debug`: when the run came how far, and how many connections it had."""
        for line in (task.scratch / 'log').read_text(errors='replace').splitlines():
            if 'came how far' in line or 'debug connections' in line:
                print(line, file=sys.stderr)

    def plan(self, command: Path, label: str) -> Trial:
        """What it takes to learn the URLs, which other programs are given."""
        with self._fresh(self._files) as task:
            line = ours.plan(command, self._place.host, task)
            cost = self._run(line, task, peers.environment(task) | ours.environment())
            return Trial(label, cost, failure=explain(cost) if cost.status != 0 else None)

    def _run(self, command: list[str], task: Task, environment: dict[str, str]) -> Cost:
        return run(command, task.scratch / 'log', directory=task.out, environment=environment,
                   namespace=self._place.namespace, seconds=self._seconds)

    def _shell(self, script: str, task: Task, output: Path | None = None) -> Cost:
        return run(['sh', '-c', script], task.scratch / 'proof', directory=task.out, output=output,
                   seconds=self._seconds)

    def _digest(self, tool: str, task: Task) -> Cost:
        script = f"find . -type f -printf '%f\\0' | xargs -0 {tool}"
        return self._shell(script, task, task.scratch / tool.split()[-1].lstrip('-'))

    def _side_by_side(self, task: Task, count: int) -> Cost:
        """Both digests with OpenSSL, half of the files by each of two processes."""
        both = "openssl dgst -r -md5 \"$@\" && openssl dgst -r -sha256 \"$@\""
        script = f"find . -type f -printf '%f\\0' | xargs -0 -P2 -n{-(-count // 2)} sh -c '{both}' half"
        return self._shell(script, task, task.scratch / 'both')

    def _fresh(self, files: ProductSet) -> '_Fresh':
        return _Fresh(self._directory, self._place, files)


class _Fresh:
    """An empty output directory and scratch directory, removed afterwards."""

    def __init__(self, directory: Path, place: Place, files: ProductSet):
        self._task = Task(files, place.base, place.authority, directory / 'out', directory / 'scratch')

    def __enter__(self) -> Task:
        self._clear()
        self._task.out.mkdir(parents=True)
        self._task.scratch.mkdir(parents=True)
        return self._task

    def __exit__(self, *_) -> None:
        self._clear()

    def _clear(self) -> None:
        for directory in (self._task.out, self._task.scratch):
            shutil.rmtree(directory, ignore_errors=True)


def settle(directory: Path) -> None:
    """Leaves no one else's dirty pages for the next trial to wait for."""
    subprocess.run(['sync', '--file-system', str(directory)], check=True)


def _digests(text: str) -> dict[str, str]:
    """Digest by file name, of lines as md5sum writes them."""
    return {line.split(maxsplit=1)[1].lstrip('*').rsplit('/', 1)[-1]: line.split()[0] for line in text.splitlines()}


def _wrong(task: Task, tool: str, expected: dict[str, str]) -> str | None:
    return _compare(_digests((task.scratch / tool).read_text()), expected)


def _compare(found: dict[str, str], expected: dict[str, str]) -> str | None:
    if found == expected:
        return None
    missing = [name for name in expected if name not in found]
    differing = [name for name in expected if name in found and found[name] != expected[name]]
    surplus = [name for name in found if name not in expected]
    return f'{len(missing)} files missing, {len(differing)} wrong, {len(surplus)} too many'
