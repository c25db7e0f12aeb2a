"""Records a sync block by block in a guest, and looks at the disk as a power cut at each flush would leave it."""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

from guest.session import Session, in_session
from kill_test import FAULTS, SUFFIXES, expected_products

# None without a journal: there a durable file may be lost while another that shares a block with it is written.
KINDS = ['ext4', 'xfs', 'btrfs']
# Sizes in MiB: XFS wants 300. The names' order is that of /dev/vdb and so on in the guest.
DISKS = {'disk': 384, 'log': 3072, 'copy': 384, 'changes': 512}


def test(options: argparse.Namespace, work: Path) -> int:
    options.catalogue = ['--jobs', str(options.jobs), '--seed', str(options.seed), '--raster-size', str(options.raster),
                         '--now', str(int(time.time())), '--span-days', '10']
    expected = expected_products(options, work)
    print(f'{len(expected)} products, {sum(each.size for each in expected.values()) / 1e6:.1f} MB; seed {options.seed}',
          flush=True)
    session = Session(options, work, 'storage', disks=DISKS)
    kinds = options.filesystem or KINDS
    session.hand_over('options.json', {
        'catalogue': options.catalogue, 'suffixes': SUFFIXES, 'seed': options.seed, 'faults': FAULTS,
        'stride': options.stride, 'between': options.between, 'finished': -(-options.finished // len(kinds)),
        'option': options.option})
    session.hand_over('expected.json', {each.path: asdict(each) for each in expected.values()})
    for kind in kinds:
        session.boot('guest.power_stages', kind, seconds=options.limit)
    return session.judged


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/power-test', description=__doc__)
    parser.add_argument('--filesystem', action='append', choices=KINDS, help='only this one; repeatable')
    parser.add_argument('--stride', type=int, default=1, help='look at every so many flushes only (default 1: at each)')
    parser.add_argument('--between', type=int, default=60, help='instants between flushes, a file system (default 60)')
    parser.add_argument('--finished', type=int, default=50, help='instants finished by a next run, in all (default 50)')
    parser.add_argument('--jobs', type=int, default=10, help='jobs in the catalogue')
    parser.add_argument('--raster', type=int, default=160, help="pixels along an edge of the products' images")
    parser.add_argument('--seed', type=int, default=1, help='of the products, the faults and the instants')
    parser.add_argument('--limit', type=int, default=3600, help='seconds a file system may take')
    parser.add_argument('--option', action='append', default=[], help='handed on to hyp3-mirror sync; repeatable')
    return in_session(parser, test)


if __name__ == '__main__':
    sys.exit(main())
