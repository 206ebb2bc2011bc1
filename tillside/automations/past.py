"""What a rule did last, for its page: the conversations, and what it saw in each."""

from msgspec import Struct

from tillside.automations import explain
from tillside.automations.explain import Why
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.storage.database import Database

_LAST = """
select conversation_id, at from rule_run where workspace_id = :w and rule_id = :rule order by at desc, id desc limit :count
"""


class Done(Struct, frozen=True):
    """One application, with the conversation as it is now."""

    talk: Conversation
    why: Why


async def of_rule(store: Database, workspace_id: int, rule_id: str, *, count: int = 5) -> list[Done]:
    """Newest first, each conversation once."""
    rows = await store.read(_LAST, w=workspace_id, rule=rule_id, count=4 * count)
    found: list[Done] = []
    for conversation_id in dict.fromkeys(row[0] for row in rows):
        try:
            talk = await conversations.by_id(store, workspace_id, conversation_id)
        except Unknown:  # erased since
            continue
        line = next((one for one in await explain.why(store, talk) if one.rule_id == rule_id), None)
        if line is not None:
            found.append(Done(talk, line))
        if len(found) == count:
            break
    return found
