"""A guest under QEMU: starts, runs a script, tells what the script tells, and ends; each within a time limit."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from guest.image import Image
from guest.told import CUT
from rig.process import die_with_parent, stop, tail

# KVM is not for everybody, and a nested one may hang: always the translator.
QEMU = ['qemu-system-x86_64', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-M', 'q35', '-smp', '2',
        '-display', 'none', '-monitor', 'none', '-nic', 'none', '-no-reboot', '-device', 'virtio-rng-pci']



class GuestError(Exception):
    """A guest did not start, end or answer; the message has the end of its console and of its script's output."""


class Machine:
    """A guest with its own disks. `share` is /host there: a script finds what is in it, and leaves what it has."""

    def __init__(self, image: Image, work: Path, memory: int = 1536, disks: dict[str, int] | None = None):
        """`memory` in MiB; `disks`: sizes in MiB by name, empty ones found as /dev/disk/by-id/virtio-NAME."""
        self._image = image
        self._work = work
        self._memory = memory
        self.share = work / 'share'
        self.share.mkdir(parents=True)
        self.root = work / 'root.qcow2'
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image.disk, '-F', 'raw', self.root],
                       check=True, timeout=60)
        self._disks = {}
        for name, size in (disks or {}).items():
            path = work / f'{name}.img'
            with path.open('wb') as disk:
                disk.truncate(size << 20)
            self._disks[name] = path

    def boot(self, script: str, seconds: float, told: Callable[[str], None]) -> int | None:
        """Starts the guest, runs the shell script there, hands on each line that it tells, and returns once it is off.

        Returns the script's exit status; None where there is none because the guest started again or its power was cut,
        which it asks for by telling `CUT`. Raises `GuestError` where it is not off after so many seconds, or ended
        by itself without any of these."""
        for name in ('status', 'told', 'rebooting'):
            (self.share / name).unlink(missing_ok=True)
        (self.share / 'told').touch()
        (self.share / 'run').write_text(script)
        console = self._work / 'console'
        command = [*QEMU, '-m', str(self._memory), '-kernel', self._image.kernel, '-initrd', self._image.initrd,
                   '-append', f'root=/dev/vda rw console=ttyS0 quiet panic=-1 mitigations=off init={self._image.init}',
                   '-serial', f'file:{console}', *self._drive('root', self.root, 'qcow2'),
                   '-virtfs', f'local,path={self.share},mount_tag=host,security_model=none,id=host']
        for name, path in self._disks.items():
            command += self._drive(name, path, 'raw')
        log = self._work / 'qemu.log'
        deadline = time.monotonic() + seconds
        with log.open('wb') as sink:
            running = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=sink,
                                       stderr=sink, preexec_fn=die_with_parent)
        is_cut = False
        try:
            with (self.share / 'told').open(errors='replace') as lines:
                rest = ''
                while True:
                    is_over = running.poll() is not None
                    rest += lines.read()
                    *whole, rest = rest.split('\n')
                    for line in whole:
                        if line == CUT:
                            running.kill()
                            is_cut = True
                        else:
                            told(line)
                    if is_over:
                        break
                    if time.monotonic() > deadline:
                        raise GuestError(f'the guest was not off after {seconds:g} s: {self._ends(log)}')
                    time.sleep(0.2)
        finally:
            stop(running)
        status = self.share / 'status'
        if status.exists():
            return int(status.read_text())
        if is_cut or (self.share / 'rebooting').exists():
            return None
        raise GuestError(f'the guest ended by itself: {self._ends(log)}')

    def output(self, characters: int = 3000) -> str:
        """The end of what scripts wrote to their standard output and error."""
        return tail(self.share / 'log', characters)

    def _drive(self, name: str, path: Path, kind: str) -> list[str]:
        return ['-drive', f'file={path},format={kind},if=none,id={name},discard=unmap',
                '-device', f'virtio-blk-pci,drive={name},serial={name}']

    def _ends(self, log: Path) -> str:
        return (f'{tail(log)}\nits console ends: {tail(self._work / "console", 1500)}'
                f'\nits script\'s output ends: {self.output()}')


def lay_out(machine: Machine, lib: Path) -> None:
    """Puts the Python parts of scripts/lib and stripped copies of the programs where the guest finds them."""
    shutil.copytree(lib, machine.share / 'lib', ignore=shutil.ignore_patterns('__pycache__', '*.supp', '*.yml'))
    (machine.share / 'bin').mkdir()
    for variable, name in (('HYP3_MIRROR', 'hyp3-mirror'), ('HYP3_SIMULATOR', 'hyp3-simulator')):
        subprocess.run(['strip', '-o', machine.share / 'bin' / name, os.environ[variable]], check=True, timeout=120)
