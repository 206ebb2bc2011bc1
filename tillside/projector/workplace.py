"""Where one workspace's part of a batch is worked on: its people, its orders, and the lines of the story so far."""

from collections import Counter

from msgspec.structs import replace

from tillside.base.trust import Trust
from tillside.connectors import connector as connectors
from tillside.customers import timeline
from tillside.customers.people import People
from tillside.customers.proof import Opened, Proof
from tillside.customers.timeline import EventLine, Label
from tillside.feeds.log import Entry
from tillside.orders.book import Book
from tillside.projector import verdicts
from tillside.projector.reading import Happening
from tillside.storage.database import Transaction

_MINUTE = 60_000_000
_LABEL_LENGTH = 160
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
        self.lines: list[EventLine] = []
        self.seen: dict[tuple[str, str], tuple[int, int]] = {}
        self.opened: dict[int, Opened | str] = {}
        self.owners: set[str] = set()
        self.decided: dict[int, Proof] = {}
        self.first_seen: dict[str, int] = {}
        self._freed: set[int] = set()
        self._parked: list[tuple[int, int, str, str, int]] = []

    def tell(self, happening: Happening, profile_id: str | None, order_id: str | None, trust: Trust) -> None:
        """Add the event's line to the story."""
        notes = happening.entry.notes.get(happening.id % 1024, [])
        verdict = timeline.ACCEPTED
        if notes:
            levels = {note.level for note in notes}
            verdict = timeline.REFUSED if "refused" in levels else timeline.CORRECTED if "corrected" in levels else timeline.ACCEPTED
        self._line(happening, profile_id, order_id, trust=trust, verdict=verdict)

    def park(self, entry: Entry, event_id: int, name: str, error: str, tries: int) -> None:
        """Set an event aside: visible, replayable, in nobody's way."""
        self._parked.append((self.workspace_id, event_id, name, error, tries))
        label = Label(note=error[:_LABEL_LENGTH])
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
            )
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
        lines = [replace(line, dedup=None) if line.id in self._freed else line for line in self.lines] if self._freed else self.lines
        await timeline.write(self.tx, lines, counts, [(self.workspace_id, event_id) for event_id in sorted(self._freed)])

    def _line(self, happening: Happening, profile_id: str | None, order_id: str | None, *, trust: Trust, verdict: int) -> None:
        entry, event = happening.entry, happening.event
        self.lines.append(
            EventLine(
                workspace_id=self.workspace_id,
                id=happening.id,
                connector_id=entry.connector_id,
                profile_id=profile_id,
                order_id=order_id,
                name=event.name[:_LABEL_LENGTH],
                occurred_at=event.occurred_at,
                received_at=entry.received_at,
                verdict=verdict,
                trust=int(trust),
                sender=entry.sender,
                label=label_of(happening),
                dedup=None if happening.is_refused else happening.dedup,
            )
        )


def label_of(happening: Happening) -> Label:
    """What lists show of an event."""
    event = happening.event
    notes = [note for note in happening.entry.notes.get(happening.id % 1024, ()) if note.level != "warning"]
    first = next((note for note in notes if note.level == "refused"), notes[0] if notes else None)
    return Label(
        title=_title(happening)[:_LABEL_LENGTH],
        url=str(event.page.get("url") or "")[:_LABEL_LENGTH],
        status=_status(happening),
        session=(event.session or "")[:64],
        note=(f"{first.path} {first.message}" if first else "")[:_LABEL_LENGTH],
        more=max(0, len(notes) - 1),
        identity=happening.proof.reason if happening.proof else "",
        who=(event.claims.email or event.claims.uid or event.claims.phone or "")[:_LABEL_LENGTH],
    )


def _title(happening: Happening) -> str:
    event = happening.event
    if event.order is not None:
        return str(event.order.fields.get("name") or event.order.number)
    for key in ("name", "query", "coupon_code", "title"):
        if isinstance(event.properties.get(key), str):
            return str(event.properties[key])
    return str(event.page.get("title") or event.page.get("path") or "")


def _status(happening: Happening) -> str:
    order = happening.event.order
    if order is None:
        return ""
    return str(order.fields.get("status") or order.fields.get("fulfillment_status") or "")[:64]


def _minute(line: EventLine) -> int:
    return line.received_at // _MINUTE
