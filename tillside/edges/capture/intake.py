"""The tracker's endpoints, plain ASGI in front of the router (the router costs a third of an event): bytes → verdict → log → answer.

Steps: preflight · body · decode · key · origin · limits · signature · verdicts · store · answer. An answer with ``accepted: true`` is
sent only after commit and fsync. Whatever is refused is kept for the event inspector.
"""

import math
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from tillside.base import signing, stamps
from tillside.base.bucket import Buckets
from tillside.base.errors import DeskError, NotAllowed, Refused, TooMany
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.edges.capture import letter as letters
from tillside.edges.capture import statuses, verdicts
from tillside.edges.capture.letter import Letter, Outer
from tillside.edges.capture.refusals import Refusals
from tillside.edges.capture.request import Intake
from tillside.edges.http import address
from tillside.edges.http import body as bodies
from tillside.edges.http.desk import Desk
from tillside.events import decode
from tillside.events.notes import Note
from tillside.feeds.log import Entry

PATHS = frozenset({"/v2/t", "/v3/t", "/v2/bt", "/v2/s", "/v2/r", "/v2/er"})
_LOOPBACK = "127.0.0.0/8,::1/128"


class UnknownKey(Refused):
    """No connector has this key."""

    code = "unknown_key"


class Capture:
    """Answers the intake paths itself and hands every other request on."""

    def __init__(self, app: ASGIApp, desk: Callable[[], Desk]) -> None:
        self._app, self._desk = app, desk
        self._clerk: Clerk | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        desk = self._desk()
        if self._clerk is None or self._clerk.desk is not desk:
            self._clerk = Clerk(desk)
        intake = Intake.of(scope, receive, send, address.of_scope(scope, desk.settings.trusted_proxies))
        if intake.method == "OPTIONS":
            await intake.preflight()
        elif intake.method != "POST":
            await intake.refuse_method()
        else:
            await self._clerk.serve(intake)


