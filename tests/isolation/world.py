"""Three workspaces with one of everything: one to spy on, one to spy from, one whose owner may do it all. Every text carries its canary.

What a caller must know to ask (ids, numbers, addresses, keys) carries none, so that an echo of the question is not a leak.
"""

import itertools
import re
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.isolation import acting, sending
from tests.messenger.shopper import switch_on
from tests.support.served import Served, Tenant
from tillside.agents import actor, agent, rest_key, session, team, workspace
from tillside.agents.actor import Actor, of_customer
from tillside.agents.agent import Agent
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.terms import Terms, Trigger
from tillside.connectors import connector as connectors
from tillside.conversations import (
    answering,
    attachments,
    bulk,
    drafts,
    fields,
    opening,
    participants,
    tagging,
    tags,
    trail,
    uploads,
    views,
)
from tillside.conversations import channels as ways
from tillside.conversations.inbox import Filters
from tillside.conversations.message import Said
from tillside.customers import lookup
from tillside.customers.timeline import PARKED
from tillside.edges.agent import source, static
from tillside.edges.http.desk import Desk
from tillside.edges.messenger import files
from tillside.macros import macro as macros
from tillside.macros import step
from tillside.messenger import shelf, visitor
from tillside.messenger.visitor import Visitor

PASSWORD = "paper-boat-9"
FAR = 4_000_000_000_000_000
"""In 2096."""
_PLACE = re.compile(r"\{(\w+)\}")
_TYPE = re.compile(r"(?<=\w):\w+(?=\})")
_numbers = itertools.count(1)

OF_PLACE = {
    "tickets/id": "conversation",
    "number/number": "number",
    "email/value": "email",
    "phone/value": "phone",
    "attach-order/app_client_id": "api_key",
    "{app_client_id}/order_id": "order_number",
    "comments/comment_id": "note",
    "messages/comment_id": "note",
    "customers/kind": "kind",
    "{kind}/value": "email",
    "order/said": "order_number",
    "order/app_client_id": "api_key",
    "subscription/app_client_id": "api_key",
    "users/id": "agent",
    "channel/id": "channel",
    "conversations/conversation_id": "conversation",
    "messages/message_id": "waiting",
    "attachments/attachment_id": "file",
    "tags/tag_id": "tag",
    "orders/order_id": "order",
    "bulk/job_id": "job",
    "actions/action_id": "action",
    "runs/run_id": "run",
    "macros/macro_id": "macro",
    "rules/rule_id": "rule",
    "connections/connector_id": "connector",
    "team/agent_id": "colleague",
    "keys/key_id": "key",
    "teams/team_id": "team",
    "views/view_id": "view",
    "fields/field_id": "field",
    "customers/profile_id": "profile",
    "events/event_id": "event",
    "conversations/id": "conversation",
    "messenger/key": "api_key",
    "j/key": "api_key",
    "/key": "api_key",
    "files/name": "script",
    "js/name": "script",
    "static/version": "version",
    "{version}/name": "stylesheet",
    "source/file": "source",
    "targets/target_id": "target",
    "cards/target_id": "target",
    "deliveries/call_id": "call",
    "targets/id": "target",
    "webhooks/id": "target",
    "deliveries/id": "call",
}
"""What stands in a place of a path, by the step before it: a name of `Rows.ids`."""
OF_RETRY = {"runs/run_id": "failed_run"}
"""The same for the paths that try a run again."""
OF_DELIVERY = {
    "tickets/id": "mailed",
    "conversations/conversation_id": "mailed",
    "comments/comment_id": "letter",
    "messages/message_id": "letter",
}
"""The same for the paths of a delivery: a reply that leaves by e-mail."""
FILES = {"/files/": "file_address", "/messenger/uploads/": "upload_address"}


class Place(Struct):
    """A workspace with its people and the ways they come in."""

    tenant: Tenant
    word: str
    admin: Agent
    agent: Agent
    shopper: Visitor
    shopper_token: str
    keys: dict[str, str]
    sessions: dict[str, str]
    ids: dict[str, str]

    @property
    def workspace_id(self) -> int:
        return self.tenant.workspace_id


def places(path: str) -> list[str]:
    """Each place of a path as the step before it and its name, such as ``tickets/id``; none in an address that is signed as a whole."""
    if path.startswith(tuple(FILES)):
        return []
    steps = [_TYPE.sub("", step) for step in path.split("/")]
    return [f"{before}/{found[1]}" for before, step in pairwise(steps) if (found := _PLACE.search(step))]


def filled(path: str, method: str, ids: dict[str, str]) -> str:
    """The path of a route with these rows in its places."""
    for start, name in FILES.items():
        if path.startswith(start):
            return ids[name]
    whole = _TYPE.sub("", path)
    for one in places(path):
        table = (
            OF_DELIVERY if path.endswith("/delivery") else OF_RETRY if one in OF_RETRY and path.endswith(("/retry", "/retries")) else OF_PLACE
        )
        row = "api_key" if (path, method) == ("/v1/order/{said}", "POST") else table[one]
        whole = whole.replace("{" + one.rpartition("/")[2] + "}", ids[row], 1)
    return whole


