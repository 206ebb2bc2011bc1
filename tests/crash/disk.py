"""A disk that loses power: what was written but not synced lives in this process only, and dies with it.

A killed process alone proves little, since the kernel keeps its pages. As the default file system of SQLite in the server under test,
this one hands bytes to the real file at `xSync` and not before.
"""

import threading
from typing import Any

import apsw

NAME = "held"
REAL = apsw.vfs_names()[0]
_HELD = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Image:
    """One file as this process sees it, and what of it the disk does not know yet; shared by all handles."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.bytes = bytearray()
        self.pending: list[tuple[int, bytes] | int] = []
        """Writes (offset, bytes) and truncations (size), in order."""
        self.is_loaded = False


class Disk(apsw.VFS):
    """Registers itself as SQLite's default file system."""

    def __init__(self) -> None:
        self.images: dict[str, Image] = {}
        self._lock = threading.Lock()
        super().__init__(NAME, REAL, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:
        return File(self, name, flags) if flags[0] & _HELD else apsw.VFSFile(REAL, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        with self._lock:
            self.images.pop(filename, None)
        super().xDelete(filename, syncdir)

    def image(self, path: str) -> Image:
        with self._lock:
            return self.images.setdefault(path, Image())


class File(apsw.VFSFile):
    """A handle on an image."""

    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._image = image = disk.image(path)
        with image.lock:
            if not image.is_loaded:
                size = super().xFileSize()
                image.bytes += super().xRead(size, 0) if size else b""
                image.is_loaded = True

    def xRead(self, amount: int, offset: int) -> bytes:
        with self._image.lock:
            return bytes(self._image.bytes[offset : offset + amount])

    def xWrite(self, data: Any, offset: int) -> None:
        image, piece = self._image, bytes(data)
        with image.lock:
            if len(image.bytes) < offset:
                image.bytes += bytes(offset - len(image.bytes))
            image.bytes[offset : offset + len(piece)] = piece
            image.pending.append((offset, piece))

    def xTruncate(self, size: int) -> None:
        with self._image.lock:
            del self._image.bytes[size:]
            self._image.pending.append(size)

    def xFileSize(self) -> int:
        return len(self._image.bytes)

    def xSync(self, flags: int) -> None:
        image = self._image
        with image.lock:
            for change in image.pending:
                if isinstance(change, int):
                    super().xTruncate(change)
                else:
                    super().xWrite(change[1], change[0])
            image.pending.clear()
            super().xSync(flags)
