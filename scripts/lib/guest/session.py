"""What the guest tests share outside of the guest: their options, a temporary place, how they end."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from guest.image import ImageError, image
from guest.machine import GuestError, Machine, lay_out
from rig.process import end_on_signals

LIB = Path(__file__).parents[1]


class Session:
    """One guest and what it tells; `boot` runs one module in it, and knows whether anything was wrong."""

    def __init__(self, options: argparse.Namespace, work: Path, flavour: str, **machine):
        self.work = work
        self.options = options
        self.judged = 0
        self._is_wrong = False
        self.machine = Machine(image(flavour), work / 'guest', **machine)
        lay_out(self.machine, LIB)

    def hand_over(self, name: str, value) -> None:
        """A file of JSON for the guest."""
        (self.machine.share / name).write_text(json.dumps(value))

    def boot(self, module: str, *arguments: str, seconds: float) -> None:
        """Runs `python3 -m module arguments` in the guest. Raises `GuestError` where that fails by itself."""
        begun = time.monotonic()
        script = (f'install -m 0755 /host/bin/* /usr/local/bin/\n'
                  f'export HYP3_MIRROR=/usr/local/bin/hyp3-mirror HYP3_SIMULATOR=/usr/local/bin/hyp3-simulator\n'
                  f'export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/host/lib PYTHONUNBUFFERED=1 LC_ALL=C.UTF-8\n'
                  f'exec python3 -m {module} {" ".join(arguments)}\n')
        status = self.machine.boot(script, seconds, self._told)
        if self._is_wrong:
            raise SystemExit(1)
        if status not in (0, None):
            raise GuestError(f'{module} ended with status {status} in the guest: {self.machine.output()}')
        print(f'      the guest was up for {time.monotonic() - begun:.0f} s', flush=True)

    def _told(self, line: str) -> None:
        print(line, flush=True)
        self.judged += line.startswith('ok ')
        self._is_wrong = self._is_wrong or line.startswith('WRONG')


def in_session(parser: argparse.ArgumentParser, test: Callable[[argparse.Namespace, Path], int]) -> int:
    """Runs `test(options, work)`, which returns how many things it judged; gives the script's exit status."""
    parser.add_argument('--work', type=Path, help='where the guest\'s disks go (default: a temporary directory)')
    parser.add_argument('--keep', action='store_true', help='keep them')
    options = parser.parse_args()
    end_on_signals()
    begun = time.monotonic()
    work = Path(tempfile.mkdtemp(prefix='hyp3-mirror-guest-', dir=options.work))
    is_right = False
    try:
        judged = test(options, work)
        print(f'{judged} things judged in {time.monotonic() - begun:.0f} s: nothing wrong.')
        is_right = True
        return 0
    except (GuestError, ImageError) as error:
        print(f'FAILED: {error}', file=sys.stderr)
        return 1
    finally:
        if options.keep or not is_right:
            print(f'all of it is kept in {work}', file=sys.stderr)
        else:
            shutil.rmtree(work)
