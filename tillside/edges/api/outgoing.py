"""`/v1/deliveries`: what HTTP targets were sent, how it fared, and sending one once more. Not in the contract."""

from msgspec import Struct

from tillside.agents import actor
from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.edges.api import paging, tickets
from tillside.edges.api.call import Answer, Call, Endpoint, Parameter
from tillside.edges.api.shapes import time
from tillside.targets import attempts, calls, log, target
from tillside.targets.attempts import Attempt
from tillside.targets.log import Filter

_STATES = ("waiting", "held", "sending", "done", "failed", "dead", "cancelled")
_CAUSES = ("rule", "macro", "button", "hand", "action", "webhook", "test")
_USUAL, _MOST = 50, 200


class Named(Struct):
    kind: str
    id: str
    name: str


class TargetDelivery(Struct):
    """A call of an HTTP target. `id` is its webhook-id, the same however often it is tried. `state`: waiting, held or sending; done;
    failed or dead when it is not tried any more; cancelled. `status` 0: there was no answer yet."""

    id: str
    target_id: str
    target: str
    ticket_id: str | None
    cause: Named
    by: Named
    method: str
    url: str
    state: str
    status: int
    reason: str
    attempts: int
    next_try_at: str | None
    created_at: str
    settled_at: str | None


class SentHeader(Struct):
    name: str
    value: str


class Answered(Struct):
    headers: list[SentHeader]
    body: str
    is_cut: bool


class Tried(Struct):
    """One try; secrets stand as dots. `status` 0: there was no answer, `error` says why."""

    number: int
    at: str
    took_ms: int
    status: int
    error: str
    hint: str
    headers: list[SentHeader]
    answer: Answered


class WholeDelivery(TargetDelivery):
    """The same with what was sent and answered."""

    body: str
    tries: list[Tried]


class TargetDeliveryList(Struct):
    """`next_cursor`: what to send as cursor for the older ones; null when there are none."""

    deliveries: list[TargetDelivery]
    next_cursor: int | None


class WholeDeliveryAnswer(Struct):
    delivery: WholeDelivery


def endpoints() -> list[Endpoint]:
    one = "/v1/deliveries/{id}"
    return [
        Endpoint(
            method="GET",
            path="/v1/deliveries",
            verb=index,
            name="listDeliveries",
            does="What HTTP targets were sent, the newest first.",
            scope="deliveries:read",
            gives=TargetDeliveryList,
            parameters=(
                Parameter("target_id", "Only those of this target."),
                Parameter("ticket_id", "Only those made because of this ticket."),
                Parameter("state", "Only those in this state.", words=_STATES),
                Parameter("cause", "Only those made for this.", words=_CAUSES),
                Parameter("answered", "Only those whose last answer began with this digit; 0 for no answer.", "integer"),
                Parameter("text", "Only those with this in their address or body; or a whole delivery id."),
                Parameter("since", "Only those written down at this time or later."),
                Parameter("until", "Only those written down at this time or before."),
                Parameter("cursor", "Where the page before ended: its next_cursor.", "integer"),
                Parameter("limit", f"At most {_MOST}.", "integer"),
            ),
            official=False,
        ),
        Endpoint(
            method="GET",
            path=one,
            verb=show,
            name="fetchADelivery",
            does="One delivery, with what was sent and answered at every try.",
            scope="deliveries:read",
            gives=WholeDeliveryAnswer,
            official=False,
        ),
        Endpoint(
            method="POST",
            path=one + "/resend",
            verb=resend,
            name="resendADelivery",
            does="Try a delivery once more, at once, under the id it had.",
            scope="deliveries:write",
            gives=WholeDeliveryAnswer,
            statuses={409: "It is being sent at this moment."},
            official=False,
        ),
    ]


