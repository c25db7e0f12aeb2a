"""Product files for measurements: random bytes in the smallest honest TIFF, with the ETag HyP3's upload would give."""

import hashlib
import json
import random
import struct
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

# HyP3 uploads with multipart threshold and part size of 8 MiB: below it the ETag is the MD5.
PART = 8 * 1024 * 1024
_HEADER = 256


@dataclass(frozen=True)
class ProductFile:
    name: str
    size: int
    md5: str
    sha256: str
    etag: str


@dataclass(frozen=True)
class ProductSet:
    """`count` files of `size` bytes each in `directory`."""

    label: str
    directory: Path
    files: list[ProductFile]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)

    def first(self, count: int) -> 'ProductSet':
        return ProductSet(self.label, self.directory, self.files[:count])


def tiff_header(size: int) -> bytes:
    """The first 256 bytes of an 8-bit grey TIFF of exactly `size` bytes: one strip, 256 pixels wide."""
    rows, rest = divmod(size - _HEADER, 256)
    if rows < 1 or rest:
        raise ValueError(f'a product file must be a multiple of 256 bytes and at least 512, not {size}')
    entries = [
        (256, 4, 256), (257, 4, rows), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, _HEADER), (277, 3, 1),
        (278, 4, rows), (279, 4, rows * 256),
    ]
    directory = struct.pack('<H', len(entries))
    for tag, kind, value in entries:
        directory += struct.pack('<HHI', tag, kind, 1) + struct.pack('<I' if kind == 4 else '<Hxx', value)
    header = b'II*\0' + struct.pack('<I', 8) + directory + struct.pack('<I', 0)
    return header.ljust(_HEADER, b'\0')


def stem(index: int) -> str:
    """The name HyP3 gives the `index`th job's products, without a suffix; the index is below 65,536."""
    acquired = datetime(2023, 5, 20, 0, 15, 30, tzinfo=timezone.utc) + timedelta(seconds=25 * index)
    return f'S1A_IW_{acquired:%Y%m%dT%H%M%S}_DVP_RTC30_G_gpuned_{(index * 40503 + 35421) % 65536:04X}'


def make_products(directory: Path, label: str, count: int, size: int, seed: int = 1) -> ProductSet:
    """Makes the set, or finds it made before by the same parameters. Names end in `_VV.tif`."""
    made = directory / f'{label}-{count}x{size}-{seed}'
    index = made.with_suffix('.json')
    if index.exists():
        return ProductSet(label, made, [ProductFile(**file) for file in json.loads(index.read_text())])
    made.mkdir(parents=True, exist_ok=True)
    source = random.Random(f'{seed}/{label}/{count}/{size}')
    files = [_make_product(made / f'{stem(i)}_VV.tif', size, source) for i in range(count)]
    index.write_text(json.dumps([asdict(file) for file in files]))
    return ProductSet(label, made, files)


def _make_product(path: Path, size: int, source: random.Random) -> ProductFile:
    md5, sha256, parts = hashlib.md5(), hashlib.sha256(), []
    head = tiff_header(size)
    with path.open('wb') as file:
        left = size
        while left > 0:
            part = head + source.randbytes(min(left, PART) - len(head))
            head = b''
            file.write(part)
            md5.update(part)
            sha256.update(part)
            parts.append(hashlib.md5(part).digest())
            left -= len(part)
    multipart = f'{hashlib.md5(b"".join(parts)).hexdigest()}-{len(parts)}'
    return ProductFile(
        path.name, size, md5.hexdigest(), sha256.hexdigest(), md5.hexdigest() if size < PART else multipart
    )
