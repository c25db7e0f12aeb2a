"""An archive on a share, inside the guest: faults of the service, kills, a server in trouble, two clients, twins."""

import json
import os
import random
import shutil
import subprocess
import time
import urllib.parse
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from guest.looking import DOCUMENTED, Looking
from guest.shares import EXPORT, SERVERS
from guest.told import HOST, Wrong, eventually, judged, main, run, tell
from rig.simulator import Simulator, simulator

OPTIONS = json.loads((HOST / 'options.json').read_text())
EXPECTED = json.loads((HOST / 'expected.json').read_text())
# By project: names that are one name to some servers.
TWINS = json.loads((HOST / 'twins.json').read_text())
SIZE = sum(product['size'] for product in EXPECTED.values())
DISK = '/dev/vdb'
NAS, OTHER = Path('/nas'), Path('/other')

# The core of the fault table, one after the other over the objects; each passes.
PASSING = [
    {'cut': {'after': 0}}, {'cut': {'after': 1}}, {'cut': {'after': 20_000}}, {'reset': {'after': 20_000}},
    {'drop': {'after': 20_000}}, {'halfClose': {'after': 20_000}}, {'status': {'code': 429, 'retryAfter': '0'}},
    {'status': {'code': 503}}, {'status': {'code': 500}}, {'html': {}}, {'xmlError': {}}, {'flipBit': {}},
    {'contentLength': {'wrongBy': 1000}}, {'contentLength': {'wrongBy': -1000}}, {'truncate': {'to': 1000}},
    {'noContentLength': {}}, {'noContentLength': {'keep': 20_000}}, {'chunked': {'keep': 20_000}}, {'gzip': {}},
    {'ignoreRange': {}}, {'shiftRange': {'by': 4096}}, {'contentRange': {}}, {'refuseRange': {}},
    {'etag': {'value': '"other"'}}, {'redirect': {'to': 'otherHost'}}]
FAULTS = [{'target': 'object', 'first': 3, 'probability': 0.6, 'effect': {'oneOf': {'effects': PASSING}}},
          {'target': 'api', 'first': 1, 'effect': {'status': {'code': 503, 'retryAfter': '0'}}},
          {'target': 'listing', 'first': 1, 'effect': {'cut': {'after': 300}}}]
LASTING = [{'target': 'object', 'match': '*_VV.tif', 'effect': {'flipBit': {}}}]
SLOW = [{'target': 'object', 'effect': {'throttle': {'bytesPerSecond': 20_000}}}]


