"""One request to intake, opened: what the client posted, decoded, with its connector once that is known."""

import msgspec
from msgspec import Struct

from tillside.base.errors import Undecodable
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.edges.capture.request import Intake
from tillside.events.batch import Batch
from tillside.events.decode import Decoded
from tillside.feeds.log import Sender, Wire


class Outer(Struct):
    """What a client posts: base64 JSON in `h` (one event) or `hs` (a batch), and perhaps the signature `s`."""

    h: str | None = None
    hs: str | None = None
    s: str | None = None

    @property
    def field(self) -> str:
        return "hs" if self.hs is not None else "h"

    @property
    def text(self) -> str:
        return self.hs or self.h or ""


_OUTER = msgspec.json.Decoder(Outer)


def unwrap(body: bytes) -> Outer:
    """Raises Undecodable when the body is not what clients post."""
    try:
        outer = _OUTER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable("The body is not a JSON object with h or hs.", field="body", hint='Send {"h": base64 of the event}.') from error
    if not outer.text:
        raise Undecodable("The body has neither h nor hs.", field="h", hint="Send h for one event, hs for a batch: base64 of JSON.")
    return outer


class Letter(Struct):
    """A request opened as far as decoding goes. `connector` and `trust` are filled in as they become known."""

    intake: Intake
    outer: Outer
    decoded: Decoded
    batch: Batch
    received_at: int
    connector: Connector | None = None
    trust: Trust = Trust.TYPED

    @property
    def sender(self) -> Sender:
        """Who sent it, as far as the request shows: a page has an origin, a server has none."""
        return "server" if self.trust >= Trust.PROVEN or not self.intake.origin else "browser"

    def wire(self) -> Wire:
        """How it arrived, with what its connector assumes now."""
        connector = self.connector
        return wire_of(
            self.intake,
            field=self.outer.field,
            charset=self.decoded.charset,
            signature="correct" if self.trust >= Trust.PROVEN else "given" if self.outer.s else "",
            currency=connector.currency if connector else "",
            region=connector.region if connector else "",
        )


def wire_of(intake: Intake, *, field: str = "", charset: str = "", signature: str = "", currency: str = "", region: str = "") -> Wire:
    """What the inspector shows of a request's way here."""
    headers = intake.headers
    return Wire(
        path=intake.path,
        field=field,
        charset=charset,
        encoding=headers.get(b"content-encoding", b"").decode("latin-1")[:40],
        address=intake.address,
        origin=intake.origin[:200],
        agent=headers.get(b"user-agent", b"").decode("latin-1")[:200],
        signature=signature,
        currency=currency,
        region=region,
    )
