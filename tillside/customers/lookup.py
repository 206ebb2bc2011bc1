"""From what names somebody to the profile people see: for reads, outside the projector."""

from tillside.customers import identity
from tillside.customers.people import Handle
from tillside.events import contact
from tillside.events.shapes import Claims
from tillside.storage.database import Database

_HOLDERS = """
select value, kind, scope, tier, profile_id from identifier
where workspace_id = :workspace_id and value in {list:values} order by tier desc, since limit 200
"""
_ROOT = """
with recursive line (id, into_id, step) as (
  select id, into_id, 0 from profile where workspace_id = :workspace_id and id = :id
  union all
  select profile.id, profile.into_id, line.step + 1 from profile join line on profile.id = line.into_id
  where profile.workspace_id = :workspace_id
)
select id from line where into_id is null limit 1
"""
_SHOWN = """
select profile.id, profile.email, profile.phone from profile_word join profile
  on profile.workspace_id = profile_word.workspace_id and profile.id = profile_word.profile_id
where profile_word.workspace_id = :workspace_id and profile_word.word in {list:words} and profile.into_id is null
order by profile.kind desc, profile.last_seen_at desc, profile.id limit 50
"""


async def holder(database: Database, workspace_id: int, handles: list[Handle]) -> str | None:
    """The profile people see that holds the strongest of these handles."""
    found = await _holders(database, workspace_id, [handle[0] for handle in handles])
    for handle in handles:
        if handle in found:
            return await root(database, workspace_id, found[handle])
    return None


async def anybody(database: Database, workspace_id: int, claims: Claims) -> str | None:
    """The profile people see that holds an e-mail or phone, one vouched for before one typed; else the last seen that shows it.

    A visitor who typed an id as well holds the id alone, so their e-mail and phone are found among the words they are searched by.
    """
    for tier in (identity.VOUCHED, identity.TYPED):
        found = await holder(database, workspace_id, identity.handles(Claims(email=claims.email, phone=claims.phone), "", tier))
        if found is not None:
            return found
    numbers = contact.dialled(claims.phone) if claims.phone else []
    words = [*([claims.email[:80]] if claims.email else []), *numbers]
    for profile_id, email, phone in await database.read(_SHOWN, workspace_id=workspace_id, words=words) if words else ():
        if email.strip().lower() == claims.email or (phone and contact.digits(phone) in numbers):
            return str(profile_id)
    return None


async def uid_of_email(database: Database, workspace_id: int, connector_id: str, email: str | None) -> str | None:
    """The shop's own id of whoever an e-mail is vouched for; None when nobody has it, or they have no id in this shop."""
    if email is None:
        return None
    found = await holder(database, workspace_id, [(email, "email", "", identity.VOUCHED)])
    if found is None:
        return None
    rows = await database.read(
        "select identifier.value from identifier join profile on profile.workspace_id = identifier.workspace_id"
        " and profile.id = identifier.profile_id where identifier.workspace_id = :workspace_id and identifier.kind = 'uid'"
        " and identifier.scope = :scope and identifier.tier = 1 and (profile.id = :id or profile.into_id = :id)"
        " order by identifier.since limit 1",
        workspace_id=workspace_id,
        scope=connector_id,
        id=found,
    )
    return str(rows[0][0]) if rows else None


async def root(database: Database, workspace_id: int, profile_id: str) -> str | None:
    """The end of the line of merges a profile stands in; None when there is no such profile."""
    row = await database.one(_ROOT, workspace_id=workspace_id, id=profile_id)
    return str(row[0]) if row else None


async def _holders(database: Database, workspace_id: int, values: list[str]) -> dict[Handle, str]:
    if not values:
        return {}
    rows = await database.read(_HOLDERS, workspace_id=workspace_id, values=values)
    return {(value, kind, scope, tier): profile_id for value, kind, scope, tier, profile_id in rows}
