"""Real GeoTIFFs, made by GDAL."""

import random
import subprocess
from pathlib import Path


def make_geotiff(path: Path, side: int, *options: str, seed: int = 1) -> Path:
    """A square single-band GeoTIFF of random bytes, `side` pixels wide, on UTM zone 45 north.

    `options` are GDAL's creation options, such as `TILED=YES`."""
    raw, described = path.with_suffix('.raw'), path.with_suffix('.vrt')
    raw.write_bytes(random.Random(seed).randbytes(side * side))
    described.write_text(f"""\
<VRTDataset rasterXSize="{side}" rasterYSize="{side}">
<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">
<SourceFilename relativetoVRT="1">{raw.name}</SourceFilename><PixelOffset>1</PixelOffset><LineOffset>{side}</LineOffset>
</VRTRasterBand></VRTDataset>""")
    creation = [word for option in options for word in ('-co', option)]
    corners = [300000, 3100000, 300000 + side * 30, 3100000 - side * 30]
    placed = ['-a_srs', 'EPSG:32645', '-a_ullr', *map(str, corners)]
    subprocess.run(['gdal_translate', '-q', *placed, *creation, described, path], check=True)
    raw.unlink()
    described.unlink()
    return path


def pad(path: Path, size: int) -> Path:
    """Lengthens a file to exactly `size` bytes: a TIFF reader does not look past what the directory names."""
    if path.stat().st_size > size:
        raise ValueError(f'{path.name} has {path.stat().st_size} bytes, more than {size}')
    with path.open('r+b') as file:
        file.truncate(size)
    return path


def describe(path: Path) -> str:
    """What gdalinfo says; raises if it cannot open the file."""
    return subprocess.run(['gdalinfo', path], check=True, capture_output=True, text=True).stdout
