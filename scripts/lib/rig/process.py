"""Starting and ending servers."""

import ctypes
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class RigError(Exception):
    """A part of the rig could not be set up; the message says which and why."""


def die_with_parent() -> None:
    """For `preexec_fn`: the child gets SIGTERM when the process that started it ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def end_on_signals() -> None:
    """Lets SIGTERM and SIGHUP end this process as SIGINT does: through every `finally` and context manager. Only the
    first one: `timeout` sends two, and the second would cut the tidying up short."""
    numbers = (signal.SIGTERM, signal.SIGHUP)

    def end(number, _):
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in numbers:
        signal.signal(number, end)


def free_port(address: str = '127.0.0.1') -> int:
    """A TCP port that was free a moment ago: whoever binds it must be ready to lose the race and ask again."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def in_namespace(namespace: str | None, command: list[str]) -> list[str]:
    """The command as it runs inside a network namespace (`None`: in the present one)."""
    return command if namespace is None else ['ip', 'netns', 'exec', namespace, *command]


def start(command: list[str], log: Path, ready: Callable[[], bool], seconds: float = 20, **options) -> subprocess.Popen:
    """Starts a server and returns once `ready()` holds.

    Raises `RigError` with the end of its log if it ends or is not ready in time.
    """
    with log.open('ab') as sink:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, preexec_fn=die_with_parent, **options
        )
    deadline = time.monotonic() + seconds
    while not ready():
        status = server.poll()
        if status is not None or time.monotonic() > deadline:
            stop(server)
            what = f'ended with status {status}' if status is not None else f'was not ready within {seconds:g} s'
            raise RigError(f'{command[0]} {what}; its log ends: {tail(log)}')
        time.sleep(0.02)
    return server


def stop(server: subprocess.Popen, seconds: float = 10) -> None:
    """Ends the server by its own process id and waits for it."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def tail(log: Path, characters: int = 800) -> str:
    try:
        return log.read_text(errors='replace')[-characters:].strip()
    except OSError as error:
        return f'({error})'
