"""Power cuts, inside the guest: a run is recorded block by block, and each instant of it looked at afterwards."""

import json
import os
import random
import subprocess
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from guest.block_log import BlockLog, Entry, survivors
from guest.looking import Looking
from guest.told import HOST, Wrong, eventually, judged, main, run, tell
from rig.simulator import Simulator, simulator

OPTIONS = json.loads((HOST / 'options.json').read_text())
EXPECTED = json.loads((HOST / 'expected.json').read_text())
DISK, LOG, COPY, CHANGES = (f'/dev/{name}' for name in ('vdb', 'vdc', 'vdd', 'vde'))
MAKE = {'ext4': ['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0'],
        'xfs': ['mkfs.xfs', '-q', '-f'],
        'btrfs': ['mkfs.btrfs', '-q', '-f', '-m', 'single']}
PLACE = Path('/archive')
BOOT_ID = '/proc/sys/kernel/random/boot_id'


def sectors(device: str) -> int:
    return int(run('blockdev', '--getsz', device).stdout)


@contextmanager
def mapped(name: str, table: str):
    """A device-mapper device, as /dev/mapper/NAME; no udev is there to make it."""
    run('dmsetup', 'create', '--noudevsync', name, '--table', table)
    try:
        run('dmsetup', 'mknodes', name)
        yield f'/dev/mapper/{name}'
    finally:
        remove(name)


