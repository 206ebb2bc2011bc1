"""The envelope around an event or a batch: base64 of its JSON, and the signature only the server can make (contract 1.3)."""

import base64
import hashlib

import msgspec

from tillside.demo.statements import PLATFORM, VERSION, Event

BATCH = 25


def sealed_event(event: bytes, secret: str) -> dict[str, str]:
    """``{"h": base64(JSON), "s": sha256_hex(h + secret)}`` for ``POST /v2/t``."""
    h = base64.b64encode(event).decode("ascii")
    return {"h": h, "s": signature(h, secret)}


def sealed_batch(events: list[Event], key: str, secret: str | None) -> dict[str, str]:
    """``{"hs": …, "s": …}`` for ``POST /v2/bt``; without a secret it goes unsigned, as a browser would send it."""
    envelope = {"event": "send_batch", "appClientId": key, "platform": PLATFORM, "version": VERSION, "events": events}
    hs = base64.b64encode(msgspec.json.encode(envelope)).decode("ascii")
    body = {"hs": hs, "event_type": "send_batch"}
    return body if secret is None else body | {"s": signature(hs, secret)}


def signature(text: str, secret: str) -> str:
    return hashlib.sha256((text + secret).encode()).hexdigest()
