"""`tillside import orders`: order history from a file into the log, through the same reading and verdicts as intake."""

import asyncio
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

import click
import msgspec
from msgspec import Raw, Struct
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from tillside.agents import workspace as workspaces
from tillside.base import stamps
from tillside.base.errors import Busy
from tillside.base.settings import Settings
from tillside.base.trust import Trust
from tillside.cli import connectors, ground, orders_file
from tillside.cli.ground import Words
from tillside.cli.orders_file import Line
from tillside.connectors.connector import Connector
from tillside.edges.capture import verdicts
from tillside.edges.http.desk import Desk
from tillside.events.batch import Batch
from tillside.events.notes import Note
from tillside.feeds import log
from tillside.feeds.log import Entry, Wire
from tillside.projector import work

_BATCH = 100
_BATCH_BYTES = 1024 * 1024
_REFUSALS_KEPT = 10_000
_REFUSALS_SHOWN = 50
_EDGE = 64 * 1024
_MOST_WAITING = 50
"""Entries the projector may lie behind before an import waits for it: live events queue behind what is imported."""


class Refusal(Struct, frozen=True):
    """One order that was not taken in: where it stands, which field, and how to mend it."""

    line: int
    field: str
    message: str
    fix: str


class State(Struct):
    """How far a file was taken in. `mark` is of its content up to `offset`: another file of that name begins anew."""

    offset: int = 0
    line: int = 0
    mark: str = ""
    accepted: int = 0
    corrected: int = 0
    refused: int = 0
    refusals: list[Refusal] = []


@click.group("import", cls=Words)
def bring() -> None:
    """Take in history from files."""


@bring.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--connector", "which", metavar="KEY|NAME|ID", help="Which shop's orders; may be left out while there is one.")
@click.option("--again", is_flag=True, help="Begin at the first line, also when the file was taken in before.")
@ground.workspace
@ground.as_json
@ground.place
def orders(settings: Settings, *, file: Path, which: str | None, again: bool, slug: str | None, as_json: bool) -> None:
    """Take in orders from FILE: one JSON object per line, or CSV.

    Goes on where an earlier run was interrupted. Orders already known do no harm. Exit code 1 when some were refused.
    """

    async def work() -> State:
        async with ground.desk(settings) as desk:
            home = await workspaces.chosen(desk.store, slug)
            connector = await connectors.meant(desk, home.id, which)
            return await Importer(desk, connector, file).run(again=again, quiet=as_json)

    state = ground.run(work())
    _report(state, as_json=as_json)
    if state.refused:
        sys.exit(ground.FOUND)


