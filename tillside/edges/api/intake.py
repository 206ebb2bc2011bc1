"""REST writes go the way of every event: judged, appended to the log, and waited for until the projector has passed them."""

from typing import Any

import msgspec

from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.edges.api.call import Call
from tillside.events import fast
from tillside.events.notes import Note
from tillside.events.shapes import Reading
from tillside.feeds import follow
from tillside.feeds.log import Entry, Wire
from tillside.projector import work

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


class Taken(msgspec.Struct, frozen=True):
    """`is_passed`: its effects can be read now; `notes` by index; `refused`: the first refusal of each refused event, by index."""

    position: int
    is_passed: bool
    notes: dict[int, list[Note]]
    refused: dict[int, Note]


async def take(call: Call, connector: Connector, events: list[dict[str, Any]], *, inside: tuple[str, str] = ("", "")) -> Taken:
    """Append events a REST key vouches for. Raises Refused (with the field) when every one of them is refused.

    `inside`: what a part of the event is called in the body of this call, as (event's, call's), for the paths of notes.
    """
    received_at = stamps.now()
    context = Reading(currency=connector.currency, region=connector.region, received_at=received_at)
    notes: dict[int, list[Note]] = {}
    refused: dict[int, Note] = {}
    for index, event in enumerate(events):
        word, said, head = fast.verdict(_ENCODE(event), context)
        if head.connector_key not in (None, connector.api_key):
            said.refused("appClientId", "Belongs to another connector", got=head.connector_key, fix=f"Send {connector.api_key}.")
            word = "refused"
        if said:
            notes[index] = [_renamed(note, *inside) for note in said]
        if word == "refused":
            refused[index] = next(note for note in notes[index] if note.level == "refused")
    body = events[0] if len(events) == 1 else {"event": "send_batch", "appClientId": connector.api_key, "events": events}
    entry = Entry(
        workspace_id=call.workspace_id,
        connector_id=connector.id,
        kind="refused" if len(refused) == len(events) else "events",
        received_at=received_at,
        sender="rest",
        trust=int(Trust.PROVEN),
        wire=Wire(path="/v1", charset="utf-8", signature="REST key", currency=connector.currency, region=connector.region),
        body=_ENCODE(body),
        notes=notes,
    )
    position = await call.desk.log.append(entry)
    if len(refused) == len(events):
        first = refused[0]
        raise Refused(f"{first.path}: {first.message}", field=first.path, hint=first.fix)
    is_passed = await follow.passed(call.desk.store, call.desk.bell, work.NAME, position, call.desk.settings.read_wait_seconds)
    return Taken(position, is_passed, notes, refused)


def as_event(element: Any, name: str, connector: Connector) -> dict[str, Any]:
    """One element of a REST list as an event: as it is when it is one, else its bare properties wrapped (contract 2.3)."""
    if not isinstance(element, dict):
        element = {"properties": element}
    is_event = "properties" in element or "event" in element
    event = dict(element) if is_event else {"properties": element}
    event.setdefault("event", name)
    event["appClientId"] = event.get("appClientId") or connector.api_key
    return event


def _renamed(note: Note, ours: str, theirs: str) -> Note:
    return msgspec.structs.replace(note, path=theirs + note.path.removeprefix(ours)) if ours and note.path.startswith(ours) else note
