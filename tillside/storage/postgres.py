"""PostgreSQL through asyncpg: a pool, one transaction per write, a bell that carries no data."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncpg

from tillside.base import stamps
from tillside.base.errors import Busy, Misconfigured
from tillside.storage.database import OF_CONTENT, Database, Row, Transaction
from tillside.storage.dialect import Dialect

_BELL = "tillside"
_WHISPER = "tillside_whisper"
_LAST_WORDS = 0x7111_0001  # advisory locks of ours: the activity's last words, and the order of the log
_LOG_ORDER = 0x7111_0002
_TELL = """
with held as materialized (select pg_advisory_xact_lock($1)), rung as materialized (select pg_notify($2, ''))
insert into activity (workspace_id, kind, subject, audience, detail, at)
select said.workspace_id, said.kind, said.subject, said.audience, said.detail, $3::bigint from held cross join rung
cross join unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
  with ordinality as said(workspace_id, kind, subject, audience, detail, number)
order by said.number
"""
"""The last words (see `Database.write`): the lock is taken before the first row gets its position."""
_OLDEST = 150_000
_SESSION = {"synchronous_commit": "on", "default_toast_compression": "lz4", "jit": "off", "max_parallel_workers_per_gather": "0"}
"""Given at the start of a session and never changed in it: see `_Connection`. Compiling a query and starting workers for it take longer
than our queries do, which are bounded and walk an index: a search of rare words 95 ms, without them 12."""


_PATIENCE_SECONDS = 15
"""For a new connection; as long as SQLite waits for its lock. Then whoever asked is told to come again."""
_GONE = (
    OSError,  # refused, reset, timed out, no such host
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # starting up, shutting down, crashed
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.ReadOnlySQLTransactionError,  # a standby that does not lead yet
    asyncpg.InternalClientError,  # the pool gave a connection that broke in the middle of its last words
)


@contextmanager
def _reachable() -> Iterator[None]:
    """An outage of PostgreSQL is Busy, so that senders are told to come again (503) and nobody's content is blamed."""
    try:
        yield
    except _GONE as error:
        raise Busy("The database cannot be reached at this moment. Nothing was stored; send again.") from error
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # the driver's word for a value no column holds
            raise
        raise Busy("The connection to the database was lost. Nothing was stored; send again.") from error


class PostgresTransaction(Transaction):
    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", dialect: Dialect) -> None:
        super().__init__()
        self.connection, self.dialect, self.has_rung = connection, dialect, False

    async def read(self, sql: str, **given: object) -> list[Row]:
        statement = self.dialect.statement(sql)
        records = await self.connection.fetch(statement.sql, *self.dialect.values(statement, given))
        self.has_changed = self.has_changed or (statement.is_write and bool(records))
        return [tuple(record) for record in records]

    async def run(self, sql: str, **given: object) -> int:
        statement = self.dialect.statement(sql)
        tag = await self.connection.execute(statement.sql, *self.dialect.values(statement, given))
        word = tag.rpartition(" ")[2]
        count = int(word) if word.isdigit() else 0
        self.has_changed = self.has_changed or count > 0
        return count

    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        if rows:
            self.has_changed = True
            await self.connection.executemany(self.dialect.statement(sql).sql, rows)

    def blames_content(self, error: Exception) -> bool:
        return isinstance(error, (*OF_CONTENT, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError))


class _Connection(asyncpg.Connection):
    """One line to the server. Nothing outlives a transaction on it: locks and settings end with it, who listens has a line of its own. So
    nothing is reset when it goes back to the pool, which would be a second trip to the server for every read."""

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase(Database):
    """One database; any number of processes."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, writers: int) -> None:
        super().__init__()
        self.dialect = Dialect("postgres")
        self._pool = pool
        self._writers = asyncio.Semaphore(writers)  # who writes waits for his last words with a connection in his hand: readers need some too
        self._rings = 0
        self._listener: asyncpg.Connection[asyncpg.Record] | None = None
        self._url = ""

    @classmethod
    async def open(cls, url: str, *, connections: int = 8) -> "PostgresDatabase":
        """Raises Misconfigured with the reason when the database cannot be reached or is too old."""
        try:
            pool = await asyncpg.create_pool(
                url, min_size=1, max_size=connections, timeout=_PATIENCE_SECONDS, server_settings=_SESSION, connection_class=_Connection
            )
        except (OSError, asyncpg.PostgresError, ValueError) as error:
            raise Misconfigured(f"PostgreSQL cannot be reached: {error}. Check --database.") from error
        database = cls(pool, writers=max(1, connections // 2))
        database._url = url
        async with pool.acquire() as connection:
            if connection.get_server_version()[0] * 10_000 < _OLDEST:
                raise Misconfigured("PostgreSQL 15 or later is needed.")
        return database

    async def read(self, sql: str, **given: object) -> list[Row]:
        statement = self.dialect.statement(sql)
        with _reachable():
            records = await self._pool.fetch(statement.sql, *self.dialect.values(statement, given))
        return [tuple(record) for record in records]

    @asynccontextmanager
    async def transaction(self, *, urgent: bool) -> AsyncIterator[Transaction]:
        try:
            with _reachable():
                async with self._writers, self._pool.acquire() as connection, connection.transaction():
                    tx = PostgresTransaction(connection, self.dialect)
                    yield tx
                    if tx.has_changed and not tx.has_rung:
                        await connection.execute(f"notify {_BELL}")
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            raise Busy("Two writers met on the same rows. Try again.") from error

    async def _last_words(self, tx: Transaction) -> None:
        """In one trip to the server, since nobody else comes to his last words before this transaction ends."""
        assert isinstance(tx, PostgresTransaction)
        columns = [[getattr(note, name) for note in tx.notes] for name in ("workspace_id", "kind", "subject", "audience", "detail")]
        await tx.connection.execute(_TELL, _LAST_WORDS, _BELL, stamps.now(), *columns)
        tx.has_changed = tx.has_rung = True

    async def append(self, sql: str, rows: Sequence[Row]) -> list[Row]:
        statement = self.dialect.statement(sql)
        with _reachable():
            async with self._pool.acquire() as connection, connection.transaction():
                # Positions are given before commit; the lock makes their order the order of commit, so no cursor skips a row.
                await connection.execute(f"notify {_BELL}")
                await connection.execute("select pg_advisory_xact_lock($1)", _LOG_ORDER)
                records = await connection.fetchmany(statement.sql, rows)
        for ring in self.on_commit:
            ring()
        return [tuple(record) for record in records]

    async def script(self, sql: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(sql)

    async def version(self) -> int:
        """Counts the bell. The first call begins to listen; a broken line counts as a ring, so that nobody sleeps through it."""
        if self._listener is None or self._listener.is_closed():
            with _reachable():
                self._listener = await asyncpg.connect(self._url, timeout=_PATIENCE_SECONDS)
                await self._listener.add_listener(_BELL, self._heard)
                await self._listener.add_listener(_WHISPER, self._overheard)
            self._rings += 1
        return self._rings

    def _heard(self, *_: object) -> None:
        self._rings += 1

    async def whisper(self, text: str) -> None:
        """Heard by every process that listens for the bell, this one too."""
        await self.read("select pg_notify(:channel, :text)", channel=_WHISPER, text=text)

    def _overheard(self, *said: object) -> None:
        for hear in self.on_whisper:
            hear(str(said[-1]))

    async def close(self) -> None:
        if self._listener is not None:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._listener.close()
        try:
            await asyncio.wait_for(self._pool.close(), 5)
        except TimeoutError:
            self._pool.terminate()
