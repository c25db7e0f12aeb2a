"""scripts/bench catalogue: listing the jobs of a large account, beside the official client's `find_jobs`.

Both read the same jobs from the project's simulator, over TLS with a bearer token. The official client's script writes
down the id of each; its figures hold the start of Python and its imports. Ours is measured twice: `plan` of products
acquired in the year 2100, which lists all jobs, looks at the name of each and leaves it out: the listing and little
else; and `plan --format json` of one suffix on an empty archive, which also decides on a product a job, sorts, and
writes a line of JSON for each, by which it is checked that every job is there once. Server and client share the
machine's cores; the server's time is in no one's CPU seconds.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import rounds
from peers import SDK
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.simulator import Simulator, simulator
from rig.venv import python_with
from rounds import Entrant
from table import Row

# A thousand days: an account of some years.
CATALOGUE = ['--span-days', '1000', '--raster-size', '64']
FIND_JOBS = """\
import sys
import hyp3_sdk
for job in hyp3_sdk.HyP3(sys.argv[1], token=sys.argv[2]).find_jobs(name=sys.argv[3]):
    print(job.job_id)
"""


def main() -> int:
    parser = rounds.options('catalogue', __doc__)
    parser.add_argument('--jobs', type=int, help='default 100,000; 1,000 with --quick')
    parser.add_argument('--latency', type=int, default=300, metavar='MS', help='what a page takes (default 300)')
    parser.add_argument('--no-growth', action='store_true', help='leave out the smaller catalogues')
    options = parser.parse_args()
    end_on_signals()
    need_packages('time', 'openssl', 'python3-venv')
    command, python = rounds.programs(options), python_with(SDK)
    jobs = options.jobs or (1000 if options.quick else 100_000)
    count = options.rounds or (1 if options.quick else 3)
    sizes = [] if options.no_growth else [size for size in (1000, 10_000) if size < jobs]
    results = {'jobs': jobs, 'rounds': count, 'parts': {}}
    growth = {}
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-bench-', dir=options.work) as work:
        work = Path(work)
        for size, latency in dict.fromkeys([(jobs, options.latency), *((size, 0) for size in sizes), (jobs, 0)]):
            title = f'{size:,} jobs, {f"{latency} ms a page" if latency else "no delay"}'
            scratch = work / f'{size}-{latency}'
            scratch.mkdir()
            with simulator(scratch / 'simulator', '--jobs', str(size), '--latency-ms', str(latency), *CATALOGUE,
                           project='bench') as service:
                entrants = [listing(command, service, scratch, size), rows(command, service, scratch, size),
                            official(python, service, scratch, size)]
                trials = rounds.measure(entrants, count, scratch, seconds=options.timeout, seed=options.seed,
                                        title=title)
            own, _, peer = made = rounds.rows(trials)
            if latency == 0:
                growth[size] = made
            results['parts'][title] = rounds.results(trials)
            print(f'### {title}, {count} rounds\n\n{rounds.markdown(made, own)}\n')
            if not options.quick and not own.failure and not peer.failure:
                if latency:
                    print(rounds.verdict('find_jobs / ours, wall', peer.wall / own.wall, 5, '×', at_least=True))
                elif size == jobs:
                    print(rounds.verdict('ours / find_jobs, CPU', own.cpu / peer.cpu, 0.2, '×'))
            print(flush=True)
    if sizes:
        print(f'### Growth, no delay\n\n{growth_table(growth)}')
    return rounds.write('catalogue', options, results)


def command_line(command: Path, service: Simulator, scratch: Path, *options: str) -> list[str]:
    configuration = scratch / 'project.json'
    configuration.write_text(json.dumps(service.configuration('_VV.tif')))
    archive = scratch / 'archive'
    archive.mkdir(exist_ok=True)
    return [str(command), 'plan', str(configuration), '--archive', str(archive), '--cacert', service.ca,
            '--format', 'json', *options]


def environment(service: Simulator, scratch: Path) -> dict[str, str]:
    return {'EARTHDATA_TOKEN': service.token, 'HOME': str(scratch)}


def listing(command: Path, service: Simulator, scratch: Path, size: int) -> Entrant:
    def check(output: Path, log: Path) -> str | None:
        told = re.search(r'listed the jobs.*?jobs\W+(\d+)', log.read_text())
        return None if told and int(told[1]) == size else f'{told and told[1]} jobs listed instead of {size}'

    line = command_line(command, service, scratch, '--acquired-start', '2100-01-01', '--log-level', 'info')
    return Entrant('hyp3-mirror plan, listing only', line, environment(service, scratch), check)


def rows(command: Path, service: Simulator, scratch: Path, size: int) -> Entrant:
    def check(output: Path, log: Path) -> str | None:
        with output.open() as lines:
            return wrong((json.loads(line)['job_id'] for line in lines), size)

    line = command_line(command, service, scratch, '--quiet')
    return Entrant('hyp3-mirror plan, a row a job', line, environment(service, scratch), check, keeps_output=True)


def official(python: Path, service: Simulator, scratch: Path, size: int) -> Entrant:
    script = scratch / 'find_jobs.py'
    script.write_text(FIND_JOBS)
    environment = {'REQUESTS_CA_BUNDLE': service.ca, 'HOME': str(scratch)}

    def check(output: Path, log: Path) -> str | None:
        return wrong(output.read_text().split(), size)

    return Entrant('hyp3_sdk.find_jobs', [str(python), str(script), service.api, service.token, service.project],
                   environment, check, keeps_output=True)


def wrong(ids, size: int) -> str | None:
    """All jobs of these catalogues are different ones of the one project."""
    ids = list(ids)
    if len(ids) == len(set(ids)) == size:
        return None
    return f'{len(set(ids))} different jobs in {len(ids)} rows instead of {size}'


def growth_table(growth: dict[int, list[Row]]) -> str:
    """Each size's rows: listing, plan, official client."""
    heads = ['jobs']
    for who in ('listing', 'a row a job', 'find_jobs'):
        heads += [f'{who}: wall s', 'CPU s', 'CPU ms a job', 'peak MB']
    lines = ['| ' + ' | '.join(heads) + ' |', '|---:' * 13 + '|']
    for size, made in sorted(growth.items()):
        cells = [f'{size:,}']
        for one in made:
            cells += [f'{one.wall:.2f}', f'{one.cpu:.2f}', f'{one.cpu / size * 1000:.3f}', f'{one.memory / 1e6:.0f}']
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


if __name__ == '__main__':
    sys.exit(main())
