"""SQLite through apsw: one writer thread, reader threads that answer in batches, a checkpointer. Nothing else opens the file."""

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from tillside.base.errors import Busy, Misconfigured
from tillside.storage.checkpoints import Checkpointer
from tillside.storage.database import OF_CONTENT, Database, Row, Transaction
from tillside.storage.dialect import Dialect
from tillside.storage.turn import Turn

_OLDEST_SAFE = 3_051_003  # 3.51.3: earlier ones can lose commits when a checkpoint races a writer (sqlite.org/wal.html)
_LOCK_WAIT_MS = 15_000
_LOOK_MS = 1.5
"""SQLite's own wait looks every 100 ms and meets no gap of a process that writes batch after batch."""
_WRITER_CACHE_MIB = 64
_READER_CACHE_MIB = 16

Job = tuple[Callable[[], Any], "asyncio.Future[Any] | None"]
Answer = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Worker(threading.Thread):
    """A thread with one connection. It takes the whole queue at once and answers in one hop per batch (a hop per job costs 4×)."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop, *, name: str, vfs: str | None, cache_mib: int) -> None:
        super().__init__(name=name, daemon=True)
        self.connection = connect(path, vfs=vfs, cache_mib=cache_mib)
        self._loop = loop
        self._jobs: deque[Job | None] = deque()
        self._bell = threading.Event()
        self.start()

    def do(self, job: Callable[[], Any]) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.append((job, future))
        self._bell.set()
        return future

    def tell(self, job: Callable[[], Any]) -> None:
        """A job nobody waits for; may be called from any thread."""
        self._jobs.append((job, None))
        self._bell.set()

    def stop(self) -> None:
        self._jobs.append(None)
        self._bell.set()
        self.join()
        self.connection.close()

    def run(self) -> None:
        while True:
            self._bell.wait()
            self._bell.clear()
            answers: list[Answer] = []
            ended = self._drain(answers)
            if answers:
                with suppress(RuntimeError):  # the loop may be closed already when a process ends
                    self._loop.call_soon_threadsafe(_answer, answers)
            if ended:
                return

    def _drain(self, answers: list[Answer]) -> bool:
        while self._jobs:
            item = self._jobs.popleft()
            if item is None:
                return True
            job, future = item
            value: object = None
            failure: Exception | None = None
            try:
                value = job()
            except apsw.FullError as error:
                failure = Busy("The disk of the desk is full. Nothing was stored; send again when there is room.")
                failure.__cause__ = error
            except Exception as error:  # carried to whoever asked; a thread must not die of one bad statement
                failure = error
            if future is not None:
                answers.append((future, value, failure))
        return False


def _answer(answers: list[Answer]) -> None:
    for future, value, error in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)


class SqliteTransaction(Transaction):
    """Statements run on the writer thread, one hop each; many rows share one hop."""

    def __init__(self, worker: Worker, dialect: Dialect) -> None:
        super().__init__()
        self._worker, self.dialect = worker, dialect

    async def read(self, sql: str, **given: object) -> list[Row]:
        statement = self.dialect.statement(sql)
        values = self.dialect.values(statement, given)
        connection = self._worker.connection
        rows: list[Row] = await self._worker.do(lambda: connection.execute(statement.sql, values).fetchall())
        return rows

    async def run(self, sql: str, **given: object) -> int:
        statement = self.dialect.statement(sql)
        values = self.dialect.values(statement, given)
        connection = self._worker.connection

        def job() -> int:
            connection.execute(statement.sql, values).fetchall()
            return connection.changes()

        changed: int = await self._worker.do(job)
        return changed

    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        if rows:
            statement = self.dialect.statement(sql)
            connection = self._worker.connection
            await self._worker.do(lambda: connection.executemany(statement.sql, rows).fetchall())

    def blames_content(self, error: Exception) -> bool:
        return isinstance(error, (*OF_CONTENT, apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError))


class SqliteDatabase(Database):
    """One file. `checkpoints` is true in exactly one process: the serving one. `syncs` is false where all that is written can be worked
    out of the log again: a commit then survives the end of the process, and the machine's only with the next synced commit of anybody.
    """

    def __init__(self, path: Path, *, checkpoints: bool = False, syncs: bool = True, vfs: str | None = None) -> None:
        super().__init__()
        if apsw.SQLITE_VERSION_NUMBER < _OLDEST_SAFE:
            raise Misconfigured(f"SQLite {apsw.sqlite_lib_version()} can lose commits; 3.51.3 or later is needed.")
        loop = asyncio.get_running_loop()
        self.dialect = Dialect("sqlite")
        self.path = path
        self._writer = Worker(path, loop, name=f"write {path.name}", vfs=vfs, cache_mib=_WRITER_CACHE_MIB)
        self._reader = Worker(path, loop, name=f"read {path.name}", vfs=vfs, cache_mib=_READER_CACHE_MIB)
        if not syncs:
            self._writer.connection.pragma("synchronous", "normal")
        self._turn = Turn()
        self._checkpointer = Checkpointer(path, connect(path, vfs=vfs), self._restart, _fatal) if checkpoints else None

    async def read(self, sql: str, **given: object) -> list[Row]:
        statement = self.dialect.statement(sql)
        values = self.dialect.values(statement, given)
        connection = self._reader.connection
        rows: list[Row] = await self._reader.do(lambda: connection.execute(statement.sql, values).fetchall())
        return rows

    @asynccontextmanager
    async def transaction(self, *, urgent: bool) -> AsyncIterator[Transaction]:
        async with self._turn.take(urgent=urgent):
            connection = self._writer.connection
            await self._run(connection, "begin immediate")
            tx, before = SqliteTransaction(self._writer, self.dialect), connection.total_changes()
            try:
                yield tx
            except BaseException:
                await asyncio.shield(self._writer.do(lambda: _roll_back(connection)))
                raise
            tx.has_changed = connection.total_changes() > before
            await asyncio.shield(self._run(connection, "commit"))

    async def _run(self, connection: apsw.Connection, sql: str) -> None:
        def job() -> None:
            try:
                with _uncontended():
                    connection.execute(sql)
            except BaseException:
                _roll_back(connection)  # a commit for which there was no room leaves its transaction open
                raise

        await self._writer.do(job)

    async def append(self, sql: str, rows: Sequence[Row]) -> list[Row]:
        statement = self.dialect.statement(sql)
        connection = self._writer.connection

        def job() -> list[Row]:
            with _uncontended():
                connection.execute("begin immediate")
                try:
                    answer = connection.executemany(statement.sql, rows).fetchall()
                    connection.execute("commit")
                except apsw.IOError:
                    raise
                except BaseException:
                    _roll_back(connection)
                    raise
                return answer

        async with self._turn.take(urgent=True):
            stored: list[Row] = await self._writer.do(job)
        for ring in self.on_commit:
            ring()
        return stored

    async def script(self, sql: str) -> None:
        connection = self._writer.connection
        await self._writer.do(lambda: connection.execute(sql).fetchall())

    async def version(self) -> int:
        connection = self._reader.connection
        number: int = await self._reader.do(lambda: connection.pragma("data_version"))
        return number

    async def snapshot(self, target: Path) -> None:
        """Copy the file as it is at one moment, page by page, while others read and write.

        The open read transaction is what makes it one moment: without it SQLite starts the copy over at every foreign commit.
        """
        source = self._reader.connection

        def job() -> None:
            copy = connect(target)
            source.execute("begin; select 1 from sqlite_schema limit 1").fetchall()
            try:
                with copy.backup("main", source, "main") as backup:
                    while not backup.done:
                        backup.step(4096)
            finally:
                source.execute("rollback")
                copy.close()

        await self._reader.do(job)

    def _restart(self) -> None:
        """Called by the checkpointer's thread: the writer itself begins the write-ahead log anew, between two transactions."""
        connection = self._writer.connection

        def job() -> None:
            with suppress(apsw.BusyError, apsw.LockedError, apsw.FullError):
                if not connection.in_transaction:
                    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)

        self._writer.tell(job)

    async def close(self) -> None:
        if self._checkpointer is not None:
            self._checkpointer.stop()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._reader.stop)


