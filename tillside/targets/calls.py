"""Calls of external apps: one row each, written in the transaction of its cause. The row is queue, claim, outcome and log in one.

The way of a row, each step committed before the next begins:
1. `place`: waiting, rendered as things are now. It is due at once, unless an earlier call of the same `order_key` is not settled: then
   it has no time of its own and `line_up` gives it one when its turn comes.
2. `hold` (taking.py): one sender has it until its lease ends.
3. `launch`: sending, written just before the one act after which the far side may have it.
4. `settle`: done, waiting for the next try, or dead. A row whose sender died is sent again under the same id, since receivers know
   it by that; a row that is to be tried once and was found sending is dead, "perhaps received".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction
from tillside.targets import alerts
from tillside.targets import request as requests
from tillside.targets.request import Request
from tillside.targets.shape import Tries
from tillside.targets.target import Target

Kind = Literal["rule", "macro", "button", "hand", "action", "webhook", "test"]
State = Literal["waiting", "held", "sending", "done", "failed", "dead", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "held", "sending")
OVER: tuple[State, ...] = ("done", "dead", "cancelled")
COLUMNS = (
    "position, workspace_id, id, target_id, conversation_id, order_key, cause_kind, cause_id, cause_name, by_kind, by_id, by_name, run_id, "
    "tries, state, due_at, holder, attempts, earlier, since, created_at, settled_at, status, answered, reason, method, url, headers, body"
)
_INSERT = f"""
insert into call ({COLUMNS.removeprefix("position, ")}) values ({", ".join(":" + name for name in COLUMNS.split(", ")[1:])}) returning position
"""
_BEFORE = """
select id from call where workspace_id = :w and target_id = :target and order_key = :key and settled_at is null
order by position limit 1 {lock}
"""
PUT_BEHIND = """
update call set due_at = null where workspace_id = :w and target_id = :target and order_key = :key and settled_at is null
  and state = 'waiting' and due_at is not null
  and exists (select 1 from call as before where before.workspace_id = call.workspace_id and before.target_id = call.target_id
    and before.order_key = call.order_key and before.settled_at is null and before.position < call.position)
"""
NEXT_UP = """
update call set due_at = :at where workspace_id = :w and state = 'waiting' and due_at is null and position = (
  select min(before.position) from call as before where before.workspace_id = :w and before.target_id = :target and before.order_key = :key
    and before.settled_at is null)
  and not exists (select 1 from call as busy where busy.workspace_id = :w and busy.target_id = :target and busy.order_key = :key
    and busy.settled_at is null and busy.state <> 'waiting')
"""
_AGAIN = """
update call set state = 'waiting', due_at = null, settled_at = null, holder = '', earlier = attempts, since = :at, reason = ''
where workspace_id = :w and id = :id and (state = 'waiting' or state = 'done' or state = 'dead' or state = 'cancelled')
"""
_GIVE_UP = """
update call set state = 'cancelled', due_at = null, settled_at = :at, reason = :reason
where workspace_id = :w and id = :id and state = 'waiting'
"""
_ID = re.compile(r"dlv_[0-9a-hjkmnp-tv-z]{26}")


class Cause(Struct, frozen=True):
    """What a call was made for: the rule, macro, action or event by its id and name; by hand, a button or a test: the agent's words."""

    kind: Kind
    id: str = ""
    name: str = ""


class Call(Struct, frozen=True):
    """One call. `id` is its delivery id, the same however often it is tried. `order_key`: calls of one target with the same key go one after
    the other. `attempts`: tries so far, `earlier` of them before it was last put in the queue; `since`: since when it is tried; `status` and
    `reason`: of the last try. `request`: what is sent, without secrets."""

    position: int
    workspace_id: int
    id: str
    target_id: str
    conversation_id: str | None
    order_key: str
    cause: Cause
    by: Actor
    run_id: str
    tries: Tries
    state: State
    due_at: int | None
    holder: str
    attempts: int
    earlier: int
    since: int
    created_at: int
    settled_at: int | None
    status: int
    answered: int
    reason: str
    request: Request

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    @property
    def may_go_again(self) -> bool:
        """Whether somebody may ask for another try."""
        return self.state in ("waiting", *OVER)

    @property
    def is_for_once(self) -> bool:
        """Whether any answer, and any doubt, is its end."""
        return self.tries == "once" or self.cause.kind == "test"


