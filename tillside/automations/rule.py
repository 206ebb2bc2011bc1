"""Rules as they are kept: when, if, do; in three ordered lists, live or paused. What they mean stands in vocabulary.py, what they do in
engine.py."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.automations import check
from tillside.automations.terms import LISTS, AssignBy, Doing, Forward, How, Kind, ListName, Terms, Trigger
from tillside.base import stamps
from tillside.base.errors import Outdated, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

__all__ = [
    "LISTS", "MOST_RULES", "AssignBy", "Doing", "Forward", "How", "Kind", "ListName", "Rule", "Terms", "Trigger", "add", "applied", "by_id",
    "change", "drafted", "every", "in_order", "live", "live_kinds", "move", "named", "remove", "set_live",
]  # fmt: skip

MOST_RULES = 500
_COLUMNS = "workspace_id, id, list, name, position, live_since, terms, runs, last_run_at, created_at, updated_at, version"
_IN_ORDER = "order by case list when 'assignment' then 0 when 'tagging' then 1 else 2 end, position, id"
_LIVE = f"select {_COLUMNS} from rule where workspace_id = :w and live_since is not null {_IN_ORDER} limit {MOST_RULES}"
_KINDS = f"select distinct kinds from rule where workspace_id = :w and live_since is not null order by kinds limit {MOST_RULES}"


class Rule(Struct, frozen=True):
    """`live_since`: None while it is paused; what happened before that moment is not its matter. `runs`: how often it was applied."""

    workspace_id: int
    id: str
    list: ListName
    name: str
    position: int
    live_since: int | None
    terms: Terms
    runs: int
    last_run_at: int | None
    created_at: int
    updated_at: int
    version: int

    @property
    def is_live(self) -> bool:
        return self.live_since is not None


def drafted(workspace_id: int, list_name: ListName, name: str, terms: Terms) -> Rule:
    """A rule nobody has saved yet, for the simulator. Its id is ""."""
    at = stamps.now()
    return Rule(workspace_id, "", list_name, name, 0, at, terms, 0, None, at, at, 0)


async def add(tx: Transaction, workspace_id: int, list_name: ListName, name: str, terms: Terms, *, live: bool = False) -> Rule:
    """A new rule at the end of its list, paused unless `live`. Raises Refused with the field, such as ``steps.2.agent_id``."""
    said, terms = named(name), await check.checked(tx, workspace_id, terms)
    if list_name not in LISTS:
        raise Refused("There is no such list of rules.", field="list", hint=f"Use one of: {', '.join(LISTS)}.")
    row = await tx.one(
        "select count(*), coalesce(max(case when list = :list then position end), 0) from rule where workspace_id = :w",
        list=list_name,
        w=workspace_id,
    )
    count, last = row or (0, 0)
    if count >= MOST_RULES:
        raise Refused(f"A workspace has at most {MOST_RULES} rules.", field="name", hint="Remove one that is paused.")
    at = stamps.now()
    rule = Rule(workspace_id, stamps.new_id("rul", at), list_name, said, last + 1, at if live else None, terms, 0, None, at, at, 1)
    await tx.run(
        f"insert into rule ({_COLUMNS}, kinds) values (:w, :id, :list, :name, :position, :live, :terms, 0, null, :at, :at, 1, :kinds)",
        w=workspace_id,
        id=rule.id,
        list=list_name,
        name=said,
        position=rule.position,
        live=rule.live_since,
        terms=_text(terms),
        at=at,
        kinds=_kinds(terms),
    )
    activity.record(tx, workspace_id, "rule.added", rule.id)
    return rule


async def change(tx: Transaction, rule: Rule, *, name: str, terms: Terms, version: int | None = None) -> Rule:
    """Write it anew. What waits for its time goes on waiting, unless it looks at something else from now on. Raises Refused; Outdated when
    it is not at `version`."""
    held, terms = await _hold(tx, rule, version), await check.checked(tx, rule.workspace_id, terms)
    at = stamps.now()
    is_other = held.terms.when != terms.when
    since = at if held.is_live and is_other else held.live_since
    new = replace(held, name=named(name), terms=terms, live_since=since, updated_at=at, version=held.version + 1)
    await tx.run(
        "update rule set name = :name, terms = :terms, kinds = :kinds, live_since = :live, updated_at = :at, version = :version"
        " where workspace_id = :w and id = :id",
        name=new.name,
        terms=_text(terms),
        kinds=_kinds(terms),
        live=since,
        at=at,
        version=new.version,
        w=rule.workspace_id,
        id=rule.id,
    )
    if is_other:
        await _forget_timers(tx, rule)
    activity.record(tx, rule.workspace_id, "rule.changed", rule.id)
    return new


async def set_live(tx: Transaction, rule: Rule, live: bool) -> Rule:
    """Let it look at what happens from now on, or pause it; a paused one forgets what it waited for."""
    held = await _hold(tx, rule)
    if held.is_live == live:
        return held
    at = stamps.now()
    new = replace(held, live_since=at if live else None, updated_at=at, version=held.version + 1)
    await tx.run(
        "update rule set live_since = :live, updated_at = :at, version = :version where workspace_id = :w and id = :id",
        live=new.live_since,
        at=at,
        version=new.version,
        w=rule.workspace_id,
        id=rule.id,
    )
    if not live:
        await _forget_timers(tx, rule)
    activity.record(tx, rule.workspace_id, "rule.resumed" if live else "rule.paused", rule.id)
    return new


async def move(tx: Transaction, rule: Rule, place: int) -> None:
    """Put it at a place of its list, 0 being the top; the others close up."""
    rows = await tx.read(
        f"select id from rule where workspace_id = :w and list = :list order by position, id limit {MOST_RULES} {{lock}}",
        w=rule.workspace_id,
        list=rule.list,
    )
    others = [row[0] for row in rows if row[0] != rule.id]
    if len(others) == len(rows):
        raise Unknown("There is no such rule.")
    at = min(max(place, 0), len(others))
    ordered = [*others[:at], rule.id, *others[at:]]
    for position, rule_id in enumerate(ordered, start=1):
        await tx.run(
            "update rule set position = :position where workspace_id = :w and id = :id and position <> :position",
            position=position,
            w=rule.workspace_id,
            id=rule_id,
        )
    activity.record(tx, rule.workspace_id, "rule.moved", rule.id)


async def remove(tx: Transaction, rule: Rule) -> None:
    """Gone; what it did stays told in the conversations."""
    await _forget_timers(tx, rule)
    await tx.run("delete from rule where workspace_id = :w and id = :id", w=rule.workspace_id, id=rule.id)
    activity.record(tx, rule.workspace_id, "rule.removed", rule.id)


async def by_id(store: Database | Transaction, workspace_id: int, rule_id: str) -> Rule:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from rule where workspace_id = :w and id = :id", w=workspace_id, id=rule_id)
    if row is None:
        raise Unknown("There is no such rule.")
    return _rule(row)


async def every(store: Database | Transaction, workspace_id: int) -> list[Rule]:
    """All rules, list by list, from the top."""
    rows = await store.read(f"select {_COLUMNS} from rule where workspace_id = :w {_IN_ORDER} limit {MOST_RULES}", w=workspace_id)
    return [_rule(row) for row in rows]


async def live(store: Database | Transaction, workspace_id: int) -> list[Rule]:
    """Those that are not paused, in the order in which they run."""
    return [_rule(row) for row in await store.read(_LIVE, w=workspace_id)]


async def live_kinds(store: Database | Transaction, workspace_id: int) -> set[str]:
    """What any live rule waits for."""
    return {kind for (kinds,) in await store.read(_KINDS, w=workspace_id) for kind in kinds.split()}


async def applied(tx: Transaction, rule: Rule, at: int) -> None:
    """Count one application. Nobody is told here: the conversation's trail tells."""
    await tx.run(
        "update rule set runs = runs + 1, last_run_at = :at where workspace_id = :w and id = :id", at=at, w=rule.workspace_id, id=rule.id
    )


