"""A line of given delay, rate and loss between two network namespaces; `scripts/lib/line` is its command.

    line up   [--rtt 150ms] [--rate 200mbit] [--loss 0.1%] [--queue bdp] [--seed 1] [--owner PID] [--json]
    line down NAME                      prints what passed
    line run  [the options of up] -- COMMAND...
    line check [the options of up]      what the line really gives: ping, iperf3

A line's two ends are the namespaces NAME-server (10.77.0.1) and NAME-client (10.77.0.2). Many lines can be up at once.
With `--owner` a line goes when that process does; `down` leaves nothing behind. Needs root.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rig.compiled import compiled
from rig.packages import need_packages
from rig.process import RigError, in_namespace, start, stop, tail

# What the names of lines mean.
LINES = {
    'gigabit': {'rtt': '2ms', 'rate': '1gbit', 'loss': '0%'},
    'long': {'rtt': '150ms', 'rate': '200mbit', 'loss': '0.1%'},
}
SERVER_ADDRESS, CLIENT_ADDRESS = '10.77.0.1', '10.77.0.2'
_STATE = Path('/run/hyp3-mirror-line')


@dataclass(frozen=True)
class Ends:
    """Servers bind to `server_address` inside `server_namespace`; clients run inside `client_namespace`."""

    name: str
    server_namespace: str
    client_namespace: str
    server_address: str
    client_address: str
    description: str


def up(*, rtt: str = '150ms', rate: str = '200mbit', loss: str = '0%', queue: str = 'bdp', seed: int = 1,
       owner: int | None = None) -> Ends:
    """Makes a line. Rate counts IP bytes; loss is each way; `queue` is bytes, or `bdp`: rate × rtt, at least 1,000
    full packets, at the slow end of each direction, dropping what arrives when it is full."""
    round_trip, bits, share = _duration(rtt), _rate(rate), _percent(loss)
    limit = max(bits * round_trip // 8_000_000_000, 1000 * 1500) if queue == 'bdp' else int(queue)
    name = f'hm-{os.getpid()}-{secrets.token_hex(3)}'
    server, client = f'{name}-server', f'{name}-client'
    state = _STATE / name
    state.mkdir(parents=True)
    status, log = state / 'status', state / 'log'
    status.touch()
    binary = compiled('bridge', '-lm')
    try:
        for namespace in (server, client):
            _ip('netns', 'add', namespace)
        command = [str(binary), '--server', server, '--client', client, '--delay', str(round_trip // 2),
                   '--rate', str(bits), '--loss', repr(share), '--queue', str(limit), '--seed', str(seed),
                   '--state', str(state)] + (['--owner', str(owner)] if owner else [])
        _detached(command, log, state / 'pid', lambda: 'ready' in status.read_text())
        _settle(server, SERVER_ADDRESS, CLIENT_ADDRESS, bits)
        _settle(client, CLIENT_ADDRESS, SERVER_ADDRESS, bits)
    except BaseException:
        down(name)
        raise
    described = f'{rate}, {rtt} round trip, {share:.2%} loss each way, queue {limit // 1024} KiB, cubic'
    return Ends(name, server, client, SERVER_ADDRESS, CLIENT_ADDRESS, described)


def down(name: str) -> dict:
    """Ends the line and removes all of it; gives what passed (empty if that is not known)."""
    state = _STATE / name
    pid = _running(state, name)
    if pid:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while _running(state, name):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.01)
    for end in ('server', 'client'):
        if Path(f'/run/netns/{name}-{end}').exists():
            subprocess.run(['ip', 'netns', 'delete', f'{name}-{end}'], capture_output=True)
    try:
        passed = json.loads((state / 'status').read_text() or '{}')
    except (OSError, ValueError):
        passed = {}
    shutil.rmtree(state, ignore_errors=True)
    return {} if 'ready' in passed else passed


@contextmanager
def line(kind: str, *, loss: str | None = None, seed: int = 1):
    """Makes the line called `kind` in `LINES`; it is gone when the context ends or this process dies."""
    settings = LINES[kind] | ({'loss': loss} if loss else {})
    ends = up(**settings, seed=seed, owner=os.getpid())
    try:
        yield ends
    finally:
        down(ends.name)


def goodput(ends: Ends, seconds: int, streams: int = 16) -> float:
    """What iperf3 gets through the line from server to client over TCP, in bytes a second of payload."""
    answer = _iperf(ends, '--reverse', '--omit', '2', '--parallel', str(streams), '--time', str(seconds))
    return answer['end']['sum_received']['bits_per_second'] / 8


def check(ends: Ends) -> dict:
    """What the line really gives, and what the bridge costs meanwhile."""
    ping = subprocess.run(in_namespace(ends.client_namespace, [
        'ping', '-q', '-c', '200', '-i', '0.01', ends.server_address]), capture_output=True, text=True).stdout
    times = re.search(r'= ([\d.]+)/([\d.]+)/([\d.]+)/', ping)
    rate = _rate(ends.description.split(',')[0])
    slow = str(min(rate // 2, 100_000_000))
    half = _iperf(ends, '--reverse', '--udp', '--length', '1400', '--time', '10', '--bitrate', slow)
    results = {
        'line': ends.description,
        'round trip ms, least/mean/most': '/'.join(times.groups()) if times else ping[-200:],
        'datagrams lost, at half the rate or 100 Mbit/s': f'{half["end"]["sum"]["lost_percent"]:.3f} %',
    }
    for streams in (1, 16):
        before, begun = _cpu(ends.name), time.monotonic()
        results[f'TCP payload Mbit/s, {streams} streams'] = round(goodput(ends, 10, streams) * 8 / 1e6, 1)
        used = (_cpu(ends.name) - before) / (time.monotonic() - begun)
        results[f'CPU of the bridge meanwhile, {streams} streams, cores'] = round(used, 3)
    return results


def _detached(command: list[str], log: Path, pid_file: Path, ready) -> None:
    """Starts the bridge so that it outlives this command, and waits until it is ready."""
    with log.open('ab') as sink:
        bridge = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
    pid_file.write_text(str(bridge.pid))
    deadline = time.monotonic() + 10
    while not ready():
        if bridge.poll() is not None or time.monotonic() > deadline:
            raise RigError(f'the bridge did not start: {tail(log)}')
        time.sleep(0.01)


def _settle(namespace: str, own: str, other: str, bits: int) -> None:
    """Addresses, and TCP as a plain server has it: cubic, nothing remembered from earlier connections."""
    # A piece of TCP data larger than a quarter of a millisecond on the line would arrive in lumps.
    piece = min(max(bits // 32_000, 3000), 65_536)
    _ip('-n', namespace, 'link', 'set', 'line', 'txqueuelen', '10000', 'gso_max_size', str(piece))
    _ip('-n', namespace, 'address', 'add', own, 'peer', other, 'dev', 'line')
    _ip('-n', namespace, 'link', 'set', 'lo', 'up')
    _ip('-n', namespace, 'link', 'set', 'line', 'up')
    # By route: the default of another namespace than the first may only be one that any user may choose.
    _ip('-n', namespace, 'route', 'replace', other, 'dev', 'line', 'congctl', 'cubic')
    for key, value in {'net/ipv4/tcp_no_metrics_save': '1', 'net/ipv6/conf/all/disable_ipv6': '1'}.items():
        write = f'[ ! -e /proc/sys/{key} ] || echo {value} > /proc/sys/{key}'
        subprocess.run(in_namespace(namespace, ['sh', '-c', write]), check=True)


def _running(state: Path, name: str) -> int | None:
    """The bridge's process id, if it is that bridge still."""
    try:
        pid = int((state / 'pid').read_text())
        command = Path(f'/proc/{pid}/cmdline').read_bytes()
        alive = Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0] != 'Z'
    except (OSError, ValueError):
        return None
    return pid if alive and f'{name}-server'.encode() in command else None


