"""The words of rules as tables: lists, triggers, operators, and what conditions can look at; and how they read as sentences. Pure.

Screens offer what stands here, the engine takes what stands here. `FACTS` are paths into the document of facts.py; fields a workspace made
itself come on top (`of_fields`).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from tillside.automations.conditions import Condition, Row
from tillside.automations.rule import AssignBy, Doing, Forward, Kind, ListName, Trigger
from tillside.base import rich_text
from tillside.conversations.conversation import CHANNELS
from tillside.conversations.fields import Field
from tillside.macros import step

Shape = Literal["text", "number", "money", "bool", "date", "list", "choice"]
Takes = Literal["nothing", "words", "number", "date", "days"]
Choices = Literal["", "channels", "states", "priorities", "agents", "teams", "tags", "senders", "trust", "own"]
_NONE: Mapping[str, str] = {}
_LONGEST = 160


class ListWord(Struct, frozen=True):
    """One of the ordered lists. `law`: its semantics in a sentence for the page."""

    name: ListName
    label: str
    law: str


LISTS: tuple[ListWord, ...] = (
    ListWord(
        "assignment", "Assignment", "The first rule that matches assigns; what is somebody's already is left alone, unless the rule says so."
    ),
    ListWord("tagging", "Tagging", "Every rule that matches runs, from the top."),
    ListWord("reply", "Replies and closing", "Only the first rule that matches runs, counted from the top."),
)


class TriggerWord(Struct, frozen=True):
    """`takes`: what has to be said beside it; a delay of 0 minutes is at once. `text` with {minutes} and the like is its sentence."""

    kind: Kind
    label: str
    takes: Literal["nothing", "delay", "minutes", "tags", "field", "order_events", "event"]
    help: str = ""


TRIGGERS: tuple[TriggerWord, ...] = (
    TriggerWord("conversation_started", "A customer starts a conversation", "nothing", "With their first message, when nobody wrote before."),
    TriggerWord("customer_wrote", "A customer writes", "delay", "With every message of theirs, the first one too."),
    TriggerWord("agent_wrote", "An agent answers", "delay", "With every reply people or your own programs send; never with a rule's."),
    TriggerWord("tag_added", "A tag is added", "tags", "One of these tags; none chosen means any."),
    TriggerWord("field_changed", "A field changes", "field", "A field of the conversation, its state, priority, agent, team or subject."),
    TriggerWord("rated", "A customer rates", "nothing", "When a rating is given or changed."),
    TriggerWord(
        "order_event",
        "Something happens to an order",
        "order_events",
        "Looked at in the customer's newest conversation that is not closed; without one, nothing is done.",
    ),
    TriggerWord(
        "custom_event", "Your shop sends an event", "event", "Any event by its name, of a customer with a conversation that is not closed."
    ),
    TriggerWord("since_last_reply", "Nobody wrote since the last reply", "minutes", "So long after a reply, if it is still the last word."),
    TriggerWord("waiting", "A customer has been waiting", "minutes", "So long without an answer by a person."),
    TriggerWord("snooze_ended", "A snooze ends", "nothing", "When its time is over, not when the customer writes."),
)
ORDER_EVENTS: tuple[tuple[str, str], ...] = (
    ("order", "An order is placed or changed"),
    ("order_status_update", "An order's status changes"),
    ("fulfillment", "A parcel is sent or moves"),
    ("delete_fulfillment", "A parcel is taken back"),
    ("subscription", "A subscription begins or changes"),
    ("subscription_status_update", "A subscription's status changes"),
)
CHANGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ticket.status": ("Status", ("closed", "reopened", "snoozed", "woken", "trashed", "restored")),
    "ticket.priority": ("Priority", ("prioritised",)),
    "ticket.assignee": ("Agent", ("assigned",)),
    "ticket.team": ("Team", ("given",)),
    "ticket.subject": ("Subject", ("renamed",)),
}
"""What "a field changes" knows beside fields a workspace made: key → its name, and the lines of the trail that tell of it."""


class OperatorWord(Struct, frozen=True):
    """`label` stands between what is looked at and the value: Subject *contains* …; `takes`: how many and what values."""

    word: str
    label: str
    shapes: tuple[Shape, ...]
    takes: Takes


OPERATORS: tuple[OperatorWord, ...] = (
    OperatorWord("is", "is any of", ("text", "choice"), "words"),
    OperatorWord("is_not", "is none of", ("text", "choice"), "words"),
    OperatorWord("is_under", "is, or is below", ("choice",), "words"),
    OperatorWord("is_not_under", "is not, nor is below", ("choice",), "words"),
    OperatorWord("contains", "contains any of", ("text",), "words"),
    OperatorWord("contains_not", "does not contain", ("text",), "words"),
    OperatorWord("starts_with", "starts with", ("text",), "words"),
    OperatorWord("ends_with", "ends with", ("text",), "words"),
    OperatorWord("has_any", "has any of", ("list",), "words"),
    OperatorWord("has_none", "has none of", ("list",), "words"),
    OperatorWord("has_all", "has all of", ("list",), "words"),
    OperatorWord("equals", "is", ("number", "money"), "number"),
    OperatorWord("differs", "is not", ("number", "money"), "number"),
    OperatorWord("less", "is less than", ("number", "money"), "number"),
    OperatorWord("at_most", "is at most", ("number", "money"), "number"),
    OperatorWord("more", "is more than", ("number", "money"), "number"),
    OperatorWord("at_least", "is at least", ("number", "money"), "number"),
    OperatorWord("is_true", "is yes", ("bool",), "nothing"),
    OperatorWord("is_false", "is no", ("bool",), "nothing"),
    OperatorWord("before", "is before", ("date",), "date"),
    OperatorWord("after", "is on or after", ("date",), "date"),
    OperatorWord("within_days", "is within the last days:", ("date",), "days"),
    OperatorWord("not_within_days", "is not within the last days:", ("date",), "days"),
    OperatorWord("is_empty", "is empty", ("text", "choice", "list", "date", "number", "money"), "nothing"),
    OperatorWord("is_not_empty", "is not empty", ("text", "choice", "list", "date", "number", "money"), "nothing"),
)
OPERATOR = {one.word: one for one in OPERATORS}


class Fact(Struct, frozen=True):
    """Something a condition can look at. `choices`: where its values come from; "own" stands for `among`."""

    path: str
    label: str
    shape: Shape
    group: str
    choices: Choices = ""
    among: tuple[str, ...] = ()


STATES = ("OPEN", "SNOOZED", "CLOSED")
PRIORITIES = ("LOW", "NORMAL", "HIGH")
FACTS: tuple[Fact, ...] = (
    Fact("ticket.channel", "Channel", "choice", "Conversation", "channels", CHANNELS),
    Fact("ticket.subject", "Subject", "text", "Conversation"),
    Fact("ticket.status", "State", "choice", "Conversation", "states", STATES),
    Fact("ticket.priority", "Priority", "choice", "Conversation", "priorities", PRIORITIES),
    Fact("conversation.tags", "Tags", "list", "Conversation", "tags"),
    Fact("ticket.assignee.id", "Agent", "choice", "Conversation", "agents"),
    Fact("ticket.team.id", "Team", "choice", "Conversation", "teams"),
    Fact("ticket.from", "Written from", "text", "Conversation"),
    Fact("ticket.createdAt", "Begun", "date", "Conversation"),
    Fact("ticket.messages", "Number of messages", "number", "Conversation"),
    Fact("conversation.waitingMinutes", "Minutes the customer has waited", "number", "Conversation"),
    Fact("ticket.rating", "Last rating", "number", "Conversation"),
    Fact("ticket.ratingComment", "Comment of the rating", "text", "Conversation"),
    Fact("lastMessage.text", "Text of the message", "text", "Message"),
    Fact("lastMessage.senderType", "Who wrote it", "choice", "Message", "senders", ("customer", "operator")),
    Fact("conversation.isFirstMessage", "It is the customer's first message", "bool", "Message"),
    Fact("conversation.hasFile", "It has a file", "bool", "Message"),
    Fact("customer.name", "Name", "text", "Customer"),
    Fact("customer.email", "E-mail", "text", "Customer"),
    Fact("customer.phone", "Phone", "text", "Customer"),
    Fact("customer.ordersCount", "Number of orders", "number", "Customer"),
    Fact("customer.ltv", "Spent altogether", "money", "Customer"),
    Fact("customer.trust", "How far we know them", "choice", "Customer", "trust", ("typed", "signed", "code", "proven")),
    Fact("order.number", "Number", "text", "Order"),
    Fact("order.status", "Status", "text", "Order"),
    Fact("order.createdAt", "Placed", "date", "Order"),
    Fact("order.isSigned", "It is vouched for by the shop", "bool", "Order"),
    Fact("order.fulfillmentStatus", "Delivery status", "text", "Order"),
    Fact("order.amount", "Amount", "money", "Order"),
    Fact("order.currency", "Currency", "text", "Order"),
    Fact("order.trackingNumber", "Tracking number", "text", "Order"),
    Fact("event.name", "Name", "text", "Event"),
    Fact("event.isSigned", "It is vouched for by the shop", "bool", "Event"),
    Fact("hours.open", "We are open", "bool", "Business hours"),
)
_SHAPES: dict[str, Shape] = {"choice": "choice", "yes_no": "bool", "date": "date", "number": "number"}
"""Formats of a workspace's own fields; every other is a text."""


