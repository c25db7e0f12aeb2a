"""Runs a command and says what it cost."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from rig.process import in_namespace, tail


@dataclass(frozen=True)
class Cost:
    """`cpu` is user + system time of the command and of all it started and waited for; `memory` its peak RSS in bytes
    (of the largest process). Kernel threads (write-back, packet reception) are in no one's account."""

    status: int
    wall: float
    cpu: float
    memory: int
    log: Path

    def __add__(self, other: 'Cost') -> 'Cost':
        return Cost(self.status or other.status, self.wall + other.wall, self.cpu + other.cpu,
                    max(self.memory, other.memory), self.log)


def run(
    command: list[str],
    log: Path,
    *,
    directory: Path,
    environment: dict[str, str] | None = None,
    namespace: str | None = None,
    seconds: float = 1800,
    output: Path | None = None,
) -> Cost:
    """Runs the command to its end. Status 124 if it took longer than `seconds` and was killed.

    GNU time stands between: a child of this process would show at least this process's own peak memory as its own,
    because Linux hands the high-water mark on through fork and exec.
    """
    usage = log.with_suffix('.usage')
    usage.unlink(missing_ok=True)
    timed = in_namespace(namespace, ['/usr/bin/time', '--quiet', '--format=%U %S %M', f'--output={usage}', *command])
    with log.open('ab') as errors, (output.open('wb') if output else open(os.devnull, 'wb')) as results:
        begun = time.monotonic()
        child = subprocess.Popen(
            timed, cwd=directory, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            stdout=results if output else errors, stderr=errors, start_new_session=True,
        )
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            status = 124
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        wall = time.monotonic() - begun
    try:
        user, system, kibibytes = usage.read_text().split()[-3:]
        return Cost(status, wall, float(user) + float(system), int(kibibytes) * 1024, log)
    except (OSError, ValueError):
        return Cost(status or 125, wall, 0, 0, log)


def explain(cost: Cost) -> str:
    return f'status {cost.status} after {cost.wall:.1f} s; its output ends: {tail(cost.log)}'