def _cpu(name: str) -> float:
    """CPU seconds the bridge has used."""
    fields = Path(f'/proc/{(_STATE / name / "pid").read_text()}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def _iperf(ends: Ends, *options: str) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / 'iperf3.log'
        serve = ['iperf3', '--server', '--one-off', '--forceflush', '--bind', ends.server_address]
        server = start(in_namespace(ends.server_namespace, serve), log,
                       lambda: 'listening' in log.read_text(errors='replace'))
        try:
            ask = ['iperf3', '--client', ends.server_address, '--json', *options]
            answer = subprocess.run(in_namespace(ends.client_namespace, ask), capture_output=True, text=True)
        finally:
            stop(server)
    try:
        found = json.loads(answer.stdout)
        if 'error' in found:
            raise ValueError(found['error'])
        return found
    except ValueError as error:
        raise RigError(f'iperf3 did not measure the line: {error} {answer.stderr[-400:]}') from error


def _ip(*arguments: str) -> None:
    done = subprocess.run(['ip', *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RigError(f'ip {" ".join(arguments)}: {done.stderr.strip()}')


def _duration(text: str) -> int:
    return _quantity(text, {'us': 1_000, 'ms': 1_000_000, 's': 1_000_000_000}, 'a time such as 150ms')


def _rate(text: str) -> int:
    return _quantity(text, {'kbit': 1_000, 'mbit': 1_000_000, 'gbit': 1_000_000_000}, 'a rate such as 200mbit')


def _percent(text: str) -> float:
    return _quantity(text.rstrip('%') + '%', {'%': 1_000_000}, 'a share such as 0.1%') / 100_000_000


def _quantity(text: str, units: dict[str, int], wanted: str) -> int:
    found = re.fullmatch(r'([\d.]+)([a-z%]+)', text)
    try:
        return round(float(found[1]) * units[found[2]])
    except (TypeError, KeyError, ValueError):
        raise RigError(f'{text!r} is not {wanted}') from None


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    words, command = sys.argv[1:], []
    if '--' in words:
        words, command = words[:words.index('--')], words[words.index('--') + 1:]
    parser = argparse.ArgumentParser(prog='line', description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    actions = parser.add_subparsers(dest='action', required=True)
    for action in ('up', 'run', 'check'):
        options = actions.add_parser(action)
        options.add_argument('--rtt', default='150ms')
        options.add_argument('--rate', default='200mbit')
        options.add_argument('--loss', default='0%')
        options.add_argument('--queue', default='bdp')
        options.add_argument('--seed', type=int, default=1)
        if action == 'up':
            options.add_argument('--owner', type=int)
            options.add_argument('--json', action='store_true')
    actions.add_parser('down').add_argument('name')
    return parser.parse_args(words), command


def main() -> int:
    options, command = _arguments()
    if os.geteuid() != 0:
        raise RigError('network namespaces need root')
    if options.action == 'down':
        print(json.dumps(down(options.name)))
        return 0
    need_packages('iproute2')
    settings = {key: getattr(options, key) for key in ('rtt', 'rate', 'loss', 'queue', 'seed')}
    if options.action == 'up':
        ends = asdict(up(**settings, owner=options.owner))
        print(json.dumps(ends) if options.json else '\n'.join(f'{k.upper()}={v!r}' for k, v in ends.items()))
        return 0
    ends = up(**settings, owner=os.getpid())
    try:
        if options.action == 'check':
            need_packages('iperf3', 'iputils-ping')
            for key, value in check(ends).items():
                print(f'{key}: {value}', flush=True)
            return 0
        names = {f'LINE_{key.upper()}': value for key, value in asdict(ends).items()}
        return subprocess.run(command, env={**os.environ, **names}).returncode
    finally:
        passed = down(ends.name)
        if options.action == 'check':
            print(f'passed: {json.dumps(passed)}')


if __name__ == '__main__':
    try:
        sys.exit(main())
    except RigError as error:
        sys.exit(f'line: {error}')
