"""Debian packages the rig needs."""

import os
import subprocess
from pathlib import Path


def need_packages(*names: str) -> None:
    """Installs what is missing, by the shell function of the same name; exits as it does where it cannot."""
    library = Path(os.environ['MIRROR_SCRIPTS']) / 'lib' / 'packages.sh'
    done = subprocess.run(['bash', '-c', '. "$0" && need_packages "$@"', str(library), *names])
    if done.returncode != 0:
        raise SystemExit(done.returncode)
