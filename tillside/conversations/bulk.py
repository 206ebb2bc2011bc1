"""Changing many conversations at once: a job with its place in a list, worked one conversation at a time, stopped and taken back at will.

1. `start` writes down the act and the exact conversations. 2. The loop of what is due takes the next one: in one transaction it does the
act, notes the lines of the trail it made, and moves the place on, so a dead server neither skips nor repeats. 3. What refuses is counted
and left as it was. 4. `stop` ends it where it stands; `undo` is a job of its own over what was done, the last first.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import DeskError, Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import handing, states, tagging, trail, undoing
from tillside.conversations.conversation import Conversation
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

Act = Literal["close", "reopen", "snooze", "trash", "assign", "give", "tag", "reply", "undo"]
ACTS: tuple[Act, ...] = ("close", "reopen", "snooze", "trash", "assign", "give", "tag", "reply", "undo")
MOST = 10_000
_AT_A_TIME = 40
_STEPS = 50
"""How many lines of the trail one conversation may add: what `trail.made_since` tells."""
_COLUMNS = "workspace_id, id, by_id, by_name, request, total, done, failed, state, at, ended_at"
_NEXT = f"select {_COLUMNS} from job where state = 'running' and ended_at is null order by at, workspace_id, id limit 1"
Answer = Callable[[Transaction, Conversation, str, Actor], Awaitable[object]]
"""Answer one conversation with a macro, in a transaction. Raises Refused where a value is missing."""


class Request(Struct, frozen=True):
    """What is done, with what (an agent, a team, a tag, a time, a macro), to whom: conversations, or lines of the trail to take back."""

    act: Act
    given: str
    ids: list[str]
    of: str = ""


class Job(Struct, frozen=True):
    workspace_id: int
    id: str
    by: Actor
    request: Request
    total: int
    done: int
    failed: int
    state: str
    at: int
    ended_at: int | None

    @property
    def place(self) -> int:
        return self.done + self.failed

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def may_undo(self) -> bool:
        return self.state in ("done", "stopped") and self.done > 0 and self.request.act != "undo"


async def start(tx: Transaction, workspace_id: int, act: Act, given: str, ids: Sequence[str], *, by: Actor, of: str = "") -> Job:
    """Begin. Raises Refused without conversations, or with more than `MOST`."""
    wanted = list(dict.fromkeys(ids))
    if not 0 < len(wanted) <= MOST:
        raise Refused("Nothing is selected." if not wanted else f"At most {MOST} at once.", field="id", hint="Select rows of the list.")
    request = Request(act, given, wanted, of)
    at = stamps.now()
    job = Job(workspace_id, stamps.new_id("job", at), by, request, len(wanted), 0, 0, "running", at, None)
    await tx.run(
        "insert into job (workspace_id, id, kind, by_id, by_name, request, total, done, failed, state, at)"
        " values (:w, :id, :kind, :by, :name, :request, :total, 0, 0, 'running', :at)",
        w=workspace_id,
        id=job.id,
        kind=act,
        by=by.id,
        name=by.name,
        request=msgspec.json.encode(request).decode(),
        total=job.total,
        at=at,
    )
    activity.record(tx, workspace_id, "job.started", job.id)
    return job


async def stop(tx: Transaction, job: Job) -> None:
    """No more of it; what was done stays done."""
    await _end(tx, job, "stopped")


async def undo(tx: Transaction, job: Job, *, by: Actor) -> Job:
    """Take back what it did, the last first, as a job of its own. Raises Refused when there is nothing."""
    rows = await tx.read(
        "select step_id from job_step where workspace_id = :w and job_id = :id order by place desc limit :most",
        w=job.workspace_id,
        id=job.id,
        most=MOST,
    )
    if not job.may_undo or not rows:
        raise Refused("There is nothing to take back.", field="job", hint="It was taken back already, or it changed nothing.")
    await tx.run("update job set state = 'undone' where workspace_id = :w and id = :id", w=job.workspace_id, id=job.id)
    return await start(tx, job.workspace_id, "undo", "", [row[0] for row in rows], by=by, of=job.id)


async def by_id(store: Database | Transaction, workspace_id: int, job_id: str) -> Job:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from job where workspace_id = :w and id = :id", w=workspace_id, id=job_id)
    if row is None:
        raise Unknown("There is no such job.")
    return _job(row)


async def running(database: Database, workspace_id: int, agent_id: str) -> Job | None:
    """What an agent set going and is not over."""
    row = await database.one(
        f"select {_COLUMNS} from job where state = 'running' and ended_at is null and workspace_id = :w and by_id = :agent"
        " order by at desc, id desc limit 1",
        w=workspace_id,
        agent=agent_id,
    )
    return _job(row) if row else None


async def work_due(store: Database, *, at: int, count: int, answer: Answer) -> int:
    """The next conversations of the oldest job; a full count while there is more, so that the loop comes back at once."""
    for _ in range(_AT_A_TIME):
        row = await store.one(_NEXT)
        if row is None:
            return 0
        await _one(store, _job(row), answer)
    return count


async def _one(store: Database, job: Job, answer: Answer) -> None:
    """One conversation of a job, in a transaction of its own; where it refuses, only its failure is written."""
    try:
        async with store.write(urgent=False) as tx:
            held = await _hold(tx, job)
            if held is not None:
                await _keep_steps(tx, held, await _do(tx, held, answer))
                await _move_on(tx, held, done=1, failed=0)
    except DeskError:
        async with store.write(urgent=False) as tx:
            held = await _hold(tx, job)
            if held is not None:
                await _move_on(tx, held, done=0, failed=1)


async def _hold(tx: Transaction, job: Job) -> Job | None:
    """The job as it is now, kept from other processes; None when somebody else did this place, or it was stopped."""
    row = await tx.one(f"select {_COLUMNS} from job where workspace_id = :w and id = :id {{lock}}", w=job.workspace_id, id=job.id)
    held = _job(row) if row else None
    return held if held is not None and held.is_running and held.place == job.place else None


async def _do(tx: Transaction, job: Job, answer: Answer) -> list[str]:
    """The act on the next one; the lines of the trail it made that can be taken back."""
    wanted, given, by = job.request.ids[job.place], job.request.given, job.by
    if job.request.act == "undo":
        await undoing.undo(tx, job.workspace_id, wanted, by=by)
        return []
    talk = await conversations.by_id(tx, job.workspace_id, wanted)
    since = stamps.now()
    verbs: dict[str, Callable[[], Awaitable[Any]]] = {
        "close": lambda: states.close(tx, talk, by=by),
        "reopen": lambda: states.reopen(tx, talk, by=by),
        "snooze": lambda: states.snooze(tx, talk, int(given), by=by),
        "trash": lambda: states.trash(tx, talk, by=by),
        "assign": lambda: handing.assign(tx, talk, given, by=by),
        "give": lambda: handing.give(tx, talk, given, by=by),
        "tag": lambda: tagging.add(tx, talk, [given], by=by),
        "reply": lambda: answer(tx, talk, given, by),
    }
    await verbs[job.request.act]()
    return await trail.made_since(tx, talk, by.id, since)


async def _keep_steps(tx: Transaction, job: Job, steps: list[str]) -> None:
    await tx.many(
        "insert into job_step (workspace_id, job_id, place, step_id) values (:workspace_id, :job_id, :place, :step_id)",
        [(job.workspace_id, job.id, job.place * _STEPS + number, step) for number, step in enumerate(steps[:_STEPS])],
    )


async def _move_on(tx: Transaction, job: Job, *, done: int, failed: int) -> None:
    await tx.run(
        "update job set done = done + :done, failed = failed + :failed where workspace_id = :w and id = :id",
        done=done,
        failed=failed,
        w=job.workspace_id,
        id=job.id,
    )
    if job.place + done + failed >= job.total:
        await _end(tx, job, "done")


async def _end(tx: Transaction, job: Job, state: str) -> None:
    await tx.run(
        "update job set state = :state, ended_at = :at where workspace_id = :w and id = :id and ended_at is null",
        state=state,
        at=stamps.now(),
        w=job.workspace_id,
        id=job.id,
    )
    activity.record(tx, job.workspace_id, "job.ended", job.id)


def _job(row: Row) -> Job:
    workspace_id, job_id, by_id, by_name, request, total, done, failed, state, at, ended_at = row
    by = Actor("agent", by_id, by_name)
    return Job(workspace_id, job_id, by, msgspec.json.decode(request, type=Request), total, done, failed, state, at, ended_at)
