"""Makes each kind of system call of hyp3-mirror fail, once and for good, at several depths of a run, and looks at the end.

Each time the run must end, with a status that is documented and a sentence that says why; nothing wrong lies in the
archive; status 0 means that it is whole; and the next run, undisturbed, completes it.
"""

import argparse
import concurrent.futures
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from kill_test import SUFFIXES, KillTest, Wrong, environment, expected_products
from rig.compiled import compiled
from rig.process import end_on_signals, tail
from rig.simulator import Simulator, simulator

# Of the command (README, "Exit status"), but 64: no call that fails is a wrong command line.
DOCUMENTED = {0, 1, 65, 69, 74, 75, 77, 78}
# Seconds for a run on a slow machine, with all its waits for a service that seems to be down.
PATIENCE = 240
# Files of the loader, which ends a program before it begins; of no concern here.
LOADER = re.compile(r'/ld\.so|\.so(\.[0-9]+)*( |$)|/glibc-hwcaps|/locale|/gconv')


@dataclass(frozen=True)
class Kind:
    """Calls that do one thing, where they do it, and what may come of it."""

    calls: str
    # Of failcall: `below` is the archive, the configuration and the temporary files.
    place: str
    errors: str
    # At most so often in a row: the kernel does not say it for ever, and every program rightly asks again.
    passing: str = ''
    subcommands: tuple[str, ...] = ('sync', 'again')


KINDS = [
    Kind('openat', 'below', 'EIO EMFILE EACCES ENOSPC ENOMEM', 'EINTR', ('sync', 'again', 'verify', 'report')),
    Kind('read,pread64,readv', 'below', 'EIO ENOMEM', 'EINTR', ('sync', 'again', 'verify', 'report')),
    Kind('write,writev,pwrite64', 'below', 'ENOSPC EIO EDQUOT EFBIG', 'EINTR', ('sync', 'again', 'verify')),
    Kind('fsync', 'below', 'EIO ENOSPC', 'EINTR', ('sync', 'again', 'verify')),
    Kind('fdatasync', 'below', 'EIO EDQUOT', 'EINTR', ('sync', 'again', 'verify')),
    Kind('rename,renameat,renameat2', 'below', 'EIO ENOSPC EACCES', 'EINTR', ('sync', 'again', 'verify')),
    Kind('link,linkat', 'below', 'EIO'),
    Kind('unlink,unlinkat,rmdir', 'below', 'EIO EACCES EROFS'),
    Kind('mkdir,mkdirat', 'below', 'EIO ENOSPC EACCES EROFS'),
    Kind('ftruncate', 'below', 'EIO EACCES', 'EINTR'),
    Kind('fallocate', 'below', 'EIO ENOSPC EOPNOTSUPP', 'EINTR'),
    Kind('newfstatat,statx,fstat,access', 'below', 'EIO EACCES ENOMEM', '', ('sync', 'again', 'verify', 'report')),
    Kind('readlink', 'below', 'EIO EACCES'),
    Kind('statfs,fstatfs', 'below', 'EIO ENOSYS', 'EINTR'),
    Kind('getdents64', 'below', 'EIO ENOMEM', '', ('sync', 'again', 'verify', 'report')),
    Kind('flock', 'below', 'EIO ENOLCK', 'EINTR', ('sync', 'again', 'verify')),
    Kind('fcntl,lseek,ioctl', 'below', 'EIO'),
    Kind('close', 'below', 'EIO', 'EINTR'),
    Kind('utimensat,fchmod,fadvise64', 'below', 'EIO EACCES'),
    # Authorities of certificates, names of hosts, what the system tells of itself.
    Kind('openat', 'outside', 'EIO EMFILE EACCES', 'EINTR', ('sync',)),
    Kind('read,pread64', 'outside', 'EIO', 'EINTR', ('sync',)),
    Kind('newfstatat,statx,fstat,readlink', 'outside', 'EIO EACCES', '', ('sync',)),
    Kind('write,writev', 'outside', 'EIO EPIPE ENOSPC', 'EINTR', ('sync',)),
    Kind('fcntl,ioctl', 'outside', 'EIO', '', ('sync',)),
    # The network.
    Kind('socket', 'all', 'EMFILE EACCES ENOBUFS', '', ('sync',)),
    Kind('connect', 'socket', 'ECONNREFUSED ENETUNREACH ETIMEDOUT', 'EINTR', ('sync',)),
    Kind('sendto,sendmsg,sendmmsg', 'socket', 'ECONNRESET EPIPE ENOBUFS', 'EINTR', ('sync',)),
    Kind('recvfrom,recvmsg', 'socket', 'ECONNRESET ETIMEDOUT ENOMEM', 'EINTR', ('sync',)),
    Kind('setsockopt,getsockopt,getsockname,getpeername,bind', 'socket', 'ENOBUFS EINVAL', '', ('sync',)),
    # Not fcntl: the kernel never refuses to make a socket non-blocking, and libcurl does not ask whether it did.
    Kind('ioctl,close', 'socket', 'EIO', '', ('sync',)),
    Kind('poll,ppoll', 'all', 'ENOMEM', 'EINTR', ('sync',)),
    # What the process is made of.
    Kind('clone3', 'all', 'EAGAIN', '', ('sync',)),
    Kind('mmap', 'stack', 'ENOMEM', '', ('sync',)),
    Kind('getrandom', 'all', 'ENOSYS', 'EINTR', ('sync',)),
    Kind('socketpair,pipe2', 'all', 'EMFILE', '', ('sync',)),
    Kind('madvise', 'all', 'ENOMEM', '', ('sync',)),
    Kind('uname,sysinfo,prlimit64,setpriority,sched_getaffinity,getcwd', 'all', 'EPERM', '', ('sync',)),
    Kind('epoll_wait', 'all', '', 'EINTR', ('sync',)),
]


