"""The line between two network namespaces that measurements and fault tests stand on."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rig.line import down, up
from rig.packages import need_packages
from rig.process import in_namespace, start, stop

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not Path('/dev/net/tun').exists(),
                                reason='network namespaces and TUN devices need root')


@pytest.fixture(scope='module', autouse=True)
def tools():
    need_packages('iproute2', 'iputils-ping', 'curl')


def left_behind(name: str) -> list[str]:
    places = (Path('/run/netns'), Path('/run/hyp3-mirror-line'))
    return [str(path) for place in places if place.exists() for path in place.iterdir() if name in path.name]


def test_two_lines_at_once_keep_to_themselves_and_leave_nothing_behind():
    first, second = up(rtt='40ms', rate='100mbit'), up(rtt='2ms', rate='100mbit')
    try:
        assert first.name != second.name
        times = []
        for ends in (first, second):
            said = subprocess.run(in_namespace(ends.client_namespace, ['ping', '-q', '-c', '5', '-i', '0.05',
                                                                       ends.server_address]),
                                  capture_output=True, text=True)
            assert said.returncode == 0, said.stdout + said.stderr
            times.append(float(said.stdout.rsplit('= ', 1)[1].split('/')[0]))
        assert 40 <= times[0] < 44 and 2 <= times[1] < 6, times
    finally:
        passed = [down(first.name), down(second.name)]
    assert all(line['to_client']['packets'] >= 5 and line['to_client']['lost'] == 0 for line in passed)
    assert left_behind(first.name) == left_behind(second.name) == []


def test_what_arrives_over_a_lossy_line_is_what_was_sent(tmp_path):
    content = random.Random(7).randbytes(24 << 20)
    (tmp_path / 'content').write_bytes(content)
    # At a gigabit TCP data comes in large pieces, which must be cut where a segment is lost.
    ends = up(rtt='2ms', rate='1gbit', loss='2%', seed=3)
    try:
        log = tmp_path / 'server.log'
        serve = [sys.executable, '-u', '-m', 'http.server', '8080', '--bind', ends.server_address]
        server = start(in_namespace(ends.server_namespace, serve), log, lambda: b'Serving' in log.read_bytes(),
                       cwd=tmp_path)
        try:
            fetch = ['curl', '--silent', '--show-error', '--fail', '--max-time', '60', '--noproxy', '*',
                     '--output', str(tmp_path / 'fetched'), f'http://{ends.server_address}:8080/content']
            subprocess.run(in_namespace(ends.client_namespace, fetch), check=True)
        finally:
            stop(server)
    finally:
        passed = down(ends.name)['to_client']
    assert hashlib.sha256((tmp_path / 'fetched').read_bytes()).digest() == hashlib.sha256(content).digest()
    share = passed['lost'] / (passed['packets'] + passed['lost'])
    assert 0.015 < share < 0.025, passed
    assert left_behind(ends.name) == []


def test_a_line_goes_when_its_owner_is_killed():
    owner = subprocess.Popen(['sleep', '600'])
    ends = up(rtt='2ms', rate='100mbit', owner=owner.pid)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 10
    while left_behind(ends.name) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = left_behind(ends.name)
    down(ends.name)
    assert left == []
