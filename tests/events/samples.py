"""The wire fixtures and a context to read them in."""

import json
from pathlib import Path

from tillside.events import batch, decode, event

FIXTURES = Path(__file__).parent.parent / "fixtures"
CONTEXT = event.Reading(currency="USD", region="US", received_at=1_795_500_000_000_000)
ORDER: dict[str, object] = json.loads((FIXTURES / "seed_sample_order_event.json").read_text())


def events_of(name: str) -> list[bytes]:
    """The events a fixture carries, as JSON text, in the order sent."""
    whole = json.loads((FIXTURES / name).read_text())
    body = whole.get("request", {}).get("body") if "request" in whole else whole
    if not isinstance(body, dict):
        return []
    for field in ("h", "hs"):
        if field in body:
            text = decode.decode_field(body[field], limit_bytes=4 << 20, field=field).text
            return [bytes(raw) for raw in batch.split_batch(text).events]
    found = body.get("orders") or body.get("subscriptions") or ([body] if "event" in body else [])
    return [json.dumps(entry, ensure_ascii=False).encode() for entry in found]


def fixtures_with_events() -> list[str]:
    return [path.name for path in sorted(FIXTURES.glob("*.json")) if events_of(path.name)]


def order(**changes: object) -> dict[str, object]:
    """A small order event with `changes` to its properties; a change to None leaves the property out."""
    properties: dict[str, object] = {
        "orderId": "1001",
        "amount": 25,
        "currency": "USD",
        "createdAt": 1_714_550_400_000,
        "items": [{"id": "42", "price": 12.5, "quantity": 2}],
        **changes,
    }
    kept = {key: value for key, value in properties.items() if value is not None}
    return {"event": "order", "properties": kept, "userProperties": {"uid": "ada"}, "time": {"sentAt": 1_714_550_400_000}}


def read(raw: object) -> event.Event:
    return event.read(decode.parse_json(json.dumps(raw).encode()), CONTEXT)  # type: ignore[arg-type]  # what is no object is refused


def said(raw: object) -> event.OrderStatement:
    """The order statement of an event that must make one."""
    statement = read(raw).order
    assert statement is not None, read(raw).notes
    return statement
