"""scripts/bench transfer: hyp3-mirror and what people would use instead, on the same files of the same server.

Every trial downloads the whole set over TLS from an nginx of the bench's own into an empty directory. The order of the
peers is shuffled in each round (seeded), so that no peer always follows the same other. Before each trial the file
system is synced; the server's files are hot in the page cache for all. Server and client share the machine's cores.
"""

import argparse
import json
import os
import platform
import random
import re
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path

import ours
import peers
import table
from rig.certificate import make_certificate
from rig.line import goodput, line
from rig.nginx import nginx
from rig.packages import need_packages
from rig.process import end_on_signals
from rig.products import ProductSet, make_products
from trial import Place, Trial, Trials

KiB, MiB = 1024, 1024 ** 2

SETS = {
    'loopback': {'small': (2000, 256 * KiB), 'large': (12, 256 * MiB)},
    'gigabit': {'small': (2000, 256 * KiB), 'large': (12, 256 * MiB)},
    'long': {'small': (400, 256 * KiB), 'large': (2, 64 * MiB)},
}
QUICK = {
    'loopback': {'small': (200, 64 * KiB), 'large': (3, 16 * MiB)},
    'gigabit': {'small': (200, 64 * KiB), 'large': (3, 16 * MiB)},
    'long': {'small': (40, 64 * KiB), 'large': (1, 8 * MiB)},
}


# On a long line it takes a part of the whole; the peers are given the URLs.
LISTING = 'hyp3-mirror plan'


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/bench transfer', description=__doc__.split('\n')[0])
    parser.add_argument('--line', choices=sorted(SETS), default='loopback',
                        help='loopback; gigabit: 1 Gbit/s, 2 ms; long: 200 Mbit/s, 150 ms round trip, 0.1 %% loss')
    parser.add_argument('--loss', help='loss of the line in percent, each way, instead of its own')
    parser.add_argument('--set', choices=['small', 'large', 'both'], default='both')
    parser.add_argument('--rounds', type=int, help='trials of each peer (default 3; 1 with --quick)')
    parser.add_argument('--quick', action='store_true', help='little data, one round: shows that the bench works')
    parser.add_argument('--peers', default='', metavar='REGEX', help='only peers whose label matches')
    parser.add_argument('--command', metavar='FILE', help='the hyp3-mirror to measure (default: build this checkout)')
    parser.add_argument('--option', action='append', default=[], metavar='OPTION',
                        help='handed on to hyp3-mirror sync (as --option=--connections=8); repeatable')
    parser.add_argument('--no-ours', action='store_true', help='peers only')
    parser.add_argument('--work', type=Path, default=Path('/var/tmp'), help='where files and downloads go')
    parser.add_argument('--files', type=Path, help='keep the product files here and use them again')
    parser.add_argument('--json', type=Path, help='the result file (default .build/bench/transfer-LINE.json)')
    parser.add_argument('--timeout', type=float, default=1800, help='seconds after which a trial has failed')
    parser.add_argument('--seed', type=int, default=1)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    end_on_signals()
    need_packages('nginx-light', 'curl', 'aria2', 'wget2', 'rclone', 'openssl', 'time', 'python3-venv')
    if options.line != 'loopback':
        need_packages('iproute2', 'iperf3', 'iputils-ping')
    command = None if options.no_ours else ours.command_path(options.command)
    rounds = options.rounds or (1 if options.quick else 3)
    sets = (QUICK if options.quick else SETS)[options.line]
    labels = list(sets) if options.set == 'both' else [options.set]
    results = {'schema': 1, 'line': options.line, 'rounds': rounds, 'seed': options.seed, 'machine': machine(),
               'versions': peers.versions(), 'sets': {}}
    with tempfile.TemporaryDirectory(prefix=f'hyp3-mirror-bench-transfer-{os.getpid()}-', dir=options.work) as work:
        work = Path(work)
        made_line = nullcontext() if options.line == 'loopback' else line(options.line, loss=options.loss)
        with made_line as ends:
            reference = None
            if ends:
                reference = goodput(ends, 3 if options.quick else 8)
                results['line'] = asdict(ends) | {'goodput': reference}
                print(f'line {options.line}: {ends.description}', end='; ')
                print(f'iperf3, 16 streams: {reference * 8 / 1e6:.0f} Mbit/s of payload\n')
            for label in labels:
                count, size = sets[label]
                files = make_products(options.files or work / 'files', label, count, size, options.seed)
                trials = measure(options, label, files, command, rounds, work, ends)
                listing = trials.pop(LISTING, None)
                rows, own = summarise(trials)
                print(f'### {label}: {count} × {size // KiB} KiB, {options.line}, {rounds} rounds\n')
                carries = reference if options.line == 'gigabit' else None
                print(table.markdown(rows, own, files.bytes, carries), end='\n\n', flush=True)
                # So little data says that the bench works, and nothing about the bars.
                for verdict in [] if options.quick else bars(options.line, trials, own, files.bytes, reference):
                    print(f'- {verdict}')
                if listing:
                    spent = table.transfer_row(listing)
                    print(f'- of ours, to learn the URLs that the peers are given ({LISTING}): '
                          f'{spent.failure or f"{spent.wall:.2f} s"}')
                print(flush=True)
                results['sets'][label] = {
                    'count': count, 'size': size, 'rows': [asdict(one) for one in rows],
                    'trials': [asdict(trial) for group in trials.values() for trial in group],
                }
    write(options, results)
    return 1 if any(row['failure'] for made in results['sets'].values() for row in made['rows']) else 0