def spied(theirs: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """What somebody else can know of these rows: everything but the signature of a file's address, for which they take one of their own."""
    signed = {name: theirs[name].split("/") for name in FILES.values()}
    for name, steps in signed.items():
        steps[-2] = own[name].split("/")[-2]
    return theirs | {name: "/".join(steps) for name, steps in signed.items()}


def names_a_row(path: str) -> bool:
    """Whether a foreign row in this path can only be answered with "there is none". A number or an address may mean one's own."""
    shared = {"number/number", "email/value", "phone/value", "customers/kind", "{kind}/value"}
    return path.startswith(tuple(FILES)) or bool(set(places(path)) - shared)


async def place(served: Served, name: str, word: str) -> Place:
    desk = served.desk
    async with desk.store.write() as tx:
        home = await workspace.create(tx, name, currency="EUR", region="NO")
        admin = await agent.add(tx, home.id, f"admin@{name}.example", name=f"Admin {word}", role="admin", password=PASSWORD)
        one = await agent.add(tx, home.id, f"agent@{name}.example", name=f"Agent {word}", role="agent", password=PASSWORD)
        shop = await connectors.add(tx, desk.vault, home, f"{name}.example", secret="secret-of-" + name)
        _, full = await rest_key.add(tx, home.id, f"Key {word}")
        keys = {"": full}
        for scope in rest_key.SCOPES:
            others = [other for other in rest_key.SCOPES if other != scope]
            keys[scope] = (await rest_key.add(tx, home.id, f"Without {scope} {word}", scopes=others))[1]
        sessions = {"admin": await session.begin(tx, admin), "agent": await session.begin(tx, one)}
        shopper, token = await visitor.begin(tx, shop, f"device-{name}")
        shopper = await visitor.name(tx, shopper, profile_id=None, called=f"Shopper {word}", email=f"typed@{name}.example")
    await desk.directory.refresh()
    made = Place(Tenant(home.id, shop, full), word, admin, one, shopper, token, keys, sessions, {})
    made.ids = {"api_key": shop.api_key, "connector": shop.id, "email": f"vera@{name}.example", "phone": "+4798765432", "kind": "email"}
    made.ids |= {
        "script": files.manifest().files["panel.js"],
        "version": static.version(),
        "source": f"{source.NAME}.zip",
        "stylesheet": "desk.css",
        "order_number": f"F-{home.id}",
        "agent": one.id,
    }
    return made


def customer(served: Served, made: Place) -> None:
    """A customer with an order, a refused event and one that is parked, as the shop states them."""
    headers, key, word = {"x-richpanel-key": made.keys[""]}, made.ids["api_key"], made.word
    person = {"uid": f"u-{key}", "email": made.ids["email"], "phone": made.ids["phone"], "firstName": word, "lastName": word}
    order = {"orderId": made.ids["order_number"], "amount": 12.5, "currency": "EUR", "createdAt": 1714550400000, "note": word}
    items = [{"id": "1", "name": f"Paper {word}", "price": 12.5, "quantity": 1}]
    event = {"event": "order", "properties": {**order, "items": items}, "userProperties": person, "appClientId": key}
    answers = [
        served.client.post("/v1/customers", json={"customer": person}, headers=headers),
        served.client.post(f"/v1/order/{key}", json={"orders": [event]}, headers=headers),
        served.client.post(f"/v1/order/{key}", json={"orders": [{**event, "properties": {"amount": word}}]}, headers=headers),
    ]
    assert [answer.status_code for answer in answers[:2]] == [200, 200], [answer.text for answer in answers]
    served.settle()
    w = made.workspace_id
    ((made.ids["order"],),) = served.rows("select id from orders where workspace_id = :w limit 1", w=w)


async def furnish(served: Served, made: Place) -> None:
    """What there is once in a workspace."""
    desk, w, word = served.desk, made.workspace_id, made.word
    profile = await lookup.root(desk.store, w, str((await _one(desk, "select profile_id from orders where workspace_id = :w", w))[0]))
    made.ids |= {"profile": profile or "", "second_profile": profile or ""}
    async with desk.store.write() as tx:
        crew = await team.add(tx, w, f"Team {word}")
        await team.join(tx, crew, made.agent)
        view = await views.add(tx, w, f"View {word}", Filters(), owner_id=made.admin.id)
        tag = await tags.add(tx, w, f"Tag {word}", description=word)
        field = await fields.add(tx, w, f"Field {word}", format="text")
        await ways.meet(tx, w, made.tenant.connector.id, "messenger")
    made.ids |= {"field": field.id, "field_key": field.key}
    made.ids |= {"team": crew.id, "view": view.id, "tag": tag.id, "channel": str((await ways.every(desk.store, w))[0].id)}


async def talk(served: Served, made: Place, *, works: bool = False) -> dict[str, str]:
    """A fresh conversation of the shopper, with everything that can hang on one; ids by name, the tenant's own among them.

    `works`: the change of many that stands there is done by the desk; else it was stopped before it began.
    """
    desk, w, word = served.desk, made.workspace_id, made.word
    me, ada = actor.of_agent(made.admin), of_customer(made.ids["profile"], word)
    kept, laid = [await _file(desk, made, actor_) for actor_ in (ada, me)]
    async with desk.store.write() as tx:
        one = await opening.open(tx, w, _opening(made), by=ada)
        other = await opening.open(tx, w, _opening(made), by=ada)
        mailed = await opening.open(tx, w, replace(_opening(made), channel="email"), by=ada)
        mailed, letter = await answering.reply(tx, mailed, Said(f"Letter {word}"), by=me)
        await shelf.bind(tx, made.shopper, one)
        one, heard = await answering.hear(tx, one, Said(word, attachments=(kept.id,)), by=ada)
        one, again = await answering.hear(tx, one, Said(f"{word}, order {made.ids['order_number']}"), by=ada)
        one, answered = await answering.reply(tx, one, Said(f"Answer {word}"), by=me)
        one, waiting = await answering.reply(tx, one, Said(f"Later {word}"), by=me, send_at=FAR)
        one, note = await answering.note(tx, one, Said(f"note-{word}"), by=me, mentions=[made.agent.id])
        one = await tagging.add(tx, one, [f"Tag {word}"], by=me)
        await drafts.keep(tx, w, one.id, made.admin.id, f"<p>Draft {word}</p>")
        await participants.follow(tx, one, made.admin.id, by=me)
        await uploads.lay(tx, laid, one.id)
        macro = await macros.add(tx, w, f"Macro {next(_numbers)} {word}", f"<p>{word}</p>", owner_id=made.admin.id)
        rule = await rules.add(tx, w, "tagging", f"Rule {word}", _terms(word))
        job = await bulk.start(tx, w, "tag", f"Tag {word}", [other.id], by=me)
        if not works:
            await bulk.stop(tx, job)
        spare = await agent.add(tx, w, f"spare{next(_numbers)}@{made.ids['api_key']}.example", name=word, role="agent", password=PASSWORD)
        key, _ = await rest_key.add(tx, w, word)
    steps = await trail.page(desk.store, one)
    address = attachments.address(desk.vault.key("files"), kept)
    upload = "/messenger/uploads" + attachments.address(desk.vault.code("messenger files").encode(), kept).removeprefix("/files")
    outgoing = await sending.sent(desk, w, word, made.admin, one.id)
    return (made.ids | outgoing | await acting.taken(desk, one, word)) | {
        "conversation": one.id,
        "number": str(one.number),
        "other": other.id,
        "other_number": str(other.number),
        "mailed": mailed.id,
        "letter": letter.id,
        "heard": heard.id,
        "again": again.id,
        "known": str(max(again.at, note.at, answered.at)),
        "answered": answered.id,
        "waiting": waiting.id,
        "note": note.id,
        "file": kept.id,
        "laid": laid.id,
        "macro": macro.id,
        "rule": rule.id,
        "job": job.id,
        "colleague": spare.id,
        "key": key.id,
        "step": next(step.id for step in steps if step.kind == "tagged"),
        "file_address": address,
        "upload_address": upload,
    }


async def park(served: Served, made: Place) -> str:
    """One of the workspace's events, set aside as the projector does it; its id."""
    desk, w = served.desk, made.workspace_id
    ((event_id,),) = await desk.store.read("select max(id) from event where workspace_id = :w and verdict <> 2", w=w)
    async with desk.store.write() as tx:
        await tx.run("update event set verdict = :v where workspace_id = :w and id = :id", v=PARKED, w=w, id=event_id)
        await tx.run(
            "insert into parked (workspace_id, event_id, name, error, tries) values (:w, :id, 'order', :error, 3) on conflict do nothing",
            w=w,
            id=event_id,
            error=made.word,
        )
    return str(event_id)


def _terms(word: str) -> Terms:
    return Terms([Trigger("customer_wrote")], [[Condition("ticket.subject", "contains", [word])]], [step.Tag(add=[f"Tag {word}"])])


def _opening(made: Place) -> opening.Opening:
    source = {"from": {"name": made.word, "address": made.ids["email"]}}
    profile, shop = made.ids["profile"], made.tenant.connector.id
    return opening.Opening(channel="messenger", subject=made.word, source=source, profile_id=profile, connector_id=shop)


async def _file(desk: Desk, made: Place, by: Actor) -> attachments.Attachment:
    content = b"%PDF-1.4 " + made.word.encode()
    return await attachments.keep(desk.store, desk.data, made.workspace_id, content, name=f"{made.word}.pdf", limit=1000, by=by)


async def _one(desk: Desk, sql: str, workspace_id: int) -> Any:
    return await desk.store.one(sql + " limit 1", w=workspace_id)


def open_for(served: Served, made: Place) -> None:
    switch_on(served, made.tenant)