@dataclass(frozen=True)
class Case:
    kind: Kind
    subcommand: str
    error: str
    first: int
    # Calls that fail in a row; 0: all from then on.
    times: int

    def __str__(self) -> str:
        how = {0: 'for good', 1: 'once'}.get(self.times, f'{self.times} times')
        return f'{self.subcommand}: {self.kind.calls} {self.kind.place}, {self.error} from {self.first}, {how}'


class SyscallTest:
    def __init__(self, options: argparse.Namespace, work: Path, service: Simulator, expected: dict):
        self._options, self._work, self._service, self._expected = options, work, service, expected
        self._tool = compiled('failcall')
        self._number, self._lock = 0, threading.Lock()
        self._templates: dict[str, Path] = {}
        self.wrong: list[str] = []
        self.table: dict[tuple[str, str], Counter] = {}
        self.sentences: list[str] = []

    def run(self) -> None:
        self._make_templates()
        cases = []
        pool = concurrent.futures.ThreadPoolExecutor(self._options.workers)
        try:
            kinds = [(kind, subcommand) for kind in KINDS for subcommand in kind.subcommands
                     if (subcommand == 'sync' or not self._options.quick) and re.search(
                         self._options.only, f'{subcommand}: {kind.calls} {kind.place}')]
            for found in pool.map(lambda pair: self._cases(*pair), kinds):
                cases += found
            print(f'{len(cases)} runs', flush=True)
            for done in concurrent.futures.as_completed([pool.submit(self._try, case) for case in cases]):
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)

    # What a run begins with.

    def _make_templates(self) -> None:
        """`sync` begins with nothing, `again` with a commit that was cut off, `verify` and `report` with all."""
        whole = self._place()
        done = self._start(whole, 'sync', [])
        if done.status != 0:
            raise Wrong(f'an undisturbed run ends with status {done.status}: {done.said}')
        self._judge(whole)._look_whole()
        cut = self._place()
        project = cut.archive / self._service.project
        self._run_with(cut, 'sync', 'pwrite64', f'below:{project}/.hyp3-mirror/manifest.jsonl', errno.EIO, 1, 0)
        journal = project / '.hyp3-mirror' / 'journal.jsonl'
        if not journal.exists() or journal.stat().st_size == 0:
            raise Wrong('a commit that is cut off leaves no journal')
        self._templates = {'sync': self._place().archive, 'again': cut.archive, 'verify': whole.archive,
                           'report': whole.archive}

    def _place(self, template: Path | None = None) -> 'Place':
        with self._lock:
            self._number += 1
            root = self._work / f'case-{self._number}'
        place = Place(root)
        for directory in (place.root, place.archive, place.temporary):
            directory.mkdir()
        place.configuration.write_text(json.dumps(self._service.configuration(*SUFFIXES)))
        if template:
            shutil.copytree(template, place.archive, dirs_exist_ok=True, symlinks=True)
        return place

    # What is tried.

    def _cases(self, kind: Kind, subcommand: str) -> list[Case]:
        """Counts the calls of an undisturbed run, and picks depths among them."""
        place = self._place(self._templates[subcommand])
        self._run_with(place, word(subcommand), kind.calls, self._where(kind, place), 0, 1, 0)
        lines = place.log.read_text(errors='replace').splitlines()
        numbers = [int(line.split()[0]) for line in lines if not LOADER.search(line)]
        place.remove()
        # The loader and the runtime come first, whatever the call.
        if kind.place == 'outside' and lines:
            last = max((int(line.split()[0]) for line in lines if LOADER.search(line)), default=0)
            numbers = [number for number in numbers if number > last] or numbers
        with self._lock:
            for error in (kind.errors + ' ' + kind.passing).split():
                self.table.setdefault((f'{kind.calls} {kind.place}', subcommand), Counter())['calls'] = len(lines)
        if not numbers:
            return []
        if self._options.quick:
            return self._few(kind, subcommand, numbers)
        cases = []
        for error in kind.errors.split():
            cases += [Case(kind, subcommand, error, first, 1) for first in picked(numbers, self._options.depths)]
            cases += [Case(kind, subcommand, error, first, 0) for first in picked(numbers, 3)]
        for error in kind.passing.split():
            cases += [Case(kind, subcommand, error, first, 1) for first in picked(numbers, self._options.depths)]
            cases += [Case(kind, subcommand, error, first, 3) for first in picked(numbers, 2)]
        return cases

    def _few(self, kind: Kind, subcommand: str, numbers: list[int]) -> list[Case]:
        """One call that fails once in the midst of a run, and one that does so for good."""
        errors = (kind.errors or kind.passing).split()
        once = Case(kind, subcommand, errors[-1], numbers[len(numbers) // 2], 1)
        if not kind.errors or kind.place != 'below':
            return [once]
        return [once, Case(kind, subcommand, errors[0], numbers[len(numbers) // 3], 0)]

    def _where(self, kind: Kind, place: 'Place') -> str:
        return f'{kind.place}:{place.root}' if kind.place in ('below', 'outside') else kind.place

    def _try(self, case: Case) -> None:
        place = self._place(self._templates[case.subcommand])
        code = getattr(errno, case.error)
        done = self._run_with(place, word(case.subcommand), case.kind.calls, self._where(case.kind, place), code,
                              case.first, case.times)
        failed = [line for line in place.log.read_text(errors='replace').splitlines() if line.endswith(' FAILED')]
        try:
            if failed or done.status is None:
                self._look(case, place, done, failed)
            trouble = None
        except Wrong as error:
            kept = self._work.parent / f'{self._work.name}-wrong' / place.root.name
            shutil.copytree(place.root, kept, dirs_exist_ok=True, symlinks=True)
            trouble = f'{case}\n    {"".join(failed[:1])}\n    {error}\n    kept in {kept}'
        with self._lock:
            row = self.table[f'{case.kind.calls} {case.kind.place}', case.subcommand]
            row['runs'] += 1
            row['failed'] += bool(failed)
            row[f'status {done.status}'] += 1
            first = f' ({failed[0]})' if failed else ''
            self.sentences.append(f'{case}{first}: {done.status} {done.sentence}')
            if trouble:
                self.wrong.append(trouble)
                print(f'WRONG: {trouble}', flush=True)
        place.remove()

    def _look(self, case: Case, place: 'Place', done: 'Done', failed: list[str]) -> None:
        if done.status is None:
            raise Wrong(f'it has not ended within {done.seconds:.0f} s: {done.said}')
        if done.status not in DOCUMENTED:
            raise Wrong(f'it ends with status {done.status}: {done.said}')
        if done.status and not done.sentence and case.kind.calls != 'write,writev':
            raise Wrong(f'it ends with status {done.status} without a sentence: {done.said}')
        if done.status == 74 and case.kind.place == 'below' and not re.search(r'/\S', done.said):
            raise Wrong(f'it ends with status 74 and names no place: {done.said}')
        judge = self._judge(place)
        judge._look()
        if case.subcommand in ('sync', 'again'):
            if done.status == 0:
                judge._look_whole()
        elif done.status == 65:
            raise Wrong(f'what cannot be read is called damaged: {done.said}')
        elif done.status == 0 and case.subcommand == 'verify' and case.times == 0:
            # All of them were wanted, so that those that could not be read were not verified.
            unread = [line for line in failed if re.search(r'(read|readv|openat) ', line)
                      and Path(line.split(' ')[2]).name in self._expected]
            if unread:
                raise Wrong(f'all is said to be well, with a file that could not be read: {unread[0]}')
        following = self._start(place, 'sync', [])
        if following.status != 0:
            raise Wrong(f'the next run ends with status {following.status}: {following.said}')
        judge._look_whole()

    # How it is run.

    def _judge(self, place: 'Place') -> KillTest:
        return Judge(self._options, place.root, self._service, self._expected)

    def _run_with(self, place: 'Place', subcommand: str, calls: str, where: str, code: int, first: int,
                  times: int) -> 'Done':
        return self._start(place, subcommand, [str(self._tool), str(place.log), calls, where, str(code), str(first),
                                               str(times)])

    def _start(self, place: 'Place', subcommand: str, prefix: list[str]) -> 'Done':
        words = [*prefix, os.environ['HYP3_MIRROR'], subcommand, str(place.configuration), '--archive',
                 str(place.archive), '--cacert', self._service.ca]
        begun = time.monotonic()
        with place.output.open('wb') as sink:
            run = subprocess.Popen(words, env=environment(self._service, place.root) | {'TMPDIR': str(place.temporary)},
                                   stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
            try:
                status = run.wait(PATIENCE)
            except BaseException as error:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                status = None
        return Done(status, place.output.read_text(errors='replace'), time.monotonic() - begun)


@dataclass(frozen=True)
class Place:
    root: Path

    @property
    def archive(self) -> Path:
        return self.root / 'archive'

    @property
    def temporary(self) -> Path:
        return self.root / 'tmp'

    @property
    def configuration(self) -> Path:
        return self.root / 'project.json'

    @property
    def log(self) -> Path:
        return self.root.with_suffix('.calls')

    @property
    def output(self) -> Path:
        return self.root.with_suffix('.output')

    def remove(self) -> None:
        shutil.rmtree(self.root)
        self.log.unlink(missing_ok=True)
        self.output.unlink(missing_ok=True)


@dataclass(frozen=True)
class Done:
    status: int | None
    output: str
    seconds: float

    @property
    def said(self) -> str:
        return self.output[-1500:]

    @property
    def sentence(self) -> str:
        """What it says last of why."""
        lines = [line for line in self.output.splitlines() if re.match(r'hyp3-mirror: |\w+: |.* (error|warning) ', line)]
        own = [line for line in lines if line.startswith('hyp3-mirror: ')]
        return (own or lines or [''])[-1]


class Judge(KillTest):
    """Looks as the kill test does."""

    def _look_whole(self) -> None:
        # Begun for a product that then proved to be absent; the next run sweeps it.
        for staged in (self._project / '.hyp3-mirror' / 'partial').glob('*'):
            if staged.stat().st_size == 0:
                staged.unlink()
        super()._look_whole()


def word(subcommand: str) -> str:
    return 'sync' if subcommand == 'again' else subcommand


def picked(numbers: list[int], count: int) -> list[int]:
    """So many of them, the first and the last among them, the others evenly between."""
    if len(numbers) <= count:
        return numbers
    return sorted({numbers[round(index * (len(numbers) - 1) / (count - 1))] for index in range(count)})


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/syscalls', description=__doc__.split('\n')[0])
    parser.add_argument('--depths', type=int, default=6, help='calls of a run that fail once, each in a run of its own')
    parser.add_argument('--only', default='', help='regular expression of kinds, as in "sync: openat below"')
    parser.add_argument('--quick', action='store_true', help='two moments a kind at most, of runs that begin with nothing')
    parser.add_argument('--workers', type=int, default=os.cpu_count(), help='runs at once')
    parser.add_argument('--seed', type=int, default=1, help='of the products')
    parser.add_argument('--sentences', type=Path, help='file that gets what every run said')
    parser.add_argument('--work', type=Path, help='where the archives go (default: a temporary directory)')
    options = parser.parse_args()
    options.catalogue = ['--jobs', '3', '--seed', str(options.seed), '--raster-size', '256', '--now',
                         str(int(time.time())), '--span-days', '10']
    options.option = []
    end_on_signals()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-calls-', dir=options.work) as work:
        work = Path(work)
        expected = expected_products(options, work)
        with simulator(work / 'service', *options.catalogue) as service:
            test = SyscallTest(options, work, service, expected)
            try:
                test.run()
            except Wrong as error:
                print(f'WRONG: {error}', file=sys.stderr)
                return 1
    if options.sentences:
        options.sentences.write_text('\n'.join(sorted(test.sentences)) + '\n')
    for (kind, subcommand), row in sorted(test.table.items()):
        ends = ', '.join(f'{count} × {name}' for name, count in sorted(row.items()) if name.startswith('status'))
        print(f'{subcommand:7} {kind:62} {row["calls"]:5} calls {row["failed"]:4} of {row["runs"]} failed  {ends}')
    runs = sum(row['failed'] for row in test.table.values())
    print(f'{runs} runs with a call that failed, {len(test.wrong)} of them wrong, in {time.monotonic() - begun:.0f} s')
    return 1 if test.wrong or not runs else 0


if __name__ == '__main__':
    sys.exit(main())
