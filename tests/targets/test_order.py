"""Lanes: one conversation's calls go in order, a target that hangs or fails holds up nobody else, and several senders share the work."""

import asyncio
import random
import time

import pytest

from tests.support import behave
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.targets import calls, taking
from tillside.targets import target as targets
from tillside.targets.health import Breaker, Health
from tillside.targets.lanes import Places


async def test_calls_of_one_conversation_reach_a_target_one_after_the_other(yard: Yard) -> None:
    talk, other = await yard.room.opened(), await yard.room.opened()
    target = await yard.target()
    yard.receiver.does("/hook", behave.answer(500), behave.answer(200))
    first = await yard.called(target, talk)
    second, third = await yard.called(target, talk), await yard.called(target, talk)
    assert await yard.send() == 1
    beside = await yard.called(target, other)
    assert await yard.send() == 1
    assert [await yard.state(one) for one in (first, second, third, beside)] == ["waiting", "waiting", "waiting", "done"]
    await yard.send(ahead=6 * stamps.SECOND)
    await yard.drained()
    ids = [got.header("webhook-id") for got in yard.got()]
    assert ids == [first.id, beside.id, first.id, second.id, third.id]


async def test_a_dead_call_lets_the_next_of_its_conversation_go(yard: Yard) -> None:
    talk = await yard.room.opened()
    target = await yard.target()
    yard.receiver.does("/hook", behave.answer(422), behave.answer(200))
    first, second = await yard.called(target, talk), await yard.called(target, talk)
    await yard.drained()
    assert [await yard.state(one) for one in (first, second)] == ["dead", "done"]


async def test_a_call_that_is_given_up_lets_the_next_go(yard: Yard) -> None:
    talk = await yard.room.opened()
    target = await yard.target()
    yard.receiver.does("/hook", behave.answer(500), behave.answer(200))
    first, second = await yard.called(target, talk), await yard.called(target, talk)
    await yard.send()
    await yard.room.do(calls.give_up, await yard.now(first), by=yard.room.mia)
    await yard.drained()
    assert [await yard.state(one) for one in (first, second)] == ["cancelled", "done"]


async def test_a_call_sent_again_goes_before_what_came_after_it(yard: Yard) -> None:
    talk = await yard.room.opened()
    target = await yard.target()
    yard.receiver.does("/hook", behave.answer(422), behave.answer(500), behave.answer(200))
    first, second = await yard.called(target, talk), await yard.called(target, talk)
    await yard.drained()
    await yard.room.do(calls.again, await yard.now(first), by=yard.room.mia)
    await yard.send(ahead=stamps.HOUR)
    await yard.drained()
    assert [got.header("webhook-id") for got in yard.got()] == [first.id, second.id, first.id, second.id]


async def test_a_target_that_hangs_never_slows_the_others(yard: Yard) -> None:
    hanging = [await yard.target(f"Hanging {number}", f"/hang{number}", timeout_seconds=3) for number in range(4)]
    quick = await yard.target("Quick", "/quick")
    for number in range(4):
        yard.receiver.does(f"/hang{number}", behave.silence)
    sender = yard.another_sender(Places(time.monotonic, at_once=8, slow_at_once=8))
    for target in hanging:
        for _ in range(6):
            await yard.called(target)
    waiting = [await yard.called(quick) for _ in range(12)]
    while {await yard.state(one) for one in waiting} != {"done"}:
        await sender.look()
        await asyncio.sleep(0.01)
    held = await yard.store.read(
        "select state from call where target_id in {list:ids} order by position limit 99", ids=[one.id for one in hanging]
    )
    assert "done" not in {row[0] for row in held}
    assert max(len(yard.got(f"/hang{number}")) for number in range(4)) <= 4
    await sender.end()


async def test_no_target_gets_more_at_once_than_it_takes(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.silence)
    target = await yard.target(concurrency=2, timeout_seconds=1)
    for _ in range(5):
        await yard.called(target)
    assert await yard.sender.look() == 2
    assert await yard.sender.look() == 0
    await yard.sender.end()


async def test_a_receiver_with_too_much_to_do_gets_fewer_at_once(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(503), behave.answer(200))
    target = await yard.target(concurrency=8)
    await yard.called(target)
    await yard.send()
    for _ in range(8):
        await yard.called(target)
    assert await yard.sender.look() == 4
    await yard.drained()