def named(said: str) -> str:
    """A name as it is kept. Raises Refused."""
    name = " ".join(said.replace("\0", "").split())
    if not name or len(name) > 120:
        raise Refused("A rule needs a name of 1 to 120 characters.", field="name", hint="Say what it does: Parcels go to Shipping.")
    return name


async def _hold(tx: Transaction, rule: Rule, version: int | None = None) -> Rule:
    row = await tx.one(f"select {_COLUMNS} from rule where workspace_id = :w and id = :id {{lock}}", w=rule.workspace_id, id=rule.id)
    if row is None:
        raise Unknown("There is no such rule.")
    held = _rule(row)
    if version is not None and held.version != version:
        raise Outdated("The rule was changed meanwhile.", field="version", hint="Open it again and repeat the change.")
    return held


async def _forget_timers(tx: Transaction, rule: Rule) -> None:
    await tx.run(
        "update rule_timer set state = 'dropped', due_at = null, settled_at = :at where workspace_id = :w and rule_id = :id"
        " and due_at is not null",
        at=stamps.now(),
        w=rule.workspace_id,
        id=rule.id,
    )


def _kinds(terms: Terms) -> str:
    return " ".join(sorted({trigger.kind for trigger in terms.when}))


def _text(terms: Terms) -> str:
    return msgspec.json.encode(terms).decode()


_TERMS = msgspec.json.Decoder(Terms)


def _rule(row: Row) -> Rule:
    workspace_id, rule_id, list_name, name, position, live_since, terms, *rest = row
    return Rule(workspace_id, rule_id, list_name, name, position, live_since, _TERMS.decode(terms), *rest)


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """As they run: list by list, each from its top."""
    return sorted(rules, key=lambda one: (LISTS.index(one.list), one.position, one.id))
