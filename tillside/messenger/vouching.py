"""An agent asks whoever writes in the messenger to show that an address is theirs: a code goes there, and comes back from that browser.

Nothing is learnt from being asked: the shopper reads a masked address, and the code is the one everybody can ask for (codes.py).
"""

from tillside.agents.actor import Actor, of_customer
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused
from tillside.base.vault import Vault
from tillside.conversations import answering, trail
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.messenger import codes, visitor
from tillside.messenger.visitor import Visitor
from tillside.storage.database import Database, Transaction

ASKS = "code"
_ASKED = """
select conversation_id from visitor_conversation where workspace_id = :w and visitor_id = :visitor and exists (
  select 1 from trail where trail.workspace_id = visitor_conversation.workspace_id
  and trail.conversation_id = visitor_conversation.conversation_id and trail.at > :since and trail.kind = 'code_sent')
order by conversation_id limit 50
"""
_PROVED = """
update visitor_conversation set trust = :trust where workspace_id = :w and conversation_id = :id and visitor_id = :visitor and trust < :trust
"""


async def browser_of(store: Database, conversation: Conversation) -> Visitor:
    """The browser a code can be asked of. Raises Conflict where there is none."""
    found = await visitor.of_conversation(store, conversation.workspace_id, conversation.id)
    if found is None:
        raise Conflict("Nobody sits at a messenger here any more.", hint="Send them the question by e-mail instead.")
    return found


async def ask(
    tx: Transaction, vault: Vault, one: Visitor, conversation: Conversation, email: str, *, is_known: bool, by: Actor
) -> Conversation:
    """Send a code to an address and ask for it in the conversation. Raises Refused for an address nobody is known by, TooMany."""
    if not is_known:
        hint = "Ask which address they ordered with."
        raise Refused("Neither the shop nor anybody else vouched for this address.", field="email", hint=hint)
    await codes.request(tx, vault, one, email, is_known=True)
    text = f"A code of six digits is on its way to {codes.masked(email)}. It shows that the address is yours."
    talk, _ = await answering.announce(tx, conversation, text, via={"asks": ASKS, "email": codes.masked(email)})
    await trail.record(tx, talk, "code_sent", by=by, email=email)
    return talk


async def answered(tx: Transaction, one: Visitor, email: str) -> None:
    """The code came back: a conversation in which it was asked for is that person's from now on, and the desk is told. `one` is proven."""
    for (conversation_id,) in await tx.read(_ASKED, w=one.workspace_id, visitor=one.id, since=stamps.now() - codes.LIFE):
        talk = await conversations.hold(tx, await conversations.by_id(tx, one.workspace_id, conversation_id))
        if conversations.differs(talk, profile_id=one.profile_id):
            talk = await conversations.save(tx, talk, profile_id=one.profile_id)
        await tx.run(_PROVED, trust=int(one.trust), w=one.workspace_id, id=talk.id, visitor=one.id)
        await trail.record(tx, talk, "proved", by=of_customer(one.profile_id or "", one.name or email), email=email)