async def test_two_senders_never_send_the_same_call(yard: Yard) -> None:
    target = await yard.target(concurrency=20)
    placed = [await yard.called(target) for _ in range(20)]
    other = yard.another_sender()
    taken = await asyncio.gather(yard.sender.send_due(), other.send_due())
    assert sum(taken) == 20 and len(yard.got()) == 20
    assert {await yard.state(one) for one in placed} == {"done"}


async def test_the_breaker_opens_probes_and_closes(yard: Yard) -> None:
    yard.receiver.does("/hook", *[behave.answer(500)] * 12, behave.answer(200))
    target = await yard.target(concurrency=20)
    placed = [await yard.called(target) for _ in range(12)]
    assert await yard.sender.send_due() == 12
    assert (await _health(yard, target)).is_open
    assert await yard.send(ahead=10 * stamps.SECOND) == 0
    assert await yard.send(ahead=25 * stamps.SECOND) == 1
    assert not (await _health(yard, target)).is_open
    while await yard.send(ahead=11 * stamps.SECOND):
        pass
    assert {await yard.state(one) for one in placed} == {"done"}


async def _health(yard: Yard, target: targets.Target) -> Health:
    row = await yard.store.one("select failing_since, opened_at, probe_at, probes from target_health where target_id = :id", id=target.id)
    return Health(*row) if row else Health()


async def test_a_probe_that_fails_makes_the_next_one_wait_longer() -> None:
    breaker, health, at = Breaker(), Health(), 10**15
    for _ in range(10):
        health = breaker.heard(health, went_well=False, at=at)
    rests = []
    for _ in range(6):
        assert health.probe_at is not None
        rests.append((health.probe_at - at) // stamps.SECOND)
        at = health.probe_at
        health = breaker.heard(health, went_well=False, at=at)
    assert rests == [30, 60, 120, 240, 300, 300]
    assert breaker.heard(health, went_well=True, at=at) == Health()


async def test_a_target_that_fails_half_of_the_time_is_still_called() -> None:
    breaker, health = Breaker(), Health()
    for number in range(200):
        health = breaker.heard(health, went_well=bool(number % 2), at=10**15 + number * stamps.SECOND)
        assert not health.is_open


async def test_a_target_that_only_failed_for_five_days_is_disabled(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(500))
    target = await yard.target()
    await yard.called(target)
    await yard.send()
    for _ in range(2):
        await yard.send(ahead=3 * stamps.DAY)
    assert (await yard.target_now(target)).state == "disabled"
    assert "five days" in (await yard.target_now(target)).reason
    assert await yard.told("target.disabled") == [target.id]


@pytest.mark.parametrize("is_launched", [False, True])
async def test_a_call_whose_sender_died_is_sent_again_or_told_as_perhaps_received(yard: Yard, is_launched: bool) -> None:
    usual, once = await yard.target("Usual", "/usual"), await yard.target("Once", "/once", tries="once")
    first, second = await yard.called(usual), await yard.called(once)
    for target, call in ((usual, first), (once, second)):
        async with yard.store.write() as tx:
            taken, _ = await taking.hold(tx, target.workspace_id, [call.id], holder="a sender that dies", at=yard.at + stamps.SECOND)
            if is_launched and target is once:
                assert await taking.launch(tx, taken[0], at=yard.at + stamps.SECOND)
    assert await yard.send(ahead=2 * stamps.SECOND) == 0
    await yard.send(ahead=taking.LEASE)
    assert await yard.state(first) == "done" and yard.got("/usual")[0].header("webhook-id") == first.id
    assert await yard.state(second) == ("dead" if is_launched else "done")
    assert len(yard.got("/once")) == (0 if is_launched else 1)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_receiver_answers_each_conversation_keeps_its_order(yard: Yard, seed: int) -> None:
    dice = random.Random(seed)
    talks = [await yard.room.opened() for _ in range(3)]
    target = await yard.target(concurrency=3)
    yard.receiver.does("/hook", *[behave.answer(dice.choice([200, 200, 422, 500])) for _ in range(24)], behave.answer(200))
    placed = [(lane, await yard.called(target, talks[lane])) for lane in [dice.randrange(3) for _ in range(15)]]
    while any([(await yard.now(call)).is_open for _, call in placed]):
        await yard.send(ahead=dice.choice([0, 7 * stamps.SECOND, 10 * stamps.MINUTE]))
        if dice.random() < 0.2:
            await yard.room.do(calls.again, await yard.now(dice.choice(placed)[1]), by=yard.room.mia)
    for lane in range(3):
        own = [call.id for one, call in placed if one == lane]
        arrived = [got.header("webhook-id") for got in yard.got() if got.header("webhook-id") in own]
        assert list(dict.fromkeys(arrived)) == own