async def place(
    tx: Transaction,
    target: Target,
    values: Mapping[str, Any],
    *,
    cause: Cause,
    by: Actor,
    conversation_id: str | None = None,
    run_id: str = "",
    order_key: str = "",
    call_id: str = "",
) -> Call:
    """Write a call down in the caller's transaction, rendered from these values; a quiet line in the conversation's trail says so.

    ``await calls.place(tx, target, await values.of(tx, home, talk), cause=Cause("rule", rule.id, rule.name), by=by,
    conversation_id=talk.id)``. Calls of one conversation reach the target in order; `order_key` names another lane than that.
    `call_id`: made beforehand (`form_id`), of a call that is not `known` yet.
    """
    made = requests.of(target, values)
    more = {"run_id": run_id, "order_key": order_key, "call_id": call_id}
    return await put(tx, target, made, cause=cause, by=by, conversation_id=conversation_id, **more)


async def put(
    tx: Transaction,
    target: Target,
    made: Request,
    *,
    cause: Cause,
    by: Actor,
    conversation_id: str | None = None,
    run_id: str = "",
    order_key: str = "",
    call_id: str = "",
) -> Call:
    """The same for a request that was made already, such as an event's document."""
    at = stamps.now()
    talk = None
    if conversation_id and cause.kind != "webhook":
        talk = await conversations.hold(tx, await conversations.by_id(tx, target.workspace_id, conversation_id))
    new_call = new(target, made, call_id or stamps.new_id("dlv", at), cause=cause, by=by, at=at)
    key = order_key or conversation_id or new_call.id
    waits = key != new_call.id and await tx.one(_BEFORE, w=target.workspace_id, target=target.id, key=key) is not None
    due_at = None if waits else at
    call = await insert(tx, replace(new_call, conversation_id=conversation_id, order_key=key, run_id=run_id, due_at=due_at))
    if talk is not None:
        await trail.record(
            tx, talk, "target_called", by=by, call=call.id, target=target.id, name=target.name, cause=cause.kind, cause_name=cause.name
        )
    return call


def new(target: Target, made: Request, call_id: str, *, cause: Cause, by: Actor, at: int) -> Call:
    """A call that is not written yet: of no conversation, due at once."""
    return Call(
        position=0,
        workspace_id=target.workspace_id,
        id=call_id,
        target_id=target.id,
        conversation_id=None,
        order_key=call_id,
        cause=cause,
        by=by,
        run_id="",
        tries=target.tries,
        state="waiting",
        due_at=at,
        holder="",
        attempts=0,
        earlier=0,
        since=at,
        created_at=at,
        settled_at=None,
        status=0,
        answered=0,
        reason="",
        request=made,
    )


async def insert(tx: Transaction, call: Call) -> Call:
    """Write a row as it is; it gets its position."""
    rows = await tx.read(_INSERT, **_row(call))
    return replace(call, position=int(rows[0][0]))


async def again(tx: Transaction, call: Call, *, by: Actor) -> None:
    """Try it once more, at once if it is its turn: one that failed, was given up, went well, or waits. Under the same id. Raises Conflict."""
    if not await tx.run(_AGAIN, w=call.workspace_id, id=call.id, at=stamps.now()):
        raise Conflict("This call is being sent at this moment.", hint="Look at it again when it has an answer.")
    await line_up(tx, call, at=stamps.now())
    if call.state == "dead":
        await alerts.sent_again(tx, call.workspace_id, call.target_id, at=stamps.now())
    _tell(tx, call, "call.again", by=by)


