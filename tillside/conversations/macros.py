"""Macros: answers written once, with variables that are filled in before anybody sees them.

A variable is ``{{customer.first_name}}``, or in the contract's own spelling ``%First Name%`` (4.2); ``{{customer.first_name|there}}`` says what
stands there when nothing is known. What could not be filled is told, so that no customer reads a hole.
"""

import html as entities
import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.base import rich_text, stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.feeds import activity
from tillside.storage.database import Database, Row, Transaction

_COLUMNS = "workspace_id, id, owner_id, name, subject, html, tags, uses, created_at, updated_at"
_VARIABLE = re.compile(r"\{\{\s*([a-z_.]+)\s*(?:\|([^{}]*))?\}\}|%([A-Z][A-Za-z]*(?: [A-Za-z]+)*)%")
_SPELLED = {
    "First Name": "customer.first_name",
    "Agent First Name": "agent.first_name",
    "Customer Name": "customer.name",
    "Customer Email": "customer.email",
    "Email": "customer.email",
    "Order Name": "order.name",
    "Order ID": "order.number",
    "Order number": "order.name",
    "Order Tracking URL": "order.tracking_url",
    "Order Shipping City": "order.shipping_city",
    "Order Shipping Postcode": "order.shipping_postcode",
}
_FILLED = (
    "customer.first_name customer.last_name customer.name customer.email customer.phone agent.first_name agent.name"
    " conversation.number conversation.subject order.name order.number order.state order.amount order.placed_on order.tracking_number"
    " order.tracking_url order.tracking_company order.status_url order.shipping_city order.shipping_postcode shop.name"
)
NAMES = tuple(_FILLED.split())
"""What can be filled in; the edge gathers the values."""


class Macro(Struct, frozen=True):
    """`owner_id` "" is everybody's; `tags` are put on with it; `uses`: how often it was taken."""

    workspace_id: int
    id: str
    owner_id: str
    name: str
    subject: str
    html: str
    tags: list[str]
    uses: int
    created_at: int
    updated_at: int


class Filled(Struct, frozen=True):
    """A text with its variables in place; `missing` names those nothing is known for."""

    text: str
    missing: list[str]


def fill(text: str, values: dict[str, str], *, is_html: bool = True) -> Filled:
    """Put values in place of variables; in HTML they are escaped. Names nobody knows stay as they are, and are told as missing."""
    missing: list[str] = []

    def put(match: re.Match[str]) -> str:
        name = match[1] or _SPELLED.get(match[3], "")
        if not name:
            return match[0]
        value = values.get(name) or (match[2] or "").strip()
        if not value:
            missing.append(name)
            return ""
        return entities.escape(value, quote=False) if is_html else value

    return Filled(_VARIABLE.sub(put, text), list(dict.fromkeys(missing)))


def variables(text: str) -> list[str]:
    """The variables a text names, for a check while it is written."""
    return list(dict.fromkeys(match[1] or _SPELLED.get(match[3], match[3]) for match in _VARIABLE.finditer(text)))


async def add(
    tx: Transaction, workspace_id: int, name: str, html: str, *, owner_id: str = "", subject: str = "", tags: Sequence[str] = ()
) -> Macro:
    """Raises Refused without a name or a text, Conflict when the name is taken."""
    said, cleaned = _checked(name, html)
    if await _taken(tx, workspace_id, owner_id, said):
        raise Conflict(f"There is a macro {said} already.", field="name", hint="Choose another name.")
    at = stamps.now()
    macro = Macro(workspace_id, stamps.new_id("mac", at), owner_id, said, subject.strip()[:500], cleaned, list(tags), 0, at, at)
    await tx.run(
        "insert into macro (workspace_id, id, owner_id, name, folded, subject, html, tags, uses, created_at, updated_at)"
        " values (:w, :id, :owner, :name, :folded, :subject, :html, :tags, 0, :at, :at)",
        w=workspace_id,
        id=macro.id,
        owner=owner_id,
        name=said,
        folded=said.casefold(),
        subject=macro.subject,
        html=cleaned,
        tags=msgspec.json.encode(macro.tags).decode(),
        at=at,
    )
    activity.record(tx, workspace_id, "macro.added", macro.id)
    return macro


async def change(tx: Transaction, macro: Macro, *, name: str, html: str, subject: str, tags: Sequence[str]) -> None:
    """Raises Refused, Conflict."""
    said, cleaned = _checked(name, html)
    if said.casefold() != macro.name.casefold() and await _taken(tx, macro.workspace_id, macro.owner_id, said):
        raise Conflict(f"There is a macro {said} already.", field="name", hint="Choose another name.")
    await tx.run(
        "update macro set name = :name, folded = :folded, subject = :subject, html = :html, tags = :tags, updated_at = :at"
        " where workspace_id = :w and id = :id",
        name=said,
        folded=said.casefold(),
        subject=subject.strip()[:500],
        html=cleaned,
        tags=msgspec.json.encode(list(tags)).decode(),
        at=stamps.now(),
        w=macro.workspace_id,
        id=macro.id,
    )
    activity.record(tx, macro.workspace_id, "macro.changed", macro.id)


async def remove(tx: Transaction, macro: Macro) -> None:
    await tx.run("delete from macro where workspace_id = :w and id = :id", w=macro.workspace_id, id=macro.id)
    activity.record(tx, macro.workspace_id, "macro.removed", macro.id)


async def used(tx: Transaction, macro: Macro) -> None:
    """Count one use. Nobody is told: it only orders the list."""
    await tx.run("update macro set uses = uses + 1 where workspace_id = :w and id = :id", w=macro.workspace_id, id=macro.id)


async def by_id(store: Database | Transaction, workspace_id: int, macro_id: str, *, agent_id: str) -> Macro:
    """A macro this agent may use. Raises Unknown, also for another agent's own."""
    row = await store.one(
        f"select {_COLUMNS} from macro where workspace_id = :w and id = :id and (owner_id = '' or owner_id = :agent)",
        w=workspace_id,
        id=macro_id,
        agent=agent_id,
    )
    if row is None:
        raise Unknown("There is no such macro.")
    return _macro(row)


async def of_agent(database: Database, workspace_id: int, agent_id: str) -> list[Macro]:
    """Everybody's macros and their own, by name."""
    rows = await database.read(
        f"select {_COLUMNS} from macro where workspace_id = :w and (owner_id = '' or owner_id = :agent) order by folded, id limit 1000",
        w=workspace_id,
        agent=agent_id,
    )
    return [_macro(row) for row in rows]


def _checked(name: str, html: str) -> tuple[str, str]:
    said, cleaned = " ".join(name.split()), rich_text.clean(html)
    if not said or len(said) > 120:
        raise Refused("A macro needs a name of 1 to 120 characters.", field="name", hint="Name the question it answers.")
    if not rich_text.plain(cleaned):
        raise Refused("A macro needs a text.", field="html", hint="Write the answer.")
    return said, cleaned


async def _taken(tx: Transaction, workspace_id: int, owner_id: str, name: str) -> bool:
    row = await tx.one(
        "select 1 from macro where workspace_id = :w and owner_id = :owner and folded = :folded",
        w=workspace_id,
        owner=owner_id,
        folded=name.casefold(),
    )
    return row is not None


def _macro(row: Row) -> Macro:
    workspace_id, macro_id, owner_id, name, subject, html, tags, uses, created_at, updated_at = row
    return Macro(workspace_id, macro_id, owner_id, name, subject, html, msgspec.json.decode(tags), uses, created_at, updated_at)