def remove(name: str) -> None:
    for _ in range(50):
        if subprocess.run(['dmsetup', 'remove', '--noudevsync', name], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    run('dmsetup', 'remove', '--noudevsync', name)


@contextmanager
def mounted(device: str, kind: str):
    """The file system, after its own recovery."""
    if kind == 'btrfs':
        # It knows devices by what is on them, and an older disk for a later one would not do.
        subprocess.run(['btrfs', 'device', 'scan', '--forget'], capture_output=True, timeout=60)
    done = run('mount', '-t', kind, device, PLACE, seconds=120, status=None)
    if done.returncode != 0:
        raise Wrong(f'the file system cannot be mounted: {done.stderr}')
    try:
        yield PLACE
    finally:
        for _ in range(50):
            if subprocess.run(['umount', PLACE], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        else:
            run('umount', PLACE)


def command(service: Simulator) -> list[str]:
    configuration = service.directory / 'project.json'
    configuration.write_text(json.dumps(service.configuration(*OPTIONS['suffixes'])))
    return [os.environ['HYP3_MIRROR'], 'sync', str(configuration), '--archive', str(PLACE), '--cacert', service.ca,
            '--login-url', service.login, *OPTIONS['option']]


def environment(service: Simulator) -> dict[str, str]:
    return {'PATH': os.environ['PATH'], 'HOME': '/root', 'EARTHDATA_TOKEN': service.token}


def record(kind: str, service: Simulator) -> None:
    """Runs with faults, one of them killed, on a disk that remembers every write."""
    run('blkdiscard', '-z', LOG, seconds=300)
    run('blkdiscard', '-z', DISK, seconds=300)
    with mapped('logged', f'0 {sectors(DISK)} log-writes {DISK} {LOG}') as device:
        run(*MAKE[kind], device, seconds=120)
        with mounted(device, kind):
            run('sync', '-f', PLACE)
            mark('begin')
            log = Path('/tmp/run.log')
            with log.open('wb') as sink:
                running = subprocess.Popen(command(service), env=environment(service), stdin=subprocess.DEVNULL,
                                           stdout=sink, stderr=sink)
                try:
                    looking = Looking(EXPECTED)
                    eventually(lambda: len(looking.products(PLACE / 'rig')) * 3 > len(EXPECTED)
                               or running.poll() is not None, 300, 'a third of the products is archived')
                finally:
                    running.kill()
                    running.wait()
            mark('killed')
            for _ in range(20):
                done = run(*command(service), env=environment(service), seconds=600, status=None)
                if done.returncode == 0:
                    break
                if done.returncode != 1:
                    raise Wrong(f'a run ended with status {done.returncode}: {done.stderr[-2000:]}')
            else:
                raise Wrong('the archive was not complete after 20 runs')
            mark('end')
            looking.is_whole(PLACE / 'rig')


def mark(text: str) -> None:
    run('dmsetup', 'message', 'logged', '0', 'mark', text)


class Replay:
    """The recorded run, instant by instant, from its first flush to its last."""

    def __init__(self, kind: str, service: Simulator, choice: random.Random):
        self._kind = kind
        self._service = service
        self._choice = choice
        self._looking = Looking(EXPECTED)
        self._log = BlockLog(LOG)
        self._seen: set[str] = set()
        self.tally = Counter()
        entries = self._log.entries
        self._begin = next(entry.number for entry in entries if entry.mark == 'begin')

    def run(self) -> None:
        entries = self._log.entries
        segments = self._segments()
        flushes = len(segments)
        samples = self._samples(segments)
        every = max(1, (flushes + len(samples)) // max(1, OPTIONS['finished']))
        tell(f'      {self._kind}: {len(entries)} entries, {flushes} flushes after the start')
        run('blkdiscard', '-z', COPY, seconds=300)
        copy = os.open(COPY, os.O_RDWR)
        begun = time.monotonic()
        try:
            done = 0
            for number, (start, segment) in enumerate(segments):
                for entry in entries[done:start]:
                    self._log.apply(entry, copy)
                done = start
                os.fsync(copy)
                for cut in samples.get(number, []):
                    self._point(f'before flush {number}', survivors(segment, cut, self._choice), every, is_between=True)
                for entry in entries[done:start + len(segment)]:
                    self._log.apply(entry, copy)
                done = start + len(segment)
                os.fsync(copy)
                if number % OPTIONS['stride'] == 0 or number == flushes - 1:
                    self._point(f'flush {number}', [], every, is_between=False)
                if number % 100 == 99:
                    tell(f'      {self._kind}: {number + 1} of {flushes} flushes, {time.monotonic() - begun:.0f} s')
        finally:
            os.close(copy)
            self._log.close()
        judged(f'{self._kind}: {self.tally["points"]} instants, {self.tally["between"]} of them between two flushes, '
               f'{self.tally["archived"]} products seen in all, {self.tally["torn"]} torn lines; '
               f'{self.tally["finished"]} finished by a next run ({self.tally["again"]} of those fetched something)')

    def _segments(self) -> list[tuple[int, list[Entry]]]:
        """Entries up to each flush, from the mark on; where each begins."""
        segments, start = [], self._begin
        for entry in self._log.entries[self._begin:]:
            if entry.is_flush:
                segments.append((start, self._log.entries[start:entry.number + 1]))
                start = entry.number + 1
        return segments

    def _samples(self, segments) -> dict[int, list[int]]:
        """Instants between flushes: of each sampled one, how far it got."""
        able = [number for number, (_, segment) in enumerate(segments) if len(segment) > 1]
        samples: dict[int, list[int]] = {}
        for _ in range(OPTIONS['between'] if able else 0):
            number = self._choice.choice(able)
            samples.setdefault(number, []).append(self._choice.randrange(len(segments[number][1])))
        return samples

    def _point(self, name: str, more: list[Entry], every: int, is_between: bool) -> None:
        """The disk as a power cut at that instant left it, on a snapshot that is thrown away."""
        self.tally['points'] += 1
        self.tally['between'] += is_between
        try:
            with mapped('instant', f'0 {sectors(COPY)} snapshot {COPY} {CHANGES} N 8') as device:
                if more:
                    target = os.open(device, os.O_RDWR)
                    try:
                        for entry in more:
                            self._log.apply(entry, target)
                        os.fsync(target)
                    finally:
                        os.close(target)
                with mounted(device, self._kind) as place:
                    self._judge(place / 'rig', is_between)
                    if self.tally['points'] % every == 0:
                        self._finish(place / 'rig')
        except Wrong as error:
            raise Wrong(f'{self._kind}, power cut at {name} (seed {OPTIONS["seed"]}): {error}') from None

    def _judge(self, project: Path, is_between: bool) -> None:
        found = self._looking.names_are_right(project)
        self.tally['torn'] += self._looking.told_is_there(project, found)
        self.tally['archived'] += len(found)
        gone = self._seen - found.keys()
        if gone:
            raise Wrong(f'{sorted(gone)[:3]} were archived at an earlier instant, and are gone')
        # What an instant between two flushes shows need not be durable yet.
        if not is_between:
            self._seen |= found.keys()

    def _finish(self, project: Path) -> None:
        """A next run, which must not take this boot of the guest for the one before the cut."""
        self.tally['finished'] += 1
        before = self._looking.products(project)
        identity = Path('/tmp/boot_id')
        identity.write_text(f'{self._choice.getrandbits(32):08x}-0000-4000-8000-000000000000\n')
        run('mount', '--bind', identity, BOOT_ID)
        try:
            run(*command(self._service), env=environment(self._service), seconds=600)
        finally:
            run('umount', BOOT_ID)
        self._looking.is_whole(project)
        self.tally['again'] += len(before) < len(EXPECTED)
        partial = project / '.hyp3-mirror' / 'partial'
        left = [str(path) for path in partial.rglob('*') if path.is_file()] if partial.exists() else []
        if left:
            raise Wrong(f'partial files are left of products that are archived: {left[:3]}')


def stage(kind: str) -> None:
    run('modprobe', '-a', 'dm-log-writes', 'dm-snapshot', *[kind] * (kind in ('xfs', 'btrfs')))
    PLACE.mkdir(exist_ok=True)
    with simulator(Path('/tmp/faulty'), *OPTIONS['catalogue'], faults=OPTIONS['faults']) as service:
        record(kind, service)
    judged(f'{kind}: a run with faults, killed and finished, is recorded')
    with simulator(Path('/tmp/sound'), *OPTIONS['catalogue']) as service:
        Replay(kind, service, random.Random(f'{OPTIONS["seed"]} {kind}')).run()


if __name__ == '__main__':
    main(stage)
