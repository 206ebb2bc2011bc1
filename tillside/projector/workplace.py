"""Where one workspace's part of a batch is worked on: its people, its orders, and the lines of the story so far."""

from collections import Counter

from msgspec.structs import replace

from tillside.base.trust import Trust
from tillside.connectors import connector as connectors
from tillside.customers import timeline
from tillside.customers.people import People
from tillside.customers.proof import Opened, Proof
from tillside.customers.timeline import EventLine, Label, LineRow
from tillside.feeds.log import Entry
from tillside.orders.book import Book
from tillside.projector import verdicts
from tillside.projector.reading import LABEL_LENGTH, Happening
from tillside.storage.database import Transaction

_MINUTE = 60_000_000
_PARK = """
insert into parked (workspace_id, event_id, name, error, tries) values (:workspace_id, :event_id, :name, :error, :tries)
on conflict (workspace_id, event_id) do update set error = excluded.error, tries = excluded.tries
"""


class Workplace:
    """Lives for one batch; `flush` writes everything. `opened` and `owners` are what tokens need to be judged."""

    def __init__(self, tx: Transaction, workspace_id: int) -> None:
        self.tx = tx
        self.workspace_id = workspace_id
        self.people = People(workspace_id)
        self.book = Book(workspace_id)
        self.lines: list[LineRow] = []
        self.seen: dict[tuple[str, str], tuple[int, int]] = {}
        self.opened: dict[int, Opened | str] = {}
        self.owners: set[str] = set()
        self.decided: dict[int, Proof] = {}
        self.first_seen: dict[str, int] = {}
        self._freed: set[int] = set()
        self._parked: list[tuple[int, int, str, str, int]] = []

    def tell(self, happening: Happening, profile_id: str | None, order_id: str | None, trust: Trust) -> None:
        """Add the event's line to the story."""
        entry, event, label = happening.entry, happening.event, happening.label
        verdict = timeline.REFUSED if happening.is_refused else timeline.ACCEPTED
        if entry.notes and not happening.is_refused:
            levels = {note.level for note in entry.notes.get(happening.id % 1024, ())}
            verdict = timeline.CORRECTED if "corrected" in levels else timeline.ACCEPTED
        if happening.proof is not None and happening.proof.reason:
            label = replace(Label.of(label), identity=happening.proof.reason).text()
        self.lines.append(
            LineRow(
                self.workspace_id,
                happening.id,
                entry.connector_id,
                profile_id,
                order_id,
                event.name[:LABEL_LENGTH],
                event.occurred_at,
                entry.received_at,
                verdict,
                int(trust),
                entry.sender,
                label,
                None if happening.is_refused else happening.dedup,
            )
        )

    def park(self, entry: Entry, event_id: int, name: str, error: str, tries: int) -> None:
        """Set an event aside: visible, replayable, in nobody's way."""
        self._parked.append((self.workspace_id, event_id, name, error, tries))
        label = Label(note=error[:LABEL_LENGTH])
        self.lines.append(
            EventLine(
                workspace_id=self.workspace_id,
                id=event_id,
                connector_id=entry.connector_id,
                profile_id=None,
                order_id=None,
                name=name,
                occurred_at=entry.received_at,
                received_at=entry.received_at,
                verdict=timeline.PARKED,
                trust=0,
                sender=entry.sender,
                label=label,
            ).row()
        )

    def free(self, event_id: int) -> None:
        """An older event, of this batch or before, gives its duplicate key to a newer one that says the same a minute later."""
        self._freed.add(event_id)

    async def flush(self) -> None:
        """Write everything, within the transaction of the batch."""
        await verdicts.keep(self.tx, self.workspace_id, self.decided)
        await self.people.flush(self.tx)
        await self.book.flush(self.tx)
        await self.tx.many(_PARK, self._parked)
        for connector_id, at in self.first_seen.items():
            await connectors.mark_first_event(self.tx, self.workspace_id, connector_id, at)
        counts = Counter((line.workspace_id, line.connector_id, _minute(line), line.verdict) for line in self.lines)
        lines = [line._replace(dedup=None) if line.id in self._freed else line for line in self.lines] if self._freed else self.lines
        await timeline.write(self.tx, lines, counts, [(self.workspace_id, event_id) for event_id in sorted(self._freed)])


def _minute(line: LineRow) -> int:
    return line.received_at // _MINUTE
