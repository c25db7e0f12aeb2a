"""scripts/bench scan: reading the names of a million files, beside `find`, Python and rclone.

The files are empty and named as products are: 100,000 stems with ten suffixes. Caches are warm: every command has run
once before, and was checked to see all files. Ours is `plan` with a service that lists no jobs: its figures hold the
start of the program, a TLS connection and one page, and the index it builds of all names.

With `--delay` every call takes so many milliseconds, as on a share far away.
"""

import re
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import million
import rounds
from rig.archive import Archive
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.slow import slow
from rig.simulator import Simulator, simulator
from rounds import Entrant

RGLOB = """\
import sys
from pathlib import Path
for path in Path(sys.argv[1]).rglob('*'):
    if path.is_file():
        print(path)
"""
OURS = 'hyp3-mirror plan, no jobs'
FIND = 'find -type f'


def main() -> int:
    parser = rounds.options('scan', __doc__)
    million.add_options(parser)
    parser.add_argument('--delay', type=float, default=0, metavar='MS',
                        help='behind a file system that takes so long over each call, as a share does (needs root)')
    parser.add_argument('--peers', default='', metavar='REGEX', help='only peers whose label matches')
    options = parser.parse_args()
    if options.clean:
        return million.clean(options)
    end_on_signals()
    need_packages('time', 'openssl', 'rclone', 'findutils')
    command = rounds.programs(options)
    jobs = options.jobs or (1000 if options.quick else 100_000)
    count = options.rounds or (1 if options.quick else 3)
    results = {'files': 10 * jobs, 'rounds': count, 'parts': {}}
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-bench-', dir=options.work) as work:
        work = Path(work)
        with million.account(work / 'account', jobs) as service:
            places = million.archives(command, service, work, jobs, options.files)
        with ExitStack() as mounts, simulator(work / 'simulator', project=million.PROJECT) as service:
            if options.delay:
                # What is in one directory, a share tells one answer after the other to everybody.
                places.pop('one directory')
            for number, (place, archive) in enumerate(places.items()):
                title = f'{archive.files:,} files in {place}'
                archive.forget()
                if options.delay:
                    far = mounts.enter_context(slow(archive.root, work / f'slow{number}', options.delay))
                    archive = replace(archive, root=far, project=far / archive.project.name)
                    title += f', {options.delay:g} ms a call'
                entrants = [entrant for entrant in contenders(command, service, work, archive)
                            if entrant.label == OURS or re.search(options.peers, entrant.label)]
                for entrant in entrants:
                    see(entrant, work, options.timeout)
                entrants = [replace(entrant, check=None, keeps_output=False) for entrant in entrants]
                trials = rounds.measure(entrants, count, work, seconds=options.timeout, seed=options.seed, title=title)
                made = rounds.rows(trials)
                named = {row.label: row for row in made}
                own, find = named[OURS], named.get(FIND)
                results['parts'][title] = rounds.results(trials)
                print(f'### {title}, {count} rounds\n\n{rounds.markdown(made, own)}\n')
                if find and not options.quick and not own.failure and not find.failure:
                    print(rounds.verdict('ours / find -type f, wall', own.wall / find.wall,
                                         0.3 if options.delay else 0.7, '×'), flush=True)
                print(flush=True)
    return rounds.write('scan', options, results)


def contenders(command: Path, service: Simulator, scratch: Path, archive: Archive) -> list[Entrant]:
    def counts(output: Path, log: Path) -> str | None:
        with output.open('rb') as lines:
            seen = sum(1 for _ in lines)
        return None if seen == archive.files else f'{seen} names instead of {archive.files}'

    def says(output: Path, log: Path) -> str | None:
        told = re.search(r'scanned the archive.*?files\W+(\d+)', log.read_text())
        seen = int(told[1]) if told else None
        return None if seen == archive.files else f'{seen} files seen instead of {archive.files}'

    def ours(label: str, root: Path, check) -> Entrant:
        line = million.command_line(command, 'plan', service, scratch, root)
        return Entrant(label, [*line, '--format', 'json', '--log-level', 'info', '--allow-empty'],
                       million.environment(service, scratch), check, keeps_output=True)

    empty = scratch / 'empty'
    empty.mkdir(exist_ok=True)
    script = scratch / 'rglob.py'
    script.write_text(RGLOB)
    where = str(archive.project)
    return [
        ours(OURS, archive.root, says),
        ours('the same on an empty archive', empty, None),
        Entrant(FIND, ['find', where, '-type', 'f'], {}, counts, True),
        Entrant("Python's rglob, is_file", [sys.executable, str(script), where], {}, counts, True),
        Entrant('rclone lsf -R --files-only', ['rclone', 'lsf', '-R', '--files-only', where],
                {'RCLONE_CONFIG': '/dev/null', 'HOME': str(scratch)}, counts, True),
    ]


def see(entrant: Entrant, scratch: Path, seconds: float) -> None:
    """Runs it once to warm the caches, and ends the bench if it does not see every file."""
    failure = rounds.once(entrant, scratch, seconds).failure
    if failure:
        sys.exit(f'bench: {entrant.label}: {failure}')


if __name__ == '__main__':
    sys.exit(main())
