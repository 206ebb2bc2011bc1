"""What the load generator posts: the sample order of the tests (2.7 KB), made unique by number, customer and address each time."""

import json
from pathlib import Path

import pybase64

KEY = "bench10"
_SAMPLE = Path(__file__).parent.parent / "tests" / "fixtures" / "seed_sample_order_event.json"


def _template() -> str:
    sample = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    sample["appClientId"] = KEY
    sample["properties"]["orderId"] = "%(n)s"
    sample["properties"]["orderDbKey"] = "%(n)s"
    sample["properties"]["orderName"] = "#%(n)s"
    sample["properties"]["email"] = "%(s)s.person%(n)s@shop.example"
    sample["properties"]["fulfillment"][0]["tracking"][0]["trackingNumber"] = "%(s)sT%(n)s"
    sample["userProperties"]["uid"] = "%(s)s-u%(n)s"
    sample["userProperties"]["email"] = "%(s)s.person%(n)s@shop.example"
    text = json.dumps(sample, separators=(",", ":"), ensure_ascii=False).replace("%", "%%")
    return text.replace("%%(n)s", "%(n)d").replace("%%(s)s", "%(s)08x")


TEMPLATE = _template()
EVENT_BYTES = len(TEMPLATE)


def event(number: int) -> str:
    """The JSON text of one order event. Numbers follow each other as a shop's do; addresses and tracking numbers are scattered."""
    return TEMPLATE % {"n": number, "s": number * 2654435761 % 4294967296}


def single(number: int) -> bytes:
    """A whole HTTP request with one event."""
    return post(b"/v2/t", b'{"h":"' + pybase64.b64encode(event(number).encode()) + b'"}')


def batch(number: int, size: int = 25) -> bytes:
    """A whole HTTP request with a batch of events."""
    events = ",".join(event(number * size + place) for place in range(size))
    text = f'{{"event":"send_batch","appClientId":"{KEY}","events":[{events}]}}'
    return post(b"/v2/bt", b'{"hs":"' + pybase64.b64encode(text.encode()) + b'"}')


def post(path: bytes, body: bytes) -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (path, len(body)) + body
