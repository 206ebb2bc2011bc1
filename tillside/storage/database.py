"""What a store can do, whichever database is below: read, write in one transaction, append durably. Drivers are beside it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.storage.dialect import Dialect

Row = tuple[Any, ...]

OF_CONTENT = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError, msgspec.MsgspecError)
"""Python's own failures that content brings about, such as an integer no column holds."""


class Note(Struct, frozen=True):
    """Something that happened, told in the same transaction that made it happen. `audience`: who may learn of it."""

    workspace_id: int
    kind: str
    subject: str
    audience: str = "agents"
    detail: str = ""


class Transaction(ABC):
    """One write transaction. Every verb that changes state takes one; only its opener commits."""

    dialect: Dialect

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.sums: dict[tuple[str, Row], int] = {}
        self.has_changed = False
        """Whether it changed a row; the driver says so. One that did not rings no bell, else whoever looks for work would wake himself."""

    @abstractmethod
    async def read(self, sql: str, **given: object) -> list[Row]:
        """All rows of a query, as this transaction sees them."""

    @abstractmethod
    async def run(self, sql: str, **given: object) -> int:
        """Run one statement; the number of rows it changed."""

    @abstractmethod
    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row; values in the order in which the parameters first appear."""

    @abstractmethod
    def blames_content(self, error: Exception) -> bool:
        """Whether a failure lies in what was to be written and comes again, rather than in the machine (disk, locks, connections)."""

    async def one(self, sql: str, **given: object) -> Row | None:
        rows = await self.read(sql, **given)
        return rows[0] if rows else None

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part of this transaction that is taken back alone where it fails, with what it noted; the failure goes on to the caller."""
        notes, sums = len(self.notes), dict(self.sums)
        await self.run("savepoint attempt")
        try:
            yield
        except Exception:
            del self.notes[notes:]
            self.sums = sums
            await self.run("rollback to savepoint attempt")
            await self.run("release savepoint attempt")
            raise
        await self.run("release savepoint attempt")

    def note(self, note: Note) -> None:
        """Notes are kept until the end and inserted as the transaction's last words (see `Database.write`)."""
        self.notes.append(note)

    def add(self, sql: str, key: Row, by: int) -> None:
        """Add to a counter at the end: rows many people count in are touched last and in one order, so that no two wait crosswise.

        `sql` takes the key's parts and then the number; a statement of this transaction does not see it yet.
        """
        self.sums[sql, key] = self.sums.get((sql, key), 0) + by


class Database(ABC):
    """One store. `on_commit` callbacks ring after a commit of this process; `version()` also shows the commits of others."""

    dialect: Dialect

    def __init__(self) -> None:
        self.on_commit: list[Callable[[], None]] = []
        self.on_whisper: list[Callable[[str], None]] = []

    @abstractmethod
    async def read(self, sql: str, **given: object) -> list[Row]:
        """All rows of a query. Every list is bounded and ordered by its SQL."""

    @abstractmethod
    def transaction(self, *, urgent: bool) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction of the driver, committed at the end or rolled back on an exception."""

    @abstractmethod
    async def append(self, sql: str, rows: Sequence[Row]) -> list[Row]:
        """Insert rows in one transaction of their own; return what `returning` gives. Back only after commit and fsync."""

    @abstractmethod
    async def script(self, sql: str) -> None:
        """Run a migration's text in one transaction."""

    @abstractmethod
    async def version(self) -> int:
        """A number that changes when anybody commits to this store."""

    @abstractmethod
    async def close(self) -> None:
        """Stop the threads and connections of this store."""

    async def whisper(self, text: str) -> None:
        """Tell every process that serves this store something short that nobody keeps. One process serves SQLite: it tells itself."""
        for hear in self.on_whisper:
            hear(text)

    async def one(self, sql: str, **given: object) -> Row | None:
        rows = await self.read(sql, **given)
        return rows[0] if rows else None

    @asynccontextmanager
    async def write(self, *, urgent: bool = True) -> AsyncIterator[Transaction]:
        """A transaction: the caller's changes, then its notes as last words, commit, bell.

        1. The caller changes rows, counts and notes what happened.
        2. Counters are added to, in order of their keys; then the notes are inserted, as the last words. On PostgreSQL the notes stand
           under one advisory lock, since positions are given before commit and a reader by cursor would lose rows; taken any earlier,
           that lock deadlocks with people working on the same rows.
        3. Commit; then, if a row was changed, the bell rings for whoever listens.
        """
        async with self.transaction(urgent=urgent) as tx:
            yield tx
            for (sql, key), by in sorted(tx.sums.items()):
                if by:
                    await tx.many(sql, [(*key, by)])
            if tx.notes:
                await self._last_words(tx)
        if tx.has_changed:
            for ring in self.on_commit:
                ring()

    async def _last_words(self, tx: Transaction) -> None:
        at = stamps.now()
        await tx.many(
            "insert into activity (workspace_id, kind, subject, audience, detail, at)"
            " values (:workspace_id, :kind, :subject, :audience, :detail, :at)",
            [(note.workspace_id, note.kind, note.subject, note.audience, note.detail, at) for note in tx.notes],
        )
