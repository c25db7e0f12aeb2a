"""The command under test, and where each test's servers and files go."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.certificate import Certificate, make_certificate
from rig.jobs import TOKEN


@dataclass(frozen=True)
class Finished:
    """How a run of the command ended: its exit status, its results and what it said on standard error."""

    status: int
    results: str
    said: str

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.results.splitlines()]

    def __str__(self) -> str:
        return f'status {self.status}\n{self.results[-2000:]}\n{self.said[-4000:]}'


@dataclass(frozen=True)
class Mirror:
    """hyp3-mirror with an archive of the test's own."""

    executable: Path
    directory: Path
    authority: Path
    environment: dict[str, str]

    @property
    def archive(self) -> Path:
        return self.directory / 'archive'

    def __call__(self, subcommand: str, configuration: dict, *options: str, **environment: str) -> Finished:
        """Runs it with this configuration in a clean environment; `environment` adds to it."""
        path = self.directory / 'project.json'
        path.write_text(json.dumps(configuration))
        self.archive.mkdir(exist_ok=True)
        command = [self.executable, subcommand, path, '--archive', self.archive, '--cacert', self.authority, *options]
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
            env={'PATH': os.environ['PATH'], 'HOME': str(self.directory)} | self.environment | environment,
        )
        return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope='session')
def certificate(tmp_path_factory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp('certificate'), ['localhost'], ['127.0.0.1'])


@pytest.fixture
def mirror(tmp_path, certificate) -> Mirror:
    """hyp3-mirror with a bearer token, trusting the tests' authority."""
    return Mirror(Path(os.environ['HYP3_MIRROR']), tmp_path, certificate.authority, {'EARTHDATA_TOKEN': TOKEN})
