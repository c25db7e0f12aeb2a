"""scripts/bench noop: a `sync` that finds nothing new, of 100,000 jobs and a million archived files.

What it does: log in with a token, scan the tree, list all jobs, see that no product is missing. The files are empty and
stand for products archived long ago; the tree has neither a manifest nor SHA256SUMS, which such a run need not read.
"""

import json
import sys
import tempfile
from pathlib import Path

import million
import rounds
from rig.archive import Archive
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.simulator import Simulator
from rounds import Entrant

MEMORY = 150


def main() -> int:
    parser = rounds.options('noop', __doc__)
    million.add_options(parser)
    parser.add_argument('--latency', type=int, default=0, metavar='MS', help='what a page of jobs takes (default 0)')
    options = parser.parse_args()
    if options.clean:
        return million.clean(options)
    end_on_signals()
    need_packages('time', 'openssl')
    command = rounds.programs(options)
    jobs = options.jobs or (1000 if options.quick else 100_000)
    count = options.rounds or (1 if options.quick else 3)
    results = {'jobs': jobs, 'files': 10 * jobs, 'latency': options.latency, 'rounds': count, 'parts': {}}
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-bench-', dir=options.work) as work:
        work = Path(work)
        with million.account(work / 'account', jobs, options.latency) as service:
            places = million.archives(command, service, work, jobs, options.files)
            entrants = [nothing_new(command, service, work, place, archive) for place, archive in places.items()]
            for archive in places.values():
                archive.forget()
            try:
                before = len(service.requests())
                # Once for the caches, and so that none of the runs that count is the archive's first.
                rounds.measure(entrants, 1, work, seconds=options.timeout, seed=options.seed, title='first')
                asked = (len(service.requests()) - before) / len(entrants)
                title = f'{jobs:,} jobs, {10 * jobs:,} files'
                trials = rounds.measure(entrants, count, work, seconds=options.timeout, seed=options.seed, title=title)
            finally:
                for archive in places.values():
                    archive.forget()
    made = rounds.rows(trials)
    results['parts'][title] = rounds.results(trials)
    pages = f'{options.latency} ms a page' if options.latency else 'no delay'
    print(f'### {title}, {pages}, {count} rounds; {asked:.0f} requests a run\n\n{rounds.markdown(made)}\n')
    for row in made:
        if not options.quick and not row.failure:
            print(rounds.verdict(f'peak memory, {row.label}', row.memory / 1e6, MEMORY, ' MB'))
    return rounds.write('noop', options, results)


def nothing_new(command: Path, service: Simulator, scratch: Path, place: str, archive: Archive) -> Entrant:
    report = scratch / 'report.json'
    line = million.command_line(command, 'sync', service, scratch, archive.root)

    def check(output: Path, log: Path) -> str | None:
        said = json.loads(report.read_text())
        present, tried = said['products'].get('present', 0), sum(said['outcomes'].values())
        if said['jobs'] * 9 > present or tried or said['products'].get('fetch'):
            return f'not a nothing-new run: {said["jobs"]} jobs, products {said["products"]}, tried {tried}'
        return None

    return Entrant(f'hyp3-mirror sync, {place}', [*line, '--report', str(report)],
                   million.environment(service, scratch), check)


if __name__ == '__main__':
    sys.exit(main())
