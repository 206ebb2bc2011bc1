"""What people wrote to the demo shop and how its agents answered, told by the verbs of the rooms, each at the time it happened.

The shop's part (`demo/seed/talks.py`) knows who wrote what; here it becomes conversations, once, after the orders are there.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents import actor
from tillside.agents import team as teams
from tillside.agents.actor import DESK, Actor
from tillside.agents.agent import Agent
from tillside.agents.team import Team
from tillside.base import rich_text, stamps
from tillside.connectors.connector import Connector
from tillside.conversations import answering, attachments, company, drafts, editing, handing, message, opening, participants, states, tagging
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message, Said
from tillside.conversations.opening import Opening
from tillside.customers import lookup
from tillside.demo.seed import talks
from tillside.demo.seed.talks import Step, Talk
from tillside.edges.http.desk import Desk
from tillside.events.shapes import Claims
from tillside.feeds import follow, log
from tillside.orders import order as shelf
from tillside.projector import work
from tillside.storage.database import Transaction

_SOURCES: dict[str, message.Source] = {"messenger": "messenger", "email": "email"}
_PRIORITIES = {"high": conversations.HIGH, "low": conversations.LOW}
_PATIENCE_SECONDS = 120
_MORNING = time(9, 0)
_SUBJECT = 80
"""A messenger asks for no subject: its first words stand there."""


class Stage(Struct, frozen=True):
    """Where it is told: the desk, its shop, and its agents by their first names in small letters; `now` is the story's moment in µs."""

    desk: Desk
    connector: Connector
    staff: Mapping[str, Agent]
    teams: Mapping[str, Team]
    zone: str
    now: int

    def actor(self, name: str) -> Actor:
        return actor.of_agent(self.staff[name]) if name in self.staff else DESK


class Scene(Struct):
    """One conversation while it is told. `last` is its newest reply."""

    stage: Stage
    tx: Transaction
    talk: Conversation
    customer: Actor
    files: dict[str, str]
    last: Message | None = None

    def by(self, step: Step) -> Actor:
        return self.customer if step.by == talks.CUSTOMER else self.stage.actor(step.by)

    def words(self, step: Step) -> Said:
        source = _SOURCES.get(self.talk.channel, "api") if step.by == talks.CUSTOMER else "person"
        files = (self.files[step.file],) if step.file else ()
        return Said(step.said, via={"channel": self.talk.channel}, source=source, attachments=files)


async def settled(desk: Desk) -> bool:
    """Wait until everything the desk was told is worked in; False if that takes too long."""
    return await follow.passed(desk.store, desk.bell, work.NAME, await log.last_position(desk.entries), _PATIENCE_SECONDS)


async def stage(desk: Desk, connector: Connector, staff: list[Agent], *, zone: str, story_at: int) -> Stage:
    """`story_at` in milliseconds, as the shop's history has it."""
    known = {one.name.split()[0].casefold(): one for one in staff}
    groups = {one.name: one for one in await teams.every(desk.store, connector.workspace_id)}
    return Stage(desk, connector, known, groups, zone, story_at * 1000)


async def tell(on: Stage, told: list[Talk]) -> int:
    """Tell each that is not there yet, in a transaction of its own; how many."""
    count = 0
    for one in told:
        if await conversations.known_as(on.desk.store, on.connector.workspace_id, one.key) is None:
            await _tell(on, one)
            count += 1
    return count


async def _tell(on: Stage, told: Talk) -> None:
    store, w = on.desk.store, on.connector.workspace_id
    profile_id = await lookup.anybody(store, w, Claims(email=told.email)) if told.email else None
    order = await shelf.by_number(store, w, on.connector.id, str(told.order)) if told.order else None
    files = {step.file: await _file(on, step) for step in told.steps if step.file}
    customer = actor.of_customer(profile_id or "", told.name)
    begun = Opening(
        channel=told.channel,
        subject=told.subject or rich_text.line(told.steps[0].said, _SUBJECT),
        external_id=told.key,
        source={"from": {"address": told.email, "name": told.name}} if told.email else {},
        profile_id=profile_id,
        connector_id=on.connector.id,
    )
    async with store.write() as tx:
        with stamps.as_of(told.steps[0].at * 1000):
            talk = await opening.open(tx, w, begun, by=customer)
        scene = Scene(on, tx, talk, customer, files)
        if order is not None:
            with stamps.as_of(told.steps[0].at * 1000 + stamps.SECOND):  # a moment after it was opened, so that the thread tells it so
                scene.talk = await editing.link_order(tx, talk, order.id, by=DESK)
        for step in told.steps:
            with stamps.as_of(step.at * 1000):
                await _DOES[step.does](scene, step)
                if step.by in on.staff:
                    await company.see(tx, w, on.staff[step.by].id, scene.talk.id, "looking")


