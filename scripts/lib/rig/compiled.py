"""The small C programs beside this package, compiled at their first use."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from rig.packages import need_packages
from rig.venv import cache


def compiled(name: str, *options: str) -> Path:
    """The binary of NAME.c, kept for as long as the source is the same."""
    source = Path(__file__).parent.parent / f'{name}.c'
    binary = cache() / f'{name}-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}'
    if not binary.exists():
        compiler = next(filter(shutil.which, ('clang', 'gcc', 'cc')), None)
        if compiler is None:
            need_packages('gcc', 'libc6-dev')
            compiler = 'gcc'
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            made = Path(scratch) / name
            subprocess.run([compiler, '-O2', '-Wall', '-Wextra', '-o', str(made), str(source), *options], check=True)
            os.replace(made, binary)
    return binary
