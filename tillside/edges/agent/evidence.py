"""Everything known about one event: what came, how it was read, what was said about it, whom it joined and why."""

from typing import Any

import msgspec
from msgspec import Struct

from tillside.base.errors import Unknown
from tillside.connectors import names
from tillside.customers import listing as people
from tillside.customers import person, timeline
from tillside.customers.listing import Line as PersonLine
from tillside.customers.person import Person
from tillside.customers.timeline import EventLine
from tillside.edges.agent import labels, printed, telling
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.labels import Eye, Shown
from tillside.edges.agent.sentences import Sentence
from tillside.events.notes import Note
from tillside.events.shapes import Event
from tillside.feeds import log
from tillside.feeds.log import Entry
from tillside.projector import parked, reading
from tillside.projector.parked import Parked

_OURS = ("placed_from", "placed_at")
_TEXT_SHOWN = 20_000


class Evidence(Struct, frozen=True):
    """What the pane shows of one event. `entry` is None when its body was pruned from the log."""

    line: EventLine
    sentence: Sentence
    shop: str
    notes: list[Note]
    raw: list[printed.Line]
    text: str
    read: list[tuple[str, list[Shown]]]
    entry: Entry | None
    parked: Parked | None
    person: PersonLine | None
    reasons: list[str]
    batch: int


async def read(visit: Visit, event_id: int) -> Evidence:
    """The event's line, its entry in the log, and who it joined. Raises Unknown."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    line = await timeline.one(store, workspace_id, event_id)
    if line is None:
        raise Unknown("There is no such event here.")
    entry = await log.one(visit.desk.entries, workspace_id, line.position)
    notes = entry.notes.get(line.index, []) if entry else []
    raws, text = _decoded(entry)
    raw = raws[line.index] if line.index < len(raws) else None
    event = _as_read(entry, line.index) if raw is not None else None
    known = await people.names(store, workspace_id, [line.profile_id]) if line.profile_id else {}
    one = known.get(line.profile_id or "")
    whole = await person.read(store, workspace_id, one.id) if one else None
    return Evidence(
        line=line,
        sentence=(await telling.sentences_of(visit, [line]))[line.id],
        shop=(await names.read(store, workspace_id)).get(line.connector_id, ""),
        notes=sorted(notes, key=lambda note: ("refused", "corrected", "warning").index(note.level)),
        raw=printed.lines(raw, {note.path: note.level for note in reversed(notes)}) if raw is not None else [],
        text=text,
        read=_sections(event, Eye(_currency(event, entry), visit.workspace.time_zone)) if event else [],
        entry=entry,
        parked=await parked.one(store, workspace_id, event_id),
        person=one,
        reasons=_reasons(line, event, whole) if whole else [],
        batch=len(raws),
    )


def _decoded(entry: Entry | None) -> tuple[list[Any], str]:
    """The events of an entry; or, where it could not be decoded, its text."""
    if entry is None:
        return [], ""
    if entry.kind == "change":
        return [msgspec.json.decode(entry.body)], ""
    if entry.kind == "refused" and not entry.wire.charset:
        return [], entry.body[:_TEXT_SHOWN].decode("utf-8", "replace")
    return list(reading.raw_events(entry.body)), ""


def _as_read(entry: Entry | None, index: int) -> Event | None:
    """The event as intake understood it; None for changes made at the desk."""
    if entry is None or entry.kind == "change":
        return None
    return reading.events_of(entry)[index]


def _sections(event: Event, eye: Eye) -> list[tuple[str, list[Shown]]]:
    """What was understood, part by part."""
    head = [Shown("Event", "text", event.name), labels.moment("Happened", event.occurred_at, eye)]
    head += [
        Shown(words, "text", said)
        for words, said in (("Event id", event.event_id), ("Browser", event.device), ("Visit", event.session))
        if said
    ]
    claims = {name: value for name, value in (("uid", event.claims.uid), ("email", event.claims.email), ("phone", event.claims.phone)) if value}
    sections = [("Event", head), ("Names itself as", [labels.field(name, value, eye) for name, value in claims.items()])]
    sections.append(("Of the person", [labels.field(name, value, eye) for name, value in event.traits.items()]))
    if event.order is not None:
        sections.append((event.order.kind.capitalize(), _order(event, eye)))
    else:
        sections.append(("Properties", [labels.anything(name, value, eye) for name, value in event.properties.items()]))
    sections.append(("Page", [labels.anything(labels.label(name), value, eye) for name, value in event.page.items()]))
    return [(title, fields) for title, fields in sections if fields]


def _order(event: Event, eye: Eye) -> list[Shown]:
    statement = event.order
    assert statement is not None
    fields = [Shown("Number", "text", statement.number)]
    for name, value in statement.fields.items():
        if name == "custom" and isinstance(value, dict):
            fields += [labels.custom(own, said, eye) for own, said in value.items()]
        elif name not in _OURS:
            fields.append(labels.field(name, value, eye))
    for what, parts in (("Item", statement.items or []), ("Parcel", statement.fulfillments)):
        fields += [
            Shown(f"{what} {place}", "parts", "", parts=[labels.field(n, v, eye) for n, v in part.items()])
            for place, part in enumerate(parts, 1)
        ]
    if statement.deleted_fulfillment:
        fields.append(Shown("Takes out the parcel", "text", statement.deleted_fulfillment))
    if statement.replaces_fulfillments:
        fields.append(Shown("Replaces all parcels sent before", "text", "yes"))
    return fields


def _currency(event: Event | None, entry: Entry | None) -> str:
    stated = event.order.fields.get("currency") if event is not None and event.order is not None else None
    return str(stated) if stated else entry.wire.currency if entry else ""


def _reasons(line: EventLine, event: Event | None, whole: Person) -> list[str]:
    """Why the event is this person's: by which handle its profile is known, and by which merges that profile is them."""
    found: list[str] = []
    named = {event.claims.uid, event.claims.email, event.claims.phone, event.device} - {None, ""} if event else set()
    words = {"uid": "shop account", "email": "e-mail", "phone": "phone", "device": "browser", "order": ""}
    for handle in whole.handles:
        if handle.profile_id == line.profile_id and (handle.value in named or handle.kind == "order"):
            found.append(f"by {words[handle.kind]} {handle.value}: {handle.source}".replace("by  ", "by "))
    merges = {merge.from_id: merge for merge in whole.merges}
    place = line.profile_id or ""
    while place in merges:
        found.append(f"merged: {merges[place].reason}")
        place = merges[place].into_id
    if not found and line.order_id:
        found.append("by the order it is about")
    return found
