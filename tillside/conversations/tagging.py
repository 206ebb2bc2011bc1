"""Putting tags on conversations and taking them off, by id or by name. Sets: twice is once."""

from collections.abc import Sequence

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import tags, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.tags import Tag
from tillside.conversations.trail import Undo
from tillside.storage.database import Transaction

MOST = 100
_PUT = """
insert into conversation_tag (workspace_id, conversation_id, tag_id, state, sort_at, given, at)
values (:w, :id, :tag, :state, :sort_at, :given, :at)
on conflict (workspace_id, conversation_id, tag_id) do update set given = excluded.given where conversation_tag.given <> excluded.given
"""
_TAKE = "delete from conversation_tag where workspace_id = :w and conversation_id = :id and tag_id in {list:tags}"


async def add(tx: Transaction, conversation: Conversation, said: Sequence[str], *, by: Actor) -> Conversation:
    """Put on the tags of these ids or names; a name there is not yet becomes a tag. Each is told again as it was said."""
    named = await _ensured(tx, conversation.workspace_id, said)
    held = await conversations.hold(tx, conversation)
    return await _change(tx, held, put=named, take=[], by=by)


async def remove(tx: Transaction, conversation: Conversation, said: Sequence[str], *, by: Actor) -> Conversation:
    """Take off the tags of these ids or names; those that are not on it are passed over."""
    found = await tags.meant(tx, conversation.workspace_id, said)
    held = await conversations.hold(tx, conversation)
    return await _change(tx, held, put={}, take=[tag.id for tag in found.values()], by=by)


async def replace(tx: Transaction, conversation: Conversation, said: Sequence[str], *, by: Actor) -> Conversation:
    """Exactly these tags."""
    named = await _ensured(tx, conversation.workspace_id, said)
    held = await conversations.hold(tx, conversation)
    wanted = {tag.id for tag in named.values()}
    worn = (await tags.worn(tx, held.workspace_id, [held.id])).get(held.id, [])
    return await _change(tx, held, put=named, take=[one.id for one in worn if one.id not in wanted], by=by)


async def put_back(tx: Transaction, conversation: Conversation, tag_id: str, given: str) -> Conversation:
    """A tag that was taken off, named as it was."""
    held = await conversations.hold(tx, conversation)
    await _put(tx, held, tag_id, given, at=stamps.now())
    return await conversations.save(tx, held)


async def _change(tx: Transaction, held: Conversation, *, put: dict[str, Tag], take: list[str], by: Actor) -> Conversation:
    before = {one.id: one for one in (await tags.worn(tx, held.workspace_id, [held.id])).get(held.id, [])}
    given = {tag.id: word for word, tag in put.items()}
    if len(before.keys() | given.keys()) > MOST:
        raise Refused(f"A conversation has at most {MOST} tags.", field="tags", hint="Take some off first.")
    on = {tag_id: word for tag_id, word in given.items() if tag_id not in before}
    off = [before[tag_id] for tag_id in take if tag_id in before]
    for number, (tag_id, word) in enumerate(given.items()):
        if tag_id in on or before[tag_id].given != word:
            await _put(tx, held, tag_id, word, at=stamps.now() + number)
    if off:
        await tx.run(_TAKE, w=held.workspace_id, id=held.id, tags=[one.id for one in off])
    if not on and not off:
        return held
    new = await conversations.save(tx, held)
    names = {tag.id: tag.name for tag in put.values()}
    undo = Undo(tags=[(one.id, one.given) for one in off], untag=list(on))
    added, removed = [names[tag_id] for tag_id in on], [one.name for one in off]
    await trail.record(tx, new, "tagged", by=by, undo=undo, added=added, removed=removed)
    return new


async def _put(tx: Transaction, held: Conversation, tag_id: str, given: str, *, at: int) -> None:
    await tx.run(_PUT, w=held.workspace_id, id=held.id, tag=tag_id, state=held.state, sort_at=held.sort_at, given=given, at=at)


async def _ensured(tx: Transaction, workspace_id: int, said: Sequence[str]) -> dict[str, Tag]:
    """Each word with its tag, made where there is none; empty words are passed over."""
    words = list(dict.fromkeys(word.strip() for word in said if word.strip()))
    if len(words) > MOST:
        raise Refused(f"At most {MOST} tags at once.", field="tags", hint="Send fewer.")
    found = await tags.meant(tx, workspace_id, words)
    for word in sorted(words):  # in one order, so that two who make the same tags do not wait for each other crosswise
        if word not in found:
            found[word] = await tags.ensured(tx, workspace_id, word)
    return {word: found[word] for word in words}
