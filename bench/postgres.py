"""PostgreSQL's own limit: what its COPY takes in on this machine in the same run (decision 31)."""

import contextlib
import time
from collections.abc import Iterator

import asyncpg

from bench import samples
from tests.support.postgres import Cluster

_TABLE = "create table plain (position bigint generated always as identity primary key, at bigint not null, body text not null)"


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of its own with real fsync, gone at the end."""
    running = Cluster()
    try:
        running.start()
        yield running
    finally:
        running.stop()


async def copied(url: str, *, rows: int = 20_000, group: int = 100) -> float:
    """Rows of the sample order a second, copied `group` a transaction, every commit synced."""
    connection = await asyncpg.connect(url, server_settings={"default_toast_compression": "lz4"})
    try:
        await connection.execute(_TABLE)
        lines = [(number, samples.event(number)) for number in range(rows)]
        begun = time.perf_counter()
        for first in range(0, rows, group):
            await connection.copy_records_to_table("plain", records=lines[first : first + group], columns=["at", "body"])
        return rows / (time.perf_counter() - begun)
    finally:
        await connection.close()
