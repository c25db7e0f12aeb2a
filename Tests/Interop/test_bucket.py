"""sync against a bucket with objects as boto3 uploads them."""

import hashlib
import json
import random
import zipfile
from pathlib import Path

import pytest

from bucket import MiB, NAME, make_bucket
from geotiff import describe, make_geotiff, pad
from rig.products import stem


@pytest.fixture
def bucket(tmp_path, certificate):
    with make_bucket(tmp_path, certificate) as made:
        yield made


def make_zip(path: Path, tiff: Path, size: int) -> Path:
    """A zip with a compressed GeoTIFF and random bytes stored, about `size` bytes long."""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.write(tiff, f'{path.stem}/{tiff.name}')
        noise = random.Random(size).randbytes(max(size - tiff.stat().st_size, 16))
        archive.writestr(f'{path.stem}/noise.dat', noise, compress_type=zipfile.ZIP_STORED)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Bytes of the GeoTIFF, bytes of the zip, bytes a part, and the number of parts that boto3 must have made of the
# GeoTIFF (0: uploaded whole, the ETag is its MD5).
UPLOADS = [
    (1 * MiB, 1 * MiB, 8 * MiB, 0),
    (12 * MiB + 321, 11 * MiB, 5 * MiB, 3),
    (20 * MiB + 321, 17 * MiB, 8 * MiB, 3),
    (35 * MiB + 321, 33 * MiB, 16 * MiB, 3),
    (8 * MiB - 1, 1 * MiB, 8 * MiB, 0),
    (8 * MiB, 1 * MiB, 8 * MiB, 1),
    (8 * MiB + 1, 1 * MiB, 8 * MiB, 2),
    (16 * MiB, 16 * MiB, 8 * MiB, 2),
]


def test_every_sound_object_is_archived_whatever_its_parts(mirror, bucket, tmp_path):
    sources = tmp_path / 'sources'
    sources.mkdir()
    small = make_geotiff(sources / 'small.tif', 300, 'COMPRESS=DEFLATE', 'TILED=YES')
    expected = {}
    for index, (tiff_size, zip_size, part, parts) in enumerate(UPLOADS):
        name = stem(index)
        side = int((tiff_size - 64 * 1024) ** 0.5)
        options = ['TILED=YES'] if index % 2 else ['BIGTIFF=YES']
        # Tiles are padded to whole ones, so a tiled image must be smaller to fit the size.
        tiff = make_geotiff(sources / f'{name}_VV.tif', side // 256 * 256 if index % 2 else side, *options, seed=index)
        etag = bucket.upload(pad(tiff, tiff_size), part)
        assert (f'-{parts}' in etag) if parts else ('-' not in etag), etag
        archive = make_zip(sources / f'{name}.zip', small, zip_size)
        bucket.upload(archive, part)
        expected |= {path.name: sha256(path) for path in (tiff, archive)}
    bucket.list_jobs([stem(index) for index in range(len(UPLOADS))])

    done = mirror('sync', bucket.configuration('.zip', '_VV.tif'))

    assert done.status == 0, done
    products = mirror.archive / NAME
    found = {path.name: sha256(path) for path in products.iterdir() if path.is_file() and path.name != 'SHA256SUMS'}
    assert found == expected
    listed = dict(reversed(line.split(maxsplit=1)) for line in (products / 'SHA256SUMS').read_text().splitlines())
    assert {name.lstrip('*'): digest for name, digest in listed.items()} == expected
    manifest = [json.loads(line) for line in (products / '.hyp3-mirror' / 'manifest.jsonl').read_text().splitlines()]
    assert {entry['path']: entry['sha256'] for entry in manifest} == expected
    for name in expected:
        if name.endswith('.tif'):
            assert 'Coordinate System is' in describe(products / name)


def test_objects_damaged_before_their_upload_are_told_and_not_archived(mirror, bucket, tmp_path):
    sources = tmp_path / 'sources'
    sources.mkdir()
    names = [stem(index) for index in range(3)]
    sound, empty, cut = (sources / f'{name}_VV.tif' for name in names)
    make_geotiff(sound, 700, seed=1)
    empty.touch()
    make_geotiff(cut, 700, seed=2)
    with cut.open('r+b') as file:
        file.truncate(cut.stat().st_size * 2 // 3)
    for path in (sound, empty, cut):
        bucket.upload(path)
    bucket.list_jobs(names)
    report = tmp_path / 'report.json'

    done = mirror('sync', bucket.configuration('_VV.tif'), '--report', str(report))

    assert done.status == 1, done
    products = mirror.archive / NAME
    assert {path.name for path in products.rglob('S1*') if path.is_file()} == {sound.name}
    assert sha256(products / sound.name) == sha256(sound)
    told = json.loads(report.read_text())
    assert told['schema'] == 1
    assert {row['file']: row['outcome'] for row in told['rows'] if row['outcome'] != 'archived'} == {
        empty.name: 'damaged', cut.name: 'damaged'}
    for damaged in (empty, cut):
        assert damaged.name in done.said, done
