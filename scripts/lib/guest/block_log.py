"""Reads what dm-log-writes recorded, and lays a disk out as it was at an instant.

The log, in sectors of its own size, little-endian (drivers/md/dm-log-writes.c of Linux): a super block (magic,
version, number of entries, sector size), then the entries: sector, number of sectors, flags, length of data, each in a
sector of its own that holds the text of a mark, too, and followed by what was written. A discard has no data after it.
"""

import os
import random
import struct
from dataclasses import dataclass

MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
_ENTRY = struct.Struct('<QQQQ')
_SUPER = struct.Struct('<QQQI')
_UNIT = 1 << 20


class LogError(Exception):
    """The log is not one, or ends too early; the message says where."""


@dataclass(frozen=True)
class Entry:
    """One write. `sector` and `sectors` in sectors of `BlockLog.sector_size`; its data lie at `offset`, in bytes."""

    number: int
    sector: int
    sectors: int
    flags: int
    offset: int
    mark: str | None

    @property
    def is_flush(self) -> bool:
        return bool(self.flags & FLUSH)

    @property
    def is_durable(self) -> bool:
        """Whether it was on the disk when it was told to be written."""
        return bool(self.flags & (FUA | FLUSH))


class BlockLog:
    """The entries of a log, in the order in which they were on the disk."""

    def __init__(self, device: str):
        self._log = os.open(device, os.O_RDONLY)
        magic, version, count, self.sector_size = _SUPER.unpack(self._read(0, _SUPER.size))
        if magic != MAGIC or version != 1:
            raise LogError(f'{device} does not begin as a log of dm-log-writes does')
        self.entries: list[Entry] = []
        offset = self.sector_size
        for number in range(count):
            block = self._read(offset, self.sector_size)
            sector, sectors, flags, length = _ENTRY.unpack_from(block)
            mark = None
            if flags & MARK:
                mark = block[_ENTRY.size:_ENTRY.size + length].split(b'\0')[0].decode(errors='replace')
            self.entries.append(Entry(number, sector, sectors, flags, offset + self.sector_size, mark))
            offset += self.sector_size
            if not flags & DISCARD:
                offset += sectors * self.sector_size

    def close(self) -> None:
        os.close(self._log)

    def apply(self, entry: Entry, device: int) -> None:
        """Does to the device (a descriptor) what the entry did. A discard leaves zeros: what it leaves is nobody's."""
        position, left = entry.sector * self.sector_size, entry.sectors * self.sector_size
        if entry.flags & MARK or left == 0:
            return
        offset = entry.offset
        while left > 0:
            size = min(left, _UNIT)
            data = bytes(size) if entry.flags & DISCARD else self._read(offset, size)
            if os.pwrite(device, data, position) != size:
                raise LogError(f'entry {entry.number} does not fit the device')
            position, offset, left = position + size, offset + size, left - size

    def _read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._log, size, offset)
        if len(data) != size:
            raise LogError(f'the log ends at byte {offset + len(data)}, in an entry')
        return data


def survivors(entries: list[Entry], cut: int, choice: random.Random) -> list[Entry]:
    """Which writes of a run of entries without a flush a power cut before entry `cut` may leave: what was forced out up
    to then, and of the rest any."""
    return [entry for index, entry in enumerate(entries)
            if (index < cut and entry.is_durable) or (not entry.is_durable and choice.random() < 0.5)]
