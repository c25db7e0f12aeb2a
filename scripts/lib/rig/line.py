"""A line of given delay, rate and loss between two network namespaces, made by `scripts/lib/line`."""

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.process import RigError, accepts, in_namespace, start, stop

# What the names mean, as options of `scripts/lib/line up`.
LINES = {
    'gigabit': {'rtt': '2ms', 'rate': '1gbit', 'loss': '0%'},
    'long': {'rtt': '150ms', 'rate': '200mbit', 'loss': '0.1%'},
}


@dataclass(frozen=True)
class Ends:
    """Servers bind to `server_address` inside `server_namespace`; clients run inside `client_namespace`."""

    name: str
    server_namespace: str
    client_namespace: str
    server_address: str
    client_address: str
    description: str


@contextmanager
def line(name: str, *, loss: str | None = None, seed: int = 1):
    """Makes the line called `name` in `LINES`; it is gone when the context ends or this process dies."""
    settings = LINES[name] | ({'loss': f'{loss.rstrip("%")}%'} if loss else {})
    options = [word for key, value in settings.items() for word in (f'--{key}', value)]
    made = _line('up', '--json', '--owner', str(os.getpid()), '--seed', str(seed), *options)
    ends = Ends(**json.loads(made))
    try:
        yield ends
    finally:
        _line('down', ends.name)


def goodput(ends: Ends, seconds: int, streams: int = 16, directory: Path | None = None) -> float:
    """What iperf3 gets through the line from server to client, in bytes a second of payload."""
    import tempfile
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        log = Path(scratch) / 'iperf3.log'
        serve = ['iperf3', '--server', '--one-off', '--forceflush', '--bind', ends.server_address]
        server = start(in_namespace(ends.server_namespace, serve), log,
                       lambda: 'listening' in log.read_text(errors='replace'))
        try:
            ask = ['iperf3', '--client', ends.server_address, '--reverse', '--json', '--omit', '2',
                   '--parallel', str(streams), '--time', str(seconds)]
            answer = subprocess.run(in_namespace(ends.client_namespace, ask), capture_output=True, text=True)
        finally:
            stop(server)
    try:
        return json.loads(answer.stdout)['end']['sum_received']['bits_per_second'] / 8
    except (ValueError, KeyError) as error:
        raise RigError(f'iperf3 did not measure the line: {answer.stdout[-400:]}{answer.stderr[-400:]}') from error


def _line(*arguments: str) -> str:
    script = Path(os.environ['HYP3_MIRROR_SCRIPTS']) / 'lib' / 'line'
    done = subprocess.run([str(script), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f'{script.name} {" ".join(arguments)}: {done.stderr.strip()}')
    return done.stdout
