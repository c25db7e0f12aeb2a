"""Archives of empty files in the form of products: what a scan sees, without their bytes."""

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# What a water map leaves, for the most part.
SUFFIXES = ['_VV.tif', '_VH.tif', '_rgb.tif', '_dem.tif', '_ls_map.tif', '_WM.tif', '_WM_HAND.tif',
            '_WM_VV_initial.tif', '_WM_VH_initial.tif', '_WM_VV_fuzzy.tif']


@dataclass(frozen=True)
class Archive:
    """`root` is the directory of the archive, `project` the one below it that holds `files` files."""

    root: Path
    project: Path
    files: int

    def forget(self) -> None:
        """Removes what runs have left beside the products."""
        shutil.rmtree(self.project / '.hyp3-mirror', ignore_errors=True)
        (self.project / 'SHA256SUMS').unlink(missing_ok=True)


def make_archive(base: Path, project: str, stems: list[str], directories: int) -> Archive:
    """Every stem with every suffix, shared out among `directories` subdirectories (0: all in the project's own).

    Below `base` it is kept, and found again for the same stems."""
    key = hashlib.sha256('\n'.join([project, *stems, *SUFFIXES]).encode()).hexdigest()[:12]
    root = base / f'{len(stems)}x{len(SUFFIXES)}-in-{directories}-{key}'
    archive = Archive(root, root / project, len(stems) * len(SUFFIXES))
    if root.exists():
        return archive
    print(f'making {archive.files:,} files in {directories or 1:,} directories', file=sys.stderr, flush=True)
    unfinished = root.with_name(f'{root.name}.unfinished')
    shutil.rmtree(unfinished, ignore_errors=True)
    share = -(-len(stems) // max(1, directories))
    for number in range(max(1, directories)):
        directory = unfinished / project / (f'{number:05d}' if directories else '')
        directory.mkdir(parents=True)
        _fill(directory, stems[number * share:(number + 1) * share])
    os.sync()
    os.replace(unfinished, root)
    return archive


def _fill(directory: Path, stems: list[str]) -> None:
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for stem in stems:
            for suffix in SUFFIXES:
                os.close(os.open(stem + suffix, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644, dir_fd=place))
    finally:
        os.close(place)
