"""Servers of NFS and SMB inside a guest, and mounts of them: one exported directory, /export, on a disk of its own."""

import os
import signal
import subprocess
import time
from pathlib import Path

from guest.told import Wrong, eventually, run

EXPORT = Path('/export')
PASSWORD = 'a-password'


class NFS:
    """The kernel's server, as two versions of the protocol; `version` is 4.2 or 3."""

    # Seconds in which clients claim what they had, after a start.
    GRACE = 10

    def __init__(self, version: str):
        self.name = f'NFS {version}'
        self._version = version

    def start(self) -> None:
        if not os.path.ismount('/proc/fs/nfsd'):
            run('modprobe', '-a', 'nfsd', 'nfs', 'lockd')
            run('mount', '-t', 'nfsd', 'nfsd', '/proc/fs/nfsd')
            run('mount', '-t', 'tmpfs', 'tmpfs', '/var/lib/nfs')
            for name in ('v4recovery', 'rpc_pipefs', 'sm', 'sm.bak'):
                (Path('/var/lib/nfs') / name).mkdir()
            for name in ('etab', 'rmtab', 'state'):
                (Path('/var/lib/nfs') / name).touch()
            for name in ('nfsv4leasetime', 'nfsv4gracetime'):
                Path('/proc/fs/nfsd', name).write_text(str(self.GRACE))
            self.writable(True)
            run('rpcbind', '-w')
            run('rpc.statd', '--no-notify')
            run('rpc.mountd')
        run('exportfs', '-ra')
        run('rpc.nfsd', '4')

    def stop(self) -> None:
        run('rpc.nfsd', '0')

    def writable(self, is_writable: bool) -> None:
        how = 'rw' if is_writable else 'ro'
        Path('/etc/exports').write_text(f'{EXPORT} *({how},sync,no_root_squash,no_subtree_check,insecure,fsid=1)\n')
        run('exportfs', '-ra')

    def mount(self, place: Path, is_second: bool = False) -> None:
        """`is_second`: sees the server through caches and inodes of its own, as another machine would."""
        options = f'vers={self._version}' + (',nosharecache' if is_second else '')
        run('mount', '-t', 'nfs4' if self._version.startswith('4') else 'nfs', '-o', options,
            f'127.0.0.1:{EXPORT}', place, seconds=180)


class SMB:
    """Samba, at dialect 3.1.1."""

    name = 'SMB 3.1.1'

    def __init__(self):
        self._server: subprocess.Popen | None = None

    def start(self) -> None:
        configuration = Path('/etc/samba/smb.conf')
        if self._server is None:
            run('modprobe', 'cifs')
            for place in ('/run/samba', '/var/log/samba', '/var/lib/samba/private'):
                Path(place).mkdir(parents=True, exist_ok=True)
            self._configure(True)
            run('useradd', '--system', 'archive')
            done = subprocess.run(['smbpasswd', '-s', '-a', 'archive'], input=f'{PASSWORD}\n{PASSWORD}\n', text=True,
                                  capture_output=True, timeout=60)
            if done.returncode != 0:
                raise Wrong(f'smbpasswd: {done.stderr} ({configuration})')
        # A group of its own: a connection is a process of its own.
        self._server = subprocess.Popen(['smbd', '--foreground', '--no-process-group'], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        eventually(self._answers, 60, 'smbd listens')

    def stop(self) -> None:
        os.killpg(self._server.pid, signal.SIGTERM)
        self._server.wait(30)
        time.sleep(0.5)

    def writable(self, is_writable: bool) -> None:
        """By a start anew: when a share was only closed (smbcontrol close-share), Linux 6.1's client was seen to wait
        for ever, and its process where no signal reaches it."""
        self.stop()
        self._configure(is_writable)
        self.start()

    def mount(self, place: Path, is_second: bool = False) -> None:
        options = f'vers=3.1.1,username=archive,password={PASSWORD},uid=0,gid=0' + (',nosharesock' if is_second else '')
        run('mount', '-t', 'cifs', '-o', options, '//127.0.0.1/archive', place, seconds=180)

    def _configure(self, is_writable: bool) -> None:
        Path('/etc/samba/smb.conf').write_text(f'''[global]
server min protocol = SMB3_11
security = user
load printers = no
disable spoolss = yes
[archive]
path = {EXPORT}
force user = root
read only = {'no' if is_writable else 'yes'}
''')

    @staticmethod
    def _answers() -> bool:
        return subprocess.run(['smbcontrol', 'smbd', 'ping'], capture_output=True, timeout=30).returncode == 0


SERVERS = {'nfs4.2': lambda: NFS('4.2'), 'nfs3': lambda: NFS('3'), 'smb3.1.1': SMB}