class Importer:
    """One file into one connector."""

    def __init__(self, desk: Desk, connector: Connector, file: Path) -> None:
        self._desk, self._connector, self._file = desk, connector, file
        name = sha256(f"{connector.id}\0{file.resolve()}".encode()).hexdigest()[:20]
        self._memory = desk.data / "imports" / f"{name}.json"

    async def run(self, *, again: bool, quiet: bool) -> State:
        """Take the file in, batch by batch; after each the place reached is written down, once the batch is durable."""
        state = State() if again else self._remembered()
        columns = (TextColumn("Importing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=ground.console(err=True), disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("", total=self._file.stat().st_size, completed=state.offset)
            for lines in _batches(orders_file.read(self._file, start=state.offset, number=state.line)):
                await self._give_way()
                await self._take(lines, state)
                bar.update(task, completed=state.offset)
        return state

    async def _take(self, lines: list[Line], state: State) -> None:
        for line in lines:
            if line.problem:
                _refuse(state, Refusal(line.number, "", line.problem, line.fix))
        read = [line for line in lines if line.event]
        if read:
            await self._append(read, state)
        state.offset, state.line = lines[-1].end, lines[-1].last
        state.mark = _mark(self._file, state.offset)
        self._remember(state)

    async def _append(self, lines: list[Line], state: State) -> None:
        connector, at = self._connector, stamps.now()
        batch = Batch([Raw(line.event) for line in lines], True, "send_batch", connector.api_key, None, "import", "")
        judged = verdicts.judge(batch, connector, at, is_signed=True)
        body = b'{"event":"send_batch","appClientId":%s,"events":[%s]}' % (
            msgspec.json.encode(connector.api_key),
            b",".join(line.event for line in lines),
        )
        entry = Entry(
            workspace_id=connector.workspace_id,
            connector_id=connector.id,
            kind="refused" if judged.is_refused else "events",
            received_at=at,
            sender="import",
            trust=int(Trust.PROVEN),
            wire=Wire(path="import", charset="utf-8", currency=connector.currency, region=connector.region),
            body=body,
            notes=judged.notes,
        )
        await _patiently(self._desk, entry)
        _count(state, judged, lines)

    async def _give_way(self) -> None:
        """Wait while a living projector lies far behind. With nobody serving there is nobody to wait for."""
        while True:
            row = await self._desk.store.one("select position, held_until from follower where name = :name", name=work.NAME)
            if row is None or row[1] < stamps.now() or await log.last_position(self._desk.entries) - row[0] < _MOST_WAITING:
                return
            await asyncio.sleep(0.05)

    def _remembered(self) -> State:
        if not self._memory.exists():
            return State()
        state = msgspec.json.decode(self._memory.read_bytes(), type=State)
        return state if state.offset <= self._file.stat().st_size and state.mark == _mark(self._file, state.offset) else State()

    def _remember(self, state: State) -> None:
        self._memory.parent.mkdir(exist_ok=True)
        aside = self._memory.with_suffix(".new")
        aside.write_bytes(msgspec.json.encode(state))
        aside.replace(self._memory)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, _BATCH)):
        size, start = 0, 0
        for place, line in enumerate(batch):
            size += len(line.event)
            if size > _BATCH_BYTES and place > start:
                yield batch[start:place]
                start, size = place, len(line.event)
        yield batch[start:]


def _count(state: State, judged: verdicts.Judged, lines: list[Line]) -> None:
    for index, word in enumerate(judged.events):
        if word == "refused":
            note = next((note for note in judged.notes.get(index, []) if note.level == "refused"), Note("refused", "", "Refused"))
            _refuse(state, Refusal(lines[index].number, note.path, note.message, note.fix))
        elif word == "corrected":
            state.corrected += 1
        else:
            state.accepted += 1


def _refuse(state: State, refusal: Refusal) -> None:
    state.refused += 1
    if len(state.refusals) < _REFUSALS_KEPT:
        state.refusals.append(refusal)


async def _patiently(desk: Desk, entry: Entry) -> None:
    """Append, and try again while another process is writing: an import has time, people have not."""
    for pause in (0.1, 0.5, 1, 2, 5):
        try:
            await desk.log.append(entry)
            return
        except Busy:
            await asyncio.sleep(pause)
    await desk.log.append(entry)


def _mark(file: Path, offset: int) -> str:
    """What the file holds up to a byte, by its first and its last part: cheap also for gigabytes."""
    digest = sha256(str(offset).encode())
    with file.open("rb") as content:
        digest.update(content.read(min(offset, _EDGE)))
        content.seek(max(0, offset - _EDGE))
        digest.update(content.read(min(offset, _EDGE)))
    return digest.hexdigest()


def _report(state: State, *, as_json: bool) -> None:
    facts = {"accepted": state.accepted, "corrected": state.corrected, "refused": state.refused, "lines": state.line}
    if as_json:
        ground.tell({**facts, "refusals": [msgspec.to_builtins(one) for one in state.refusals]}, as_json=True)
        return
    ground.tell(facts, as_json=False)
    if state.refused:
        click.echo()
        ground.tell([msgspec.to_builtins(one) for one in state.refusals[:_REFUSALS_SHOWN]], as_json=False)
        if state.refused > _REFUSALS_SHOWN:
            click.echo(f"… and {state.refused - _REFUSALS_SHOWN} more; --json lists them.")
