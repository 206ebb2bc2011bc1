"""What a rule would have done: the last thirty days, read only. What is approximated is said in words.

1. Conversations in which anything happened, newest first, a hundred at a time: their messages, trail and events in a few queries.
2. Each at the moments the rule's triggers would have come; the first that matches counts.
3. What a row of the list tells is asked first; the whole document (customer, orders, what an event said, from the log) is read only where
   that lets it through, and only what of it is asked for; people a hundred at once.
4. Other live rules that would have come at the same moment are asked the same, where they set the same thing differently.
5. After a few seconds it ends where it is, so that no page waits longer, and says how far back it came.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tillside.agents.hours import Week
from tillside.agents.workspace import Workspace
from tillside.automations import clashes, closely, conditions, glance, history, hours, vocabulary
from tillside.automations import rule as rules
from tillside.automations.closely import Reader
from tillside.automations.conditions import Row, Sight, Verdict
from tillside.automations.facts import Properties, no_properties
from tillside.automations.history import Chapter, Past
from tillside.automations.rule import Rule
from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.conversations import tags
from tillside.conversations.conversation import Conversation
from tillside.macros import macro as macros
from tillside.storage.database import Database

MOST = 20_000
DAYS = 30
SECONDS = 3.0
"""How long it looks; what it has not come to by then is left out. For a page somebody waits for."""
_AT_ONCE = 100
_LATELY = f"""
select {conversations.COLUMNS} from conversation
where workspace_id = :w and (updated_at, id) < (:at, :id) and updated_at > :since and state <> 'trash' and merged_into is null
order by updated_at desc, id desc limit :count
"""


class Match(Struct, frozen=True):
    """One conversation the rule would have been applied to, at its first moment of these days. `at` in µs; `rows`: why."""

    conversation_id: str
    number: int
    subject: str
    at: int
    trigger: str
    rows: list[Row]


class Clash(Struct, frozen=True):
    """Another live rule that sets the same thing differently on some of these conversations. `what`: agent, team, priority, reply, state,
    or the key of a field; `example`: the number of one."""

    rule_id: str
    name: str
    what: str
    count: int
    example: int


class Outlook(Struct, frozen=True):
    """`looked_at`: conversations with something for its triggers; `per_day`: (2026-05-01, count) of all days; `matches`: a first page;
    `next`: where the next one begins, "" at the end; `notes`: what was approximated or left out, in sentences; `since`: the day it came back
    to, where that was not all of them."""

    looked_at: int
    matched: int
    per_day: list[tuple[str, int]]
    matches: list[Match]
    next: str
    clashes: list[Clash]
    notes: list[str]
    since: str = ""


class Reading(Struct, frozen=True):
    """How it reads: for how long, and what an event of the shop said, from the log."""

    properties: Properties = no_properties
    seconds: float = SECONDS


USUAL = Reading()


class _Found(Struct, frozen=True):
    """A conversation with its moments, and the match if there was one; `sight` is what it was seen by."""

    talk: Conversation
    match: Match | None
    past: Past | None = None
    sight: Sight | None = None


class _Glanced(Struct, frozen=True):
    """A conversation and its moments a glance lets through; `had_moments` tells of any others."""

    talk: Conversation
    moments: list[tuple[Past, Sight]]
    had_moments: bool


class _Walk:
    """One simulation on its way: how many conversations it has seen, and the last of them. `others`: rules that are compared."""

    def __init__(
        self, store: Database, home: Workspace, rule: Rule, week: Week, *, at: int, reading: Reading, others: Sequence[Rule] = ()
    ) -> None:
        self.store, self.home, self.rule, self.week, self.at = store, home, rule, week, at
        self.reader = Reader(store, home, reading.properties)
        self.known, self.is_enough = glance.known(rule.terms.blocks), glance.is_enough(rule.terms.blocks)
        self.wanted, self.wanted_by_all = closely.wants([rule]), closely.wants([rule, *others])
        self.ends_at = time.monotonic() + reading.seconds
        self.since = at - DAYS * stamps.DAY
        self.seen = 0
        self.last: Conversation | None = None
        self.is_cut = False

    @property
    def since_day(self) -> str:
        """The day it came back to when its time was over; "" when that was enough."""
        return _day(self.home, self.last.updated_at) if self.is_cut and self.last else ""

    async def look(self, after: tuple[int, str], most: int) -> AsyncIterator[_Found]:
        """Every conversation that had a moment for the rule, newest first."""
        while most > 0:
            count = min(_AT_ONCE, most)
            rows = await self.store.read(_LATELY, w=self.home.id, at=after[0], id=after[1], since=self.since, count=count)
            talks = [conversations.from_row(row) for row in rows]
            chapters = await history.read(self.store, self.home.id, talks, [self.rule], since=self.since)
            worn = await tags.worn(self.store, self.home.id, [one.id for one in talks])
            glanced = [self._glance(talk, chapters[talk.id], [tag.id for tag in worn.get(talk.id, [])]) for talk in talks]
            await self.reader.meet([one.talk for one in glanced if one.moments], self.wanted_by_all)
            for one in glanced:
                if self.seen and time.monotonic() > self.ends_at:
                    self.is_cut = True
                    return
                self.seen, self.last = self.seen + 1, one.talk
                if one.had_moments:
                    yield await self._one(one)
            if len(talks) < count:
                return
            most -= len(talks)
            after = (talks[-1].updated_at, talks[-1].id)

    def _glance(self, talk: Conversation, chapter: Chapter, tag_ids: list[str]) -> _Glanced:
        """Up to the first that is let through, where a glance is enough."""
        found = list[tuple[Past, Sight]]()
        pasts = history.moments(self.rule, talk, chapter, since=self.since, now=self.at)
        for past in pasts:
            sight = glance.at(talk, past, tag_ids, self.home, is_open=hours.is_open(self.week, self.home, past.at))
            if conditions.judged(self.known, sight).is_match:
                found.append((past, sight))
                if self.is_enough:
                    break
        return _Glanced(talk, found, bool(pasts))

    async def _one(self, one: _Glanced) -> _Found:
        blocks = self.rule.terms.blocks
        for past, sight in one.moments:
            seen = sight if self.is_enough else await self.reader.closely(one.talk, past, sight, self.wanted)
            verdict = conditions.judged(blocks, seen)
            if verdict.is_match:
                return _Found(one.talk, _match(one.talk, past, verdict), past, sight)
        return _Found(one.talk, None)


async def outlook(
    store: Database, home: Workspace, rule: Rule, *, at: int, count: int = 50, most: int = MOST, reading: Reading = USUAL
) -> Outlook:
    """Look at the last thirty days, newest first. `rule`: saved or `rule.drafted`."""
    live = await rules.live(store, home.id)
    rivals = clashes.rivals(rule, live, {one.id: one for one in await macros.shared(store, home.id)})
    others = [one.rule for one in rivals]
    walk = _Walk(store, home, rule, await hours.of(store, home.id), at=at, reading=reading, others=others)
    days = _days(home, at)
    looked_at, matched, place, matches = 0, 0, "", list[Match]()
    clashing, examples = Counter[tuple[str, str]](), dict[tuple[str, str], int]()
    async for found in walk.look((2**62, ""), most):
        looked_at += 1
        if found.match is None:
            continue
        matched += 1
        days[_day(home, found.match.at)] += 1
        if len(matches) < count:
            matches.append(found.match)
            place = _place(found.talk)
        for rival, what in await _clashing(walk, found, rivals):
            clashing[rival.id, what] += 1
            examples.setdefault((rival.id, what), found.talk.number)
    told = [Clash(one.id, one.name, what, clashing[one.id, what], examples[one.id, what]) for one in live for what in _of(clashing, one)]
    place = place if matched > len(matches) else ""
    return Outlook(looked_at, matched, sorted(days.items()), matches, place, told, _notes(walk, rule, most), walk.since_day)


async def page(
    store: Database, home: Workspace, rule: Rule, *, at: int, after: str, count: int = 50, reading: Reading = USUAL
) -> tuple[list[Match], str]:
    """More matches after `Outlook.next`, and where the next page begins."""
    moment, _, last = after.partition(".")
    walk = _Walk(store, home, rule, await hours.of(store, home.id), at=at, reading=reading)
    found: list[Match] = []
    place = ""
    async for one in walk.look((int(moment) if moment.isdecimal() else 0, last), MOST):
        if one.match is None:
            continue
        if len(found) == count:
            return found, place
        found.append(one.match)
        place = _place(one.talk)
    return found, _place(walk.last) if walk.is_cut and walk.last else ""


async def _clashing(walk: _Walk, found: _Found, rivals: Sequence[clashes.Rival]) -> list[tuple[Rule, str]]:
    """Which rivals would have matched at the same moment, and what about."""
    assert found.past is not None and found.sight is not None
    told, whole = list[tuple[Rule, str]](), None
    for rival in rivals:
        blocks, seen = rival.rule.terms.blocks, found.sight
        if not clashes.meets(rival.rule, found.past) or not conditions.judged(glance.known(blocks), seen).is_match:
            continue
        if not glance.is_enough(blocks):
            whole = whole or await walk.reader.closely(found.talk, found.past, found.sight, walk.wanted_by_all)
            seen = whole
        if conditions.judged(blocks, seen).is_match:
            told += [(rival.rule, what) for what in rival.about]
    return told


def _match(talk: Conversation, past: Past, verdict: Verdict) -> Match:
    return Match(talk.id, talk.number, talk.subject, past.at, vocabulary.trigger_said(past.trigger), verdict.rows)


def _of(clashing: Counter[tuple[str, str]], rule: Rule) -> list[str]:
    return sorted(what for rule_id, what in clashing if rule_id == rule.id)


def _notes(walk: _Walk, rule: Rule, most: int) -> list[str]:
    bound = f"At most the newest {most:,} conversations of the last {DAYS} days are looked at."
    if walk.is_cut:
        bound = f"Only the newest {walk.seen:,} conversations were looked at, back to {walk.since_day}, so that you do not wait longer."
    return [*history.notes(rule), bound]


def _place(talk: Conversation) -> str:
    return f"{talk.updated_at}.{talk.id}"


def _days(home: Workspace, at: int) -> Counter[str]:
    today = datetime.fromtimestamp(at / 1_000_000, ZoneInfo(home.time_zone)).date()
    return Counter({(today - timedelta(days=ago)).isoformat(): 0 for ago in range(DAYS + 1)})


def _day(home: Workspace, at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, ZoneInfo(home.time_zone)).date().isoformat()
