"""Lists of conversations: which ones (`Filters`), in which order, page by page by the last line seen. Reads only.

`cross join` says in which order SQLite walks (see customers/listing.py). A plus before a column keeps an index from being walked for its
order alone: see `_is_small`.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.conversations import counts
from tillside.conversations.conversation import Conversation, State
from tillside.conversations.counts import Count
from tillside.customers import listing as people
from tillside.storage.database import Database

Sort = Literal["newest", "oldest", "waiting", "created", "created_first", "updated", "updated_first"]
ME = "me"
NEVER = 2**62
MOST_COUNTED = 10_000
_FEW, _COMMON = 5_000, 1_000

_WAIT = f"coalesce(conversation.waiting_since, {NEVER - 1})"
"""The very expression of the indexes in migration 0006, so that they serve it."""
_KEYS: dict[Sort, tuple[str, bool]] = {
    "newest": ("conversation.sort_at", True),
    "oldest": ("conversation.sort_at", False),
    "waiting": (_WAIT, False),
    "created": ("conversation.created_at", True),
    "created_first": ("conversation.created_at", False),
    "updated": ("conversation.updated_at", True),
    "updated_first": ("conversation.updated_at", False),
}
"""Sort → the expression it sorts by, and whether the greatest comes first."""
_BY_TAG = "from conversation_tag"
_OF_ME = ("assignee_id", "mentions_of", "drafts_of", "waiting_of", "followed_by")
_SOURCES = {
    "mentions_of": "select distinct conversation_id from mention where workspace_id = :w and agent_id = :mentions_of and done_at is null",
    "drafts_of": "select conversation_id from draft where workspace_id = :w and agent_id = :drafts_of",
    "waiting_of": "select distinct conversation_id from message where workspace_id = :w and author_id = :waiting_of and state = 'waiting'",
    "followed_by": "select conversation_id from follower_of_conversation where workspace_id = :w and agent_id = :followed_by",
    "order_id": "select conversation_id from conversation_order where workspace_id = :w and order_id = :order_id",
}


class Filters(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Which conversations. None or empty means any; `assignee_id` and `team_id` "" mean nobody's; times in µs, from inclusive, to exclusive.

    `mentions_of`, `drafts_of`, `waiting_of`, `followed_by` are agents: notes that name them, what they write, what they will send, what
    they follow. `waits_minutes`: the customer waits longer than that.
    """

    states: list[State] = []
    assignee_id: str | None = None
    team_id: str | None = None
    channel: str | None = None
    channels: list[str] = []
    connector_id: str | None = None
    tag_ids: list[str] = []
    priority: int | None = None
    rated: list[int] = []
    is_waiting: bool = False
    waits_minutes: int | None = None
    profile_ids: list[str] | None = None
    order_id: str = ""
    mentions_of: str = ""
    drafts_of: str = ""
    waiting_of: str = ""
    followed_by: str = ""
    created_from: int | None = None
    created_to: int | None = None
    updated_from: int | None = None
    updated_to: int | None = None

    def of(self, agent_id: str) -> "Filters":
        """The same with "me" replaced by an agent."""
        mine = {name: agent_id for name in _OF_ME if getattr(self, name) == ME}
        return replace(self, **mine) if mine else self


STANDARD: dict[str, Filters] = {
    "mine": Filters(states=["open"], assignee_id=ME),
    "unassigned": Filters(states=["open"], assignee_id=""),
    "open": Filters(states=["open"]),
    "waiting": Filters(states=["open"], waits_minutes=240),
    "snoozed": Filters(states=["snoozed"]),
    "closed": Filters(states=["closed"]),
    "trash": Filters(states=["trash"]),
    "mentions": Filters(mentions_of=ME),
    "drafts": Filters(drafts_of=ME),
    "outbox": Filters(waiting_of=ME),
    "following": Filters(states=["open", "snoozed"], followed_by=ME),
}
"""The lists every agent has."""


class Badges(Struct, frozen=True):
    """How many conversations stand in each list of an agent; `teams` and `channels` count the open ones."""

    mine: int
    unassigned: int
    open: int
    snoozed: int
    closed: int
    trash: int
    mentions: int
    drafts: int
    outbox: int
    teams: dict[str, int]
    channels: dict[str, int]


async def page(
    database: Database,
    workspace_id: int,
    filters: Filters,
    *,
    sort: Sort = "newest",
    after: tuple[int, str] | None = None,
    count: int = 50,
    skip: int = 0,
) -> list[Conversation]:
    """One page; `after` is the `place` of the last conversation seen. `skip` is for the contract's numbered pages only."""
    expression, is_falling = _KEYS[sort]
    own_id = "conversation.id"
    sql, given = await _walk(database, workspace_id, filters, sort)
    if sql.startswith(_BY_TAG) and sort in ("newest", "oldest"):
        expression, own_id = "conversation_tag.sort_at", "conversation_tag.conversation_id"
    key = ("+" if await _is_small(database, workspace_id, filters, sort) else "") + expression
    way, sign = ("desc", "<") if is_falling else ("asc", ">")
    beyond, more = "" if after is None else f" and ({expression}, {own_id}) {sign} (:at, :last)", " offset :skip" if skip else ""
    sql = f"select {conversations.OF_CONVERSATION} {sql}{beyond} order by {key} {way}, {own_id} {way} limit :count{more}"
    if after is not None:
        given["at"], given["last"] = after
    if skip:
        given["skip"] = skip
    return [conversations.from_row(row) for row in await database.read(sql, w=workspace_id, count=count, **given)]


