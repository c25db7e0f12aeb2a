"""Archives onto NFS 4.2, NFS 3 and SMB 3.1.1 in a guest, with a service, a server and a neighbour in trouble."""

import argparse
import sys
import time
import unicodedata
from dataclasses import asdict
from pathlib import Path

from guest.session import Session, in_session
from kill_test import SUFFIXES, expected_products, products_of
from rig.simulator import simulator

PROTOCOLS = ['nfs4.2', 'nfs3', 'smb3.1.1']
PARTS = ['doctor', 'verify', 'faults', 'kills', 'restart', 'full', 'read_only', 'two_clients', 'twins']
TWINS = ['rig', 'RIG', unicodedata.normalize('NFC', 'Überflutung'), unicodedata.normalize('NFD', 'Überflutung'),
         'floods: "2024"?']


def test(options: argparse.Namespace, work: Path) -> int:
    options.catalogue = catalogue(options, options.jobs, options.seed)
    expected = expected_products(options, work)
    twins = {}
    for number, name in enumerate(TWINS):
        about = catalogue(options, 4, options.seed + 1 + number)
        with simulator(work / f'twin-{number}', *about, project=name) as service:
            twins[name] = {'catalogue': about, 'products': by_path(products_of(service, work))}
    print(f'{len(expected)} products, {sum(each.size for each in expected.values()) / 1e6:.1f} MB; seed {options.seed}',
          flush=True)
    session = Session(options, work, 'storage', disks={'served': 512})
    session.hand_over('options.json', {
        'catalogue': options.catalogue, 'suffixes': SUFFIXES, 'seed': options.seed,
        'kills': options.kills, 'part': options.part, 'option': options.option})
    session.hand_over('expected.json', by_path(expected))
    session.hand_over('twins.json', twins)
    for protocol in options.protocol or PROTOCOLS:
        session.boot('guest.nas_stages', protocol, seconds=options.limit)
    return session.judged


def catalogue(options: argparse.Namespace, jobs: int, seed: int) -> list[str]:
    return ['--jobs', str(jobs), '--seed', str(seed), '--raster-size', str(options.raster), '--now', str(options.now),
            '--span-days', '10']


def by_path(products: dict) -> dict[str, dict]:
    return {each.path: asdict(each) for each in products.values()}


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/nas-test', description=__doc__)
    parser.add_argument('--protocol', action='append', choices=PROTOCOLS, help='only this one; repeatable')
    parser.add_argument('--part', action='append', choices=PARTS, help='only this one; repeatable')
    parser.add_argument('--kills', type=int, default=50, help='kills on each (default 50)')
    parser.add_argument('--jobs', type=int, default=10, help='jobs in the catalogue')
    parser.add_argument('--raster', type=int, default=160, help="pixels along an edge of the products' images")
    parser.add_argument('--seed', type=int, default=1, help='of the products, the faults and the instants')
    parser.add_argument('--limit', type=int, default=3600, help='seconds a protocol may take')
    parser.add_argument('--option', action='append', default=[], help='handed on to hyp3-mirror sync; repeatable')
    # Of one moment, so that all simulators have the same jobs.
    parser.set_defaults(now=int(time.time()))
    return in_session(parser, test)


if __name__ == '__main__':
    sys.exit(main())