def of_fields(fields: Sequence[Field]) -> list[Fact]:
    """The fields a workspace made, as something to look at."""
    found = []
    for field in fields:
        shape = _SHAPES.get(field.format, "text")
        among = tuple(field.choices) if shape == "choice" else ()
        found.append(Fact(f"ticket.customFields.{field.key}", field.name, shape, "Fields", "own" if among else "", among))
    return found


def operators(shape: Shape) -> list[OperatorWord]:
    """What can be asked of a value of this shape."""
    return [one for one in OPERATORS if shape in one.shapes]


def trigger_said(trigger: Trigger, names: Mapping[str, str] = _NONE) -> str:
    """A trigger as a sentence. `names`: what ids and keys are called."""
    word = next(one for one in TRIGGERS if one.kind == trigger.kind)
    match word.takes:
        case "delay":
            return f"{step.span(trigger.minutes)} after: {word.label.lower()}" if trigger.minutes else word.label
        case "minutes":
            return f"{word.label} for {step.span(trigger.minutes)}"
        case "tags":
            return f"{word.label}: {_either([names.get(one, one) for one in trigger.tags])}" if trigger.tags else word.label
        case "order_events":
            known = dict(ORDER_EVENTS)
            return _either([known.get(one, one) for one in trigger.names]) if trigger.names else word.label
        case "event":
            return f"{word.label}: {_either(trigger.names)}"
        case "field":
            key = trigger.key
            return f"{CHANGES[key][0] if key in CHANGES else names.get(key, key)} changes" if key else word.label
        case _:
            return word.label


