"""How a browser begins, goes on and ends: its own token, and how far the person at it is known.

1. A token of ours that still counts goes on, as long as what proved its person is still shown.
2. An identity token shown for the first time is judged as any event's is; it lifts this browser, or begins another for another person.
3. An identity token that is gone, or proves nobody, leaves a stranger: what it had opened is closed with the old token.
"""

from starlette.responses import Response

from tillside.base import stamps
from tillside.base.errors import TooMany, Unknown
from tillside.base.trust import Trust
from tillside.edges.messenger import identity
from tillside.edges.messenger.call import Ask, answer
from tillside.messenger import shelf, visitor
from tillside.messenger.visitor import BY_CODE, Proven, Visitor

_LONGEST_TOKEN = 8192


async def begin(ask: Ask) -> Response:
    """``POST /messenger/{key}/session`` with ``{"token", "userToken", "did"}`` → ``{"token", "unread", "isLive", "isCustomer"}``."""
    if not ask.messenger.is_enabled:
        raise Unknown("This shop has no messenger.")
    token = ask.text("token", 200)
    found = await visitor.find(ask.desk.store, token)
    if found is not None and (found.workspace_id, found.connector_id) != (ask.connector.workspace_id, ask.connector.id):
        found = None
    shown, device = ask.text("userToken", _LONGEST_TOKEN), ask.text("did", 100)
    one, token = await _who(ask, found, token, shown, device)
    mine = await shelf.listed(ask.desk.store, ask.connector, one)
    unread = sum(line.unread for line in mine)
    is_live = any(line.conversation.state != "closed" for line in mine)
    return answer({"token": token, "unread": unread, "isLive": is_live, "isCustomer": one.trust >= Trust.SIGNED})


async def end(ask: Ask) -> Response:
    """``POST /messenger/api/end``: the token means nothing any more."""
    async with ask.desk.store.write() as tx:
        await visitor.end(tx, ask.visitor)
    return answer({})


async def _who(ask: Ask, found: Visitor | None, token: str, shown: str, device: str) -> tuple[Visitor, str]:
    proven = None
    if shown:
        if found is not None and found.proof == visitor.digest(shown):
            return found, token
        proven = await _judged(ask, shown, device)
    is_by_token = found is not None and found.proof not in ("", BY_CODE)
    is_another = found is not None and proven is not None and found.trust > Trust.TYPED and found.profile_id != proven.profile_id
    if found is None or is_another or (is_by_token and proven is None):
        return await _anew(ask, found, proven, device)
    if proven is None:
        return found, token
    async with ask.desk.store.write() as tx:
        return await visitor.prove(tx, found, proven), token


async def _judged(ask: Ask, shown: str, device: str) -> Proven | None:
    """Tokens are slow to judge on purpose: a guesser makes rows in the log, so an address may try only now and then."""
    if ask.desk.shopper_buckets.wait(f"token {ask.connector.id} {device}", 5):
        raise TooMany(retry_after_seconds=5)
    return await identity.by_token(ask.desk, ask.connector, shown, device)


async def _anew(ask: Ask, before: Visitor | None, proven: Proven | None, device: str) -> tuple[Visitor, str]:
    async with ask.desk.store.write() as tx:
        if before is not None:
            await visitor.end(tx, before)
        one, token = await visitor.begin(tx, ask.connector, device or stamps.new_id("dev"))
        return (await visitor.prove(tx, one, proven) if proven else one), token
