"""What the demo's agents can do with an order: targets at the demo shop and the actions that call them, made once."""

from collections.abc import Mapping

from msgspec.structs import replace

from tillside.actions import action as actions
from tillside.actions.action import Limit, Plan
from tillside.actions.conditions import Condition
from tillside.agents.workspace import Workspace
from tillside.edges.http.desk import Desk
from tillside.storage.database import Transaction
from tillside.targets import target as targets
from tillside.targets.target import Draft

_OPEN = ["placed", "packed"]
_BEFORE_IT_LEAVES = [
    Condition("state_not_in", ["cancelled"], reason="It is cancelled already."),
    Condition("state_not_in", ["refunded"], reason="All the money has gone back."),
    Condition("state_in", _OPEN, reason="Only until it has left the shop."),
]
_REASON = {"type": "string", "title": "Reason"}
_PLACES: Mapping[str, tuple[str, str]] = {
    "cancel": (
        "/desk/cancel",
        '{"orderId": "{{ order.number }}", "reason": "{{ input.reason }}", "by": "{{ agent.name }}"}',
    ),
    "refund": (
        "/desk/refund",
        '{"orderId": "{{ order.number }}", "amount": "{{ input.amount }}", "currency": "{{ input.currency }}", "reason": "{{ input.reason }}"}',
    ),
    "items": (
        "/desk/refund",
        '{"orderId": "{{ order.number }}", "items": {{ input.items }}, "reason": "{{ input.reason }}"}',
    ),
    "address": (
        "/desk/address",
        '{"orderId": "{{ order.number }}", "line1": "{{ input.line1 }}", "line2": "{{ input.line2 }}",'
        ' "postcode": "{{ input.postcode }}", "city": "{{ input.city }}"}',
    ),
}
_REFUNDABLE = [
    Condition("state_not_in", ["cancelled"], reason="Cancelled orders cannot be refunded."),
    Condition("state_not_in", ["refunded"], reason="All the money has gone back."),
    Condition("state_not_in", ["failed"], reason="It was never paid."),
]
_BROKEN = {**_REASON, "enum": ["damaged", "lost on the way", "late", "goodwill"], "default": "damaged"}
_NAMES = {"cancel": "Shop: cancel an order", "refund": "Shop: refund", "items": "Shop: refund items", "address": "Shop: change the address"}


async def add(tx: Transaction, desk: Desk, home: Workspace, shop_url: str) -> tuple[dict[str, str], list[str]]:
    """The targets and actions of a new demo: what the targets are for → their ids, and the secrets their calls are signed with."""
    ids, secrets = {}, []
    for key, (path, body) in _PLACES.items():
        draft = Draft(name=_NAMES[key], url=shop_url + path, body=body, signs=True)
        saved = await targets.add(tx, desk.vault, home.id, draft, check_url=desk.outbound.check_url)
        ids[key] = saved.target.id
        secrets.append(saved.signing_secret)
    for plan in _plans(ids):
        await actions.add(tx, home.id, plan)
    return ids, secrets


async def follow(tx: Transaction, desk: Desk, home: Workspace, ids: Mapping[str, str], shop_url: str) -> None:
    """The shop may stand at another port than the last time: those of its targets that are still there call it where it is now."""
    for target in await targets.every(tx, home.id):
        key = next((key for key, target_id in ids.items() if target_id == target.id), "")
        wanted = shop_url + _PLACES[key][0] if key else target.url
        if target.url != wanted:
            given = {name: getattr(target, name) for name in Draft.__struct_fields__ if name != "secret"}
            moved = replace(Draft(**given), url=wanted)
            await targets.change(tx, desk.vault, target, moved, check_url=desk.outbound.check_url)


def _plans(ids: Mapping[str, str]) -> list[Plan]:
    return [
        Plan(
            name="Refund",
            icon="undo-2",
            description="Gives money back by the way it was paid.",
            target_id=ids["refund"],
            form={
                "type": "object",
                "properties": {
                    "amount": {"type": "string", "title": "Amount", "x-money": True, "x-most": "order"},
                    "reason": _BROKEN,
                },
                "required": ["amount"],
            },
            conditions=_REFUNDABLE,
            limit=Limit("amount", 5000, "EUR"),
            position=1,
        ),
        Plan(
            name="Cancel",
            icon="ban",
            description="Stops the order and gives all the money back.",
            target_id=ids["cancel"],
            form={
                "type": "object",
                "properties": {
                    "reason": {**_REASON, "enum": ["changed their mind", "ordered twice", "out of stock"], "default": "changed their mind"}
                },
            },
            conditions=_BEFORE_IT_LEAVES,
            position=2,
        ),
        Plan(
            name="Change address",
            icon="map-pin",
            description="Sends it somewhere else, in the same country.",
            target_id=ids["address"],
            form={
                "type": "object",
                "properties": {
                    "line1": {"type": "string", "title": "Street and number", "maxLength": 120},
                    "line2": {"type": "string", "title": "Second line", "maxLength": 120},
                    "postcode": {"type": "string", "title": "Postcode", "maxLength": 20},
                    "city": {"type": "string", "title": "City", "maxLength": 80},
                },
                "required": ["line1", "postcode", "city"],
            },
            conditions=_BEFORE_IT_LEAVES,
            position=3,
        ),
        _items(ids["items"]),
    ]


def _items(target_id: str) -> Plan:
    """Some of what was bought, line by line."""
    return Plan(
        name="Refund items",
        icon="package-x",
        description="Gives back what was paid for the items that are chosen.",
        target_id=target_id,
        form={
            "type": "object",
            "properties": {"items": {"type": "array", "title": "Items", "x-items": True}, "reason": _BROKEN},
            "required": ["items"],
        },
        conditions=_REFUNDABLE,
        limit=Limit("items", 5000, "EUR"),
        position=4,
    )