async def give_up(tx: Transaction, call: Call, *, by: Actor) -> None:
    """It is not tried any more; the next of its conversation may go. Raises Conflict when it does not wait."""
    if not await tx.run(_GIVE_UP, w=call.workspace_id, id=call.id, at=stamps.now(), reason=f"Given up by {by.name}."):
        raise Conflict("This call does not wait any more.", hint="Look at it again.")
    await line_up(tx, call, at=stamps.now())
    settled(tx, replace(call, state="cancelled"))


async def line_up(tx: Transaction, call: Call, *, at: int) -> None:
    """Among the open calls of a lane only the earliest has a time; and none while another is being sent."""
    given = {"w": call.workspace_id, "target": call.target_id, "key": call.order_key}
    await tx.run(PUT_BEHIND, **given)
    await tx.run(NEXT_UP, **given, at=at)


async def by_id(store: Database | Transaction, workspace_id: int, call_id: str) -> Call:
    """Raises Unknown."""
    row = await store.one(f"select {COLUMNS} from call where workspace_id = :w and id = :id", w=workspace_id, id=call_id)
    if row is None:
        raise Unknown("There is no such call.")
    return from_row(row)


async def by_ids(store: Database | Transaction, workspace_id: int, call_ids: Sequence[str]) -> list[Call]:
    """Those there are of these, the newest first."""
    rows = await store.read(
        f"select {COLUMNS} from call where workspace_id = :w and id in {{list:ids}} order by position desc limit 500",
        w=workspace_id,
        ids=list(call_ids),
    )
    return [from_row(row) for row in rows]


async def known(store: Database | Transaction, workspace_id: int, call_id: str) -> Call | None:
    """The call of an id a form brought, where that form was sent before."""
    found = await by_ids(store, workspace_id, [call_id])
    return found[0] if found else None


def form_id(said: str = "") -> str:
    """The id a form brings for the call it asks for, so that sent twice it asks for one; a new one for a form that is to be drawn."""
    return said if _ID.fullmatch(said) else stamps.new_id("dlv")


def delayed(tx: Transaction, call: Call) -> None:
    """Tell screens that the first try was not taken and another follows: ``call.delayed``. Later ones change little and are not told."""
    if call.attempts - call.earlier == 1:
        _tell(tx, call, "call.delayed")


def settled(tx: Transaction, call: Call) -> None:
    """Tell followers how it went: ``call.settled``, and ``call.dead`` where somebody has to look."""
    _tell(tx, call, "call.settled")
    if is_to_be_seen(call):
        _tell(tx, call, "call.dead")


def is_to_be_seen(call: Call) -> bool:
    """Whether it was given up and somebody has to look at it; whoever tries a target out has seen it already."""
    return call.state == "dead" and call.cause.kind != "test"


def from_row(row: Row) -> Call:
    """A row in the order of COLUMNS."""
    *head, method, url, headers, body = row
    made = Request(method, url, msgspec.json.decode(headers, type=list[tuple[str, str]]), body)
    values: tuple[Any, ...] = (*head[:6], Cause(*head[6:9]), Actor(*head[9:12]), *head[12:], made)
    return Call(*values)


def _row(call: Call) -> dict[str, Any]:
    """The columns but `position`."""
    plain = {name: getattr(call, name) for name in COLUMNS.split(", ")[1:] if hasattr(call, name)}
    return plain | {
        "cause_kind": call.cause.kind,
        "cause_id": call.cause.id,
        "cause_name": call.cause.name,
        "by_kind": call.by.kind,
        "by_id": call.by.id,
        "by_name": call.by.name,
        "method": call.request.method,
        "url": call.request.url,
        "headers": msgspec.json.encode(call.request.headers).decode(),
        "body": call.request.body,
    }


def _tell(tx: Transaction, call: Call, kind: str, *, by: Actor | None = None) -> None:
    told = {
        "call": call.id,
        "target": call.target_id,
        "run": call.run_id,
        "state": call.state,
        "status": call.status,
        "conversation": call.conversation_id or "",
        "reason": call.reason,
    }
    if by:
        told["by"] = {"kind": by.kind, "id": by.id, "name": by.name}
    activity.record(
        tx, call.workspace_id, kind, call.id, detail=msgspec.json.encode({key: value for key, value in told.items() if value}).decode()
    )
