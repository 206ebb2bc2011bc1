"""The delivery log, replays, forgetting, trying out."""

import itertools
from typing import Any

import pytest

from tests.support import behave
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.targets import calls, log, replay, trial
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.log import Filter
from tillside.targets.shape import Header
from tillside.targets.tidying import KEEP_ATTEMPTS, KEEP_CALLS, tidy

STATES = ("done", "dead", "waiting")


async def filled(yard: Yard) -> dict[str, Any]:
    """A log of some calls of every kind; what they are known by."""
    talks = [await yard.room.opened() for _ in range(2)]
    found: dict[str, Any] = {
        "targets": [await yard.target(f"Target {number}", f"/t{number}") for number in range(2)],
        "talks": talks,
        "calls": [],
    }
    for number in range(2):
        yard.receiver.does(f"/t{number}", *itertools.islice(itertools.cycle([behave.answer(s) for s in (200, 404, 500)]), 30))
    causes = (Cause("rule"), Cause("macro"), Cause("hand"), Cause("rule"), Cause("hand"), Cause("rule"))
    for number, cause in enumerate(causes * 2):
        found["calls"].append(await yard.called(found["targets"][number % 2], talks[number // 6], cause=cause))
        await yard.send()
    return found


async def test_every_filter_finds_what_a_plain_look_finds(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await filled(yard)
    rows = [await yard.now(call) for call in made["calls"]]
    middle = rows[len(rows) // 2].created_at
    for window in (3, 2_000):
        monkeypatch.setattr(log, "WINDOW", window)
        monkeypatch.setattr(log, "_SLACK", 0)
        choices: dict[str, list[Any]] = {
            "target_id": ["", made["targets"][0].id],
            "state": ["", *STATES],
            "answered": [None, 2, 4, 5],
            "cause": ["", "rule"],
            "conversation_id": ["", made["talks"][1].id],
            "text": ["", "/t1", rows[3].id, "nowhere", "TICKET"],
            "since": [None, middle],
        }
        for values in itertools.product(*choices.values()):
            asked = Filter(**dict(zip(choices, values, strict=True)))
            expected = [one.id for one in reversed(rows) if _fits(one, asked)]
            assert await _walked(yard, asked) == expected, asked


async def _walked(yard: Yard, asked: Filter) -> list[str]:
    """Every page, two calls each."""
    found: list[str] = []
    before: int | None = None
    while True:
        page = await log.page(yard.store, yard.workspace_id, asked, before=before, count=2)
        found += [one.id for one in page.calls]
        if page.older is None:
            return found
        before = page.older


def _fits(one: calls.Call, asked: Filter) -> bool:
    text = asked.text.lower()
    return (
        asked.target_id in ("", one.target_id)
        and asked.state in ("", one.state)
        and asked.answered in (None, one.answered)
        and asked.cause in ("", one.cause.kind)
        and asked.conversation_id in ("", one.conversation_id)
        and (not text or text == one.id or text in one.request.url.lower() or text in one.request.body.lower())
        and (asked.since is None or one.created_at >= asked.since)
    )


async def test_a_page_that_could_not_be_filled_says_how_far_it_looked(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    target = await yard.target()
    made = [await yard.called(target) for _ in range(9)]
    monkeypatch.setattr(log, "WINDOW", 2)
    monkeypatch.setattr(log, "WINDOWS", 2)
    monkeypatch.setattr(log, "PATIENCE", 60)
    page = await log.page(yard.store, yard.workspace_id, Filter(text="not to be found"))
    assert (page.calls, page.looked_at) == ([], (await yard.now(made[5])).created_at)
    assert page.older == (await yard.now(made[5])).position
    monkeypatch.setattr(log, "PATIENCE", 0)
    page = await log.page(yard.store, yard.workspace_id, Filter(text="not to be found"))
    assert page.looked_at == (await yard.now(made[7])).created_at, "where one window took long, no second one is begun"
    assert await _walked(yard, Filter(text="ticket")) == [one.id for one in reversed(made)]


async def test_a_search_is_no_pattern(yard: Yard) -> None:
    await yard.called(await yard.target())
    for text in ("%", "_____", "\\"):
        assert (await log.page(yard.store, yard.workspace_id, Filter(text=text))).calls == []


async def test_another_workspace_s_calls_are_not_there(yard: Yard) -> None:
    call = await yard.called(await yard.target())
    for asked in (Filter(), Filter(text=call.id), Filter(target_id=call.target_id), Filter(state="waiting")):
        assert (await log.page(yard.store, yard.workspace_id + 1, asked)).calls == []


async def test_a_replay_sends_again_what_failed_in_its_order(yard: Yard) -> None:
    talks = [await yard.room.opened() for _ in range(2)]
    target = await yard.target()
    yard.receiver.does("/hook", *[behave.answer(422)] * 6, behave.answer(200))
    placed = []
    for number in range(6):
        placed.append(await yard.called(target, talks[number % 2]))
        await yard.send()
    done = await yard.called(target, talks[0])
    await yard.drained()
    before = len(yard.got())
    since, until = placed[1].created_at, done.created_at
    assert await replay.count(yard.store, target, since=since, until=until) == 5
    assert await yard.room.do(replay.replay, target, since=since, until=until, by=yard.room.mia) == 5
    fresh = await yard.called(target, talks[1])
    await yard.drained()
    again = [got.header("webhook-id") for got in yard.got()[before:]]
    for lane in range(2):
        own = [one.id for number, one in enumerate(placed) if number % 2 == lane and number] + ([fresh.id] if lane else [])
        assert [one for one in again if one in own] == own
    assert [await yard.state(one) for one in placed] == ["dead", *["done"] * 5]
    assert await yard.room.do(replay.replay, target, since=since, until=until, states=["done"], by=yard.room.mia) == 6
    with pytest.raises(Refused):
        await yard.room.do(replay.replay, target, since=since, until=until, states=["held"], by=yard.room.mia)


async def test_a_target_that_is_off_is_not_replayed(yard: Yard) -> None:
    target = await yard.target()
    await yard.room.do(targets.turn, target, "off")
    with pytest.raises(Refused):
        await yard.room.do(replay.replay, await yard.target_now(target), since=0, until=2**60, by=yard.room.mia)


async def test_what_is_old_is_forgotten_but_for_what_still_waits(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(200), behave.answer(500))
    target = await yard.target()
    done, waiting = await yard.called(target), None
    await yard.send()
    waiting = await yard.called(target)
    await yard.send()
    await tidy(yard.store, at=yard.at + KEEP_ATTEMPTS - stamps.HOUR)
    assert len(await yard.tries(done)) == 1
    await tidy(yard.store, at=yard.at + KEEP_ATTEMPTS + stamps.HOUR)
    assert await yard.tries(done) == []
    assert await yard.state(done) == "done"
    await tidy(yard.store, at=yard.at + KEEP_CALLS + stamps.HOUR)
    left = await yard.store.read("select id from call order by id limit 5")
    assert left == [(waiting.id,)]


async def test_trying_a_target_out_shows_both_sides_and_is_in_the_log(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(500, b"out of order"))
    target = await yard.target(headers=[Header("x-key", "sesame-open", is_secret=True)])
    tried = await trial.run(yard.store, yard.caller, target, {"ticket": {"id": "cnv_x"}}, by=yard.room.mia)
    assert tried.request.body == '{"ticket": "cnv_x"}'
    assert (tried.attempt.status, tried.attempt.answer_body, tried.went_well) == (500, "out of order", False)
    assert ("x-key", "••••") in tried.attempt.headers and yard.got()[0].header("x-key") == "sesame-open"
    assert tried.call is not None and await yard.state(tried.call) == "failed"
    assert await yard.drained() == 0
    assert (await log.page(yard.store, yard.workspace_id, Filter(cause="test"))).calls[0].id == tried.call.id


async def test_a_target_can_be_tried_before_it_is_saved(yard: Yard) -> None:
    draft = targets.Draft(
        name="New", url=yard.receiver.url("/new"), body="{}", headers=[Header("x-key", "sesame-open", is_secret=True)], signs=True
    )
    tried = await trial.run(yard.store, yard.caller, targets.unsaved(yard.workspace_id), {}, by=yard.room.mia, draft=draft)
    assert tried.went_well and tried.call is None
    assert yard.got("/new")[0].header("x-key") == "sesame-open"
    assert await yard.store.read("select id from call order by id limit 5") == []


async def test_a_form_that_was_not_saved_is_tried_with_the_secrets_that_are_kept(yard: Yard) -> None:
    target = await yard.target(headers=[Header("x-key", "sesame-open", is_secret=True)])
    draft = targets.Draft(name="Cart", url=yard.receiver.url("/changed"), body="{}", headers=[Header("x-key", "", is_secret=True)])
    await trial.run(yard.store, yard.caller, target, {}, by=yard.room.mia, draft=draft)
    assert yard.got("/changed")[0].header("x-key") == "sesame-open"
