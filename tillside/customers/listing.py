"""The list of customers: who was here last, and who is meant by a few typed letters. Reads only; one row is one person people see.

`cross join` says in which order SQLite walks: from the few that are wanted to their rows. Left to itself it takes an index on the
workspace alone for selective, and reads every row of it."""

from typing import Literal

from msgspec import Struct

from tillside.customers import profile as profiles
from tillside.events import contact
from tillside.storage.database import Database

Show = Literal["all", "customers", "visitors"]

_KINDS = {"all": "", "customers": " and kind = 1", "visitors": " and kind = 0"}
_COLUMNS = "id, kind, name, email, phone, place, first_seen_at, last_seen_at"
_OF_PROFILE = ", ".join(f"profile.{name}" for name in _COLUMNS.split(", "))
_MOST_FOUND = 500
"""How many profiles a search looks at: a word that fits more people than this is too short to mean anybody."""
_WORD_END = "\U0010ffff"

_PAGE = f"""
select {_COLUMNS} from profile
where workspace_id = :workspace_id and into_id is null{{kind}} and (last_seen_at, id) < (:at, :id)
order by last_seen_at desc, id desc limit :count
"""
_NEWER = """
select count(*) from (
  select id from profile where workspace_id = :workspace_id and into_id is null{kind} and last_seen_at > :at order by last_seen_at limit 100
) fresh
"""
_UP = """
up(id, into_id) as (
  select id, into_id from profile where workspace_id = :workspace_id and id in {list:ids}
  union
  select profile.id, profile.into_id from up cross join profile where profile.workspace_id = :workspace_id and profile.id = up.into_id
)
"""
_FOUND_PAGE = f"""
with recursive {_UP}
select {_OF_PROFILE} from up cross join profile
where profile.workspace_id = :workspace_id and profile.id = up.id and up.into_id is null{{kind}}
  and (profile.last_seen_at, profile.id) < (:at, :id)
order by profile.last_seen_at desc, profile.id desc limit :count
"""
_ROOTS = f"with recursive {_UP} select id from up where into_id is null order by id limit {_MOST_FOUND}"
_GROUPS = f"""
with recursive member(id) as (
  select id from profile where workspace_id = :workspace_id and id in {{list:ids}}
  union
  select profile.id from member cross join profile where profile.workspace_id = :workspace_id and profile.into_id = member.id
)
select id from member order by id limit {2 * _MOST_FOUND}
"""
_NAMED = f"""
with wanted(value) as {{list:values}}
select distinct identifier.profile_id from wanted cross join identifier
where identifier.workspace_id = :workspace_id and identifier.value = wanted.value order by identifier.profile_id limit {_MOST_FOUND}
"""
_BY_WORD = "select profile_id from profile_word where workspace_id = :workspace_id and word >= :word0 and word < :end0"
_AND_WORD = """
 and profile_id in (select other.profile_id from profile_word other
 where other.workspace_id = :workspace_id and other.word >= :word{n} and other.word < :end{n})"""


class Line(Struct, frozen=True):
    """One person of the list."""

    id: str
    kind: int
    name: str
    email: str
    phone: str
    place: str
    first_seen_at: int
    last_seen_at: int

    @property
    def is_customer(self) -> bool:
        return self.kind == profiles.CUSTOMER

    @property
    def called(self) -> str:
        return self.name or self.email or self.phone


async def page(
    database: Database, workspace_id: int, *, show: Show = "all", before: tuple[int, str] | None = None, count: int = 50
) -> list[Line]:
    """Whoever was here last comes first; `before` is (last_seen_at, id) of the last line already seen."""
    at, last = before or (2**62, "")
    sql = _PAGE.format(kind=_KINDS[show])
    return [Line(*row) for row in await database.read(sql, workspace_id=workspace_id, at=at, id=last, count=count)]


async def found_page(
    database: Database,
    workspace_id: int,
    profile_ids: list[str],
    *,
    show: Show = "all",
    before: tuple[int, str] | None = None,
    count: int = 50,
) -> list[Line]:
    """The same list, of these profiles only; each stands for the person it was merged into."""
    at, last = before or (2**62, "")
    sql = _FOUND_PAGE.replace("{kind}", _KINDS[show])
    rows = await database.read(sql, workspace_id=workspace_id, ids=profile_ids, at=at, id=last, count=count)
    return [Line(*row) for row in rows]


async def newer(database: Database, workspace_id: int, at: int, *, show: Show = "all") -> int:
    """How many people were here after a moment; counted to a hundred."""
    row = await database.one(_NEWER.format(kind=_KINDS[show]), workspace_id=workspace_id, at=at)
    return int(row[0]) if row else 0


async def find(database: Database, workspace_id: int, text: str, *, region: str) -> list[str]:
    """The profiles (merged or not) a search means: an e-mail, phone, account or browser id exactly, or beginnings of words of a name."""
    named = await named_by(database, workspace_id, text, region=region)
    words = text.lower().replace("-", " ").split()[:4]
    if not words:
        return named
    words.sort(key=len, reverse=True)
    sql = _BY_WORD + "".join(_AND_WORD.replace("{n}", str(n)) for n in range(1, len(words)))
    given = {f"word{n}": word for n, word in enumerate(words)} | {f"end{n}": word + _WORD_END for n, word in enumerate(words)}
    rows = await database.read(f"{sql} order by word, profile_id limit {_MOST_FOUND}", workspace_id=workspace_id, **given)
    return list(dict.fromkeys([*named, *(row[0] for row in rows)]))


async def named_by(database: Database, workspace_id: int, text: str, *, region: str) -> list[str]:
    """The profiles that hold exactly this e-mail, phone, account or browser id."""
    values = sorted({text.strip(), text.strip().lower(), contact.phone(text, region) or ""} - {""})
    return [row[0] for row in await database.read(_NAMED, workspace_id=workspace_id, values=values)]


async def roots(database: Database, workspace_id: int, profile_ids: list[str]) -> list[str]:
    """The people these profiles were merged into, or are."""
    return [row[0] for row in await database.read(_ROOTS, workspace_id=workspace_id, ids=profile_ids)]


async def whole(database: Database, workspace_id: int, profile_ids: list[str]) -> list[str]:
    """These people with every profile merged into them, over any number of steps."""
    tops = await roots(database, workspace_id, profile_ids)
    return [row[0] for row in await database.read(_GROUPS, workspace_id=workspace_id, ids=tops)]


async def names(database: Database, workspace_id: int, profile_ids: list[str]) -> dict[str, Line]:
    """Profile id → the person people see for it. At most as many as a page shows."""
    rows = await database.read(_PEOPLE, workspace_id=workspace_id, ids=sorted(set(profile_ids)))
    return {row[0]: Line(*row[1:]) for row in rows}


_PEOPLE = f"""
with recursive up(origin, id, into_id) as (
  select id, id, into_id from profile where workspace_id = :workspace_id and id in {{list:ids}}
  union
  select up.origin, profile.id, profile.into_id from up cross join profile
  where profile.workspace_id = :workspace_id and profile.id = up.into_id
)
select up.origin, {_OF_PROFILE} from up cross join profile
where profile.workspace_id = :workspace_id and profile.id = up.id and up.into_id is null order by up.origin limit {_MOST_FOUND}
"""
