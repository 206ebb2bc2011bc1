"""The log: what was taken in, in order, durably. Acknowledged means: appended here, committed and fsynced. Nothing is decided here."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
import zstandard
from msgspec import Struct

from tillside.base.errors import Busy
from tillside.events.notes import Note
from tillside.storage.database import Database, Row

Kind = Literal["events", "refused", "change"]
Sender = Literal["browser", "server", "rest", "import", "agent"]

EVENTS_PER_ENTRY = 1024
"""An event's id is its entry's position × 1024 + its index in the batch, so ids follow the order of the log."""

_PACK_FROM_BYTES = 600
_GROUP_BYTES = 4 * 1024 * 1024
_GROUP_ENTRIES = 512

_APPEND = """
insert into entry (workspace_id, connector_id, kind, received_at, sender, trust, wire, notes, size, packing, body)
values (:workspace_id, :connector_id, :kind, :received_at, :sender, :trust, :wire, :notes, :size, :packing, :body)
returning position
"""
READ = """
select position, workspace_id, connector_id, kind, received_at, sender, trust, wire, notes, size, packing, body
from entry where position > :after order by position limit :count
"""
_ONE = """
select position, workspace_id, connector_id, kind, received_at, sender, trust, wire, notes, size, packing, body
from entry where workspace_id = :workspace_id and position = :position
"""


class Wire(Struct, frozen=True, omit_defaults=True):
    """How it arrived, for the inspector; and what the connector assumed at that moment, so that a replay reads the same."""

    path: str = ""
    field: str = ""
    charset: str = ""
    encoding: str = ""
    address: str = ""
    origin: str = ""
    agent: str = ""
    signature: str = ""
    reason: str = ""
    currency: str = ""
    region: str = ""


class Entry(Struct, frozen=True):
    """One request as it was taken in. `body`: decoded JSON (UTF-8), one event, one batch envelope or one change; `notes`: by index."""

    workspace_id: int
    connector_id: str
    kind: Kind
    received_at: int
    sender: Sender
    trust: int
    wire: Wire
    body: bytes
    notes: dict[int, list[Note]] = {}
    position: int = 0

    def event_id(self, index: int) -> int:
        return self.position * EVENTS_PER_ENTRY + index


class Log:
    """Appends with group commit: whatever arrived while the last fsync ran shares the next one."""

    def __init__(self, database: Database, *, queue_bytes: int) -> None:
        self.database = database
        self._queue_bytes = queue_bytes
        self._waiting: list[tuple[Row, asyncio.Future[int]]] = []
        self._waiting_bytes = 0
        self._flushing: asyncio.Task[None] | None = None
        self._pack = zstandard.ZstdCompressor(level=1)

    async def append(self, entry: Entry) -> int:
        """Store one entry and return its position, after commit and fsync. Raises Busy when too much is waiting already."""
        if self._waiting_bytes + len(entry.body) > self._queue_bytes:
            raise Busy
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._row(entry), future))
        self._waiting_bytes += len(entry.body)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return await future

    async def close(self) -> None:
        """Wait until everything handed over is stored."""
        while self._flushing is not None:
            await self._flushing

    async def _flush(self) -> None:
        try:
            while self._waiting:
                await self._store(self._take())
        finally:
            self._flushing = None

    def _take(self) -> list[tuple[Row, asyncio.Future[int]]]:
        """The next group: bounded, since one long transaction keeps everybody else from writing."""
        size, count = 0, 0
        for row, _ in self._waiting[:_GROUP_ENTRIES]:
            size += len(row[-1])
            count += 1
            if size > _GROUP_BYTES:
                break
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _store(self, group: list[tuple[Row, asyncio.Future[int]]]) -> None:
        try:
            positions = await self.database.append(_APPEND, [row for row, _ in group])
        except Exception as error:  # each sender is told; none of them is acknowledged
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), (position,) in zip(group, positions, strict=True):
                if not future.done():
                    future.set_result(position)
        finally:
            self._waiting_bytes -= sum(row[8] for row, _ in group)

    def _row(self, entry: Entry) -> Row:
        packed = len(entry.body) >= _PACK_FROM_BYTES
        return (
            entry.workspace_id,
            entry.connector_id,
            entry.kind,
            entry.received_at,
            entry.sender,
            entry.trust,
            _encode(entry.wire),
            _encode({str(index): notes for index, notes in entry.notes.items()}) if entry.notes else None,
            len(entry.body),
            1 if packed else 0,
            self._pack.compress(entry.body) if packed else entry.body,
        )


async def read(database: Database, after: int, count: int, *, most_bytes: int = 2**62) -> list[Entry]:
    """The next entries of every workspace after a position, in order: for followers, never for a request. At least one, if there is one;
    no more beyond the one that reaches `most_bytes` of bodies."""
    return list(entries_of(await database.read(READ, after=after, count=count), most_bytes))


def entries_of(rows: Iterable[Row], most_bytes: int) -> Iterator[Entry]:
    """The entries of rows READ has found, up to the one that reaches `most_bytes`."""
    for row in rows:
        yield _entry(row)
        most_bytes -= row[9]
        if most_bytes <= 0:
            return


async def one(database: Database, workspace_id: int, position: int) -> Entry | None:
    """One entry as it was taken in; None when it was pruned or belongs to somebody else."""
    row = await database.one(_ONE, workspace_id=workspace_id, position=position)
    return _entry(row) if row else None


async def last_position(database: Database) -> int:
    row = await database.one("select max(position) from entry")
    return int(row[0] or 0) if row else 0


def _entry(row: Row) -> Entry:
    position, workspace_id, connector_id, kind, received_at, sender, trust, wire, notes, size, packing, body = row
    return Entry(
        workspace_id=workspace_id,
        connector_id=connector_id,
        kind=kind,
        received_at=received_at,
        sender=sender,
        trust=trust,
        wire=_WIRE.decode(wire),
        body=_UNPACK.decompress(body, max_output_size=size) if packing else bytes(body),
        notes={int(index): listed for index, listed in _NOTES.decode(notes).items()} if notes else {},
        position=position,
    )


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


_WIRE = msgspec.json.Decoder(Wire)
_NOTES = msgspec.json.Decoder(dict[str, list[Note]])
_UNPACK = zstandard.ZstdDecompressor()
