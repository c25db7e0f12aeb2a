"""What must hold of an archive, whatever happened to it; inside a guest."""

import hashlib
import json
import subprocess
from pathlib import Path

from guest.told import Wrong

# Exit status that a run may end with where its storage or service fails it: the manual's table.
DOCUMENTED = {0, 1, 64, 65, 69, 74, 75, 77, 78, 129, 130, 143}


class Looking:
    """Judges archives of a project whose products are known. `expected`: by path below the project, size and sha256."""

    def __init__(self, expected: dict[str, dict]):
        self.expected = expected
        self._digests: dict[tuple, str] = {}

    def products(self, project: Path) -> dict[str, Path]:
        """Files under final names, by path below the project."""
        if not project.exists():
            return {}
        return {str(path.relative_to(project)): path for path in project.rglob('*')
                if '.hyp3-mirror' not in path.parts and path.name != 'SHA256SUMS' and path.is_file()}

    def names_are_right(self, project: Path, remembers: bool = False) -> dict[str, Path]:
        """Every file under a final name is that product. `remembers`: one that looks as before has its old bytes."""
        found = self.products(project)
        for path, file in found.items():
            product = self.expected.get(path)
            if product is None:
                raise Wrong(f'{file} is no product and lies among them')
            if self._digest(file, remembers) != product['sha256']:
                raise Wrong(f'{file} ({file.stat().st_size} bytes) is not its source ({product["size"]} bytes)')
        return found

    def sums_hold(self, project: Path) -> None:
        """`sha256sum --check SHA256SUMS` passes, as anybody would call it."""
        sums = project / 'SHA256SUMS'
        if not sums.exists() or sums.stat().st_size == 0:
            return
        done = subprocess.run(['sha256sum', '--check', '--quiet', '--strict', 'SHA256SUMS'], cwd=project, timeout=600,
                              capture_output=True, text=True, errors='replace')
        if done.returncode != 0:
            raise Wrong(f'SHA256SUMS of {project} does not hold: {done.stdout[-500:]}{done.stderr[-500:]}')

    def is_whole(self, project: Path) -> None:
        """What must hold once a run has ended with status 0."""
        found = self.names_are_right(project)
        expected = {path: product['sha256'] for path, product in self.expected.items()}
        if found.keys() != expected.keys():
            raise Wrong(f'{len(expected.keys() - found.keys())} products are missing of {project}: '
                        f'{sorted(expected.keys() - found.keys())[:3]}')
        self.sums_hold(project)
        lines = (project / 'SHA256SUMS').read_text().splitlines()
        if {line[66:]: line[:64] for line in lines} != expected or len(lines) != len(expected):
            raise Wrong(f'SHA256SUMS has {len(lines)} lines, {len(expected)} products are archived')
        recorded = {record['path']: record['sha256'] for record in records(project / '.hyp3-mirror' / 'manifest.jsonl')}
        if recorded != expected:
            raise Wrong(f'the manifest tells of {len(recorded)} products of {len(expected)}; '
                        f'missing: {sorted(expected.keys() - recorded.keys())[:3]}')

    def told_is_there(self, project: Path, found: dict[str, Path]) -> int:
        """Each product that SHA256SUMS or the manifest tell of is in the tree, with the bytes they tell of.

        Returns how many lines are no lines: the end of what was being written when the power went."""
        torn = 0
        sums = project / 'SHA256SUMS'
        told = []
        for line in sums.read_bytes().split(b'\n') if sums.exists() else []:
            text = line.decode(errors='replace')
            if len(text) > 66 and text[64:66] == '  ' and text[66:] in self.expected:
                told.append(('SHA256SUMS', text[66:], text[:64]))
            elif line:
                torn += 1
        manifest = project / '.hyp3-mirror' / 'manifest.jsonl'
        for line in manifest.read_bytes().split(b'\n') if manifest.exists() else []:
            try:
                record = json.loads(line)
                told.append(('the manifest', record['path'], record['sha256']))
            except (ValueError, KeyError, TypeError):
                torn += bool(line)
        for where, path, digest in told:
            if path not in found:
                raise Wrong(f'{where} tells of {path}, which is not there')
            if digest != self.expected[path]['sha256']:
                raise Wrong(f'{where} has another digest of {path} than its source')
        return torn

    def _digest(self, file: Path, remembers: bool) -> str:
        about = file.stat()
        key = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
        if not remembers or key not in self._digests:
            self._digests[key] = hashlib.sha256(file.read_bytes()).hexdigest()
        return self._digests[key]


def records(path: Path) -> list[dict]:
    return [record for record in map(json.loads, path.read_text().splitlines()) if 'path' in record]
