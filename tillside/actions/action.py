"""An action: something the shop can do, declared once. It shows as a button, a step of a macro or a rule, and by REST; runs.py runs it."""

import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tillside.actions import conditions, form
from tillside.actions.conditions import Condition
from tillside.actions.form import Field, Schema
from tillside.agents import access
from tillside.base import stamps
from tillside.base.errors import Conflict, Outdated, Refused, Unknown
from tillside.events import money
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

Subject = Literal["conversation", "customer", "order"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
MOST = 60
_ICON = re.compile(r"[a-z][a-z0-9-]{0,39}")
_COLUMNS = (
    "workspace_id, id, name, icon, description, subject, form, conditions, roles, approvers, money_limit, target_id, answer, position, is_on,"
    " created_at, updated_at, version"
)
_INSERT = f"""
insert into action (folded, {_COLUMNS})
values (:folded, :w, :id, :name, :icon, :description, :subject, :form, :conditions, :roles, :approvers, :money_limit, :target, :answer,
  :position, :is_on, :created, :updated, 1)
"""
_CHANGE = """
update action set name = :name, folded = :folded, icon = :icon, description = :description, subject = :subject, form = :form,
  conditions = :conditions, roles = :roles, approvers = :approvers, money_limit = :money_limit, target_id = :target, answer = :answer,
  position = :position, is_on = :is_on, updated_at = :updated, version = version + 1
where workspace_id = :w and id = :id and version = :version
"""


class Limit(Struct, frozen=True):
    """Above `minor` units of `currency` in the field `field`, an amount or lines of the order, somebody else approves first. None counts as
    the whole order."""

    field: str
    minor: int
    currency: str


class Answer(Struct, frozen=True, omit_defaults=True):
    """How a receiver's answer is read, by JSON pointers. `message`: the words to show; `status`: where it says how it went, beside 2xx;
    `failed`: the words there that mean it did not work."""

    message: str = "/message"
    status: str = "/status"
    failed: tuple[str, ...] = ("failed", "error", "refused")


class Plan(Struct, frozen=True):
    """Everything somebody decides about an action. `roles` may run it, none named means all; `approvers` may approve it, besides admins."""

    name: str
    target_id: str
    subject: Subject = "order"
    icon: str = "zap"
    description: str = ""
    form: Schema = {}
    conditions: list[Condition] = []
    roles: list[str] = []
    approvers: list[str] = []
    limit: Limit | None = None
    answer: Answer = Answer()
    position: int = 0
    is_on: bool = True


class Action(Struct, frozen=True):
    """An action as it is kept; `position` 1 to 9 is its key."""

    workspace_id: int
    id: str
    name: str
    icon: str
    description: str
    subject: Subject
    form: Schema
    conditions: list[Condition]
    roles: list[str]
    approvers: list[str]
    limit: Limit | None
    target_id: str
    answer: Answer
    position: int
    is_on: bool
    created_at: int
    updated_at: int
    version: int

    @property
    def fields(self) -> list[Field]:
        return form.read(self.form)

    @property
    def asks(self) -> bool:
        """Whether it asks for input before it runs."""
        return bool(self.form.get("properties"))

    @property
    def plan(self) -> Plan:
        return Plan(**{name: getattr(self, name) for name in Plan.__struct_fields__})


async def add(tx: Transaction, workspace_id: int, plan: Plan) -> Action:
    """Raises Refused with the field, Conflict when the name is taken."""
    kept = _checked(plan)
    if len(await every(tx, workspace_id)) >= MOST:
        raise Refused(f"There are {MOST} actions already.", field="name", hint="Remove those nobody takes.")
    await _free(tx, workspace_id, kept.name)
    at = stamps.now()
    given = {name: getattr(kept, name) for name in Plan.__struct_fields__}
    action = Action(workspace_id=workspace_id, id=stamps.new_id("act", at), created_at=at, updated_at=at, version=1, **given)
    await tx.run(_INSERT, id=action.id, w=workspace_id, created=at, updated=at, **_values(kept))
    activity.record(tx, workspace_id, "action.added", action.id)
    return action


async def change(tx: Transaction, action: Action, plan: Plan) -> Action:
    """Raises Refused, Conflict, Outdated when somebody changed it meanwhile."""
    kept = _checked(plan)
    if kept.name.casefold() != action.name.casefold():
        await _free(tx, action.workspace_id, kept.name)
    at = stamps.now()
    changed = await tx.run(_CHANGE, id=action.id, w=action.workspace_id, updated=at, version=action.version, **_values(kept))
    if not changed:
        raise Outdated()
    activity.record(tx, action.workspace_id, "action.changed", action.id)
    given = {name: getattr(kept, name) for name in Plan.__struct_fields__}
    return replace(action, updated_at=at, version=action.version + 1, **given)


async def remove(tx: Transaction, action: Action) -> None:
    """Its runs stay; those under way come to their end."""
    await tx.run("delete from action where workspace_id = :w and id = :id", w=action.workspace_id, id=action.id)
    activity.record(tx, action.workspace_id, "action.removed", action.id)


async def by_id(store: Database | Transaction, workspace_id: int, action_id: str) -> Action:
    """Raises Unknown."""
    row = await store.one(f"select {_COLUMNS} from action where workspace_id = :w and id = :id", w=workspace_id, id=action_id)
    if row is None:
        raise Unknown("There is no such action.")
    return _action(row)


async def every(store: Database | Transaction, workspace_id: int, *, on: bool = False) -> list[Action]:
    """All actions in the order of their keys; `on`: only those that are."""
    only = " and is_on = 1" if on else ""
    rows = await store.read(
        f"select {_COLUMNS} from action where workspace_id = :w{only} order by position, folded, id limit {MOST + 1}", w=workspace_id
    )
    return [_action(row) for row in rows]


def _checked(plan: Plan) -> Plan:
    name = " ".join(plan.name.split())
    if not name or len(name) > 40:
        raise Refused("An action needs a name of 1 to 40 characters.", field="name", hint="Name what it does, such as Cancel.")
    if not _ICON.fullmatch(plan.icon):
        raise Refused("That is not an icon.", field="icon", hint="Choose one of the list.")
    if plan.subject not in SUBJECTS:
        raise Refused("An action belongs to something.", field="subject", hint=f"Use: {', '.join(SUBJECTS)}.")
    if not plan.target_id:
        raise Refused("An action needs a target that does it.", field="target_id", hint="Make the HTTP target first.")
    if not 0 <= plan.position <= 99:
        raise Refused("A place is between 1 and 99.", field="position", hint="1 to 9 are also keys.")
    fields = form.read(plan.form or form.EMPTY)
    if plan.subject != "order" and any(one.kind == "items" for one in fields):
        raise Refused("Only an action for an order asks for lines of one.", field="form", hint="Let it be for an order.")
    _check_roles(plan)
    _check_limit(plan.limit, fields)
    for pointer in (plan.answer.message, plan.answer.status):
        if pointer and not pointer.startswith("/"):
            raise Refused("A JSON pointer begins with /.", field="answer", hint="Write it like /message.")
    kept = conditions.check(plan.conditions)
    return replace(plan, name=name, description=" ".join(plan.description.split())[:300], form=plan.form or form.EMPTY, conditions=kept)


def _check_roles(plan: Plan) -> None:
    for field, roles in (("roles", plan.roles), ("approvers", plan.approvers)):
        if not set(roles) <= set(access.ROLES):
            raise Refused("That role does not exist here.", field=field, hint=f"Use: {', '.join(access.ROLES)}.")


def _check_limit(limit: Limit | None, fields: Sequence[Field]) -> None:
    if limit is None:
        return
    if limit.field not in [one.name for one in fields if one.kind in form.VALUED]:
        raise Refused("The limit needs an amount to look at.", field="limit", hint="Name a field that is an amount or lines of the order.")
    if limit.minor < 0 or limit.currency not in money.CURRENCIES:
        raise Refused("A limit is an amount in a currency.", field="limit", hint="Write it like 50.00 and EUR.")


async def _free(tx: Transaction, workspace_id: int, name: str) -> None:
    if await tx.one("select 1 from action where workspace_id = :w and folded = :folded", w=workspace_id, folded=name.casefold()):
        raise Conflict(f"There is an action {name} already.", field="name", hint="Choose another name.")


def _values(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "folded": plan.name.casefold(),
        "icon": plan.icon,
        "description": plan.description,
        "subject": plan.subject,
        "form": _text(plan.form),
        "conditions": _text(plan.conditions),
        "roles": _text(plan.roles),
        "approvers": _text(plan.approvers),
        "money_limit": _text(plan.limit),
        "target": plan.target_id,
        "answer": _text(plan.answer),
        "position": plan.position,
        "is_on": int(plan.is_on),
    }


_READS = msgspec.json.decode


def _action(row: Row) -> Action:
    found: dict[str, Any] = dict(zip(_COLUMNS.split(", "), row, strict=True))
    found["form"] = _READS(found["form"])
    found["conditions"] = _READS(found["conditions"], type=list[Condition])
    found["roles"], found["approvers"] = _READS(found["roles"]), _READS(found["approvers"])
    found["limit"] = _READS(found.pop("money_limit"), type=Limit | None)
    found["answer"] = _READS(found["answer"], type=Answer)
    found["is_on"] = bool(found["is_on"])
    return Action(**found)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