def connect(path: Path, *, vfs: str | None = None, cache_mib: int = 2) -> apsw.Connection:
    """A connection with our settings: write-ahead log, fsync at every commit, no checkpoint hidden inside a commit."""
    connection = apsw.Connection(str(path), vfs=vfs)
    connection.set_busy_handler(_wait)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("wal_autocheckpoint", 0)
    connection.pragma("cache_size", -1024 * cache_mib)
    connection.pragma("temp_store", "memory")
    connection.pragma("foreign_keys", True)
    return connection


@contextmanager
def _uncontended() -> Iterator[None]:
    """A lock that somebody else keeps beyond our patience is Busy, so that senders are told to come again (503)."""
    try:
        yield
    except apsw.BusyError as error:
        raise Busy("Another process is writing to the database. Try again.") from error
    except apsw.IOError:
        _fatal()


def _roll_back(connection: apsw.Connection) -> None:
    """Of some errors, a full disk among them, SQLite takes the transaction back by itself."""
    if connection.in_transaction:
        connection.execute("rollback")


def _wait(looks: int) -> bool:
    """Another process is writing: look again soon, as long as our patience lasts."""
    time.sleep(_LOOK_MS / 1000)
    return looks * _LOOK_MS < _LOCK_WAIT_MS


def _fatal() -> None:
    """A failed write or fsync may have lost pages the kernel will not report again; acknowledging after a retry would be a lie."""
    os.write(2, b"tillside: the disk refused a write or an fsync; stopping so that nothing is acknowledged wrongly\n")
    os._exit(70)