def place(conversation: Conversation, sort: Sort) -> tuple[int, str]:
    """Where a list goes on after this conversation."""
    times = {
        "newest": conversation.sort_at,
        "oldest": conversation.sort_at,
        "waiting": NEVER - 1 if conversation.waiting_since is None else conversation.waiting_since,
    }
    other = conversation.created_at if sort.startswith("created") else conversation.updated_at
    return times.get(sort, other), conversation.id


async def count(database: Database, workspace_id: int, filters: Filters) -> int:
    """How many: exact from the counts where these decide, else counted to `MOST_COUNTED`."""
    if _is_counted(filters):
        cells = await counts.every(database, workspace_id)
        return _sum(cells, filters)
    sql, given = _query(filters)
    row = await database.one(f"select count(*) from (select 1 {sql} limit {MOST_COUNTED}) found", w=workspace_id, **given)
    return int(row[0]) if row else 0


async def newer(database: Database, workspace_id: int, filters: Filters, at: int) -> int:
    """How many came to a list since a time; counted to a hundred."""
    sql, given = _query(filters)
    rows = await database.read(f"select 1 {sql} and conversation.sort_at > :at limit 100", w=workspace_id, at=at, **given)
    return len(rows)


async def badges(database: Database, workspace_id: int, agent_id: str) -> Badges:
    """Every number beside an agent's lists, in four small queries."""
    cells = await counts.every(database, workspace_id)
    own = [await _own(database, workspace_id, agent_id, name) for name in ("mentions_of", "drafts_of", "waiting_of")]
    opened = [cell for cell in cells if cell.state == "open"]
    return Badges(
        mine=counts.total(opened, assignee_id=agent_id),
        unassigned=counts.total(opened, assignee_id=""),
        open=counts.total(opened),
        snoozed=counts.total(cells, state="snoozed"),
        closed=counts.total(cells, state="closed"),
        trash=counts.total(cells, state="trash"),
        mentions=own[0],
        drafts=own[1],
        outbox=own[2],
        teams={team: counts.total(opened, team_id=team) for team in sorted({cell.team_id for cell in opened} - {""})},
        channels={channel: counts.total(opened, channel=channel) for channel in sorted({cell.channel for cell in opened})},
    )


async def of_person(database: Database, workspace_id: int, profile_id: str, *, count: int = 50) -> list[Conversation]:
    """A person's conversations, the newest first, whichever of their merged profiles they were opened with."""
    ids = await people.whole(database, workspace_id, [profile_id])
    return await page(database, workspace_id, Filters(profile_ids=ids), count=count)


async def _own(database: Database, workspace_id: int, agent_id: str, name: str) -> int:
    row = await database.one(f"select count(*) from ({_SOURCES[name]}) found", w=workspace_id, **{name: agent_id})
    return int(row[0]) if row else 0


def _query(filters: Filters, *, among: bool = False) -> tuple[str, dict[str, object]]:
    """From and where of these filters, walking from the narrowest: chosen people or sources, a tag, else the conversations themselves.

    `among`: walking from the conversations of ``wanted``, which stands before this.
    """
    given: dict[str, object] = {}
    start, joined = "from conversation", ""
    sources = [name for name in _SOURCES if getattr(filters, name)]
    if among:
        start, joined = "from wanted cross join conversation", " and conversation.id = wanted.id"
    if filters.profile_ids is not None:
        joined += " and conversation.profile_id in {list:profile_ids}"
        given["profile_ids"] = filters.profile_ids
    elif among:
        pass
    elif sources:
        first = sources.pop(0)
        start, joined = f"from ({_SOURCES[first]}) wanted cross join conversation", " and conversation.id = wanted.conversation_id"
        given[first] = getattr(filters, first)
    elif filters.tag_ids:
        start = f"{_BY_TAG} cross join conversation"
        joined = (
            " and conversation_tag.workspace_id = :w and conversation_tag.tag_id = :tag0 and conversation.id = conversation_tag.conversation_id"
        )
    where = [f"where conversation.workspace_id = :w{joined}"]
    for name in sources:
        where.append(f"conversation.id in ({_SOURCES[name]})")
        given[name] = getattr(filters, name)
    _columns(filters, where, given)
    _tags(filters, where, given, walks=start.startswith(_BY_TAG))
    return f"{start} {' and '.join(where)}", given


