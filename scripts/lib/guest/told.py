"""Inside a guest: tells the host, and says what is wrong."""

import os
import subprocess
import sys
import time
from pathlib import Path

HOST = Path('/host')
# Asks the host to end the guest at once, as a power cut would.
CUT = 'CUT THE POWER'
_begun = time.monotonic()


class Wrong(Exception):
    """Something that must never be was there; the message says what."""


def tell(line: str) -> None:
    """One line to the host."""
    with (HOST / 'told').open('a') as sink:
        sink.write(line.replace('\n', '\n    ') + '\n')


def judged(what: str) -> None:
    """Tells that something was looked at and is right."""
    tell(f'ok    {what} [{time.monotonic() - _begun:.0f} s]')


def expect(condition: bool, what: str, otherwise: str = '') -> None:
    """Judges; raises `Wrong` with what was there instead."""
    if not condition:
        raise Wrong(f'{what}: {otherwise}' if otherwise else what)
    judged(what)


def run(*command, seconds: float = 120, status: int | None = 0, **options) -> subprocess.CompletedProcess:
    """Runs a program to its end and gives back what it wrote. Raises `Wrong` where its exit status is another."""
    words = [str(part) for part in command]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace',
                              timeout=seconds, **options)
    except subprocess.TimeoutExpired as error:
        raise Wrong(f'{" ".join(words)} did not end within {seconds:g} s: {error.stdout} {error.stderr}') from None
    print(f'$ {" ".join(words)}\n{done.stdout}{done.stderr}[{done.returncode}]', flush=True)
    if status is not None and done.returncode != status:
        raise Wrong(f'{" ".join(words)} ended with status {done.returncode}, not {status}:\n'
                    f'{done.stdout[-1500:]}{done.stderr[-1500:]}')
    return done


def eventually(holds, seconds: float, what: str, pause: float = 0.1):
    """Waits until `holds()` gives something true, and returns it; raises `Wrong` after so many seconds.

    `pause`: seconds between two looks; a program started for each takes its share of a slow machine."""
    deadline = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Wrong(f'{what}: not within {seconds:g} s')
        time.sleep(pause)


def main(program) -> None:
    """Runs `program(*arguments)`; its `Wrong` is told, and ends it with status 1."""
    try:
        program(*sys.argv[1:])
    except Wrong as error:
        tell(f'WRONG {error}')
        sys.stdout.flush()
        os._exit(1)
