"""The messenger of one connector: whether it shows, how it looks, when somebody is there, what it asks."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from tillside.agents import hours
from tillside.agents.hours import Week
from tillside.base import colour, stamps
from tillside.base.errors import Refused
from tillside.connectors.connector import Connector
from tillside.feeds import activity
from tillside.storage.database import Database, Transaction

_LIGHT, _DARK = "#f2f1ec", "#1e1d1a"
_LONGEST = 300
_MOST_FIELDS, _MOST_PAGES, _MOST_SELECTORS = 8, 50, 20
_GET = "select enabled, doc from messenger where workspace_id = :w and connector_id = :connector"
_PUT = """
insert into messenger (workspace_id, connector_id, enabled, doc, updated_at) values (:w, :connector, :enabled, :doc, :at)
on conflict (workspace_id, connector_id) do update set enabled = excluded.enabled, doc = excluded.doc, updated_at = excluded.updated_at
"""
_ANSWERED = """
select first_response_at - created_at from conversation
where workspace_id = :w and first_response_at is not null and channel = 'messenger' and connector_id = :connector
order by first_response_at desc limit 100
"""
_ENOUGH = 5


class Page(Struct, frozen=True):
    """Pages of the shop, by their address: a path, or a whole URL."""

    how: Literal["starts", "contains", "exact"]
    url: str


class Field(Struct, frozen=True):
    """Something asked before a conversation begins. `key` "email" and "name" name the visitor as well."""

    key: str
    label: str
    kind: Literal["text", "email", "phone", "choice", "long"] = "text"
    is_required: bool = False
    choices: tuple[str, ...] = ()


class Opening(Struct, frozen=True):
    """Elements of the shop's own pages that open a conversation, with a text to begin from."""

    selectors: tuple[str, ...]
    text: str = ""


class Own(Struct, frozen=True):
    """CSS selectors of the shop's own launchers (contract 4.5, customLauncherSettings)."""

    messenger: tuple[str, ...] = ()
    help_center: tuple[str, ...] = ()
    prechat: tuple[str, ...] = ()
    send_message: tuple[Opening, ...] = ()


class Messenger(Struct, frozen=True):
    """Every setting with its usual value. `answer_minutes` 0: measured from the answers of the last weeks."""

    is_enabled: bool = False
    name: str = ""
    colour: str = "#075f6b"
    label: str = "Help"
    greeting: str = ""
    intro: str = ""
    side: Literal["start", "end"] = "end"
    side_spacing: int = 20
    bottom_spacing: int = 20
    z_index: int = 2147483000
    badge: Literal["icon", "label"] = "label"
    hides_on_phones: bool = False
    who: Literal["everybody", "visitors", "customers"] = "everybody"
    mode: Literal["show", "hide"] = "show"
    pages: tuple[Page, ...] = ()
    delay_seconds: int = 0
    week: Week = Week()
    answer_minutes: int = 0
    fields: tuple[Field, ...] = (
        Field("name", "Name", "text"),
        Field("email", "E-mail", "email", True),
    )
    asks_rating: bool = True
    own: Own = Own()

    @property
    def on_colour(self) -> str:
        return colour.on(self.colour)

    @property
    def text_colour(self) -> str:
        """The shop's colour for words on light grounds."""
        return colour.readable(self.colour, _LIGHT)

    @property
    def dark_text_colour(self) -> str:
        return colour.readable(self.colour, _DARK)


OFF = Messenger()


async def of(store: Database | Transaction, connector: Connector) -> Messenger:
    """A connector's messenger; switched off where nobody has set it up."""
    row = await store.one(_GET, w=connector.workspace_id, connector=connector.id)
    return msgspec.structs.replace(msgspec.json.decode(row[1], type=Messenger), is_enabled=bool(row[0])) if row else OFF


async def put(tx: Transaction, connector: Connector, messenger: Messenger) -> Messenger:
    """Keep a connector's messenger. Raises Refused with the field."""
    check(messenger)
    doc = msgspec.json.encode(messenger).decode()
    await tx.run(_PUT, w=connector.workspace_id, connector=connector.id, enabled=int(messenger.is_enabled), doc=doc, at=stamps.now())
    activity.record(tx, connector.workspace_id, "messenger.changed", connector.id)
    return messenger


async def answer_minutes(database: Database, connector: Connector, messenger: Messenger) -> int:
    """How long an answer takes: as the shop says, else the median of the last hundred; 0 when too few are known."""
    if messenger.answer_minutes:
        return messenger.answer_minutes
    waits = sorted(int(row[0]) for row in await database.read(_ANSWERED, w=connector.workspace_id, connector=connector.id))
    return max(1, round(waits[len(waits) // 2] / stamps.MINUTE)) if len(waits) >= _ENOUGH else 0


def check(messenger: Messenger) -> None:
    """Raises Refused with the field, in the words of the settings page."""
    if not colour.is_colour(messenger.colour):
        raise Refused("The colour is not one.", field="colour", hint="Write it like #075f6b.")
    for name in ("name", "label", "greeting", "intro"):
        if len(getattr(messenger, name)) > _LONGEST:
            raise Refused("This text is too long.", field=name, hint=f"Use at most {_LONGEST} characters.")
    if not messenger.label.strip():
        raise Refused("The button has no word.", field="label", hint="A screen reader needs it even where only the picture shows.")
    _check_numbers(messenger)
    hours.check(messenger.week)
    _check_lists(messenger)


def _check_numbers(messenger: Messenger) -> None:
    most = {"side_spacing": 400, "bottom_spacing": 400, "z_index": 2147483647, "delay_seconds": 600, "answer_minutes": 10080}
    for name, limit in most.items():
        if not 0 <= getattr(messenger, name) <= limit:
            raise Refused(f"This number is not between 0 and {limit}.", field=name)


def _check_lists(messenger: Messenger) -> None:
    fields = messenger.fields
    is_named = all(field.key and field.label for field in fields) and len({field.key for field in fields}) == len(fields)
    if len(fields) > _MOST_FIELDS or not is_named:
        raise Refused("Each question needs a name of its own and a label.", field="fields", hint=f"Ask at most {_MOST_FIELDS}.")
    if len(messenger.pages) > _MOST_PAGES or any(not page.url or len(page.url) > 500 for page in messenger.pages):
        raise Refused("A page rule is empty or too long.", field="pages", hint=f"One rule in a line, at most {_MOST_PAGES}.")
    own: list[Any] = [*messenger.own.messenger, *messenger.own.help_center, *messenger.own.prechat, *messenger.own.send_message]
    if len(own) > _MOST_SELECTORS:
        raise Refused("These are too many elements.", field="own", hint=f"Name at most {_MOST_SELECTORS}.")
