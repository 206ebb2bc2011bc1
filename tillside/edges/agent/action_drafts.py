"""The settings form of an action: what was typed into it, read into a plan, and a plan shown in it again."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tillside.actions import form
from tillside.actions.action import Answer, Limit, Plan
from tillside.actions.conditions import Condition
from tillside.actions.form import Field, Schema
from tillside.base.errors import Refused
from tillside.edges.agent.guard import Form
from tillside.events import money

BLANK = 2
_ICONS = (
    "undo-2 ban map-pin truck package package-check package-x receipt credit-card wallet percent repeat refresh-ccw send mail phone"
    " tag flag calendar clock user shield-check file-text download pencil zap"
)
ICONS = tuple(_ICONS.split())
SUBJECTS = (("order", "An order"), ("conversation", "A conversation"), ("customer", "A customer"))
KINDS = (
    ("text", "Text"),
    ("choice", "Choice"),
    ("money", "Money"),
    ("items", "Lines of the order"),
    ("number", "Number"),
    ("integer", "Whole number"),
    ("yes_no", "Yes or no"),
    ("date", "Day"),
)
CONDITIONS = (
    ("state_in", "The order is one of"),
    ("state_not_in", "The order is none of"),
    ("channel_in", "The conversation came by"),
    ("trust_at_least", "The customer is at least"),
    ("equals", "A placeholder is"),
    ("differs", "A placeholder is not"),
)


class Ask(Struct, frozen=True):
    """One row of the fields, as text."""

    title: str = ""
    name: str = ""
    kind: str = "text"
    detail: str = ""
    default: str = ""
    needed: str = ""


class If(Struct, frozen=True):
    """One row of the conditions, as text."""

    kind: str = "state_in"
    path: str = ""
    values: str = ""
    reason: str = ""


class Typed(Struct, frozen=True):
    """Everything of the form, as text."""

    name: str = ""
    icon: str = "zap"
    description: str = ""
    subject: str = "order"
    target_id: str = ""
    position: str = ""
    is_on: str = "1"
    only_admins: str = ""
    agents_approve: str = ""
    limit_field: str = ""
    limit_amount: str = ""
    limit_currency: str = ""
    message: str = "/message"
    status: str = "/status"
    failed: str = "failed, error, refused"
    schema: str = ""
    by_schema: str = ""
    asks: list[Ask] = []
    conditions: list[If] = []


def plain(currency: str) -> Typed:
    """A form nobody has typed into."""
    return Typed(limit_currency=currency, asks=[Ask()] * BLANK, conditions=[If()] * BLANK)


def shown(plan: Plan, currency: str) -> Typed:
    """A plan as its form shows it, with some rows to spare. A form that says more than rows can hold is kept by its schema."""
    limit, fields = plan.limit, form.read(plan.form or form.EMPTY)
    asks = [_ask(one) for one in fields]
    return Typed(
        name=plan.name,
        icon=plan.icon,
        description=plan.description,
        subject=plan.subject,
        target_id=plan.target_id,
        position=str(plan.position or ""),
        is_on="1" if plan.is_on else "",
        only_admins="1" if plan.roles == ["admin"] else "",
        agents_approve="1" if "agent" in plan.approvers else "",
        limit_field=limit.field if limit else "",
        limit_amount=form.text_of(limit.minor, limit.currency) if limit else "",
        limit_currency=limit.currency if limit else currency,
        message=plan.answer.message,
        status=plan.answer.status,
        failed=", ".join(plan.answer.failed),
        schema=msgspec.json.format(msgspec.json.encode(plan.form or form.EMPTY), indent=2).decode(),
        by_schema="" if [_field(one) for one in asks] == fields else "1",
        asks=asks + [Ask()] * BLANK,
        conditions=[If(one.kind, one.path, ", ".join(one.values), one.reason) for one in plan.conditions] + [If()] * BLANK,
    )


def typed(said: Form) -> Typed:
    """What came with the form."""
    plain_ones = {name: said.get(name, "")[:20_000] for name in Typed.__struct_fields__ if name not in ("asks", "conditions")}
    return Typed(**plain_ones, asks=_rows(said, Ask, "ask"), conditions=_rows(said, If, "if"))


def plan(said: Typed) -> Plan:
    """The plan somebody typed. Raises Refused with the field of the form."""
    schema = _schema(said.schema) if said.by_schema else form.schema_of([_field(one) for one in said.asks if one.title.strip()])
    return Plan(
        name=said.name,
        target_id=said.target_id,
        subject=said.subject,  # type: ignore[arg-type]  # checked by the room
        icon=said.icon,
        description=said.description,
        form=schema,
        conditions=[_condition(one, place) for place, one in enumerate(said.conditions) if one.values.strip()],
        roles=["admin"] if said.only_admins else [],
        approvers=["agent"] if said.agents_approve else [],
        limit=_limit(said),
        answer=Answer(said.message.strip(), said.status.strip(), tuple(_words(said.failed))),
        position=int(said.position) if said.position.isascii() and said.position.isdigit() and len(said.position) < 3 else 0,
        is_on=bool(said.is_on),
    )


def _rows(said: Form, kind: Any, word: str) -> list[Any]:
    """Rows come as ``ask.0.title``; those that were left out end the list."""
    rows = []
    for place in range(40):
        row = {name: said.get(f"{word}.{place}.{name}", "")[:2000] for name in kind.__struct_fields__}
        if f"{word}.{place}.kind" not in said:
            break
        rows.append(kind(**row))
    return rows


def _ask(one: Field) -> Ask:
    return Ask(
        title=one.title,
        name=one.name,
        kind=one.kind,
        detail=", ".join(one.choices) if one.choices else str(one.longest) if one.kind == "text" else "order" if one.most else one.maximum,
        default=("yes" if one.default else "no") if isinstance(one.default, bool) else str(one.default if one.default is not None else ""),
        needed="1" if one.is_required else "",
    )


def _field(one: Ask) -> Field:
    """A row as a field. `detail` is what the kind needs: choices, the longest text, the greatest number, ``order`` for what is left of it."""
    title = " ".join(one.title.split())
    detail = one.detail.strip()
    made: dict[str, Any] = {"name": one.name.strip() or _name(title), "title": title, "kind": one.kind, "is_required": bool(one.needed)}
    if one.kind == "choice":
        made["choices"] = list(dict.fromkeys(line.strip() for line in detail.replace(",", "\n").splitlines() if line.strip()))
    elif one.kind == "text" and detail.isascii() and detail.isdigit():
        made["longest"] = min(int(detail), 2000)
    elif one.kind == "money" and detail == "order":
        made["most"] = "order"
    elif one.kind in ("money", "number", "integer") and detail:
        made["maximum"] = detail
    default = one.default.strip()
    if default:
        made["default"] = default == "yes" if one.kind == "yes_no" else _number(default) if one.kind in ("number", "integer") else default
    return Field(**made)


def _name(title: str) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in title).split()
    found = "".join(word.lower() if not place else word.capitalize() for place, word in enumerate(words))[:40]
    return found if found[:1].isalpha() else f"field{found}"[:40]


def _number(text: str) -> Any:
    try:
        return msgspec.json.decode(text, type=int | float)
    except msgspec.DecodeError as error:
        raise Refused(f"{text[:40]} is not a number.", field="asks", hint="Write a plain number such as 12.5.") from error


def _schema(text: str) -> Schema:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Refused("The schema is not JSON.", field="schema", hint=str(error)[:200]) from error


def _condition(one: If, place: int) -> Condition:
    kinds: Mapping[str, str] = dict(CONDITIONS)
    if one.kind not in kinds:
        raise Refused("That is not a condition.", field=f"conditions.{place}", hint="Choose one of the list.")
    values = _words(one.values)
    if one.kind in ("state_in", "state_not_in", "trust_at_least", "channel_in"):
        values = [value.lower().replace(" ", "_") for value in values]
    return Condition(one.kind, values, one.path, one.reason)  # type: ignore[arg-type]  # one of the table, as was just seen


def _limit(said: Typed) -> Limit | None:
    amount = said.limit_amount.strip()
    if not amount:
        return None
    currency = said.limit_currency.strip().upper()
    found = form.checked([Field("limit", "The limit", "money")], {"limit": amount}, form.Purse(currency))
    if found.errors or currency not in money.CURRENCIES:
        raise Refused(found.errors.get("limit", f"{currency} is not a currency."), field="limit", hint="Write it like 50.00 and EUR.")
    valued = [one for kind in form.VALUED for one in said.asks if one.kind == kind and one.title.strip()]
    first = next((one.name.strip() or _name(one.title) for one in valued), "")
    return Limit(said.limit_field.strip() or first, form.minor(amount, currency), currency)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]


def trouble_at(error: Refused) -> str:
    """The part of the page a field's error belongs to."""
    for part in ("form", "conditions", "schema", "asks"):
        if error.field == part or error.field.startswith(part + "."):
            return "asks" if part in ("form", "schema", "asks") else part
    return error.field


__all__: Sequence[str] = ("CONDITIONS", "ICONS", "KINDS", "SUBJECTS", "Typed", "plain", "plan", "shown", "trouble_at", "typed")
