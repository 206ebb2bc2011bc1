"""The follower of rules: what happens wakes them, what is due wakes them. Each thing once, in the transaction that moves the cursor on."""

import logging
from collections.abc import Callable

from tillside.agents import workspace
from tillside.agents.actor import Actor
from tillside.automations import arrivals, assignment, engine, facts, moments, timers, turns
from tillside.automations import rule as rules
from tillside.automations.engine import Ground
from tillside.automations.facts import Properties
from tillside.automations.moments import Moment
from tillside.automations.rule import Rule
from tillside.base import stamps
from tillside.base.errors import Busy, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import handing
from tillside.conversations.conversation import Conversation
from tillside.feeds.heed import Happened, Heed
from tillside.storage.database import Database, Transaction

NAME = "automations"
STALE = stamps.DAY
"""What happened so long ago is history, told anew: nobody wants an answer to it now."""
ASSIGNMENT = Actor("system", "", "Assignment")

logger = logging.getLogger(__name__)


class Watch:
    """`properties` tells what an event of the shop said; `origin`: the desk's own address, for links; `now` is its clock."""

    def __init__(self, *, properties: Properties = facts.no_properties, origin: str = "", now: Callable[[], int] = stamps.now) -> None:
        self._properties, self._origin, self._now = properties, origin, now

    def heed(self) -> Heed:
        return Heed(NAME, tuple(moments.WATCHED), self.handle, cares=self.concerns)

    async def concerns(self, store: Database, happened: Happened) -> bool:
        """Whether any live rule of the workspace may care, so that a transaction is worth its while."""
        kinds = moments.WATCHED.get(happened.kind)
        if kinds is None or happened.at < self._now() - STALE:
            return False
        wanted = await rules.live_kinds(store, happened.workspace_id)
        if happened.kind == "message.added" and await _assigns(store, happened.workspace_id):
            return True
        if wanted.isdisjoint(kinds):
            return False
        if happened.kind != "events.arrived":
            return True
        return await arrivals.any_of(store, happened, arrivals.names(await rules.live(store, happened.workspace_id)))

    async def handle(self, tx: Transaction, happened: Happened) -> None:
        """One thing that happened."""
        live = await rules.live(tx, happened.workspace_id)
        if happened.kind == "events.arrived":
            async for moment in arrivals.moments(tx, happened, arrivals.names(live)):
                await self._wake(tx, moment, live)
            return
        try:
            found = await moments.read(tx, happened)
        except Unknown:  # what it was about is gone
            return
        if found is not None:
            await self._wake(tx, found, live)

    async def _wake(self, tx: Transaction, moment: Moment, live: list[Rule]) -> None:
        """Arm what comes later, apply what comes now, and give the conversation to somebody if nobody has it."""
        try:
            talk = await moments.subject(tx, moment)
        except Unknown:
            return
        woken: list[Rule] = []
        for rule, meant in moments.woken(live, moment):
            later = [one for one in meant if one.minutes > 0 or one.kind in moments.ALWAYS_LATER]
            for trigger in later:
                await timers.arm(tx, rule, trigger, moment, talk)
            if len(later) < len(meant):
                woken.append(rule)
        if woken:
            talk = await engine.run(tx, talk, woken, await self._ground(tx, moment))
        if moment.message is not None and moment.message.kind == "customer":
            await _find_somebody(tx, talk, moment, at=self._now())

    async def ring_due(self, store: Database, *, at: int, count: int) -> int:
        """What waited for its time, each occurrence in a transaction of its own. For the loop, over all workspaces."""
        found = await timers.due(store, at=at, count=count)
        for one in found:
            try:
                async with store.write(urgent=False) as tx:
                    await self._ring(tx, one, at=at)
            except Busy:
                raise
            except Exception:
                logger.exception("rules could not be woken for %s of %s", one.occurrence, one.conversation_id)
                async with store.write(urgent=False) as tx:
                    await timers.put_off(tx, one, at=at)
        return len(found)

    async def _ring(self, tx: Transaction, one: timers.Due, *, at: int) -> None:
        talk = await conversations.hold(tx, await conversations.by_id(tx, one.workspace_id, one.conversation_id))
        claim = await timers.claim(tx, one, talk, at=at)
        if claim is None:
            return
        live = [rule for rule in await rules.live(tx, one.workspace_id) if rule.id in claim.rule_ids]
        if talk.merged_into is not None:
            talk = await conversations.hold(tx, await conversations.current(tx, talk))
        await engine.run(tx, talk, live, await self._ground(tx, claim.moment))

    async def _ground(self, tx: Transaction, moment: Moment) -> Ground:
        cause = await facts.cause_of(tx, moment.workspace_id, moment, self._properties)
        return Ground(await workspace.by_id(tx, moment.workspace_id), moment, cause, self._now(), self._origin)


async def _assigns(store: Database, workspace_id: int) -> bool:
    settings = await assignment.of(store, workspace_id)
    return settings.on_first_message or settings.when_away


async def _find_somebody(tx: Transaction, talk: Conversation, moment: Moment, *, at: int) -> None:
    """What the settings of assignment do once the rules are through."""
    settings = await assignment.of(tx, talk.workspace_id)
    begins = settings.on_first_message and "conversation_started" in moment.kinds and not engine.is_taken(talk)
    left = settings.when_away and talk.assignee_id and not await turns.is_here(tx, talk.workspace_id, talk.assignee_id, at=at)
    if not (begins or left) or talk.state == "trash":
        return
    if settings.method == "manual":
        chosen = settings.default_agent_id if begins else ""
    else:
        chosen = await turns.next_agent(tx, talk, settings.method, settings.default_team_id, at=at)
        if left and not await turns.is_here(tx, talk.workspace_id, chosen, at=at):
            chosen = ""  # nobody is here, so it stays with whoever knows it
    if begins and settings.default_team_id:
        talk = await handing.give(tx, talk, settings.default_team_id, by=ASSIGNMENT)
    if chosen:
        await handing.assign(tx, talk, chosen, by=ASSIGNMENT)