def measure(options, label: str, files: ProductSet, command, rounds: int, work: Path, ends) -> dict[str, list[Trial]]:
    """All trials of one set, by label; ours first."""
    chosen = {'loopback': peers.loopback_peers, 'gigabit': peers.gigabit_peers, 'long': peers.long_peers}
    candidates = [peer for peer in peers.available(chosen[options.line](label)) if re.search(options.peers, peer.label)]
    own = 'hyp3-mirror sync' + ''.join(f' {option}' for option in options.option)
    trials: dict[str, list[Trial]] = {} if command is None else {own: []}
    trials |= {peer.label: [] for peer in candidates}
    if command is not None and options.line == 'long':
        trials[LISTING] = []
    order = random.Random(options.seed)
    with served(files, work, ends) as place:
        runs = Trials(work, place, files, options.timeout)
        for number in range(rounds):
            names = list(trials)
            order.shuffle(names)
            for name in names:
                if name == own:
                    trial = runs.ours(command, options.option, own)
                elif name == LISTING:
                    trial = runs.plan(command, name)
                else:
                    peer = next(peer for peer in candidates if peer.label == name)
                    trial = runs.peer(peer, with_careful=options.line == 'loopback',
                                      with_openssl=peer.name == 'curl' and not peer.tuned)
                trials[name].append(trial)
                note = f'FAILED, {trial.failure}' if trial.failure else f'{trial.transfer.wall * trial.scale:.2f} s'
                print(f'{label}, round {number + 1}: {name}: {note}', file=sys.stderr, flush=True)
    return trials


@contextmanager
def served(files: ProductSet, work: Path, ends):
    """Serves the set and its job list over TLS, with the ETags a bucket would give, at the line's far end."""
    address = ends.server_address if ends else '127.0.0.1'
    host = ends.server_address if ends else 'localhost'
    prefix = work / 'server'
    certificate = make_certificate(prefix / 'certificate', ['localhost'], [address])
    tags = prefix / 'etags'
    tags.write_text(''.join(f'/products/{file.name} \'"{file.etag}"\';\n' for file in files.files))
    jobs = prefix / 'jobs.json'
    http = f"    map $uri $etag {{ default ''; include {tags}; }}"
    server = f"""
        location = /jobs {{ default_type application/json; alias {jobs}; }}
        location /products/ {{ alias {files.directory}/; autoindex on; add_header ETag $etag;
                               default_type image/tiff; }}"""
    with nginx(prefix, certificate, http=http, server=server, address=address,
               namespace=ends.server_namespace if ends else None) as port:
        place = Place(f'https://{host}:{port}', f'https://{host}:{port}/products', certificate.authority,
                      ends.client_namespace if ends else None)
        ours.write_jobs(jobs, files, place.base)
        yield place


def summarise(trials: dict[str, list[Trial]]) -> tuple[list[table.Row], table.Row | None]:
    rows = [table.transfer_row(group) for group in trials.values()]
    own = rows[0] if rows and rows[0].label.startswith('hyp3-mirror') else None
    for make in (table.proven_row, table.careful_row, table.digested_row):
        rows += [made for made in map(make, trials.values()) if made]
    return rows, own


def bars(kind: str, trials: dict[str, list[Trial]], own: table.Row | None, size: int, reference) -> list[str]:
    """What the design asks for, and what was measured."""
    def said(what: str, figure: float, bar: float, unit: str, reached: bool) -> str:
        return f'{what}: {figure:.2f}{unit} (bar {bar:g}{unit}): {"reached" if reached else "NOT reached"}'

    groups = [group for name, group in trials.items() if not name.startswith('hyp3-mirror')]
    sound = [group for group in groups if not any(trial.failure for trial in group)]
    proven = kind == 'loopback'
    rows = [made for made in map(table.proven_row if proven else table.transfer_row, sound) if made]
    verdicts = []
    best = min(rows, key=lambda one: one.wall, default=None)
    if best:
        verdicts.append(f'fastest peer{" to the same end state" if proven else ""}: {best.label}, {best.wall:.2f} s')
    if own is None or own.failure:
        return verdicts
    if best:
        ratio, bar = own.wall / best.wall, 0.8 if proven else 1.0
        verdicts.append(said('ours / that', ratio, bar, '×', ratio <= bar))
    careful = [made for made in map(table.careful_row, sound) if made]
    if careful:
        best = min(careful, key=lambda one: one.wall)
        verdicts.append(f'fastest peer with both cores for its digests: {best.label}, {best.wall:.2f} s')
        ratio = own.wall / best.wall
        verdicts.append(said('ours / that', ratio, 0.85, '×', ratio <= 0.85))
    digested = [made for made in map(table.digested_row, sound) if made]
    if digested and proven:
        ratio = own.cpu / digested[0].cpu
        verdicts.append(said(f'CPU of ours / {digested[0].label}', ratio, 1.15, '×', ratio <= 1.15))
    if kind == 'gigabit':
        share = 100 * size / own.wall / reference
        verdicts.append(said('ours, of what iperf3 gets through the line', share, 99, ' %', share >= 99))
    memory = own.memory / 1e6
    return verdicts + [said('peak memory of ours', memory, 64, ' MB', memory < 64)]


def machine() -> dict:
    return {'kernel': platform.release(), 'cores': os.cpu_count(), 'architecture': platform.machine()}


def write(options, results: dict) -> None:
    default = Path(os.environ['MIRROR_SCRIPTS']).parent / '.build' / 'bench' / f'transfer-{options.line}.json'
    path = options.json or default
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, default=str))
    print(f'results: {path}', file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())
