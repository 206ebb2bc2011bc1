"""SQLite's write-ahead log is moved into its file in the background, and begun anew when it has grown long."""

import asyncio
import struct
from pathlib import Path

import pytest

from tests.crash.full import FullDisk
from tillside.storage import checkpoints
from tillside.storage.sqlite import SqliteDatabase


def standing(path: Path) -> tuple[int, int]:
    """How many frames the write-ahead log has, and how many of them are in the file already (sqlite.org/walformat.html)."""
    index = path.with_name(path.name + "-shm").read_bytes()
    return struct.unpack_from("=I", index, 16)[0], struct.unpack_from("=I", index, 96)[0]


async def _moved(path: Path) -> None:
    async with asyncio.timeout(30):
        while (found := standing(path))[0] != found[1]:
            await asyncio.sleep(0.05)


async def opened(path: Path, *, vfs: str | None = None) -> SqliteDatabase:
    database = SqliteDatabase(path, checkpoints=True, vfs=vfs)
    await database.script("create table page (id integer primary key, body blob not null)")
    return database


async def write(database: SqliteDatabase, count: int) -> None:
    async with database.transaction(urgent=True) as tx:
        await tx.many("insert into page (body) values (:body)", [(bytes(3000),)] * count)


async def test_what_was_written_is_moved_once_nobody_writes(tmp_path: Path) -> None:
    database = await opened(tmp_path / "desk.db")
    await write(database, 10)
    await _moved(tmp_path / "desk.db")
    await database.close()


async def test_a_long_log_is_moved_and_begun_anew_however_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_LIMIT_FRAMES", 100)
    database = await opened(tmp_path / "desk.db")
    longest = 0
    async with asyncio.timeout(60):
        while (frames := standing(tmp_path / "desk.db")[0]) >= longest:
            longest = frames
            await write(database, 5)
            await asyncio.sleep(0.01)
    assert longest > 80  # the last look may have been one write before the limit
    await database.close()


async def test_a_disk_without_room_for_the_moving_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    disk = FullDisk(tmp_path / "full", for_all=False)
    database = await opened(path, vfs=disk.name)
    await _moved(path)
    checkpointer = database._checkpointer
    assert checkpointer is not None
    async with asyncio.timeout(30):
        while not disk.refused:  # the moving must meet the full disk, not the writing
            disk.sign.unlink(missing_ok=True)
            await write(database, 10)
            disk.sign.touch()
            await asyncio.sleep(0.6)
    disk.sign.unlink()
    await _moved(path)
    assert checkpointer.is_alive()
    await database.close()