def condition_said(condition: Condition, names: Mapping[str, str] = _NONE) -> str:
    """A condition as people read it: Subject contains any of “refund” or “return”."""
    asked = OPERATOR.get(condition.operator)
    what = f"{_label(condition.path, names)} {asked.label if asked else condition.operator}"
    if asked is None or asked.takes == "nothing":
        return what
    value = condition.value if isinstance(condition.value, list) else [condition.value]
    marks = "“{}”" if asked.takes == "words" else "{}"
    return f"{what} {_either([marks.format(names.get(str(one), one)) for one in value])}"


def row_said(row: Row, names: Mapping[str, str] = _NONE) -> str:
    """A condition with what stood there: Channel is any of “email”: it was “messenger”."""
    seen = ", ".join(names.get(one, one) for one in row.seen.split(", "))
    found = f"it was “{seen}”" if seen else "there was nothing"
    return f"{condition_said(row.condition, names)}: {found}"[: 2 * _LONGEST]


def doing_said(doing: Doing, names: Mapping[str, str] = _NONE) -> str:
    """A step as the fragment of a sentence."""
    if isinstance(doing, Forward):
        above = rich_text.line(rich_text.plain(doing.html), 60)
        with_words = f" with “{above}”" if above else ""
        return f"Forward the message to {doing.to or '…'}{with_words}{step.lettered(doing.subject, doing.cc, doing.bcc)}"
    if not isinstance(doing, AssignBy):
        return step.said(doing, names)
    whom = f"of {names.get(doing.team_id, doing.team_id)}" if doing.team_id else "of everybody"
    return f"Assign to whoever {'has least' if doing.how == 'balanced' else 'is next'} {whom}"


def _label(path: str, names: Mapping[str, str]) -> str:
    known = _LABELS.get(path)
    if known:
        return known
    key = path.removeprefix("ticket.customFields.")
    return names.get(key, path if key == path else key)


def _either(said: Sequence[str]) -> str:
    shown = [*said[:5], *([f"{len(said) - 5} more"] if len(said) > 5 else [])]
    return " or ".join(shown)


_ALONE = ("Conversation", "Message", "Fields", "Business hours")
_LABELS = {one.path: one.label if one.group in _ALONE else f"{one.group}: {one.label.lower()}" for one in FACTS}