class Run:
    """One `sync` in the background, its output in a file."""

    _number = 0

    def __init__(self, service: Simulator, archive: Path = NAS, *options: str):
        Run._number += 1
        self.log = Path(f'/tmp/run-{Run._number}.log')
        about = service.configuration(*OPTIONS['suffixes'])
        configuration = Path(f'/tmp/project-{Run._number}.json')
        configuration.write_text(json.dumps(about))
        with self.log.open('wb') as sink:
            self._process = subprocess.Popen(
                [os.environ['HYP3_MIRROR'], 'sync', configuration, '--archive', archive / 'archive', '--cacert',
                 service.ca, '--login-url', service.login, *OPTIONS['option'], *options],
                env={'PATH': os.environ['PATH'], 'HOME': '/root', 'EARTHDATA_TOKEN': service.token},
                stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def status(self, seconds: float = 600) -> int:
        """Its exit status, one that the manual has."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Wrong(f'a run did not end within {seconds:g} s: {self.said()}') from None
        print(f'{self.log}: status {status}\n{self.said()}', flush=True)
        if status not in DOCUMENTED:
            raise Wrong(f'a run ended with status {status}, which the manual does not have: {self.said()}')
        return status

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(120)

    def said(self) -> str:
        return self.log.read_text(errors='replace')[-3000:]


class Share:
    """One protocol, looked at from all sides."""

    def __init__(self, protocol: str):
        self._server = SERVERS[protocol]()
        self._looking = Looking(EXPECTED)
        self._random = random.Random(f'{OPTIONS["seed"]} {protocol}')
        # Seconds that a whole run takes here.
        self._longest = 10.0
        self.name = self._server.name

    @property
    def _project(self) -> Path:
        return NAS / 'archive' / 'rig'

    def run(self) -> None:
        run('mkfs.ext4', '-q', '-F', DISK)
        for place in (EXPORT, NAS, OTHER):
            place.mkdir(exist_ok=True)
        run('mount', DISK, EXPORT)
        EXPORT.chmod(0o777)
        self._server.start()
        self._server.mount(NAS)
        self._server.mount(OTHER, is_second=True)
        for part in (self._doctor, self._verify, self._faults, self._kills, self._restart, self._full, self._read_only,
                     self._two_clients, self._twins):
            if OPTIONS['part'] and part.__name__.lstrip('_') not in OPTIONS['part']:
                continue
            try:
                self._empty()
                part()
            except Wrong as error:
                raise Wrong(f'{self.name}, {part.__name__.lstrip("_").replace("_", " ")}: {error}') from None
        run('umount', OTHER, NAS)

    def _judged(self, what: str) -> None:
        judged(f'{self.name}: {what}')

    def _empty(self) -> None:
        shutil.rmtree(NAS / 'archive', ignore_errors=True)
        (NAS / 'archive').mkdir()
        eventually((OTHER / 'archive').is_dir, 120, 'the other client sees the new archive')

    @contextmanager
    def _service(self, name: str, faults=()):
        place = Path(f'/tmp/{name}')
        shutil.rmtree(place, ignore_errors=True)
        with simulator(place, *OPTIONS['catalogue'], faults=list(faults)) as service:
            yield service

    def _look(self) -> None:
        """Nothing under a final name is wrong, seen through the share and on the server."""
        self._looking.names_are_right(self._project)
        self._looking.names_are_right(EXPORT / 'archive' / 'rig')
        self._looking.sums_hold(self._project)

    def _completes(self, why: str) -> None:
        """A next run, with a sound service, ends well."""
        with self._service('sound') as service:
            status = (done := Run(service)).status()
            if status != 0:
                raise Wrong(f'the run {why} ended with status {status}: {done.said()}')
            self._looking.is_whole(self._project)
            self._looking.is_whole(EXPORT / 'archive' / 'rig')
            before = len(asked_for_products(service))
            status = (done := Run(service)).status()
            again = len(asked_for_products(service)) - before
            if status != 0 or again:
                raise Wrong(f'a run over the whole archive ended with status {status} and asked {again} times: '
                            f'{done.said()}')

    def _doctor(self) -> None:
        with self._service('sound') as service:
            configuration = Path('/tmp/doctor.json')
            configuration.write_text(json.dumps(service.configuration(*OPTIONS['suffixes'])))
            done = run(os.environ['HYP3_MIRROR'], 'doctor', configuration, '--archive', NAS / 'archive', '--cacert',
                       service.ca, env={'PATH': os.environ['PATH'], 'HOME': '/root', 'EARTHDATA_TOKEN': service.token},
                       status=None, seconds=300)
            if done.returncode != 0:
                raise Wrong(f'doctor ended with status {done.returncode}: {done.stdout}{done.stderr}')
            for line in done.stdout.splitlines():
                if 'file system' in line or 'lock' in line or 'archive' in line:
                    tell(f'      {line.strip()}')
        self._judged('doctor finds nothing in the way')

    def _verify(self) -> None:
        """A byte that turns on the server is seen, though this client still has the right one in memory."""
        with self._service('sound') as service:
            status = (done := Run(service)).status()
            if status != 0:
                raise Wrong(f'the run before verify ended with status {status}: {done.said()}')
            configuration = Path('/tmp/verify.json')
            configuration.write_text(json.dumps(service.configuration(*OPTIONS['suffixes'])))
        victim = max(EXPECTED.values(), key=lambda product: product['size'])['path']
        (self._project / victim).read_bytes()

        def verified(status: int, said: str) -> None:
            done = run(os.environ['HYP3_MIRROR'], 'verify', configuration, '--archive', NAS / 'archive',
                       env={'PATH': os.environ['PATH'], 'HOME': '/root'}, status=None, seconds=600)
            if done.returncode != status or said not in done.stdout:
                raise Wrong(f'verify ended with status {done.returncode}: {done.stdout}{done.stderr}')

        verified(0, f'{len(EXPECTED)} of {len(EXPECTED)} files verified')
        turn(EXPORT / 'archive' / 'rig' / victim)
        verified(65, victim)
        turn(EXPORT / 'archive' / 'rig' / victim)
        verified(0, f'{len(EXPECTED)} of {len(EXPECTED)} files verified')
        self._judged('verify sees what the server has')

    def _faults(self) -> None:
        begun = time.monotonic()
        statuses = []
        with self._service('faulty', FAULTS) as service:
            for _ in range(8):
                statuses.append((done := Run(service)).status())
                self._look()
                if statuses[-1] != 1:
                    break
            if statuses[-1] != 0:
                raise Wrong(f'runs under faults ended with {statuses}: {done.said()}')
            took = time.monotonic() - begun
            committed = Counter(fault for request in service.requests() for fault in request['faults'])
        self._completes('after the faults')
        self._judged(f'{sum(committed.values())} faults of {len(committed)} kinds are got over, in {len(statuses)} '
                     f'runs, {took:.0f} s')
        self._empty()
        with self._service('lasting', LASTING) as service:
            begun = time.monotonic()
            status = (done := Run(service)).status()
            self._longest = time.monotonic() - begun
            found = self._looking.names_are_right(self._project)
            wanted = {path for path in EXPECTED if not path.endswith('_VV.tif')}
            if status != 1 or found.keys() != wanted:
                raise Wrong(f'with wrong bytes for ever a run ended with status {status}, and {len(found)} products of '
                            f'{len(wanted)} that are to be had: {done.said()}')
        self._completes('after a lasting fault')
        self._judged('what is wrong for ever is not archived, and all else is')

    def _kills(self) -> None:
        kills, archives, ends = 0, 0, Counter()
        faults = [*FAULTS[:1], {'target': 'object', 'effect': {'throttle': {'bytesPerSecond': 200_000}}}]
        faults[0] = {**faults[0], 'probability': 0.1}
        with self._service('faulty', faults) as service:
            while kills < OPTIONS['kills']:
                begun = time.monotonic()
                running = Run(service)
                if not running.ends_within(self._random.uniform(0.2, self._longest)):
                    running.kill()
                    kills += 1
                    self._looking.names_are_right(self._project, remembers=True)
                    self._looking.names_are_right(EXPORT / 'archive' / 'rig', remembers=True)
                    self._looking.sums_hold(EXPORT / 'archive' / 'rig')
                    continue
                status = running.status()
                # Too late to meet most runs, where the one that it was taken from met a busy machine.
                self._longest = max(1, time.monotonic() - begun)
                ends[status] += 1
                if status not in (0, 1):
                    raise Wrong(f'a run ended with status {status}: {running.said()}')
                self._look()
                if status == 0:
                    self._looking.is_whole(self._project)
                    archives += 1
                    self._empty()
        self._completes('after the kills')
        self._judged(f'{kills} kills over {archives + 1} archives; runs that ended: {dict(ends)}')

    @contextmanager
    def _in_the_midst(self, *options: str):
        """A slow run, once some of it is archived and some is on the way."""
        with self._service('slow', SLOW) as service:
            running = Run(service, NAS, '--connections', '4', *options)
            try:
                eventually(lambda: running.is_over or len(self._looking.products(self._project)) > 3, 300,
                           'a run is in its midst')
                if running.is_over:
                    raise Wrong(f'a run was over too soon: {running.said()}')
                yield service, running
            finally:
                running.kill()

    def _restart(self) -> None:
        with self._in_the_midst() as (_, running):
            self._server.stop()
            time.sleep(3)
            self._server.start()
            status = running.status()
            self._look()
        if status not in (0, 1, 74):
            raise Wrong(f'a run ended with status {status}: {running.said()}')
        self._completes('after a restart of the server')
        self._judged(f'the server restarted in mid-run: status {status}, and the next run completes')

    def _full(self) -> None:
        ballast = EXPORT / 'ballast'
        space = os.statvfs(EXPORT)
        room = SIZE // 3
        run('fallocate', '-l', space.f_bavail * space.f_frsize - room, ballast)
        # What root may use beyond that is not the archive's.
        try:
            with self._service('sound') as service:
                status = (done := Run(service)).status()
            self._look()
            found = len(self._looking.products(self._project))
            if status not in (1, 74) or found == len(EXPECTED):
                raise Wrong(f'with a third of the room a run ended with status {status} and {found} products: '
                            f'{done.said()}')
        finally:
            ballast.unlink()
        eventually(lambda: os.statvfs(NAS).f_bavail * os.statvfs(NAS).f_frsize > 2 * SIZE, 60, 'there is room again')
        self._completes('after there was room again')
        self._judged(f'the export full: status {status} with {found} products, and the next run completes')

    def _read_only(self) -> None:
        with self._in_the_midst() as (_, running):
            self._server.writable(False)
            try:
                status = running.status()
                self._look()
                if status not in (1, 74):
                    raise Wrong(f'a run ended with status {status}: {running.said()}')
            finally:
                self._server.writable(True)
        eventually(lambda: os.access(NAS / 'archive', os.W_OK), 60, 'the export is writable again')
        self._completes('after it was writable again')
        self._judged(f'the export read-only in mid-run: status {status}, and the next run completes')

    def _two_clients(self) -> None:
        with self._in_the_midst() as (service, running):
            begun = time.monotonic()
            status = (second := Run(service, OTHER)).status(120)
            if status != 75:
                raise Wrong(f'a second client beside a run ended with status {status}, not 75: {second.said()}')
            took = time.monotonic() - begun
            if running.is_over:
                raise Wrong(f'the first run ended when a second came: {running.said()}')
            why = [line for line in second.said().splitlines() if 'another run holds' in line]
            if not why:
                raise Wrong(f'a second client was not told why it is held off: {second.said()}')
            self._judged(f'a second client is held off, in {took:.0f} s, and told why')
            running.kill()
            self._look()
            status = (second := Run(service, OTHER, '--lock-wait', '2m')).status()
            if status != 0:
                raise Wrong(f'the second client, after the first was killed, ended with status {status}: '
                            f'{second.said()}')
            # A client's caches hold what they saw for some seconds.
            eventually(lambda: self._looking.products(self._project).keys() == EXPECTED.keys(), 120,
                       'the first client sees what the second has archived')
        self._completes('of the first client, after the second')
        self._judged('the second goes on where the first was killed')
        for _ in range(3):
            self._empty()
            with self._service('sound') as service:
                both = [Run(service, place) for place in (NAS, OTHER)]
                statuses = sorted(each.status() for each in both)
                if statuses not in ([0, 0], [0, 75]):
                    raise Wrong(f'two clients at once ended with {statuses}: {[each.said() for each in both]}')
                self._looking.is_whole(EXPORT / 'archive' / 'rig')
        self._judged('two clients that start at once: one works, and the other waits for its turn')

    def _twins(self) -> None:
        """Projects whose names are one name to some servers."""
        for again in (False, True):
            for number, (project, about) in enumerate(TWINS.items()):
                place = Path(f'/tmp/twin-{number}')
                shutil.rmtree(place, ignore_errors=True)
                with simulator(place, *about['catalogue'], project=project) as service:
                    status = (done := Run(service)).status()
                    asked = asked_for_products(service)
                if status != 0 or (again and asked):
                    raise Wrong(f'project {project!r}: {"the second" if again else "the first"} run ended with status '
                                f'{status}, and fetched {asked}: {done.said()}')
        there = {path.name for path in (EXPORT / 'archive').iterdir()}
        folded = {name.casefold(): name for name in there}
        places: dict[str, list[str]] = {}
        for project in TWINS:
            # What the server cannot tell apart lies together; a name that it may not have, in other characters.
            place = project if project in there else folded.get(project.casefold(), project)
            places.setdefault(place, []).append(project)
        for names in places.values():
            together = {path: product for name in names for path, product in TWINS[name]['products'].items()}
            Looking(together).is_whole(NAS / 'archive' / names[0])
        shared = [names for names in places.values() if len(names) > 1]
        self._judged(f'{len(TWINS)} projects whose names differ in case and in Unicode form, in {len(places)} '
                     f'directories; of one directory: {shared}')


def turn(file: Path) -> None:
    """Turns a bit in the middle, which leaves length and time as they were."""
    status = file.stat()
    with file.open('r+b') as content:
        content.seek(status.st_size // 2)
        byte = content.read(1)[0]
        content.seek(status.st_size // 2)
        content.write(bytes([byte ^ 1]))
        os.fsync(content.fileno())
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def asked_for_products(service: Simulator) -> list[str]:
    """The products fetched, or parts of them; a witness's first byte, in whose light another is absent, is no part."""
    names = {Path(path).name for about in TWINS.values() for path in about['products']}
    names |= {Path(path).name for path in EXPECTED}
    return [request['target'] for request in service.requests() if request['method'] == 'GET'
            and request['bodyBytes'] > 1000
            and urllib.parse.unquote(request['target'].split('?')[0]).rsplit('/', 1)[-1] in names]


def stage(protocol: str) -> None:
    Share(protocol).run()


if __name__ == '__main__':
    main(stage)
