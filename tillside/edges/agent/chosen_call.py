"""Everything about one call: the request, the answer, every try, what comes next."""

from msgspec import Struct

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.edges.agent import exchange, outcomes
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.outcomes import Chip
from tillside.edges.agent.printed import Line
from tillside.targets import attempts, calls, schedule, target
from tillside.targets.attempts import Attempt
from tillside.targets.calls import Call

_SOON = stamps.MINUTE


class Try(Struct, frozen=True):
    """One try as the pane lists it."""

    at: int
    status: int
    is_good: bool
    took: str
    words: str


class Chosen(Struct, frozen=True):
    """`unknown`: its target is gone; `seen`: what changes with it, so that a screen asks for news only; `is_moving`: something comes soon."""

    call: Call
    name: str
    unknown: bool
    number: int | None
    chip: Chip
    sentence: str
    because: str
    tab: str
    tabs: list[tuple[str, str]]
    request: list[Line]
    answer: list[Line]
    tries: list[Try]
    seen: str
    is_moving: bool


async def read(visit: Visit, call_id: str, tab: str) -> Chosen:
    """Raises Unknown, also for what this agent may not see."""
    store, workspace_id, zone = visit.desk.store, visit.workspace.id, visit.workspace.time_zone
    call = await calls.by_id(store, workspace_id, call_id)
    if call.conversation_id is None and not visit.may(Act.CONNECT):
        raise Unknown("There is no such call.")
    names = await target.names(store, workspace_id)
    made = await attempts.of_call(store, workspace_id, call.id)
    last = made[-1] if made else None
    talks = await conversations.by_ids(store, workspace_id, [call.conversation_id]) if call.conversation_id else {}
    number = talks[call.conversation_id].number if call.conversation_id in talks else None
    name = names.get(call.target_id, "The target")
    answered = last is not None and last.status > 0
    tabs = [("request", "Request")]
    if last is not None:
        tabs += [
            ("answer", f"Answer {last.status}" if answered else "No answer"),
            ("tries", "1 try" if len(made) == 1 else f"{len(made)} tries"),
        ]
    return Chosen(
        call=call,
        name=name,
        unknown=not await _is_kept(visit, call),
        number=number,
        chip=outcomes.state(call),
        sentence=outcomes.sentence(call, name, zone, tries_until=_until(call)),
        because=outcomes.because(call, number),
        tab=tab if tab in dict(tabs) else "request",
        tabs=tabs,
        request=exchange.request(call.request.method, call.request.url, _sent(call, last), call.request.body),
        answer=_answer(last) if last else [],
        tries=[Try(one.at, one.status, one.went_well, outcomes.took(one.took_ms), _words(one)) for one in reversed(made)],
        seen=outcomes.seen(call),
        is_moving=call.is_open and (call.due_at is None or call.due_at < stamps.now() + _SOON),
    )


async def _is_kept(visit: Visit, call: Call) -> bool:
    try:
        await target.by_id(visit.desk.store, call.workspace_id, call.target_id)
    except Unknown:
        return False
    return True


def _sent(call: Call, last: Attempt | None) -> list[tuple[str, str]]:
    """The headers of the last try, secrets as dots; before the first one what is known already."""
    return last.headers if last else call.request.headers


def _answer(last: Attempt) -> list[Line]:
    if not last.status:
        return exchange.said(_words(last) or "There was no answer.")
    return exchange.answer(last.status, last.answer_headers, last.answer_body, is_cut=last.is_cut)


def _words(one: Attempt) -> str:
    return " ".join(part for part in (one.error, one.hint) if part)


def _until(call: Call) -> int | None:
    """When the last try by itself is due; None where there is but one."""
    return None if call.is_for_once else call.since + sum(schedule.RESTS) * stamps.SECOND
