"""A file system that takes its time over each question, as a share far away does: slowfs.c, mounted. Needs root and FUSE."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from rig.compiled import compiled
from rig.packages import need_packages
from rig.process import start, stop


@contextmanager
def slow(source: Path, mount: Path, delay_ms: float):
    """`source`, read-only, at `mount`. Nothing is kept of an answer, so each run asks everything."""
    need_packages('fuse3', 'libfuse3-dev', 'pkg-config')
    flags = subprocess.run(['pkg-config', '--cflags', '--libs', 'fuse3'], check=True, capture_output=True, text=True)
    binary = compiled('slowfs', *flags.stdout.split())
    mount.mkdir(parents=True)
    options = ['-f', '-o', 'max_idle_threads=64,entry_timeout=0,attr_timeout=0,negative_timeout=0']
    server = start([str(binary), str(int(delay_ms * 1000)), str(source), str(mount), *options],
                   mount.with_name(f'{mount.name}.log'), lambda: os.path.ismount(mount))
    try:
        yield mount
    finally:
        subprocess.run(['fusermount3', '-u', str(mount)], check=False)
        stop(server)
