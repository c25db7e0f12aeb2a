"""Medians and ratios of trials as a Markdown table."""

from dataclasses import dataclass
from statistics import median

from trial import Trial

GiB = 1024 ** 3
MiB = 1024 ** 2


@dataclass(frozen=True)
class Row:
    """Median of the trials, with the least and the most of the wall times. Seconds; bytes."""

    label: str
    wall: float
    least: float
    most: float
    cpu: float
    memory: int
    trials: int
    failure: str | None = None


def row(label: str, costs: list, trials: list[Trial]) -> Row:
    """`costs` and `trials` go together; a trial's costs are scaled to the whole set."""
    failure = next((trial.failure for trial in trials if trial.failure), None)
    walls = [cost.wall * trial.scale for cost, trial in zip(costs, trials)]
    cpus = [cost.cpu * trial.scale for cost, trial in zip(costs, trials)]
    scale = trials[0].scale
    shown = label if scale == 1 else f'{label}, a {1 / scale:.0%} sample scaled up'
    return Row(shown, median(walls), min(walls), max(walls), median(cpus), max(c.memory for c in costs), len(costs),
               failure)


def transfer_row(trials: list[Trial]) -> Row:
    return row(trials[0].label, [trial.transfer for trial in trials], trials)


def proven_row(trials: list[Trial]) -> Row | None:
    """The same end state as ours: the transfer, then sync, md5sum and sha256sum."""
    if any(trial.proof is None for trial in trials):
        return None
    return row(f'{trials[0].label} + sync + md5sum + sha256sum', [t.transfer + t.proof for t in trials], trials)


def careful_row(trials: list[Trial]) -> Row | None:
    """The same end state as ours by one who uses both cores and the fastest digests at hand."""
    if any(trial.careful is None for trial in trials):
        return None
    label = f'{trials[0].label} + sync + openssl md5 and sha256, half of the files on each core'
    return row(label, [t.transfer + t.careful for t in trials], trials)


def digested_row(trials: list[Trial]) -> Row | None:
    """curl writing the files, then openssl computing the two digests: the bar for CPU."""
    if any(trial.openssl is None for trial in trials):
        return None
    return row(f'{trials[0].label} + openssl md5 + openssl sha256', [t.transfer + t.openssl for t in trials], trials)


def markdown(rows: list[Row], ours: Row | None, size: int, reference: float | None) -> str:
    """`size` is the set's in bytes; `reference` what the line carries in bytes a second, if it has a limit."""
    heads = ['', 'wall s: median (least–most)', 'MiB/s', 'CPU s', 'CPU s/GiB', 'peak MiB', 'ours / this']
    if reference:
        heads.insert(3, 'of the line')
    lines = ['| ' + ' | '.join(heads) + ' |', '|---' + '|---:' * (len(heads) - 1) + '|']
    for one in rows:
        if one.failure:
            lines.append(f'| {one.label} | failed: {" ".join(one.failure.split())[:160]} |' + ' |' * (len(heads) - 2))
            continue
        cells = [one.label, f'{one.wall:.2f} ({one.least:.2f}–{one.most:.2f})', f'{size / MiB / one.wall:.1f}',
                 f'{one.cpu:.2f}', f'{one.cpu / (size / GiB):.2f}', f'{one.memory / MiB:.0f}']
        if reference:
            cells.insert(3, f'{size / one.wall / reference:.1%}')
        if ours and not ours.failure and one is not ours:
            cells.append(f'{ours.wall / one.wall:.2f}')
        else:
            cells.append('')
        lines.append('| ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)
