"""The hooks of config/hooks, started by the command for what it archives, and judged by the programs they are for."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pystac
import pytest
from pystac.validation import validate_dict

from rig.simulator import simulator

HOOKS = Path(os.environ['MIRROR_SCRIPTS']).parent / 'config' / 'hooks'
MULTIHASH_SHA256 = '1220'


def archive(mirror, service, hook: list, *suffixes: str) -> Path:
    """The project's directory after a run that started the hook for each product."""
    configuration = service.configuration(*suffixes) | {'archive': {'on_archived': [str(word) for word in hook]}}
    ours = type(mirror)(mirror.executable, mirror.directory, Path(service.ca), {'EARTHDATA_TOKEN': service.token})
    report = mirror.directory / 'report.json'
    done = ours('sync', configuration, '--login-url', service.login, '--report', str(report))
    assert done.status == 0, done
    counts = json.loads(report.read_text())
    assert counts['hooks_delivered'] > 0 and counts['hooks_failed'] == counts['hooks_waiting'] == 0, done
    return mirror.archive / service.project


def test_zips_are_unpacked_beside_themselves(mirror, tmp_path):
    with simulator(tmp_path / 'simulator', '--jobs', '6', '--raster-size', '64', project='insar') as service:
        project = archive(mirror, service, [HOOKS / 'unpack'], '.zip')
    zips = list(project.glob('*.zip'))
    assert zips
    for path in zips:
        with zipfile.ZipFile(path) as packed:
            wanted = {name.partition('/')[2]: packed.read(name) for name in packed.namelist() if not name.endswith('/')}
        made = project / path.stem
        assert {str(file.relative_to(made)): file.read_bytes() for file in made.rglob('*') if file.is_file()} == wanted
    assert not list(project.glob('.*.unpacking'))
    subprocess.run(['sha256sum', '--check', '--quiet', 'SHA256SUMS'], cwd=project, check=True)


def evil(path: Path, name: str, mode: int = stat.S_IFREG | 0o644) -> None:
    with zipfile.ZipFile(path, 'w') as packed:
        packed.writestr('p/good.tif', b'good')
        member = zipfile.ZipInfo(name)
        member.external_attr = mode << 16
        packed.writestr(member, b'/etc')


@pytest.mark.parametrize('name, mode', [
    ('../out.tif', stat.S_IFREG), ('p/../../out.tif', stat.S_IFREG), ('/tmp/out.tif', stat.S_IFREG),
    ('p\\..\\..\\out.tif', stat.S_IFREG), ('p/link', stat.S_IFLNK), ('p/good.tif', stat.S_IFREG),
])
@pytest.mark.filterwarnings('ignore:Duplicate name')
def test_a_zip_that_leads_elsewhere_is_refused_whole(tmp_path, name, mode):
    directory = tmp_path / 'a' / 'b'
    directory.mkdir(parents=True)
    evil(directory / 'p.zip', name, mode | 0o644)
    before = sorted(tmp_path.rglob('*'))
    done = subprocess.run([HOOKS / 'unpack', directory / 'p.zip'], capture_output=True, text=True)
    assert done.returncode == 1 and 'nothing is unpacked' in done.stderr, done
    assert sorted(tmp_path.rglob('*')) == before


def test_a_zip_that_is_broken_leaves_nothing_and_one_again_nothing_new(tmp_path):
    path = tmp_path / 'p.zip'
    with zipfile.ZipFile(path, 'w') as packed:
        packed.writestr('p/good.tif', b'good' * 100)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'goodgood', b'badbadba', 1))
    assert subprocess.run([HOOKS / 'unpack', path], capture_output=True).returncode != 0
    assert [file.name for file in tmp_path.iterdir()] == ['p.zip']
    path.write_bytes(whole)
    for _ in range(2):
        subprocess.run([HOOKS / 'unpack', path], check=True)
    assert sorted(file.name for file in tmp_path.rglob('*')) == ['good.tif', 'p', 'p.zip']


def test_a_mosaic_a_day(mirror, tmp_path):
    with simulator(tmp_path / 'simulator', '--jobs', '12', '--raster-size', '64', '--span-days', '2',
                   project='floods') as service:
        project = archive(mirror, service, [HOOKS / 'mosaic-day'], '_VV.tif')
    rasters = {path.resolve() for path in project.glob('*_VV.tif')}
    mosaics = list((project / 'mosaics').glob('*.vrt'))
    assert rasters and mosaics
    made_of = []
    for mosaic in mosaics:
        facts = json.loads(subprocess.run(['gdalinfo', '-json', '-mm', mosaic], check=True, capture_output=True,
                                          text=True).stdout)
        files = [(mosaic.parent / file).resolve() for file in facts['files'] if not file.endswith('.vrt')]
        day = mosaic.name[:8]
        assert all(f'_{day}T' in file.name for file in files) and '_EPSG' in mosaic.name
        assert facts['bands'][0]['computedMax'] > 0, 'pixels can be read through it'
        made_of += files
    assert sorted(made_of) == sorted(rasters), 'each in one mosaic, once'
    assert 'relativeToVRT="1"' in mosaics[0].read_text()


def test_a_catalogue_that_pystac_opens(mirror, tmp_path):
    with simulator(tmp_path / 'simulator', '--jobs', '8', '--raster-size', '64', project='floods & more') as service:
        project = archive(mirror, service, [sys.executable, HOOKS / 'stac'], '_VV.tif', '.zip')
    # It may be moved with its products, and names nothing of this machine.
    moved = tmp_path / 'elsewhere'
    project.rename(moved)
    catalogue = pystac.Catalog.from_file(str(moved / 'stac' / 'catalog.json'))
    items = list(catalogue.get_items(recursive=True))
    products = [path for path in moved.iterdir() if path.suffix in ('.tif', '.zip')]
    assert sorted(item.id for item in items) == sorted(path.stem for path in products)
    for item in items:
        path = Path(item.assets['data'].get_absolute_href())
        assert path.resolve() in [product.resolve() for product in products]
        facts = item.assets['data'].extra_fields
        assert facts['file:checksum'] == MULTIHASH_SHA256 + hashlib.sha256(path.read_bytes()).hexdigest()
        assert facts['file:size'] == path.stat().st_size
        assert item.properties['hyp3:job_name'] == 'floods & more'
        assert (item.geometry is not None) == (path.suffix == '.tif')
        document = json.loads(Path(item.get_self_href()).read_text())
        # The schemas of extensions lie on the web; what the file extension wants is asserted above.
        validate_dict(document, extensions=[])
    for path in moved.glob('stac/**/catalog.json'):
        document = json.loads(path.read_text())
        validate_dict(document, extensions=[])
        assert str(tmp_path) not in path.read_text()
