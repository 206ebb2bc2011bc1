"""One person as people see them: the profile with everything merged into it, how each fact is vouched for, and what is held back."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from tillside.base.errors import Unknown
from tillside.customers import profile as profiles
from tillside.customers.people import Merge
from tillside.customers.profile import Profile
from tillside.events import registers
from tillside.events.registers import Document
from tillside.storage.database import Database, Transaction

_MOST_MEMBERS = 500
_MOST_LINES = 200
_ROOT = """
with recursive up(id, into_id) as (
  select id, into_id from profile where workspace_id = :workspace_id and id = :id
  union
  select profile.id, profile.into_id from up cross join profile where profile.workspace_id = :workspace_id and profile.id = up.into_id
)
select id from up where into_id is null order by id limit 1
"""
_MEMBERS = f"""
with recursive member(id) as (
  select id from profile where workspace_id = :workspace_id and id = :id
  union
  select profile.id from member cross join profile where profile.workspace_id = :workspace_id and profile.into_id = member.id
)
select {profiles.COLUMNS} from profile where workspace_id = :workspace_id and id in (select id from member)
order by first_seen_at, id limit {_MOST_MEMBERS}
"""
_HANDLES = """
with wanted(id) as {list:ids},
named(value, kind, scope, tier) as (
  select identifier.value, identifier.kind, identifier.scope, identifier.tier from wanted cross join identifier
  where identifier.workspace_id = :workspace_id and identifier.profile_id = wanted.id
)
select identifier.value, identifier.kind, identifier.scope, identifier.tier, profile_id, trust, source, since from named cross join identifier
where identifier.workspace_id = :workspace_id and identifier.value = named.value and identifier.kind = named.kind
  and identifier.scope = named.scope and identifier.tier = named.tier
order by trust desc, since, identifier.kind, identifier.value, identifier.scope, identifier.tier limit :count
"""
"""By the index alone first: asked for all columns at once, SQLite reads every row of the workspace, since its key begins with that."""
_MERGES = """
with wanted(profile_id) as {list:ids}
select id, from_id, into_id, reason, trust, event_id, at, undone_at from wanted cross join merge
where merge.workspace_id = :workspace_id and merge.from_id = wanted.profile_id and undone_at is null order by at desc, id limit :count
"""
_ROOTS = """
with recursive up(origin, id, into_id) as (
  select id, id, into_id from profile where workspace_id = :workspace_id and id in {list:ids}
  union
  select up.origin, profile.id, profile.into_id from up cross join profile
  where profile.workspace_id = :workspace_id and profile.id = up.into_id
)
select origin, id from up where into_id is null order by origin limit :count
"""
_MEMBERS_OF_MANY = f"""
with recursive member(root, id) as (
  select id, id from profile where workspace_id = :workspace_id and id in {{list:ids}}
  union
  select member.root, profile.id from member cross join profile where profile.workspace_id = :workspace_id and profile.into_id = member.id
)
select member.root, {", ".join("profile." + name for name in profiles.COLUMNS.split(", "))} from member cross join profile
where profile.workspace_id = :workspace_id and profile.id = member.id order by member.root, profile.first_seen_at, profile.id limit :count
"""


class Handle(Struct, frozen=True):
    """Something a person is known by. `scope` is the connector of an account or a browser; `since` the event it was first seen in."""

    value: str
    kind: str
    scope: str
    tier: int
    profile_id: str
    trust: int
    source: str
    since: int


class Person(Struct, frozen=True):
    """`seen` and `held`: trait → (value, trust); what is held was said at lower trust and contradicts what is shown."""

    root: Profile
    members: list[Profile]
    handles: list[Handle]
    merges: list[Merge]
    seen: dict[str, tuple[Any, int]]
    held: dict[str, tuple[Any, int]]

    @property
    def id(self) -> str:
        return self.root.id

    @property
    def called(self) -> str:
        return self.root.name or self.root.email or self.root.phone

    @property
    def ids(self) -> list[str]:
        return [member.id for member in self.members]

    def member(self, profile_id: str) -> Profile:
        """One of the profiles that make up this person."""
        return next(one for one in self.members if one.id == profile_id)


async def root_of(database: Database | Transaction, workspace_id: int, profile_id: str) -> str:
    """The id of the person a profile stands for today. Raises Unknown."""
    row = await database.one(_ROOT, workspace_id=workspace_id, id=profile_id)
    if row is None:
        raise Unknown("There is no such customer here.")
    return str(row[0])


async def read(database: Database | Transaction, workspace_id: int, root_id: str) -> Person:
    """The whole person, in three queries. Raises Unknown."""
    members = [Profile.from_row(row) for row in await database.read(_MEMBERS, workspace_id=workspace_id, id=root_id)]
    root = next((one for one in members if one.id == root_id), None)
    if root is None:
        raise Unknown("There is no such customer here.")
    ids = [one.id for one in members]
    handles = [Handle(*row) for row in await database.read(_HANDLES, workspace_id=workspace_id, ids=ids, count=_MOST_LINES)]
    merges = [Merge(*row) for row in await database.read(_MERGES, workspace_id=workspace_id, ids=ids, count=_MOST_LINES)]
    return _whole(root, members, handles, merges)


async def of_many(database: Database, workspace_id: int, profile_ids: Sequence[str]) -> dict[str, Person]:
    """Profile id → the person it stands for today, of a few hundred at once, in four queries; who is gone is not there."""
    count = _MOST_LINES * max(1, len(profile_ids))
    listed_roots = await database.read(_ROOTS, workspace_id=workspace_id, ids=sorted(set(profile_ids)), count=count)
    roots = {str(origin): str(root) for origin, root in listed_roots}
    members: dict[str, list[Profile]] = {}
    for root, *row in await database.read(_MEMBERS_OF_MANY, workspace_id=workspace_id, ids=sorted(set(roots.values())), count=count):
        if len(known := members.setdefault(root, [])) < _MOST_MEMBERS:
            known.append(Profile.from_row(tuple(row)))
    whose = {one.id: root for root, listed in members.items() for one in listed}
    handles: dict[str, list[Handle]] = {}
    for handle in (Handle(*row) for row in await database.read(_HANDLES, workspace_id=workspace_id, ids=list(whose), count=count)):
        handles.setdefault(whose[handle.profile_id], []).append(handle)
    merges: dict[str, list[Merge]] = {}
    for merge in (Merge(*row) for row in await database.read(_MERGES, workspace_id=workspace_id, ids=list(whose), count=count)):
        merges.setdefault(whose[merge.from_id], []).append(merge)
    found = {
        root: _whole(top, listed, handles.get(root, [])[:_MOST_LINES], merges.get(root, [])[:_MOST_LINES])
        for root, listed in members.items()
        if (top := next((one for one in listed if one.id == root), None))
    }
    return {origin: found[root] for origin, root in roots.items() if root in found}


def _whole(root: Profile, members: list[Profile], handles: list[Handle], merges: list[Merge]) -> Person:
    traits = together(members)
    return Person(root, members, handles, merges, registers.seen(traits), registers.held(traits))


def together(members: list[Profile]) -> Document:
    """What all of them were said to be, layer by layer of trust."""
    joined: Document = {}
    for one in members:
        joined = registers.join_documents(joined, one.known.traits) if joined else one.known.traits
    return joined
