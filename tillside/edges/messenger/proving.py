"""One-time codes over HTTP: ask for one, answer it. What a right answer opens is decided in identity.py and messenger/shelf.py."""

from starlette.responses import Response

from tillside.base.errors import Refused
from tillside.base.trust import Trust
from tillside.edges.messenger import identity
from tillside.edges.messenger.call import Ask, answer
from tillside.messenger import codes, visitor, vouching


async def ask_for(ask: Ask) -> Response:
    """``POST /messenger/api/codes`` with ``{"email"}`` → 202, whether anybody has this address or not; 429 after too many."""
    email = codes.clean(ask.body.get("email"))
    is_known = await codes.is_vouched(ask.desk.store, ask.connector, email)
    async with ask.desk.store.write() as tx:
        await codes.request(tx, ask.desk.vault, ask.visitor, email, is_known=is_known)
    return answer({}, 202)


async def submit(ask: Ask) -> Response:
    """``POST /messenger/api/codes/answer`` with ``{"email", "code"}`` → this browser's person is known; 422 for a code that does not fit.
    Without an e-mail the newest code is meant, such as one an agent sent."""
    email = codes.clean(ask.body["email"]) if ask.body.get("email") else ""
    async with ask.desk.store.write() as tx:
        address = await codes.answer(tx, ask.visitor, email, ask.text("code", 12))
    if address is None:
        raise Refused("This code is not right, or it is too old.", field="code", hint="Ask for another one.")
    if ask.visitor.trust <= Trust.CODE:
        proven = await identity.by_code(ask.desk, ask.connector, address, ask.visitor.device)
        if proven is not None:
            async with ask.desk.store.write() as tx:
                ask.shopper = await visitor.prove(tx, ask.visitor, proven)
                await vouching.answered(tx, ask.shopper, address)
    return answer({"ok": True, "trust": ask.visitor.trust.word})
