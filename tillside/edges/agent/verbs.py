"""What people change by hand. Each change is an entry of the log, like everything that comes from outside, so a replay repeats it."""

import msgspec
from msgspec.structs import replace

from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.base.trust import Trust
from tillside.customers import timeline
from tillside.edges.agent.guard import Visit
from tillside.feeds import follow, log
from tillside.feeds.log import Entry, Wire
from tillside.projector import reading, work
from tillside.projector.changes import Change

_EXACT = msgspec.json.Encoder(decimal_format="number")
"""Numbers leave as they came: 1.50 stays 1.50."""


async def merge(visit: Visit, profile_id: str, into_id: str) -> bool:
    """Two profiles are one person: the first joins the second. Like every verb here: False when it is stored but not yet worked in."""
    return await _say(visit, _change(visit, "merge", profile_id=profile_id, into_id=into_id))


async def part(visit: Visit, profile_id: str, root: str) -> bool:
    """A merged profile stands for itself again; the story of whom it was part of tells so."""
    return await _say(visit, _change(visit, "part", profile_id=profile_id, into_id=root))


async def accept_order(visit: Visit, order_id: str) -> bool:
    """What was held of an order counts from now on."""
    return await _say(visit, _change(visit, "accept_order", order_id=order_id))


async def accept_traits(visit: Visit, profile_id: str) -> bool:
    """What was held of a person counts from now on."""
    return await _say(visit, _change(visit, "accept_traits", profile_id=profile_id))


async def retry(visit: Visit, event_id: int) -> bool:
    """Work a parked event in again: it is appended once more as it came, then what was parked is settled. Raises Unknown.

    Events that a batch brought along with it were taken in already; only this one is repeated.
    """
    line = await timeline.one(visit.desk.store, visit.workspace.id, event_id)
    entry = await log.one(visit.desk.entries, visit.workspace.id, event_id // log.EVENTS_PER_ENTRY)
    if line is None or entry is None or line.verdict != timeline.PARKED:
        raise Unknown("This event is not parked.")
    await visit.desk.log.append(again(entry, line.index))
    return await _say(visit, _change(visit, "retry", event_id=event_id))


def again(entry: Entry, index: int) -> Entry:
    """The entry of one event of a batch, or of a change, to be worked in anew as of its first arrival."""
    if entry.kind == "change":
        return replace(entry, position=0)
    body = _EXACT.encode(reading.raw_events(entry.body)[index])
    return replace(entry, kind="events", body=body, notes={0: entry.notes[index]} if index in entry.notes else {}, position=0)


async def _say(visit: Visit, change: Change) -> bool:
    entry = Entry(
        workspace_id=visit.workspace.id,
        connector_id="",
        kind="change",
        received_at=stamps.now(),
        sender="agent",
        trust=int(Trust.PROVEN),
        wire=Wire(),
        body=msgspec.json.encode(change),
    )
    position = await visit.desk.log.append(entry)
    return await follow.passed(visit.desk.store, visit.desk.bell, work.NAME, position, visit.desk.settings.read_wait_seconds)


def _change(visit: Visit, what: str, **of: object) -> Change:
    return msgspec.convert({"what": what, "by": visit.agent.id, "name": visit.agent.name, **of}, Change)
