"""A run: one time somebody took an action. The record and how runs are found; what moves them stands in runs.py."""

from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base.errors import Unknown
from tillside.storage.database import Database, Row, Transaction
from tillside.targets.calls import Cause

State = Literal["proposed", "approved", "running", "done", "failed", "declined"]
STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("proposed", "approved", "running")
COLUMNS = (
    "workspace_id, id, action_id, action_name, icon, state, conversation_id, order_id, order_name, profile_id, input, shown, amount, currency,"
    " by_kind, by_id, by_name, cause, why, token, call_id, tries, decided_kind, decided_by, decided_name, decided_at, result, reason,"
    " created_at, started_at, settled_at"
)


_WAITING_IN = f"""
with recursive here(id) as (
  select id from conversation where workspace_id = :w and id = :id
  union select conversation.id from here join conversation on conversation.workspace_id = :w and conversation.merged_into = here.id
)
select {COLUMNS} from action_run where workspace_id = :w and state = 'proposed' and conversation_id in (select id from here)
order by id desc limit 20
"""


class Run(Struct, frozen=True):
    """`input` as checked; `shown` the same as (title, words) for people; `amount` in minor units of `currency`, None where no money moves.

    `why`: why it needs approval, "" where it does not; `result`: what the shop answered; `reason`: why it failed or was declined.
    """

    workspace_id: int
    id: str
    action_id: str
    action_name: str
    icon: str
    state: State
    conversation_id: str | None
    order_id: str | None
    order_name: str
    profile_id: str | None
    input: dict[str, Any]
    shown: list[tuple[str, str]]
    amount: int | None
    currency: str
    by: Actor
    cause: Cause
    why: str
    token: str | None
    call_id: str | None
    tries: int
    decided_by: Actor | None
    decided_at: int | None
    result: str
    reason: str
    created_at: int
    started_at: int | None
    settled_at: int | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def thing(self) -> str:
        """What it is about: one thing has one open run of an action."""
        return self.order_id or self.conversation_id or self.profile_id or ""


async def by_id(store: Database | Transaction, workspace_id: int, run_id: str) -> Run:
    """Raises Unknown."""
    row = await store.one(f"select {COLUMNS} from action_run where workspace_id = :w and id = :id", w=workspace_id, id=run_id)
    if row is None:
        raise Unknown("There is no such run of an action.")
    return from_row(row)


async def by_token(store: Database | Transaction, workspace_id: int, token: str) -> Run | None:
    row = await store.one(f"select {COLUMNS} from action_run where workspace_id = :w and token = :token", w=workspace_id, token=token)
    return from_row(row) if row else None


async def waiting(store: Database | Transaction, workspace_id: int) -> list[Run]:
    """Those that wait for somebody's approval, the longest waiting first."""
    rows = await store.read(
        f"select {COLUMNS} from action_run where workspace_id = :w and state = 'proposed' order by id limit 200", w=workspace_id
    )
    return [from_row(row) for row in rows]


async def waiting_in(store: Database, workspace_id: int, conversation_id: str) -> list[Run]:
    """Those that wait in a conversation, and in those that were merged into it; the newest first."""
    return [from_row(row) for row in await store.read(_WAITING_IN, w=workspace_id, id=conversation_id)]


async def waiting_count(store: Database, workspace_id: int) -> int:
    row = await store.one("select count(*) from action_run where workspace_id = :w and state = 'proposed'", w=workspace_id)
    return int(row[0]) if row else 0


async def page(store: Database, workspace_id: int, *, state: str = "", before: str = "", count: int = 50) -> list[Run]:
    """All runs, newest first; `before`: the id of the last one seen."""
    only = " and state = :state" if state else ""
    given: dict[str, object] = {"state": state} if state else {}
    rows = await store.read(
        f"select {COLUMNS} from action_run where workspace_id = :w and id < :before{only} order by id desc limit :count",
        w=workspace_id,
        before=before or "~",
        count=count,
        **given,
    )
    return [from_row(row) for row in rows]


async def of(store: Database | Transaction, workspace_id: int, thing: str, thing_id: str, *, count: int = 20) -> list[Run]:
    """The newest runs about one thing; `thing`: order, conversation or profile."""
    column = {"order": "order_id", "conversation": "conversation_id", "profile": "profile_id"}[thing]
    rows = await store.read(
        f"select {COLUMNS} from action_run where workspace_id = :w and {column} = :id order by id desc limit :count",
        w=workspace_id,
        id=thing_id,
        count=count,
    )
    return [from_row(row) for row in rows]


_DECODE = msgspec.json.decode


def from_row(row: Row) -> Run:
    found: dict[str, Any] = dict(zip(COLUMNS.split(", "), row, strict=True))
    found["by"] = Actor(found.pop("by_kind"), found.pop("by_id"), found.pop("by_name"))
    kind, who, name = found.pop("decided_kind"), found.pop("decided_by"), found.pop("decided_name")
    found["decided_by"] = Actor(kind, who, name) if kind else None
    found["input"] = _DECODE(found["input"])
    found["shown"] = _DECODE(found["shown"], type=list[tuple[str, str]])
    found["cause"] = _DECODE(found["cause"], type=Cause)
    return Run(**found)
