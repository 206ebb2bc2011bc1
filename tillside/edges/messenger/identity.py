"""Who sits at a browser, decided where every event is decided: what is shown goes through the log, and the projector judges it.

So a token opens the messenger's history under exactly the rules by which it opens everything else (decisions 2 to 4), its binding is
made once, and the browser's visits join the person they belong to.
"""

from typing import Any

import msgspec

from tillside.base import stamps
from tillside.base.errors import Busy
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.customers import identity as handles
from tillside.customers import lookup
from tillside.customers import person as whole
from tillside.customers.identity import TYPED, VOUCHED
from tillside.edges.http.desk import Desk
from tillside.events.shapes import Claims
from tillside.feeds import follow
from tillside.feeds.log import Entry, Wire
from tillside.messenger import visitor
from tillside.messenger.visitor import BY_CODE, CODE_LIFE, TOKEN_LIFE, Proven
from tillside.projector import verdicts, work

_ENCODE = msgspec.json.Encoder().encode


async def by_token(desk: Desk, connector: Connector, token: str, device: str) -> Proven | None:
    """The person an identity token proves; None when it proves nobody, whatever is wrong with it."""
    event = {"userToken": token, "did": device or None}
    event_id = await _tell(desk, connector, event, Trust.TYPED)
    decided = (await verdicts.known(desk.store, connector.workspace_id, [event_id])).get(event_id)
    if decided is None or decided.trust < Trust.SIGNED:
        return None
    until = stamps.now() + (stamps.HOUR if decided.trust is Trust.PROVEN else TOKEN_LIFE)
    return await _proven(desk, connector, decided.claims, decided.trust, visitor.digest(token), until)


async def by_code(desk: Desk, connector: Connector, email: str, device: str) -> Proven | None:
    """The person an address belongs to, after its code came back."""
    event = {"userProperties": {"email": email}, "did": device or None}
    await _tell(desk, connector, event, Trust.CODE)
    return await _proven(desk, connector, Claims(email=email), Trust.CODE, BY_CODE, stamps.now() + CODE_LIFE)


async def by_word(desk: Desk, connector: Connector, device: str, *, name: str, email: str) -> str | None:
    """The profile of a stranger: of their browser, or of the address they typed. It is a visitor's, whatever they typed."""
    said = {"name": name, "email": email}
    traits = {key: value for key, value in said.items() if value}
    await _tell(desk, connector, {"userProperties": traits or None, "did": device}, Trust.TYPED)
    claims = Claims(email=email or None)
    named = [*handles.handles(claims, connector.id, TYPED), handles.device(device, connector.id)]
    for handle in named:
        found = await lookup.holder(desk.store, connector.workspace_id, [handle])
        if found is not None:
            return found
    return None


async def _proven(desk: Desk, connector: Connector, claims: Claims, trust: Trust, proof: str, until: int) -> Proven | None:
    found = await lookup.holder(desk.store, connector.workspace_id, handles.handles(claims, connector.id, VOUCHED))
    if found is None:
        return None
    one = await whole.read(desk.store, connector.workspace_id, found)
    return Proven(found, trust, proof, until, one.root.name, claims.email or one.root.email)


async def _tell(desk: Desk, connector: Connector, event: dict[str, Any], trust: Trust) -> int:
    """Append one event of ours and wait until it is worked in; its id. Raises Busy when that takes too long."""
    at = stamps.now()
    whole_event = {
        "event": "identify",
        "appClientId": connector.api_key,
        "properties": {},
        "eventId": stamps.new_id("msn", at),
        "time": {"sentAt": at // 1000},
        **{name: value for name, value in event.items() if value is not None},
    }
    entry = Entry(
        workspace_id=connector.workspace_id,
        connector_id=connector.id,
        kind="events",
        received_at=at,
        sender="browser",
        trust=int(trust),
        wire=Wire(path="/messenger", charset="utf-8", currency=connector.currency, region=connector.region),
        body=_ENCODE(whole_event),
    )
    position = await desk.log.append(entry)
    if not await follow.passed(desk.store, desk.bell, work.NAME, position, desk.settings.read_wait_seconds):
        raise Busy("The desk is catching up.", retry_after_seconds=2)
    return msgspec.structs.replace(entry, position=position).event_id(0)