def _columns(filters: Filters, where: list[str], given: dict[str, object]) -> None:
    if len(filters.states) == 1:
        where.append("conversation.state = :state")
        given["state"] = filters.states[0]
    elif filters.states:
        where.append("conversation.state in {list:states}")
        given["states"] = list(filters.states)
    for name in ("assignee_id", "team_id", "channel", "connector_id", "priority"):
        if getattr(filters, name) is not None:
            where.append(f"conversation.{name} = :{name}")
            given[name] = getattr(filters, name)
    if filters.channels:
        where.append("conversation.channel in {list:channels}")
        given["channels"] = filters.channels
    if filters.rated:
        where.append("conversation.rating in {ints:rated}")
        given["rated"] = filters.rated
    if filters.is_waiting:
        where.append("conversation.waiting_since is not null")
    if filters.waits_minutes is not None:
        where.append(f"{_WAIT} < :waits_before")
        given["waits_before"] = stamps.now() - filters.waits_minutes * stamps.MINUTE
    for column, low, high in (("created_at", "created_from", "created_to"), ("updated_at", "updated_from", "updated_to")):
        for name, sign in ((low, ">="), (high, "<")):
            if getattr(filters, name) is not None:
                where.append(f"conversation.{column} {sign} :{name}")
                given[name] = getattr(filters, name)


def _tags(filters: Filters, where: list[str], given: dict[str, object], *, walks: bool) -> None:
    """All of these tags. The first is walked along where nothing narrower is; then its copy of the state narrows the walk."""
    for number, tag_id in enumerate(filters.tag_ids):
        given[f"tag{number}"] = tag_id
        if walks and number == 0:
            if len(filters.states) == 1:
                where.append("conversation_tag.state = :state")
            continue
        where.append(
            f"exists (select 1 from conversation_tag worn where worn.workspace_id = :w and worn.conversation_id = conversation.id"
            f" and worn.tag_id = :tag{number})"
        )


async def _is_small(database: Database, workspace_id: int, filters: Filters, sort: Sort) -> bool:
    """Whether so few are counted that they are better found by what narrows them and sorted then, than walked to in the order of time."""
    if sort in ("newest", "oldest", "waiting") or not (filters.states or filters.assignee_id is not None or filters.team_id is not None):
        return False
    return _sum(await counts.every(database, workspace_id), filters) < _FEW


async def _walk(database: Database, workspace_id: int, filters: Filters, sort: Sort) -> tuple[str, dict[str, object]]:
    """`_query`, but a list of who waits longest is not sorted where many wear its tag: walking by time, a page of them is met sooner (a
    million conversations, a tag of every fifth: 225 ms sorted, 2 ms walked). Nor is a list of those who wait for long, in another order than
    that, where they are many (1,000 ms, 3 ms)."""
    if sort in ("newest", "oldest") and filters.waits_minutes is not None and await _many_wait(database, workspace_id, filters):
        sql, given = _query(filters)
        return sql.replace(f"{_WAIT} < :waits_before", f"+{_WAIT} < :waits_before"), given
    if sort != "waiting" or not filters.tag_ids:
        return _query(filters)
    if not await _many_wear(database, workspace_id, filters):
        return _query(filters)
    sql, given = _query(replace(filters, tag_ids=[]))
    worn: list[str] = []
    _tags(filters, worn, given, walks=False)
    return " and ".join([sql, *worn]), given


async def _many_wear(database: Database, workspace_id: int, filters: Filters) -> bool:
    """Whether more than a thousand conversations wear the first tag, in the state asked for."""
    one = " and state = :state" if len(filters.states) == 1 else ""
    given = {"state": filters.states[0]} if one else {}
    many = f"select 1 from conversation_tag where workspace_id = :w and tag_id = :tag{one} order by state, sort_at limit 1 offset :few"
    return await database.one(many, w=workspace_id, tag=filters.tag_ids[0], few=_COMMON, **given) is not None


async def _many_wait(database: Database, workspace_id: int, filters: Filters) -> bool:
    """Whether more than a few hundred conversations wait so long, as far as one walk along their index tells."""
    if len(filters.states) != 1:
        return True
    only = Filters(states=filters.states, waits_minutes=filters.waits_minutes)
    sql, given = _query(only)
    return await database.one(f"select 1 {sql} order by {_WAIT} limit 1 offset :few", w=workspace_id, few=_COMMON, **given) is not None


def _is_counted(filters: Filters) -> bool:
    plain = Filters(
        states=filters.states, assignee_id=filters.assignee_id, team_id=filters.team_id, channel=filters.channel, channels=filters.channels
    )
    return plain == filters


def _sum(cells: list[Count], filters: Filters) -> int:
    channels = set(filters.channels) | ({filters.channel} if filters.channel is not None else set())
    return sum(
        cell.count
        for cell in cells
        if (not filters.states or cell.state in filters.states)
        and (filters.assignee_id is None or cell.assignee_id == filters.assignee_id)
        and (filters.team_id is None or cell.team_id == filters.team_id)
        and (not channels or cell.channel in channels)
    )


async def among(database: Database, workspace_id: int, filters: Filters, ids: Sequence[str]) -> set[str]:
    """Which of these conversations (at most 500) stand in the list; walked from the conversations, however few the list has."""
    sql, given = _query(filters, among=True)
    sql = f"with wanted(id) as {{list:among}} select conversation.id {sql} order by conversation.id limit 500"
    rows = await database.read(sql, w=workspace_id, among=list(ids), **given)
    return {row[0] for row in rows}