async def _file(on: Stage, step: Step) -> str:
    content, by = talks.picture(step.file), actor.of_customer("", "")
    with stamps.as_of(step.at * 1000):
        kept = await attachments.keep(
            on.desk.store, on.desk.data, on.connector.workspace_id, content, name=step.file, limit=len(content), by=by
        )
    return kept.id


async def _writes(scene: Scene, step: Step) -> None:
    """A customer's message, or a reply that went out and was read where a messenger tells so."""
    if step.by == talks.CUSTOMER:
        scene.talk, _ = await answering.hear(scene.tx, scene.talk, scene.words(step), by=scene.customer)
        return
    scene.talk, scene.last = await answering.reply(scene.tx, scene.talk, scene.words(step), by=scene.by(step))
    await answering.mark(scene.tx, scene.last, "seen" if scene.talk.channel == "messenger" else "sent")


async def _plans(scene: Scene, step: Step) -> None:
    at = _morning(scene, days=1)
    await answering.reply(scene.tx, scene.talk, scene.words(step), by=scene.by(step), send_at=at, unless_answered=True)


async def _fails(scene: Scene, step: Step) -> None:
    assert scene.last is not None
    await answering.mark(scene.tx, scene.last, "failed", reason=step.said)


async def _notes(scene: Scene, step: Step) -> None:
    html, named = rich_text.from_plain(step.said), []
    for name, one in scene.stage.staff.items():
        if f"@{name.capitalize()}" in html:
            html = html.replace(f"@{name.capitalize()}", f'<span data-agent="{one.id}">@{name.capitalize()}</span>')
            named.append(one.id)
    words = replace(scene.words(step), html=html)
    scene.talk, _ = await answering.note(scene.tx, scene.talk, words, by=scene.by(step), mentions=named)


async def _drafts(scene: Scene, step: Step) -> None:
    html, author = rich_text.from_plain(step.said), scene.stage.staff[step.by]
    await drafts.keep(scene.tx, scene.talk.workspace_id, scene.talk.id, author.id, html)


async def _takes(scene: Scene, step: Step) -> None:
    scene.talk = await handing.assign(scene.tx, scene.talk, scene.stage.staff[step.by].id, by=scene.by(step))


async def _assigns(scene: Scene, step: Step) -> None:
    scene.talk = await handing.assign(scene.tx, scene.talk, scene.stage.staff[step.said].id, by=scene.by(step))


async def _gives(scene: Scene, step: Step) -> None:
    scene.talk = await handing.give(scene.tx, scene.talk, scene.stage.teams[step.said].id, by=scene.by(step))


async def _tags(scene: Scene, step: Step) -> None:
    scene.talk = await tagging.add(scene.tx, scene.talk, step.said.split(", "), by=scene.by(step))


async def _presses(scene: Scene, step: Step) -> None:
    scene.talk = await handing.press(scene.tx, scene.talk, _PRIORITIES[step.said], by=scene.by(step))


async def _fills(scene: Scene, step: Step) -> None:
    key, _, value = step.said.partition("=")
    scene.talk = await editing.set_fields(scene.tx, scene.talk, {key: value}, by=scene.by(step))


async def _follows(scene: Scene, step: Step) -> None:
    await participants.follow(scene.tx, scene.talk, scene.stage.staff[step.by].id, by=scene.by(step))


async def _snoozes(scene: Scene, step: Step) -> None:
    """Until a reply, or until nine o'clock so many days from the story's own."""
    until = conversations.UNTIL_REPLY if step.said == "reply" else _morning(scene, days=int(step.said))
    scene.talk = await states.snooze(scene.tx, scene.talk, until, by=scene.by(step))


async def _closes(scene: Scene, step: Step) -> None:
    scene.talk = await states.close(scene.tx, scene.talk, by=scene.by(step))


async def _trashes(scene: Scene, step: Step) -> None:
    scene.talk = await states.trash(scene.tx, scene.talk, by=scene.by(step))


async def _rates(scene: Scene, step: Step) -> None:
    score, _, comment = step.said.partition(" ")
    scene.talk = await editing.rate(scene.tx, scene.talk, int(score), comment=comment, by=scene.customer)


def _morning(scene: Scene, *, days: int) -> int:
    """Nine o'clock, so many days after the story's own, in µs."""
    zone = ZoneInfo(scene.stage.zone)
    day = (datetime.fromtimestamp(scene.stage.now / stamps.SECOND, zone) + timedelta(days=days)).date()
    return int(datetime.combine(day, _MORNING, zone).timestamp()) * stamps.SECOND


_DOES: dict[str, Callable[[Scene, Step], Awaitable[None]]] = {
    "writes": _writes,
    "notes": _notes,
    "drafts": _drafts,
    "plans": _plans,
    "fails": _fails,
    "takes": _takes,
    "assigns": _assigns,
    "gives": _gives,
    "tags": _tags,
    "presses": _presses,
    "fills": _fills,
    "follows": _follows,
    "snoozes": _snoozes,
    "closes": _closes,
    "trashes": _trashes,
    "rates": _rates,
}
