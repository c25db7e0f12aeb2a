"""Root file systems for guests: Debian of this machine's release, made once and kept below .build/guest."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
CACHE = ROOT / '.build' / 'guest'

# What a guest is made of. `offered` lies in a repository on the guest's own disk and is not installed.
FLAVOURS = {
    'systemd': {
        'packages': ['systemd', 'systemd-sysv', 'dbus', 'python3', 'openssl', 'prometheus-node-exporter'],
        'offered': ['libcurl4', 'libexpat1', 'ca-certificates', 'adduser'],
        'init': '/lib/systemd/systemd',
    },
    'storage': {
        'packages': ['python3', 'openssl', 'curl', 'libcurl4', 'libexpat1', 'ca-certificates', 'coreutils',
                     'util-linux', 'mount', 'iproute2', 'nfs-kernel-server', 'nfs-common', 'rpcbind', 'samba',
                     'cifs-utils', 'dmsetup', 'e2fsprogs', 'xfsprogs', 'btrfs-progs', 'stunnel4'],
        'offered': [],
        'init': '/usr/local/sbin/guest-init',
    },
}
COMMON = ['linux-image-amd64', 'initramfs-tools', 'kmod', 'udev']
MODULES = ['virtio_pci', 'virtio_blk', 'ext4', '9p', '9pnet_virtio']
SIZE = '3G'
VERSION = 1

# Runs what the host has laid out, and leaves its exit status there.
GUEST_RUN = '''#!/bin/sh
modprobe -a 9p 9pnet_virtio
mkdir -p /host
mountpoint -q /host || mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 host /host || exit 1
cd /host
status=0
sh /host/run >>/host/log 2>&1 </dev/null || status=$?
echo $status >/host/status.new && mv /host/status.new /host/status
sync
if [ -d /run/systemd/system ]; then systemctl poweroff --no-block; else echo o >/proc/sysrq-trigger; sleep 60; fi
'''
# Process 1 where no systemd is needed.
GUEST_INIT = '''#!/bin/sh
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mountpoint -q /run || mount -t tmpfs tmpfs /run
mkdir -p /run/lock
mount -t tmpfs tmpfs /tmp
ip link set lo up
hostname guest
/usr/local/sbin/guest-run
echo o >/proc/sysrq-trigger
sleep 60
'''
GUEST_UNIT = '''[Unit]
Description=What the host has laid out
After=local-fs.target dbus.service

[Service]
Type=exec
ExecStart=/usr/local/sbin/guest-run
TimeoutStopSec=5

[Install]
WantedBy=multi-user.target
'''
# Nothing here is looked at, and each makes the start longer.
MASKED = ['apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'fstrim.timer', 'e2scrub_all.timer',
          'man-db.timer', 'getty@tty1.service', 'serial-getty@ttyS0.service', 'systemd-timesyncd.service',
          'prometheus-node-exporter.service', 'prometheus-node-exporter-apt.timer',
          'prometheus-node-exporter-nvme.timer',
          'prometheus-node-exporter-ipmitool-sensor.timer', 'prometheus-node-exporter-mellanox-hca-temp.timer',
          'prometheus-node-exporter-smartmon.timer', 'systemd-logind.service', 'getty.target']


class ImageError(Exception):
    """No guest could be made; the message says why."""


@dataclass(frozen=True)
class Image:
    """A root file system that is never written to, and how to start it."""

    disk: Path
    kernel: Path
    initrd: Path
    init: str


def image(flavour: str) -> Image:
    """The guest of that flavour, made if it is not there (two to five minutes)."""
    suite = _suite()
    # A change of how it is made, below, is VERSION's to tell.
    made_of = [VERSION, suite, FLAVOURS[flavour], COMMON, MODULES, SIZE, GUEST_RUN, GUEST_INIT, GUEST_UNIT, MASKED]
    key = hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]
    home = CACHE / f'{flavour}-{key}'
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f'{flavour}.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            if os.geteuid() != 0:
                raise ImageError('a guest is made with debootstrap, which wants root: run this once with sudo')
            for old in CACHE.glob(f'{flavour}-*'):
                shutil.rmtree(old)
            print(f'making the guest "{flavour}" (Debian {suite}), once', flush=True)
            with tempfile.TemporaryDirectory(prefix='making-', dir=CACHE) as making:
                _make(Path(making), flavour, suite)
                Path(making, 'done').rename(home)
    return Image(home / 'root.img', home / 'vmlinuz', home / 'initrd.img', FLAVOURS[flavour]['init'])


def _suite() -> str:
    facts = dict(line.split('=', 1) for line in Path('/etc/os-release').read_text().splitlines() if '=' in line)
    if facts.get('ID', '').strip('"') != 'debian' or 'VERSION_CODENAME' not in facts:
        raise ImageError('the guest runs what is built here, and is made of the same Debian: this is none')
    return facts['VERSION_CODENAME'].strip('"')


def _make(work: Path, flavour: str, suite: str) -> None:
    about = FLAVOURS[flavour]
    tree, done, debs = work / 'tree', work / 'done', CACHE / 'debs'
    done.mkdir()
    debs.mkdir(exist_ok=True)
    packages = ','.join(COMMON + about['packages'])
    _run('debootstrap', '--variant=minbase', f'--include={packages}', f'--cache-dir={debs}', suite, tree, seconds=1200)
    try:
        _settle(tree, about)
    finally:
        # debootstrap leaves /proc and /sys mounted there when a script of a package fails.
        for place in ('proc', 'sys'):
            subprocess.run(['umount', '-q', tree / place], stderr=subprocess.DEVNULL)
    for name, kind in (('vmlinuz', 'vmlinuz-*'), ('initrd.img', 'initrd.img-*')):
        found = sorted((tree / 'boot').glob(kind))
        if len(found) != 1:
            raise ImageError(f'{len(found)} files are called {kind} in the guest, one was expected')
        shutil.copy(found[0], done / name)
    with (done / 'root.img').open('wb') as disk:
        disk.truncate(int(SIZE[:-1]) << 30)
    _run('mke2fs', '-q', '-t', 'ext4', '-E', 'lazy_itable_init=0', '-d', tree, done / 'root.img', seconds=300)
    # A failed removal is told, and keeps what is mounted below.
    _run('rm', '-rf', '--one-file-system', tree, seconds=120)


def _settle(tree: Path, about: dict) -> None:
    def write(path: str, text: str, mode: int = 0o644) -> None:
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    write('usr/local/sbin/guest-run', GUEST_RUN, 0o755)
    write('usr/local/sbin/guest-init', GUEST_INIT, 0o755)
    write('etc/hostname', 'guest\n')
    write('etc/hosts', '127.0.0.1 localhost guest\n')
    write('etc/fstab', '')
    write('etc/initramfs-tools/modules', '\n'.join(MODULES) + '\n')
    write('etc/initramfs-tools/conf.d/guest', 'MODULES=list\nCOMPRESS=gzip\nRESUME=none\nFSTYPE=ext4\n')
    _run('chroot', tree, 'update-initramfs', '-u', seconds=300)
    if about['offered']:
        _run('chroot', tree, 'apt-get', 'update', seconds=300)
        _run('chroot', tree, 'apt-get', '-o', 'APT::Keep-Downloaded-Packages=1', 'install', '--download-only', '--yes',
             '--no-install-recommends', *about['offered'], seconds=300)
        offered = tree / 'var/local/packages'
        offered.mkdir(parents=True)
        for package in (tree / 'var/cache/apt/archives').glob('*.deb'):
            if any(package.name.startswith(f'{name}_') for name in _missing(tree, package)):
                shutil.copy(package, offered)
        index = subprocess.run(['dpkg-scanpackages', '--multiversion', '.'], cwd=offered, check=True, timeout=60,
                               capture_output=True)
        (offered / 'Packages').write_bytes(index.stdout)
        write('etc/apt/sources.list', 'deb [trusted=yes] file:/var/local/packages ./\n')
        _run('chroot', tree, 'apt-get', 'update', seconds=120)
    for package in (tree / 'var/cache/apt/archives').glob('*.deb'):
        package.unlink()
    if (tree / 'lib/systemd/system').exists():
        write('etc/systemd/system/guest-run.service', GUEST_UNIT)
        units = tree / 'etc/systemd/system'
        (units / 'multi-user.target.wants').mkdir(exist_ok=True)
        (units / 'multi-user.target.wants' / 'guest-run.service').symlink_to('/etc/systemd/system/guest-run.service')
        (units / 'default.target').unlink(missing_ok=True)
        (units / 'default.target').symlink_to('/lib/systemd/system/multi-user.target')
        for unit in MASKED:
            (units / unit).unlink(missing_ok=True)
            (units / unit).symlink_to('/dev/null')


def _missing(tree: Path, package: Path) -> list[str]:
    """The package's name, where the tree does not have it installed."""
    name = package.name.split('_')[0]
    known = subprocess.run(['chroot', tree, 'dpkg-query', '-W', '-f', '${db:Status-Status}', name],
                           capture_output=True, text=True, timeout=60)
    return [] if known.stdout == 'installed' else [name]


def _run(*command, seconds: float) -> None:
    environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'DEBIAN_FRONTEND': 'noninteractive',
                   'PATH': os.environ['PATH'] + ':/usr/sbin:/sbin'}
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace', timeout=seconds, env=environment)
    if done.returncode != 0:
        raise ImageError(f'{" ".join(map(str, command))[:200]} ended with status {done.returncode}: '
                         f'{done.stdout[-1500:]}')


if __name__ == '__main__':
    import sys

    for each in sys.argv[1:]:
        print(image(each).disk)
