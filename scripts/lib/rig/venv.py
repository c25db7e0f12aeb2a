"""Python packages for the rig, in a virtual environment below the user's cache directory."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path


def cache() -> Path:
    """Where the rig keeps what is slow to make: `HYP3_MIRROR_CACHE`, or `hyp3-mirror` in the user's cache directory."""
    chosen = os.environ.get('HYP3_MIRROR_CACHE')
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    path = Path(chosen) if chosen else Path(base) / 'hyp3-mirror'
    path.mkdir(parents=True, exist_ok=True)
    return path


def python_with(*requirements: str) -> Path:
    """The interpreter of an environment that has the requirements; made at first use, one maker at a time."""
    key = hashlib.sha256('\n'.join([sys.version, *sorted(requirements)]).encode()).hexdigest()[:12]
    environment = cache() / f'python-{key}'
    python, complete = environment / 'bin' / 'python', environment / 'complete'
    with (cache() / f'python-{key}.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            print(f'installing {" ".join(requirements)}', file=sys.stderr)
            subprocess.run([sys.executable, '-m', 'venv', '--clear', environment], check=True)
            subprocess.run([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', *requirements],
                           check=True, stdout=sys.stderr)
            complete.touch()
    return python
