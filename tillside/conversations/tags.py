"""Tags: the words of a workspace for its conversations. Putting them on and taking them off stands in tagging.py."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

LONGEST_NAME = 120
_COLUMNS = "workspace_id, id, name, color, description, archived_at, created_at, updated_at"
_INSERT = """
insert into tag (workspace_id, id, name, folded, color, description, created_at, updated_at)
values (:w, :id, :name, :folded, :color, :description, :at, :at) on conflict do nothing
"""
_MEANT = f"""
select {_COLUMNS} from tag where workspace_id = :w and (id in {{list:said}} or folded in {{list:folded}}) order by id limit 500
"""
_WORN = """
with wanted(id) as {list:ids}
select conversation_tag.conversation_id, tag.id, tag.name, tag.color, conversation_tag.given from wanted cross join conversation_tag
cross join tag
where conversation_tag.workspace_id = :w and conversation_tag.conversation_id = wanted.id
  and tag.workspace_id = :w and tag.id = conversation_tag.tag_id
order by conversation_tag.conversation_id, conversation_tag.at, tag.id limit 20000
"""


class Tag(Struct, frozen=True):
    workspace_id: int
    id: str
    name: str
    color: str
    description: str
    archived_at: int | None
    created_at: int
    updated_at: int


class Worn(Struct, frozen=True):
    """A tag on a conversation; `given` is how it was named when it was put on: its id or its name."""

    id: str
    name: str
    color: str
    given: str


async def add(tx: Transaction, workspace_id: int, name: str, *, color: str = "", description: str = "") -> Tag:
    """A new tag. Raises Refused for a name we cannot take, Conflict for one that is there."""
    said = named(name)
    if await _by_folded(tx, workspace_id, folded(said)) is not None:
        raise Conflict(f"There is a tag {said} already.", field="name", hint="Use that one.")
    at = stamps.now()
    tag = Tag(workspace_id, stamps.new_id("tag", at), said, color[:40], description[:500], None, at, at)
    values = {"name": said, "folded": folded(said), "color": tag.color, "description": tag.description, "at": at}
    if not await tx.run(_INSERT, w=workspace_id, id=tag.id, **values):
        raise Conflict(f"There is a tag {said} already.", field="name", hint="Use that one.")
    activity.record(tx, workspace_id, "tag.added", tag.id)
    return tag


async def ensured(tx: Transaction, workspace_id: int, name: str, *, color: str = "", description: str = "") -> Tag:
    """The tag of this name, made when there is none."""
    known = await _by_folded(tx, workspace_id, folded(named(name)))
    if known is not None:
        return known
    try:
        return await add(tx, workspace_id, name, color=color, description=description)
    except Conflict:  # made by somebody else a moment ago; what they wrote can be read now
        return await by_id(tx, workspace_id, (await meant(tx, workspace_id, [name]))[name].id)


async def change(tx: Transaction, tag: Tag, *, name: str, color: str, description: str) -> Tag:
    """Raises Refused, Conflict."""
    said = named(name)
    known = await _by_folded(tx, tag.workspace_id, folded(said))
    if known is not None and known.id != tag.id:
        raise Conflict(f"There is a tag {said} already.", field="name", hint="Choose another name.")
    new = replace(tag, name=said, color=color[:40], description=description[:500], updated_at=stamps.now())
    await tx.run(
        "update tag set name = :name, folded = :folded, color = :color, description = :description, updated_at = :at"
        " where workspace_id = :w and id = :id",
        name=new.name,
        folded=folded(said),
        color=new.color,
        description=new.description,
        at=new.updated_at,
        w=tag.workspace_id,
        id=tag.id,
    )
    activity.record(tx, tag.workspace_id, "tag.changed", tag.id)
    return new


async def archive(tx: Transaction, tag: Tag, *, archived: bool = True) -> None:
    """No longer offered, but kept where it is; or offered again."""
    at = stamps.now()
    await tx.run(
        "update tag set archived_at = :archived, updated_at = :at where workspace_id = :w and id = :id",
        archived=at if archived else None,
        at=at,
        w=tag.workspace_id,
        id=tag.id,
    )
    activity.record(tx, tag.workspace_id, "tag.archived" if archived else "tag.restored", tag.id)


async def by_id(store: Database | Transaction, workspace_id: int, tag_id: str) -> Tag:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from tag where workspace_id = :w and id = :id", w=workspace_id, id=tag_id)
    if row is None:
        raise Unknown("There is no such tag.")
    return Tag(*row)


async def every(database: Database | Transaction, workspace_id: int, *, archived: bool = False) -> list[Tag]:
    """By name; without the archived ones unless they are asked for."""
    only = "" if archived else " and archived_at is null"
    rows = await database.read(f"select {_COLUMNS} from tag where workspace_id = :w{only} order by folded, id limit 5000", w=workspace_id)
    return [Tag(*row) for row in rows]


async def meant(store: Database | Transaction, workspace_id: int, said: Sequence[str]) -> dict[str, Tag]:
    """What was said → the tag of that id or name; what fits none is not in it."""
    words = [word for word in said if word.strip()]
    rows = await store.read(_MEANT, w=workspace_id, said=words, folded=[folded(word) for word in words])
    found = [Tag(*row) for row in rows]
    by_name = {folded(tag.name): tag for tag in found}
    by_own_id = {tag.id: tag for tag in found}
    pairs = {word: by_own_id.get(word) or by_name.get(folded(word)) for word in words}
    return {word: tag for word, tag in pairs.items() if tag is not None}


async def worn(store: Database | Transaction, workspace_id: int, conversation_ids: Sequence[str]) -> dict[str, list[Worn]]:
    """Conversation id → its tags in the order in which they were put on, in one query."""
    found: dict[str, list[Worn]] = {}
    for conversation_id, *tag in await store.read(_WORN, w=workspace_id, ids=list(conversation_ids)):
        found.setdefault(conversation_id, []).append(Worn(*tag))
    return found


def folded(name: str) -> str:
    """What makes two names the same: case and white space do not count."""
    return " ".join(name.split()).casefold()


def named(said: str) -> str:
    """A name as it is kept. Raises Refused."""
    name = " ".join(said.replace("\0", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"A tag has 1 to {LONGEST_NAME} characters.", field="tags", hint="Use a short word.")
    return name


async def _by_folded(tx: Transaction, workspace_id: int, name: str) -> Tag | None:
    row = await tx.one(f"select {_COLUMNS} from tag where workspace_id = :w and folded = :folded", w=workspace_id, folded=name)
    return Tag(*row) if row else None