class Clerk:
    """Takes requests in for one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._refusals = Refusals(desk)
        self._keys = Buckets(desk.settings.key_events_per_second)
        self._addresses = Buckets(desk.settings.address_requests_per_second)

    async def serve(self, intake: Intake) -> None:
        """Take one request in and answer it, whatever happens."""
        try:
            await _VERBS.get(intake.path, Clerk.take)(self, intake)
        except bodies.Gone:
            return
        except DeskError as error:
            self.desk.meter.add("tillside_requests_refused_total", reason=error.code)
            status = 401 if isinstance(error, UnknownKey) else 408 if isinstance(error, bodies.Slow) else None
            await intake.refuse(error, status)

    async def take(self, intake: Intake) -> None:
        """An event or a batch: from bytes to an answer."""
        received_at = stamps.now()
        letter = await self._open(intake, await self._read(intake), received_at)
        connector = await self._known(letter)
        self._slow_down(letter, connector)
        await self._check_signature(letter, connector)
        judged = verdicts.judge(letter.batch, connector, received_at, is_signed=letter.trust >= Trust.PROVEN)
        position = await self._store(letter, connector, judged) if judged.events else 0
        await _answer(letter, judged, position)

    async def pull(self, intake: Intake) -> None:
        """Woo asks whether a pull request is genuine; we never pull, so none is (contract 1.3). Always JSON, whatever came."""
        await self._read(intake)
        await intake.answer(200, {"status": 0})

    async def _read(self, intake: Intake) -> bytes:
        settings = self.desk.settings
        return await bodies.read(intake.receive, intake.headers, limit=settings.body_limit_bytes, seconds=settings.body_seconds)

    async def _open(self, intake: Intake, body: bytes, received_at: int) -> Letter:
        """Decode the body; what cannot be decoded is kept as it came."""
        settings = self.desk.settings
        outer = Outer()
        try:
            outer = letters.unwrap(body)
            decoded = decode.decode_field(outer.text, limit_bytes=settings.body_limit_bytes, field=outer.field)
            if intake.path == "/v2/s":
                decoded = statuses.as_batch(decoded)
            batch = verdicts.split(decoded.text, limit_events=settings.batch_limit_events)
        except Refused as error:
            note = Note("refused", error.field, error.message, fix=error.hint)
            await self._refusals.keep_homeless(body, letters.wire_of(intake), note, received_at=received_at)
            raise
        return Letter(intake, outer, decoded, batch, received_at)

    async def _known(self, letter: Letter) -> Connector:
        """The connector that owns the key, if the page may send for it."""
        key, intake = verdicts.key_of(letter.batch), letter.intake
        connector = self.desk.directory.peek(key) or await self.desk.directory.find(key)
        if connector is None:
            message = f'No connector has the key "{key[:60]}".' if key else "The event names no connector."
            error = UnknownKey(message, field="appClientId", hint="Copy the key from Connections at the desk.")
            note = Note("refused", "appClientId", message, got=key[:60], fix=error.hint)
            await self._refusals.keep_homeless(letter.decoded.text, letter.wire(), note, received_at=letter.received_at)
            raise error
        letter.connector = connector
        if intake.origin and not connector.allows(intake.origin):
            refusal = NotAllowed(f"Pages of {intake.origin[:100]} may not send for this connector.")
            await self._keep(letter, connector, Note("refused", "Origin", refusal.message, fix="Add it to the connector's allowed origins."))
            raise refusal
        return connector

    def _slow_down(self, letter: Letter, connector: Connector) -> None:
        """Limits of the key, and of the address. Signed requests are exempt there, since one address may be a whole shop's server; so
        is loopback: behind it stands the operator, or a proxy that is not named yet, and with it everybody."""
        wait = self._keys.wait(connector.api_key, len(letter.batch.events))
        who = letter.intake.address
        if not wait and not letter.outer.s and not address.is_within(who, _LOOPBACK):
            wait = self._addresses.wait(who)
        if wait:
            raise TooMany(retry_after_seconds=math.ceil(wait))

    async def _check_signature(self, letter: Letter, connector: Connector) -> None:
        """A valid `s` makes the content proven; a wrong one is refused unless the connector ignores signatures (contract 1.3)."""
        signature, outer = letter.outer.s, letter.outer
        if not signature or connector.signatures == "off":
            return
        if any(signing.signature_matches(signature, outer.text, secret) for secret in connector.live_secrets(letter.received_at)):
            letter.trust = Trust.PROVEN
            return
        hint = f"Sign the base64 text: sha256_hex({outer.field} + secret), with this connector's secret."
        error = Refused("The signature s does not match.", field="s", hint=hint)
        await self._keep(letter, connector, Note("refused", "s", error.message, got=signature[:64], fix=hint))
        raise error

    async def _keep(self, letter: Letter, connector: Connector, note: Note) -> None:
        await self._refusals.keep(
            (connector.workspace_id, connector.id),
            letter.decoded.text,
            letter.wire(),
            note,
            received_at=letter.received_at,
            count=len(letter.batch.events),
        )

    async def _store(self, letter: Letter, connector: Connector, judged: verdicts.Judged) -> int:
        """Append to the log. All refused: kept apart, so that it expires; refused beyond measure: answered, not kept."""
        for verdict, count in judged.counts().items():
            self.desk.meter.add("tillside_events_total", count, verdict=verdict)
        if judged.is_refused and not self._refusals.has_room(f"{connector.workspace_id}/{connector.id}"):
            return 0
        entry = Entry(
            workspace_id=connector.workspace_id,
            connector_id=connector.id,
            kind="refused" if judged.is_refused else "events",
            received_at=letter.received_at,
            sender=letter.sender,
            trust=int(letter.trust),
            wire=letter.wire(),
            body=letter.decoded.text,
            notes=judged.notes,
        )
        return await self.desk.log.append(entry)


_VERBS: dict[str, Callable[[Clerk, Intake], Awaitable[None]]] = {"/v2/r": Clerk.pull, "/v2/er": Clerk.pull}


async def _answer(letter: Letter, judged: verdicts.Judged, position: int) -> None:
    receipt, intake = str(position), letter.intake
    if letter.batch.is_batch:
        await intake.answer(200, {"accepted": not judged.is_refused, "receipt": receipt, "results": judged.results()})
        return
    notes = judged.notes.get(0, [])
    if not judged.is_refused:
        await intake.answer(200, {"accepted": True, "receipt": receipt, "verdict": judged.events[0], "notes": notes})
        return
    first = next(note for note in notes if note.level == "refused")
    error = Refused(f"{first.path or 'event'}: {first.message}", field=first.path, hint=first.fix)
    status = 200 if verdicts.is_empty_order(letter.batch) else 422
    await intake.refuse(error, status, receipt=receipt, verdict="refused", notes=notes)
