"""A disk without room, or a broken one: as SQLite's default file system in the server under test, it refuses what would be written
while a file stands."""

from pathlib import Path
from typing import Any

import apsw

NAME = "full"
REAL = apsw.vfs_names()[0]


class FullDisk(apsw.VFS):
    """Registers itself. `sign`: the disk is full, or gives `error`, as long as this file exists."""

    def __init__(self, sign: Path, *, for_all: bool = True, error: type[apsw.Error] = apsw.FullError) -> None:
        self.sign, self.error = sign, error
        self.name, self.refused = NAME, 0
        super().__init__(NAME, REAL, makedefault=for_all)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:
        return File(self, name, flags)


class File(apsw.VFSFile):
    def __init__(self, disk: FullDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        self._disk = disk

    def xWrite(self, data: Any, offset: int) -> None:
        if self._disk.sign.exists():
            self._disk.refused += 1
            raise self._disk.error("refused")
        super().xWrite(data, offset)
