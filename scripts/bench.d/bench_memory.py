"""scripts/bench memory: the peak memory of a first run over 20,000 small products, and of another that finds them all.

The simulator serves some four products a job, of 17 KB on average; a directory a job keeps those of one name apart. That
of large products stands in `transfer`.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import rounds
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.simulator import simulator
from rounds import Entrant

MEMORY = 64
SUFFIXES = ['_VV.tif', '_VH.tif', '_rgb.tif', '_WM.tif', '_FM_iterative_WaterDepth.tif', '.zip']


def main() -> int:
    options = rounds.options('memory', __doc__).parse_args()
    end_on_signals()
    need_packages('time', 'openssl')
    command = rounds.programs(options)
    jobs = 46 if options.quick else 4600
    count = options.rounds or (1 if options.quick else 3)
    trials = {}
    with tempfile.TemporaryDirectory(prefix='hyp3-mirror-bench-', dir=options.work) as work:
        work = Path(work)
        with simulator(work / 'service', '--jobs', str(jobs), '--raster-size', '64', '--now', str(int(time.time())),
                       '--span-days', '10') as service:
            project, archive, report = work / 'project.json', work / 'archive', work / 'report.json'
            project.write_text(json.dumps(service.configuration(*SUFFIXES) | {'archive': {'layout': '{job_id}/{filename}'}}))
            line = [str(command), 'sync', str(project), '--archive', str(archive), '--cacert', service.ca,
                    '--report', str(report)]
            environment = {'HOME': str(work), 'EARTHDATA_TOKEN': service.token}
            archived = 0
            for number in range(count):
                shutil.rmtree(archive, ignore_errors=True)
                archive.mkdir()
                for label in ('first run', 'nothing new'):
                    # Some jobs of the simulator have succeeded and list no file, which a run tells once, with 1.
                    statuses = (0, 1) if label == 'first run' else (0,)
                    entrant = Entrant(f'hyp3-mirror sync, {label}', line, environment, statuses=statuses)
                    trials.setdefault(entrant.label, []).append(rounds.once(entrant, work, options.timeout))
                    said = json.loads(report.read_text())
                    archived = said['outcomes'].get('archived', 0) or archived
    made = rounds.rows(trials)
    print(f'### {archived:,} products of {jobs:,} jobs, {count} rounds\n\n{rounds.markdown(made)}\n')
    for row in made:
        if not options.quick and not row.failure:
            print(rounds.verdict(f'peak memory, {row.label}', row.memory / 1e6, MEMORY, ' MB'))
    return rounds.write('memory', options, {'jobs': jobs, 'products': archived, 'rounds': count,
                                            'parts': {'memory': rounds.results(trials)}})


if __name__ == '__main__':
    sys.exit(main())
