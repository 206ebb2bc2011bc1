"""One-time codes over HTTP: ask for one, answer it. What a right answer opens is decided in identity.py and messenger/shelf.py."""

from starlette.responses import Response

from tillside.base.errors import Refused
from tillside.base.trust import Trust
from tillside.edges.messenger import identity
from tillside.edges.messenger.call import Ask, answer
from tillside.messenger import codes, visitor


async def ask_for(ask: Ask) -> Response:
    """``POST /messenger/api/codes`` with ``{"email"}`` → 202, whether anybody has this address or not; 429 after too many."""
    email = codes.clean(ask.body.get("email"))
    is_known = await identity.is_vouched(ask.desk, ask.connector, email)
    async with ask.desk.store.write() as tx:
        await codes.request(tx, ask.desk.vault, ask.visitor, email, is_known=is_known)
    return answer({}, 202)


async def submit(ask: Ask) -> Response:
    """``POST /messenger/api/codes/answer`` with ``{"email", "code"}`` → this browser's person is known; 422 for a code that does not fit."""
    email = codes.clean(ask.body.get("email"))
    async with ask.desk.store.write() as tx:
        fits = await codes.answer(tx, ask.visitor, email, ask.text("code", 12))
    if not fits:
        raise Refused("This code is not right, or it is too old.", field="code", hint="Ask for another one.")
    if ask.visitor.trust <= Trust.CODE:
        proven = await identity.by_code(ask.desk, ask.connector, email, ask.visitor.device)
        if proven is not None:
            async with ask.desk.store.write() as tx:
                ask.shopper = await visitor.prove(tx, ask.visitor, proven)
    return answer({"ok": True, "trust": ask.visitor.trust.word})
