"""Where an action applies, and in words why it does not. Pure; no I/O."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from msgspec import Struct

from tillside.base.errors import Refused
from tillside.base.trust import Trust
from tillside.orders.state import STATES

Kind = Literal["state_in", "state_not_in", "channel_in", "trust_at_least", "equals", "differs"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST = 12
_MOST_VALUES = 40


class Condition(Struct, frozen=True, omit_defaults=True):
    """One condition. `path`: the placeholder that `equals` and `differs` look at, such as ``order.fulfillmentStatus``.

    `reason`: what people read where it does not hold ("Cancelled orders cannot be refunded."); "" has one made of the values.
    """

    kind: Kind
    values: list[str]
    path: str = ""
    reason: str = ""


class Facts(Struct, frozen=True):
    """What conditions look at. `state` of the order, `channel` of the conversation and `trust` of its customer; None where there is none.

    `document`: the placeholders' values, for `equals` and `differs`; empty where no condition names a path.
    """

    state: str | None = None
    channel: str | None = None
    trust: int | None = None
    document: Mapping[str, Any] = {}


def refusal(conditions: Iterable[Condition], facts: Facts) -> str:
    """Why an action does not apply, in the words of the first condition that does not hold; "" where it applies."""
    for one in conditions:
        if not _holds(one, facts):
            return one.reason or _words(one, facts)
    return ""


def needs_document(conditions: Iterable[Condition]) -> bool:
    """Whether one of them looks at a placeholder."""
    return any(one.kind in ("equals", "differs") for one in conditions)


def needs_trust(conditions: Iterable[Condition]) -> bool:
    """Whether one of them looks at how far the customer is vouched for."""
    return any(one.kind == "trust_at_least" for one in conditions)


def check(conditions: list[Condition]) -> list[Condition]:
    """The conditions as they are kept. Raises Refused with the field of the first that cannot be."""
    if len(conditions) > MOST:
        raise Refused(f"An action has at most {MOST} conditions.", field="conditions", hint="Join values of one kind.")
    return [_checked(one, f"conditions.{place}") for place, one in enumerate(conditions)]


def _checked(one: Condition, field: str) -> Condition:
    values = list(dict.fromkeys(value.strip() for value in one.values if value.strip()))
    if not values or len(values) > _MOST_VALUES or any(len(value) > 200 for value in values):
        raise Refused("A condition needs values to compare with.", field=field, hint=f"Name 1 to {_MOST_VALUES} of them.")
    if one.kind in ("state_in", "state_not_in") and not set(values) <= set(STATES):
        raise Refused("That is not a state of an order.", field=field, hint=f"Use: {', '.join(STATES)}.")
    if one.kind == "trust_at_least" and values[0] not in {level.word for level in Trust}:
        raise Refused("That is not a level of trust.", field=field, hint="Use: typed, signed, code, proven.")
    if one.kind in ("equals", "differs") and not one.path.strip():
        raise Refused("Say what is compared.", field=field, hint="Name a placeholder, such as order.fulfillmentStatus.")
    return Condition(one.kind, values, one.path.strip()[:200], " ".join(one.reason.split())[:200])


def _holds(one: Condition, facts: Facts) -> bool:
    match one.kind:
        case "state_in":
            return facts.state is not None and facts.state in one.values
        case "state_not_in":
            return facts.state is None or facts.state not in one.values
        case "channel_in":
            return facts.channel is None or facts.channel in one.values
        case "trust_at_least":
            return facts.trust is None or facts.trust >= Trust[one.values[0].upper()]
        case "equals":
            return _seen(facts.document, one.path) in [value.casefold() for value in one.values]
        case "differs":
            return _seen(facts.document, one.path) not in [value.casefold() for value in one.values]


def _seen(document: Mapping[str, Any], path: str) -> str:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip().casefold()


def _words(one: Condition, facts: Facts) -> str:
    match one.kind:
        case "state_in" | "state_not_in":
            return f"Not while the order is {STATES.get(facts.state or '', 'unknown').lower()}."
        case "channel_in":
            return f"Only in conversations by {', '.join(one.values)}."
        case "trust_at_least":
            return f"Only once the customer is {one.values[0]}."
        case "equals":
            return f"Only where {one.path} is {' or '.join(one.values)}."
        case "differs":
            return f"Not where {one.path} is {' or '.join(one.values)}."