async def index(call: Call) -> Answer:
    """``GET /v1/deliveries?target_id=&state=dead`` → ``{"deliveries": […], "next_cursor": 812}``."""
    query = call.query
    ticket_id = query.get("ticket_id", "")
    talk = await tickets.found(call, ticket_id, tickets.NEVER_SEEN) if ticket_id else None
    narrowed = Filter(
        target_id=query.get("target_id", "")[:80],
        state=_word(query.get("state", ""), "state", _STATES),
        answered=paging.integer(call, "answered", 0) if query.get("answered", "") else None,
        cause=_word(query.get("cause", ""), "cause", _CAUSES),
        conversation_id=talk.id if talk else "",
        text=query.get("text", "")[:200],
        since=paging.moment(query["since"], "since") if query.get("since") else None,
        until=paging.moment(query["until"], "until", ends_day=True) if query.get("until") else None,
    )
    if "\0" in narrowed.text + narrowed.target_id:
        raise Refused("A filter holds a character no text has.", field="text", hint="Send plain text.")
    count = min(paging.integer(call, "limit", _USUAL, least=1), _MOST)
    before = paging.integer(call, "cursor", 0)
    page = await log.page(call.desk.store, call.workspace_id, narrowed, before=before or None, count=count)
    return Answer(TargetDeliveryList(await _shown(call, page.calls), page.older))


async def show(call: Call) -> Answer:
    """``GET /v1/deliveries/{id}`` → ``{"delivery": {…, "body", "tries": […]}}``."""
    return await _whole(call, await calls.by_id(call.desk.store, call.workspace_id, call.path["id"]))


async def resend(call: Call) -> Answer:
    """``POST /v1/deliveries/{id}/resend`` → ``{"delivery"}`` as it waits now."""
    one = await calls.by_id(call.desk.store, call.workspace_id, call.path["id"])
    try:
        await target.by_id(call.desk.store, call.workspace_id, one.target_id)
    except Unknown as error:
        raise Unknown("The target of this delivery is no more.") from error
    async with call.write() as tx:
        await calls.again(tx, one, by=actor.of_key(call.key))
    return await _whole(call, await calls.by_id(call.desk.store, call.workspace_id, one.id))


async def _whole(call: Call, one: calls.Call) -> Answer:
    (brief,) = await _shown(call, [one])
    made = await attempts.of_call(call.desk.store, call.workspace_id, one.id)
    given = {name: getattr(brief, name) for name in brief.__struct_fields__}
    return Answer(WholeDeliveryAnswer(WholeDelivery(**given, body=one.request.body, tries=[_tried(each) for each in made])))


async def _shown(call: Call, found: list[calls.Call]) -> list[TargetDelivery]:
    names = await target.names(call.desk.store, call.workspace_id) if found else {}
    ids = [one.conversation_id for one in found if one.conversation_id]
    known = await conversations.by_ids(call.desk.store, call.workspace_id, ids) if ids else {}
    return [
        TargetDelivery(
            id=one.id,
            target_id=one.target_id,
            target=names.get(one.target_id, ""),
            ticket_id=known[one.conversation_id].known_as if one.conversation_id in known else None,
            cause=Named(one.cause.kind, one.cause.id, one.cause.name),
            by=Named(one.by.kind, one.by.id, one.by.name),
            method=one.request.method,
            url=one.request.url,
            state=one.state,
            status=one.status,
            reason=one.reason,
            attempts=one.attempts,
            next_try_at=time(one.due_at) if one.due_at is not None else None,
            created_at=time(one.created_at),
            settled_at=time(one.settled_at) if one.settled_at is not None else None,
        )
        for one in found
    ]


def _tried(one: Attempt) -> Tried:
    sent, came = ([SentHeader(*pair) for pair in pairs] for pairs in (one.headers, one.answer_headers))
    back = Answered(came, one.answer_body, one.is_cut)
    return Tried(one.number, time(one.at), one.took_ms, one.status, one.error, one.hint, sent, back)


def _word(said: str, field: str, words: tuple[str, ...]) -> str:
    if said and said not in words:
        raise Refused(f"{field}: {said[:40]} is none we know.", field=field, hint=f"Use one of: {', '.join(words)}.")
    return said
