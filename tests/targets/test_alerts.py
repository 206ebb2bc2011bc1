"""What those who manage targets are told: once for each target and occasion, until it is dealt with, and nothing is lost meanwhile."""

from msgspec.structs import replace

from tests.support import behave
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.storage import migrate
from tillside.targets import alerts, calls, health, replay, settling, trial
from tillside.targets import target as targets
from tillside.targets.alerts import Alert
from tillside.targets.target import Draft, Target


async def told(yard: Yard) -> list[Alert]:
    return await alerts.every(yard.store, yard.workspace_id, at=yard.at)


async def kinds(yard: Yard) -> list[tuple[str, ...]]:
    found = await told(yard)
    assert len(found) == await alerts.count(yard.store, yard.workspace_id, at=yard.at)
    return [one.kinds for one in found]


async def failed(yard: Yard, target: Target, count: int, status: int = 422) -> list[calls.Call]:
    yard.receiver.does("/hook", behave.answer(status))
    made = [await yard.called(target) for _ in range(count)]
    await yard.drained()
    return made


async def test_calls_that_were_given_up_are_one_alert_until_each_was_sent_again(yard: Yard) -> None:
    target = await yard.target()
    made = await failed(yard, target, 3)
    made += await failed(yard, target, 2)
    (one,) = await told(yard)
    assert (one.name, one.kinds, one.given_up) == ("Cart", ("given_up",), 5)
    assert await yard.told("target.alerted") == [target.id], "told once, not once for each call"
    yard.receiver.does("/hook", behave.answer(200))
    for call in made[:2]:
        await yard.room.do(calls.again, await yard.now(call), by=yard.room.mia)
    assert [one.given_up for one in await told(yard)] == [3]
    await yard.room.do(replay.replay, target, since=0, until=stamps.now(), by=yard.room.mia)
    assert await told(yard) == [] and await yard.told("target.alert_done") == [target.id]
    await yard.drained()
    assert await told(yard) == []


async def test_what_somebody_saw_to_is_gone_for_all_and_counts_anew_at_most_once_an_hour(yard: Yard) -> None:
    target = await yard.target()
    await failed(yard, target, 3)
    await yard.room.do(alerts.end, yard.workspace_id, target.id, at=yard.at, by=yard.room.mia)
    assert await told(yard) == []
    yard.at += 10 * stamps.MINUTE
    await failed(yard, target, 1)
    assert await told(yard) == [], "within the hour nobody is told again"
    yard.at += alerts.PERIOD
    assert [(one.kinds, one.given_up) for one in await told(yard)] == [(("given_up",), 1)], "and what happened in it is not lost"


async def test_a_breaker_is_told_when_it_opens_and_no_longer_when_it_closes(yard: Yard) -> None:
    target = await yard.target(concurrency=20)
    await failed(yard, target, health.FEWEST, 500)
    assert await kinds(yard) == [("held_back",)]
    yard.receiver.does("/hook", behave.answer(200))
    await yard.send(ahead=10 * stamps.MINUTE)
    assert await kinds(yard) == []
    assert (await yard.told("target.alerted"), await yard.told("target.alert_done")) == ([target.id], [target.id])


async def test_a_target_that_is_gone_is_told_until_it_is_on_again_and_then_what_it_missed(yard: Yard) -> None:
    target = await yard.target(concurrency=1)
    await failed(yard, target, 3, 410)
    await yard.send()
    (one,) = await told(yard)
    assert (one.kinds, one.reason, one.given_up) == (("disabled", "given_up"), "It answered 410: it is gone for good.", 3)
    await yard.room.do(targets.turn, await yard.target_now(target), "on")
    assert await kinds(yard) == [("given_up",)]
    await yard.room.do(targets.remove, await yard.target_now(target))
    assert await kinds(yard) == [], "of a target that is no more nobody asks anything"


async def test_five_refusals_in_a_row_are_the_credentials_and_other_answers_are_not(yard: Yard) -> None:
    yard.receiver.does("/hook", *[behave.answer(status) for status in (401, 403, 401, 403, 500, 401, 403, 401, 401)], behave.answer(403))
    target = await yard.target(concurrency=1, tries="once")
    for number in range(10):
        seen = (await health.every(yard.store, yard.workspace_id)).get(target.id, health.Health())
        assert not seen.is_refused and ("refused",) not in await kinds(yard), number
        await yard.called(target)
        await yard.drained()
    assert (await health.every(yard.store, yard.workspace_id))[target.id].is_refused
    (one,) = await told(yard)
    assert one.kinds[0] == "refused", "the worst stands first"
    draft = Draft(name="Cart", url=target.url, body="{}", tries="once")
    await yard.room.do(targets.change, yard.desk.vault, target, draft, check_url=yard.outbound.check_url)
    seen = (await health.every(yard.store, yard.workspace_id))[target.id]
    assert not seen.is_refused and not any(one.has("refused") for one in await told(yard))


async def test_a_receiver_that_takes_a_call_again_takes_the_flag_away(yard: Yard) -> None:
    yard.receiver.does("/hook", *[behave.answer(403)] * 5, behave.answer(200))
    target = await yard.target(concurrency=1, tries="once")
    for wanted in (False, False, False, False, True, False):
        await yard.called(target)
        await yard.drained()
        assert (await health.every(yard.store, yard.workspace_id))[target.id].is_refused is wanted
        assert (("refused",) in await kinds(yard)) is wanted


async def test_trying_a_target_out_alerts_nobody(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.nothing)
    target = await yard.target()
    tried = await trial.run(yard.store, yard.caller, target, {}, by=yard.room.mia)
    assert tried.call is not None and tried.call.state == "dead"
    await yard.room.do(calls.again, tried.call, by=yard.room.mia)
    await yard.drained()
    assert await told(yard) == [] and await yard.told("call.dead") == []


async def test_an_alert_of_calls_the_log_has_forgotten_ends(yard: Yard) -> None:
    target = await yard.target()
    await failed(yard, target, 1)
    async with yard.store.write() as tx:
        await tx.run("delete from call where workspace_id = :w", w=yard.workspace_id)
        await alerts.tidy(tx, at=yard.at)
    assert await told(yard) == []


async def test_calls_of_one_batch_that_are_given_up_are_all_counted(yard: Yard) -> None:
    """The first of them raises the alert, whatever order they are written in."""
    target = await yard.target()
    made = [await yard.called(target) for _ in range(3)]
    times = zip(made, (30, 10, 20), strict=True)
    over = [replace(await yard.now(one), state="dead", due_at=None, settled_at=at) for one, at in times]
    async with yard.store.write() as tx:
        await settling.finish(tx, over, at=10)
    assert [one.given_up for one in await told(yard)] == [3]


async def test_what_was_given_up_before_there_were_alerts_is_told(yard: Yard) -> None:
    gone, refusing, removed = [await yard.target(name) for name in ("Gone", "Refusing", "Removed")]
    for target, status in ((gone, 410), (refusing, 422), (removed, 422)):
        await failed(yard, target, 2, status)
    await yard.send()
    await yard.room.do(targets.remove, removed)
    seen = await told(yard)
    (migration,) = [one.sql for one in migrate.known("desk") if one.name == "alerts"]
    async with yard.store.write() as tx:
        await tx.run("delete from target_alert where workspace_id = :w", w=yard.workspace_id)
        for statement in migration.split(";"):
            if "insert into" in statement:
                await tx.run(statement[statement.index("insert into") :])
    after = {one.name: (one.kinds, one.given_up) for one in await told(yard)}
    assert after == {one.name: (one.kinds, one.given_up) for one in seen} and len(after) == 2
