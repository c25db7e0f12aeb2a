"""Commands side by side: each runs once a round, in an order that changes; the medians as a Markdown table."""

import argparse
import json
import os
import platform
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import ours
import table
from rig.measure import explain, run
from trial import Trial

MB = 1e6


@dataclass(frozen=True)
class Entrant:
    """`check` looks at standard output and the log of a run that ended well, and says what is wrong, if anything.

    Standard output goes nowhere unless `keeps_output`."""

    label: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    check: Callable[[Path, Path], str | None] | None = None
    keeps_output: bool = False
    # Exit statuses of a run that ended well.
    statuses: tuple[int, ...] = (0,)


def options(subject: str, described: str) -> argparse.ArgumentParser:
    """The options that all these measurements share."""
    parser = argparse.ArgumentParser(prog=f'scripts/bench {subject}', description=described.split('\n')[0])
    parser.add_argument('--rounds', type=int, help='runs of each command (default 3; 1 with --quick)')
    parser.add_argument('--quick', action='store_true',
                        help='a hundredth of everything, one round: shows that the bench works, not what it is for')
    parser.add_argument('--command', metavar='FILE', help='the hyp3-mirror to measure (default: build this checkout)')
    parser.add_argument('--simulator', metavar='FILE', help='the hyp3-simulator (default: build this checkout)')
    parser.add_argument('--work', type=Path, default=Path('/var/tmp'), help='where configurations and output go')
    parser.add_argument('--json', type=Path, help=f'the result file (default .build/bench/{subject}.json)')
    parser.add_argument('--timeout', type=float, default=900, help='seconds after which a run has failed')
    parser.add_argument('--seed', type=int, default=1)
    return parser


def programs(chosen: argparse.Namespace) -> Path:
    """The hyp3-mirror to measure; where the simulator is, is told to the rig."""
    os.environ['HYP3_SIMULATOR'] = str(ours.command_path(chosen.simulator, 'hyp3-simulator'))
    return ours.command_path(chosen.command)


def measure(
    entrants: Iterable[Entrant], count: int, scratch: Path, *, seconds: float, seed: int, title: str,
) -> dict[str, list[Trial]]:
    """Runs each entrant `count` times; by label."""
    entrants = list(entrants)
    trials: dict[str, list[Trial]] = {entrant.label: [] for entrant in entrants}
    order, shuffler = list(entrants), random.Random(seed)
    for number in range(count):
        shuffler.shuffle(order)
        for entrant in order:
            trial = once(entrant, scratch, seconds)
            trials[entrant.label].append(trial)
            note = f'FAILED, {trial.failure}' if trial.failure else f'{trial.transfer.wall:.2f} s'
            print(f'{title}, round {number + 1}: {entrant.label}: {note}', file=sys.stderr, flush=True)
    return trials


def once(entrant: Entrant, scratch: Path, seconds: float) -> Trial:
    """One run."""
    output, log = scratch / 'output', scratch / 'log'
    log.unlink(missing_ok=True)
    results = output if entrant.keeps_output else Path(os.devnull)
    cost = run(entrant.command, log, directory=scratch, environment=entrant.environment, output=results,
               seconds=seconds)
    failure = explain(cost) if cost.status not in entrant.statuses else entrant.check and entrant.check(output, log)
    return Trial(entrant.label, cost, failure=failure or None)


def rows(trials: dict[str, list[Trial]]) -> list[table.Row]:
    return [table.transfer_row(group) for group in trials.values()]


def markdown(rows: list[table.Row], ours: table.Row | None = None) -> str:
    """With what each costs beside `ours`, if that is given."""
    heads = ['', 'wall s: median (least–most)', 'CPU s', 'peak MB']
    if ours:
        heads += ['wall, this / ours', 'CPU, this / ours']
    lines = ['| ' + ' | '.join(heads) + ' |', '|---' + '|---:' * (len(heads) - 1) + '|']
    for one in rows:
        if one.failure:
            lines.append(f'| {one.label} | failed: {" ".join(one.failure.split())[:160]} |' + ' |' * (len(heads) - 2))
            continue
        cells = [one.label, f'{one.wall:.2f} ({one.least:.2f}–{one.most:.2f})', f'{one.cpu:.2f}',
                 f'{one.memory / MB:.0f}']
        if ours:
            compared = ours is not one and not ours.failure
            cells += [f'{one.wall / ours.wall:.2f}', f'{one.cpu / ours.cpu:.2f}'] if compared else ['', '']
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def verdict(what: str, figure: float, bar: float, unit: str, *, at_least: bool = False) -> str:
    """One line on what the design asks for and what was measured."""
    reached = figure >= bar if at_least else figure <= bar
    sense = 'at least' if at_least else 'at most'
    return f'- {what}: {figure:.2f}{unit} (bar: {sense} {bar:g}{unit}): {"reached" if reached else "NOT reached"}'


def results(trials: dict[str, list[Trial]]) -> dict:
    return {'rows': [asdict(one) for one in rows(trials)],
            'trials': [asdict(trial) for group in trials.values() for trial in group]}


def write(subject: str, chosen: argparse.Namespace, content: dict) -> int:
    """Writes the result file; gives the exit status: 1 if any run failed."""
    path = chosen.json or Path(os.environ['MIRROR_SCRIPTS']).parent / '.build' / 'bench' / f'{subject}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {'kernel': platform.release(), 'cores': os.cpu_count(), 'architecture': platform.machine()}
    path.write_text(json.dumps({'schema': 1, 'machine': machine, **content}, indent=1, default=str))
    print(f'results: {path}', file=sys.stderr)
    failed = any(row['failure'] for part in content['parts'].values() for row in part['rows'])
    return 1 if failed else 0
