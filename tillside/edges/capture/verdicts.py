"""The verdict on each event of a request: accepted, corrected or refused, by index, while the sender waits."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import Raw, Struct

from tillside.connectors.connector import Connector
from tillside.events import batch as batches
from tillside.events import fast, order
from tillside.events.batch import Batch
from tillside.events.notes import Note
from tillside.events.shapes import Reading

_SERVER_EVENTS = frozenset(order.KINDS)
"""Events a connector may require to be signed: those that say something about money (decision 4)."""


class _Peek(Struct):
    event: str
    appClientId: str | None = None
    properties: Raw = Raw()


_PEEK = msgspec.json.Decoder(_Peek)


class Judged(Struct):
    """`events`: the verdict of each event by index; `notes`: what was said about them, by index."""

    events: list[str]
    notes: dict[int, list[Note]]

    @property
    def is_refused(self) -> bool:
        """Nothing of the request was accepted."""
        return bool(self.events) and all(word == "refused" for word in self.events)

    def counts(self) -> dict[str, int]:
        return dict(Counter(self.events))

    def results(self) -> list[dict[str, Any]]:
        """One line per event, as the batch answer has it: index, verdict, and of the first refusal field and hint."""
        lines: list[dict[str, Any]] = []
        for index, word in enumerate(self.events):
            line: dict[str, Any] = {"index": index, "verdict": word}
            notes = self.notes.get(index)
            if notes:
                line["notes"] = notes
                first = next((note for note in notes if note.level == "refused"), None)
                if first is not None:
                    line.update(field=first.path, hint=first.fix or first.message, message=first.message)
            lines.append(line)
        return lines


def is_empty_order(batch: Batch) -> bool:
    """`properties: []`, as Magento sends when an order could not be written: answered 200, kept as refused (contract 1.6)."""
    try:
        peek = _PEEK.decode(batch.events[0])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return peek.event in _SERVER_EVENTS and bytes(peek.properties) == b"[]"


def split(text: bytes, *, limit_events: int) -> Batch:
    """A body taken apart; a plain single event without reading it twice."""
    try:
        peek = _PEEK.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return batches.split_batch(text, limit_events=limit_events)
    if peek.event == "send_batch" or peek.appClientId is None:
        return batches.split_batch(text, limit_events=limit_events)
    return Batch([Raw(text)], False, peek.event, peek.appClientId, None, "", "")


def key_of(batch: Batch) -> str:
    """The connector key of a request: the envelope's, else the first event's that names one."""
    if batch.connector_key:
        return batch.connector_key
    for raw in batch.events:
        try:
            peek = _PEEK.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if peek.appClientId:
            return peek.appClientId
    return ""


def judge(batch: Batch, connector: Connector, received_at: int, *, is_signed: bool) -> Judged:
    """Judge every event. An event of another connector, or unsigned where the connector requires it, is refused."""
    context = Reading(currency=connector.currency, region=connector.region, received_at=received_at)
    judged = Judged([], {})
    demands = connector.signatures == "require" and not is_signed
    for index, raw in enumerate(batch.events):
        word, notes, head = fast.verdict(bytes(raw), context)
        if head.connector_key not in (None, connector.api_key):
            notes.refused("appClientId", "Belongs to another connector", got=head.connector_key, fix=f"Send {connector.api_key}.")
            word = "refused"
        elif demands and head.name in _SERVER_EVENTS:
            notes.refused("s", "This connector accepts orders only with a signature", fix="Send it from the shop's server with s.")
            word = "refused"
        judged.events.append(word)
        if notes:
            judged.notes[index] = notes
    return judged
