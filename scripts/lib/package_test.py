"""Installs the Debian package in a guest with systemd, and goes with it from there to the purge."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from guest.session import Session, in_session
from kill_test import SUFFIXES, expected_products


def test(options: argparse.Namespace, work: Path) -> int:
    options.catalogue = ['--jobs', str(options.jobs), '--seed', '1', '--raster-size', str(options.raster),
                         '--now', str(int(time.time())), '--span-days', '10']
    expected = expected_products(options, work)
    print(f'{len(expected)} products, {sum(each.size for each in expected.values()) / 1e6:.1f} MB', flush=True)
    session = Session(options, work, 'systemd')
    package = Path(os.environ['HYP3_PACKAGE'])
    same, other = work / 'same', work / 'other'
    about = {'catalogue': options.catalogue, 'suffixes': SUFFIXES, 'package': package.name}
    for place, version, change in ((same, '999.1', ''), (other, '999.2', '// a new word\n')):
        about[place.name] = later(package, place, version, change, session.machine.share)
    shutil.copy(package, session.machine.share)
    session.hand_over('options.json', about)
    session.hand_over('expected.json', {each.path: asdict(each) for each in expected.values()})
    # Each has its own limit in the guest for each step; these are for a guest that hangs.
    session.boot('guest.package_stages', 'install', seconds=2400)
    print('      restarted in mid-run')
    session.boot('guest.package_stages', 'restarted', seconds=1200)
    print('      the power was cut in mid-run')
    session.boot('guest.package_stages', 'upgraded', seconds=2400)
    return session.judged


def later(package: Path, place: Path, version: str, change: str, target: Path) -> str:
    """The same package as one of another version, its conffile with `change` added; its file name in `target`."""
    run = lambda *command: subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    run('dpkg-deb', '--raw-extract', package, place)
    control = place / 'DEBIAN' / 'control'
    control.write_text('\n'.join(f'Version: {version}' if line.startswith('Version:') else line
                                 for line in control.read_text().splitlines()) + '\n')
    if change:
        with (place / 'etc' / 'hyp3-mirror' / 'example.json').open('a') as conffile:
            conffile.write(change)
    name = f'hyp3-mirror_{version}.deb'
    run('dpkg-deb', '--build', '--root-owner-group', place, target / name)
    return name


def main() -> int:
    parser = argparse.ArgumentParser(prog='scripts/package-test', description=__doc__)
    parser.add_argument('--jobs', type=int, default=6, help='jobs in the catalogue (default 6)')
    parser.add_argument('--raster', type=int, default=500, help="pixels along an edge of the products' images")
    return in_session(parser, test)


if __name__ == '__main__':
    sys.exit(main())
