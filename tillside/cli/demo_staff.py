"""Who answers at the demo desk, and what they have at hand: three agents in two teams, macros, saved views, fields. Made once, by the verbs
the settings pages use."""

import secrets

from tillside.agents import actor, signature
from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.agent import Agent
from tillside.agents.workspace import Workspace
from tillside.conversations import fields, tags, views
from tillside.conversations.conversation import HIGH
from tillside.conversations.inbox import ME, Filters
from tillside.macros import macro as macros
from tillside.macros import step
from tillside.macros.step import Assign, Close, Field, Note, Snooze, Step
from tillside.storage.database import Transaction

ME_AT_THE_DESK = "Mia Lindqvist"
_COLLEAGUES = (("Jonas Weber", "jonas@fernfold.example"), ("Aylin Demir", "aylin@fernfold.example"))
_TEAMS = {"Orders and parcels": ("Mia", "Jonas"), "Wholesale and workshops": ("Mia", "Aylin")}
_TAGS = "parcel carrier damaged return refund payment gift stock wholesale workshop invoice customs praise spam"
_FIELDS = (
    ("Reason", "choice", ("Parcel::Late", "Parcel::Lost", "Return::Damaged", "Return::Wrong item", "Question")),
    ("Promised by", "date", ()),
    ("Goodwill in euros", "number", ()),
)
_MACROS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "Where is my parcel",
        ("parcel",),
        "<p>Hello {{customer.first_name|there}},</p><p>your order {{order.name}} is with {{order.tracking_company|the carrier}} under"
        " {{order.tracking_number|a number that comes by mail}}. You can follow it here: {{order.tracking_url|your account}}</p>"
        "<p>{{agent.first_name}}</p>",
    ),
    (
        "Arrived damaged",
        ("damaged",),
        "<p>Hello {{customer.first_name|there}},</p><p>that is not how it should reach you, and it is ours to mend. A new piece for"
        " {{order.name}} leaves us today. Keep the damaged one for your drafts.</p><p>{{agent.first_name}}</p>",
    ),
    (
        "Send it back",
        ("return",),
        "<p>Hello {{customer.first_name|there}},</p><p>you have thirty days to send {{order.name}} back. A label lies in your account; the post"
        " office scans it from your phone. The money follows within two days of its arrival.</p><p>{{agent.first_name}}</p>",
    ),
    (
        "Payment did not go through",
        ("payment",),
        "<p>Hello {{customer.first_name|there}},</p><p>your bank asked for a second confirmation for {{order.name}}, and it did not come in"
        " time. Your order is kept: open it in your account and choose “Pay again”.</p><p>{{agent.first_name}}</p>",
    ),
    (
        "Change before packing",
        (),
        "<p>Hello {{customer.first_name|there}},</p><p>{{order.name}} is not packed yet, and I have changed it as you wish. A new confirmation"
        " is on its way to you.</p><p>{{agent.first_name}}</p>",
    ),
    (
        "Wholesale terms",
        ("wholesale",),
        "<p>Hello,</p><p>from twenty pieces on we give 30 percent, from forty on 35. Delivery within two weeks, invoice at thirty days.</p>"
        "<p>{{agent.name}}, {{shop.name}}</p>",
    ),
    ("Thank you", ("praise",), "<p>Dear {{customer.first_name|reader}},</p><p>this goes up on the wall above the packing table.</p>"),
)

_STEPS: dict[str, tuple[Step, ...]] = {
    "Arrived damaged": (Field("reason", "Return::Damaged"), Assign(step.ME), Note("<p>Look at the packing bench.</p>"), Close()),
    "Where is my parcel": (Field("reason", "Parcel::Late"), Snooze()),
    "Thank you": (Close(),),
}
"""What some of them do beside answering."""


async def hire(tx: Transaction, home: Workspace, mia: Agent) -> None:
    """Colleagues nobody signs in as (their passwords are thrown away), teams, and everything at hand."""
    staff = {mia.name.split()[0]: mia}
    for name, email in _COLLEAGUES:
        staff[name.split()[0]] = await agents.add(tx, home.id, email, name=name, role="agent", password=secrets.token_urlsafe(16))
    for name, members in _TEAMS.items():
        team = await teams.add(tx, home.id, name)
        for member in members:
            await teams.join(tx, team, staff[member])
    await signature.keep(tx, home.id, mia.id, "Mia Lindqvist\nFern & Fold, Bergen")
    await _furnish(tx, home, mia)


async def _furnish(tx: Transaction, home: Workspace, mia: Agent) -> None:
    known = {name: await tags.ensured(tx, home.id, name) for name in _TAGS.split()}
    for name, kind, choices in _FIELDS:
        await fields.add(tx, home.id, name, format=kind, choices=choices)
    for name, worn, html in _MACROS:
        await macros.add(tx, home.id, name, html, tags=worn, steps=_STEPS.get(name, ()), by=actor.of_agent(mia))
    for number, tag in enumerate(("damaged", "wholesale")):
        await views.add(tx, home.id, tag.capitalize(), Filters(states=["open", "snoozed"], tag_ids=[known[tag].id]), position=number)
    await views.add(tx, home.id, "Urgent", Filters(states=["open"], priority=HIGH), sort="waiting", position=2)
    own = Filters(states=["closed"], assignee_id=ME)
    await views.add(tx, home.id, "What I closed", own, owner_id=mia.id)
