"""The project's own simulator of HyP3, as a server of the rig."""

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rig.process import start, stop


@dataclass(frozen=True)
class Simulator:
    """A running simulator. `api`, `login` (the whole authorize URL) and `bucket` are URLs; `ca` is a PEM file."""

    directory: Path
    api: str
    login: str
    bucket: str
    ca: str
    token: str
    username: str
    password: str
    project: str

    def requests(self) -> list[dict]:
        """Every request that has come to its end, in that order."""
        return [json.loads(line) for line in (self.directory / 'requests.jsonl').read_text().splitlines()]

    def configuration(self, *suffixes: str) -> dict:
        """A project file's content in ASF's form."""
        return {'project_name': self.project, 'host': self.api, 'transfer_spec': {'extensions': list(suffixes)}}

    def fetch(self, url: str) -> bytes | None:
        """An object, by curl, which knows where `*.localhost` is; `None` if there is none."""
        done = subprocess.run(['curl', '--disable', '--silent', '--show-error', '--fail', '--noproxy', '*',
                               '--cacert', self.ca, url], capture_output=True)
        if done.returncode == 22:
            return None
        done.check_returncode()
        return done.stdout


@contextmanager
def simulator(directory: Path, *options: str, project: str = 'rig', faults: list[dict] = ()):
    """Runs `HYP3_SIMULATOR` with its files in `directory`; its jobs all carry the name `project`."""
    directory.mkdir(parents=True)
    ready, log, requests = (directory / name for name in ('ready.json', 'log', 'requests.jsonl'))
    command = [os.environ['HYP3_SIMULATOR'], '--directory', str(directory / 'certificates'), '--name', project,
               '--request-log', str(requests), '--ready-file', str(ready), *options]
    if faults:
        (directory / 'faults.json').write_text(json.dumps(faults))
        command += ['--faults', str(directory / 'faults.json')]
    running = start(command, log, ready.exists, seconds=60)
    try:
        yield Simulator(directory, project=project, **json.loads(ready.read_text()))
    finally:
        stop(running)
