"""Events of the shop as moments: each on the newest conversation of its customer that is not closed. Reads only.

What is in the log twice arrives once, and what a replay works in again is told to nobody, so a rule sees each event once. Events that are
told long after they happened, as by an import, are history and wake no rule.
"""

from collections.abc import AsyncIterator, Iterable, Sequence

from tillside.automations.moments import Event, Moment
from tillside.automations.rule import Rule
from tillside.automations.vocabulary import ORDER_EVENTS
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import person as people
from tillside.feeds.heed import Happened
from tillside.storage.database import Database, Transaction

OLD = stamps.DAY
_PER_ENTRY = 1024
_AT_ONCE = 500
_ARRIVED = """
select id, name, profile_id, order_id, occurred_at, trust from event
where workspace_id = :w and id > :after and id <= :last and verdict < 2 and occurred_at > :since and profile_id is not null
  and name in {list:names} order by id limit :count
"""
_OF_ORDER = f"""
select {conversations.OF_CONVERSATION} from conversation_order cross join conversation
where conversation_order.workspace_id = :w and conversation_order.order_id = :order and conversation.workspace_id = :w
  and conversation.id = conversation_order.conversation_id and (conversation.state = 'open' or conversation.state = 'snoozed')
order by conversation.sort_at desc, conversation.id desc limit 1
"""
_OF_PEOPLE = f"""
with wanted(id) as {{list:ids}}
select {conversations.OF_CONVERSATION} from wanted cross join conversation
where conversation.workspace_id = :w and conversation.profile_id = wanted.id
  and (conversation.state = 'open' or conversation.state = 'snoozed')
order by conversation.sort_at desc, conversation.id desc limit 1
"""


def names(rules: Iterable[Rule]) -> list[str]:
    """The events these rules wait for."""
    wanted: set[str] = set()
    for rule in rules:
        for trigger in rule.terms.when:
            if trigger.kind == "order_event":
                wanted.update(trigger.names or [name for name, _ in ORDER_EVENTS])
            if trigger.kind == "custom_event":
                wanted.update(trigger.names)
    return sorted(wanted)


async def any_of(store: Database | Transaction, happened: Happened, wanted: Sequence[str]) -> bool:
    """Whether one of these events is among those that arrived."""
    first, last = _span(happened)
    return bool(wanted) and bool(await _page(store, happened, first - 1, last, wanted, count=1))


async def moments(tx: Transaction, happened: Happened, wanted: Sequence[str]) -> AsyncIterator[Moment]:
    """Each of these events that arrived and has a conversation, oldest first."""
    after, last = _span(happened)
    after -= 1
    while page := await _page(tx, happened, after, last, wanted, count=_AT_ONCE):
        for event, profile_id in page:
            talk = await conversation_of(tx, happened.workspace_id, profile_id, event.order_id)
            if talk is not None:
                yield Moment(
                    workspace_id=happened.workspace_id,
                    conversation_id=talk.id,
                    kinds=("order_event", "custom_event"),
                    occurrence=f"event-{event.id}",
                    at=happened.at,
                    event=event,
                )
        after = page[-1][0].id


async def conversation_of(store: Database | Transaction, workspace_id: int, profile_id: str, order_id: str | None) -> Conversation | None:
    """Where news of a customer belongs: the newest conversation about this order, else their newest; open or snoozed."""
    row = await store.one(_OF_ORDER, w=workspace_id, order=order_id) if order_id else None
    if row is None:
        try:
            one = await people.read(store, workspace_id, await people.root_of(store, workspace_id, profile_id))
        except Unknown:
            return None
        row = await store.one(_OF_PEOPLE, w=workspace_id, ids=one.ids)
    return conversations.from_row(row) if row else None


async def _page(
    store: Database | Transaction, happened: Happened, after: int, last: int, wanted: Sequence[str], *, count: int
) -> list[tuple[Event, str]]:
    rows = await store.read(_ARRIVED, w=happened.workspace_id, after=after, last=last, since=happened.at - OLD, names=list(wanted), count=count)
    return [(Event(event_id, name, order_id, at, trust), profile_id) for event_id, name, profile_id, order_id, at, trust in rows]


def _span(happened: Happened) -> tuple[int, int]:
    """The ids the activity speaks of: `last` is the first event of the last entry, whose others follow it."""
    said = happened.said
    first, last = said.get("first"), said.get("last")
    assert isinstance(first, int) and isinstance(last, int)
    return first, last + _PER_ENTRY - 1
