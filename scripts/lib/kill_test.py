"""Kills hyp3-mirror at random instants until it has finished, again and again, and looks at what it left each time.

The simulator serves real products with faults on. After each kill: nothing carries a product's name but that product,
byte for byte, and SHA256SUMS holds. After each completed archive: it is whole, manifest and SHA256SUMS agree with it,
another run fetches nothing, and by the simulator's request log no connection that a kill cut short cost more than
1 MiB of bytes fetched twice.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rig.process import end_on_signals, tail
from rig.simulator import Simulator, simulator

MiB = 1024 ** 2
SUFFIXES = ['_VV.tif', '_VH.tif', '_WM.tif', '.zip', '_FM_iterative_WaterDepth.tif']

# Each on some of the objects only, so that most show what kills alone cost. A throttled body keeps the bytes that lie
# in sockets' buffers few: what the simulator has sent is then what the command has got.
FAULTS = [
    {'target': 'object', 'effect': {'throttle': {'bytesPerSecond': 3_000_000}}},
    {'target': 'object', 'probability': 0.05, 'effect': {'oneOf': {'effects': [
        {'cut': {'after': 0}}, {'cut': {'after': 1}}, {'cut': {'after': 200_000}}, {'reset': {'after': 100_000}}]}}},
    {'target': 'object', 'probability': 0.03, 'effect': {'status': {'code': 503, 'retryAfter': '0'}}},
    {'target': 'object', 'probability': 0.02, 'effect': {'html': {}}},
    {'target': 'object', 'match': '*_VH.tif', 'probability': 0.1, 'effect': {'flipBit': {}}},
    {'target': 'object', 'match': '*_WM.tif', 'probability': 0.1, 'effect': {'ignoreRange': {}}},
    {'target': 'api', 'probability': 0.05, 'effect': {'status': {'code': 503}}},
]
# Faults after which a whole object is fetched again by design.
RESTARTING = ('flipBit', 'ignoreRange', 'html')


class Wrong(Exception):
    """Something that must never be was there; the message says what."""


@dataclass
class Product:
    key: str
    path: str
    size: int
    sha256: str


@dataclass
class Tally:
    kills: int = 0
    archives: int = 0
    products: int = 0
    bytes: int = 0
    twice: int = 0
    worst: int = 0
    ends: Counter = field(default_factory=Counter)


class KillTest:
    def __init__(self, options: argparse.Namespace, work: Path, service: Simulator, expected: dict[str, Product]):
        self._options = options
        self._work = work
        self._service = service
        self._expected = expected
        self._random = random.Random(options.seed)
        self._digests: dict[tuple, str] = {}
        self.tally = Tally()

    @property
    def _archive(self) -> Path:
        return self._work / 'archive'

    @property
    def _project(self) -> Path:
        return self._archive / self._service.project

    def run(self) -> None:
        self._warm_up()
        while self.tally.kills < self._options.rounds:
            shutil.rmtree(self._archive, ignore_errors=True)
            self._archive.mkdir()
            before = len(self._service.requests())
            for _ in range(1000):
                if self._once():
                    break
            else:
                raise Wrong('the archive was not complete after 1,000 kills')
            self._look()
            self._look_whole()
            self._count_bytes(self._service.requests()[before:])
            self._run_again()
            self.tally.archives += 1
            print(f'{self.tally.kills} kills, {self.tally.archives} archives complete', flush=True)

    def _warm_up(self) -> None:
        """Has the simulator make every object once, so that it does not do so while kills pass it by."""
        for product in self._expected.values():
            subprocess.run(['curl', '--disable', '--silent', '--noproxy', '*', '--cacert', self._service.ca,
                            '--range', '0-0', f'{self._service.bucket}/{product.key}'], stdout=subprocess.DEVNULL)

    def _command(self) -> list[str]:
        return command(self._service, 'sync', self._archive) + self._options.option

    def _once(self) -> bool:
        """One run, killed at a random instant if it has not ended before. Whether the archive is complete."""
        log = self._work / 'run.log'
        # Now and then within start and login, mostly anywhere.
        longest = self._options.longest
        instant = self._random.uniform(0, 0.1 if self._random.random() < 0.1 else longest)
        with log.open('wb') as sink:
            run = subprocess.Popen(self._command(), env=environment(self._service, self._work),
                                   stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
            try:
                status = run.wait(instant if self.tally.kills < self._options.rounds else 300)
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                run.wait()
                self.tally.kills += 1
                self.tally.ends['killed'] += 1
                self._look()
                return False
            except BaseException:
                run.kill()
                run.wait()
                raise
        self.tally.ends[f'status {status}'] += 1
        # 1: the faults used up a product's attempts; the next run goes on.
        if status not in (0, 1):
            raise Wrong(f'a run ended with status {status}: {tail(log, 3000)}')
        if status == 1:
            self._look()
        return status == 0

    def _look(self) -> None:
        """What must hold at every instant at which no run is active."""
        for directory, _, names in os.walk(self._archive):
            for name in names:
                product = self._expected.get(name)
                path = Path(directory) / name
                if product is None:
                    if directory == str(self._project) and name != 'SHA256SUMS':
                        raise Wrong(f'{path} is no product and lies among them')
                elif path != self._project / product.path:
                    raise Wrong(f'{path} carries the name of a product and is not where it belongs')
                elif self._digest(path) != product.sha256:
                    raise Wrong(f'{path} ({path.stat().st_size} bytes) is not its source ({product.size} bytes)')
        if (self._project / 'SHA256SUMS').exists():
            self._check_sums()

    def _check_sums(self) -> None:
        done = subprocess.run(['sha256sum', '--check', '--quiet', '--strict', 'SHA256SUMS'], cwd=self._project,
                              capture_output=True, text=True)
        empty = (self._project / 'SHA256SUMS').stat().st_size == 0
        if done.returncode != 0 and not empty:
            raise Wrong(f'SHA256SUMS does not hold: {done.stdout[-500:]}{done.stderr[-500:]}')

    def _look_whole(self) -> None:
        """What must hold once a run has ended with status 0."""
        expected = {product.path: product.sha256 for product in self._expected.values()}
        files = [path for path in self._project.rglob('*') if path.is_file() and '.hyp3-mirror' not in path.parts]
        found = {str(path.relative_to(self._project)): self._digest(path)
                 for path in files if path.name != 'SHA256SUMS'}
        if found != expected:
            raise Wrong(f'the archive is not whole: {len(expected.keys() - found.keys())} products are missing, '
                        f'{len(found.keys() - expected.keys())} files too many')
        lines = (self._project / 'SHA256SUMS').read_text().splitlines()
        listed = {line[66:]: line[:64] for line in lines}
        if listed != expected or len(lines) != len(listed):
            raise Wrong(f'SHA256SUMS has {len(lines)} lines for {len(listed)} files, {len(expected)} are archived')
        records = [json.loads(line) for line in
                   (self._project / '.hyp3-mirror' / 'manifest.jsonl').read_text().splitlines()]
        recorded = {record['path']: record['sha256'] for record in records if 'path' in record}
        if recorded != expected or len(records) != len(recorded):
            missing = sorted(expected.keys() - recorded.keys())[:5]
            raise Wrong(f'the manifest has {len(records)} lines for {len(recorded)} of {len(expected)} files;'
                        f' missing: {missing}')
        partial = self._project / '.hyp3-mirror' / 'partial'
        left = [str(path) for path in partial.rglob('*') if path.is_file()] if partial.exists() else []
        if left:
            raise Wrong(f'partial files are left of products that are archived: {left[:5]}')

    def _count_bytes(self, requests: list[dict]) -> None:
        """Bytes sent of each object beyond its size, against the connections that kills cut short.

        In every run but the last in which an object was asked for, at least one connection was at work for it: one
        whose last bytes the simulator had sent does not show as cut short in its log."""
        sent, allowed, restarted = defaultdict(int), defaultdict(int), set()
        asked: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        run, in_transfer = 0, False
        for request in sorted(requests, key=lambda request: request['number']):
            path = request['target'].split('?')[0]
            if path == '/jobs' and in_transfer:
                run, in_transfer = run + 1, False
            name = urllib.parse.unquote(path.rsplit('/', 1)[-1])
            if name not in self._expected or request['method'] != 'GET':
                continue
            in_transfer = True
            if any(effect in ' '.join(request['faults']) for effect in RESTARTING):
                restarted.add(name)
            if request['status'] in (200, 206):
                sent[name] += request['bodyBytes']
                asked[name][run] += not request['isWhole']
        for name, runs in asked.items():
            allowed[name] = sum(max(cut, 0 if number == max(runs) else 1) for number, cut in runs.items())
        for name, product in self._expected.items():
            self.tally.products += 1
            self.tally.bytes += product.size
            if name in restarted:
                continue
            twice = sent[name] - product.size
            self.tally.twice += twice
            self.tally.worst = max(self.tally.worst, twice // max(allowed[name], 1))
            if twice > allowed[name] * MiB:
                told = [f"{request['number']}: {request['status']} {request['headers'].get('range', 'whole')}, "
                        f"{request['bodyBytes']} bytes sent{'' if request['isWhole'] else ', cut short'}"
                        f"{' ' + ' '.join(request['faults']) if request['faults'] else ''}"
                        for request in requests if urllib.parse.unquote(request['target']).endswith('/' + name)]
                raise Wrong(f'{twice} bytes of {name} ({product.size} bytes) were fetched twice, although only '
                            f'{allowed[name]} connections of it were cut short:\n' + '\n'.join(told))

    def _run_again(self) -> None:
        before = len(self._service.requests())
        done = subprocess.run(self._command(), env=environment(self._service, self._work),
                              stdin=subprocess.DEVNULL, capture_output=True)
        asked = [request['target'] for request in self._service.requests()[before:]
                 if request['target'].split('?')[0].rsplit('/', 1)[-1] in self._expected]
        if done.returncode != 0 or asked:
            raise Wrong(f'a run over a whole archive ended with status {done.returncode} and asked for {asked[:3]}: '
                        f'{done.stderr.decode(errors="replace")[-2000:]}')

    def _digest(self, path: Path) -> str:
        about = path.stat()
        key = (about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        if key not in self._digests:
            self._digests[key] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[key]


def expected_products(options: argparse.Namespace, work: Path) -> dict[str, Product]:
    """What a faultless service of the same seed serves, by file name, fetched without the command under test."""
    with simulator(work / 'source', *options.catalogue) as service:
        return products_of(service, work)


def products_of(service: Simulator, work: Path, *more: str) -> dict[str, Product]:
    """What a service serves of a project, by file name; `more` are options for `plan`."""
    archive = work / 'none'
    archive.mkdir(exist_ok=True)
    plan = subprocess.run(command(service, 'plan', archive) + ['--format', 'json', *more],
                          env=environment(service, work), capture_output=True, text=True)
    if plan.returncode != 0:
        raise Wrong(f'plan ended with status {plan.returncode}: {plan.stderr[-2000:]}')
    products = {}
    for row in map(json.loads, plan.stdout.splitlines()):
        if row['state'] != 'fetch':
            continue
        content = service.fetch(row['url'])
        if content is not None:
            key = urllib.parse.urlsplit(row['url']).path.lstrip('/')
            products[row['file']] = Product(key, row['path'], len(content), hashlib.sha256(content).hexdigest())
    return products


def command(service: Simulator, subcommand: str, archive: Path) -> list[str]:
    configuration = service.directory / 'project.json'
    configuration.write_text(json.dumps(service.configuration(*SUFFIXES)))
    return [os.environ['HYP3_MIRROR'], subcommand, str(configuration), '--archive', str(archive),
            '--cacert', service.ca]


def environment(service: Simulator, home: Path) -> dict[str, str]:
    return {'PATH': os.environ['PATH'], 'HOME': str(home), 'EARTHDATA_TOKEN': service.token}


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/kill-test', description=__doc__.split('\n')[0])
    parser.add_argument('--rounds', type=int, default=200, help='kills in all (default 200)')
    parser.add_argument('--seed', type=int, default=1, help='of the instants, the products and the faults')
    parser.add_argument('--longest', type=float, default=1.5, help='seconds after which a run is killed at the latest')
    parser.add_argument('--jobs', type=int, default=12, help='jobs in the catalogue')
    parser.add_argument('--raster', type=int, default=1024, help="pixels along an edge of the products' images")
    parser.add_argument('--work', type=Path, help='where the archive goes (default: a temporary directory)')
    parser.add_argument('--option', action='append', default=[], help='handed on to hyp3-mirror sync; repeatable')
    options = parser.parse_args()
    # Of one moment, so that the two simulators that follow have the same jobs; none of them expires.
    options.catalogue = ['--jobs', str(options.jobs), '--seed', str(options.seed), '--raster-size', str(options.raster),
                         '--now', str(int(time.time())), '--span-days', '10']
    end_on_signals()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-kill-', dir=options.work) as work:
        work = Path(work)
        try:
            expected = expected_products(options, work)
            size = sum(product.size for product in expected.values())
            print(f'{len(expected)} products, {size / MiB:.1f} MiB; seed {options.seed}', flush=True)
            with simulator(work / 'faulty', *options.catalogue, faults=FAULTS) as service:
                test = KillTest(options, work, service, expected)
                test.run()
        except Wrong as error:
            kept = Path(tempfile.mkdtemp(prefix='hyp3-mirror-kill-wrong-', dir=options.work))
            shutil.copytree(work, kept, dirs_exist_ok=True, symlinks=True)
            print(f'WRONG: {error}\nall of it is kept in {kept}', file=sys.stderr)
            return 1
    tally = test.tally
    ends = ', '.join(f'{count} {how}' for how, count in sorted(tally.ends.items()))
    print(f'{tally.kills} kills over {tally.archives} archives of {len(expected)} products in '
          f'{time.monotonic() - begun:.0f} s: no wrong byte under a final name; runs: {ends}.')
    print(f'Fetched twice: {tally.twice / MiB:.2f} MiB of {tally.bytes / MiB:.0f} MiB; at most '
          f'{tally.worst / 1024:.0f} KiB for a connection cut short.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
