"""Calls on their way: what is sent, what an answer does, when it is tried again, how it ends."""

import pytest

from tests.support import behave
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.conversations import trail
from tillside.targets import calls, figures, schedule
from tillside.targets import target as targets
from tillside.targets.attempts import DOTS
from tillside.targets.calls import Cause
from tillside.targets.shape import Basic, Bearer, Header, Pair


async def test_a_call_is_sent_as_it_was_rendered_with_its_cause(yard: Yard) -> None:
    talk = await yard.room.opened()
    target = await yard.target(path="/orders/{{ticket.conversationNo}}", query=[Pair("subject", "{{ticket.subject}}")])
    call = await yard.called(target, talk)
    await yard.room.do(targets.change, yard.desk.vault, target, _renamed(target), check_url=yard.outbound.check_url)
    assert await yard.send() == 1
    (got,) = yard.got("/orders/1")
    assert got.target == "/orders/1?subject=Parcel"
    assert got.body.decode() == f'{{"ticket": "{talk.id}"}}'
    assert got.header("content-type") == "application/json"
    assert got.header("webhook-id") == call.id
    assert got.header("x-tillside-attempt") == "1"
    assert await yard.state(call) == "done"


def _renamed(target: targets.Target) -> targets.Draft:
    return targets.Draft(name="Other name", url=target.url, body='{"changed": true}')


async def test_a_call_leaves_a_quiet_line_and_no_message(yard: Yard) -> None:
    talk = await yard.room.opened()
    await yard.called(await yard.target(), talk, cause=Cause("rule", "rul_1", "Late parcels"))
    await yard.drained()
    assert await yard.room.texts(talk) == ["Where is my parcel?"]
    line = (await trail.page(yard.store, await yard.room.now(talk)))[0]
    assert line.kind == "target_called"
    assert (line.detail["name"], line.detail["cause"], line.detail["cause_name"]) == ("Cart", "rule", "Late parcels")


async def test_a_rolled_back_cause_leaves_no_call(yard: Yard) -> None:
    target = await yard.target()
    with pytest.raises(RuntimeError):
        async with yard.store.write() as tx:
            await calls.place(tx, target, {}, cause=Cause("hand"), by=yard.room.mia)
            raise RuntimeError("the cause failed")
    assert await yard.drained() == 0


async def test_secrets_are_sent_and_never_shown(yard: Yard) -> None:
    secret = Header("x-shop-key", "sesame-open", is_secret=True)
    target = await yard.target(headers=[secret, Header("x-plain", "{{shop.name}}")], auth=Basic("fern"), secret="hunter2hunter2")
    yard.receiver.does("/hook", behave.answer(200, b'{"echo": "sesame-open"}', headers=[("x-echo", "hunter2hunter2")]))
    call = await yard.called(target)
    await yard.drained()
    (got,) = yard.got()
    assert got.header("x-shop-key") == "sesame-open" and got.header("x-plain") == "Fern & Fold"
    assert got.header("authorization") == "Basic ZmVybjpodW50ZXIyaHVudGVyMg=="
    (tried,) = await yard.tries(call)
    assert dict(tried.headers)["x-shop-key"] == DOTS and dict(tried.headers)["authorization"] == DOTS
    assert tried.answer_body == f'{{"echo": "{DOTS}"}}' and ("x-echo", DOTS) in tried.answer_headers
    for table in ("target", "target_secret", "call", "attempt"):
        rows = await yard.store.read(f"select * from {table} order by 1 limit 10")
        assert "sesame-open" not in str(rows) and "hunter2hunter2" not in str(rows)


async def test_a_bearer_token_is_sent(yard: Yard) -> None:
    await yard.called(await yard.target(auth=Bearer(), secret="token-of-the-cart"))
    await yard.drained()
    assert yard.got()[0].header("authorization") == "Bearer token-of-the-cart"


async def test_a_failing_call_is_tried_on_schedule_under_the_same_id_and_given_up(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(500))
    call = await yard.called(await yard.target(concurrency=1))
    waits = []
    while (waiting := await yard.now(call)).is_open:
        assert waiting.due_at is not None
        waits.append(waiting.due_at - yard.at)
        yard.at = max(yard.at, waiting.due_at, (await _probe(yard)) or 0)
        assert await yard.sender.send_due() == 1
    assert len(yard.got()) == len(schedule.RESTS) == 10
    for waited, planned in zip(waits[1:], schedule.RESTS[1:], strict=True):
        assert abs(waited - planned * stamps.SECOND) <= 0.1 * planned * stamps.SECOND
    assert {got.header("webhook-id") for got in yard.got()} == {call.id}
    assert [got.header("x-tillside-attempt") for got in yard.got()] == [str(number) for number in range(1, 11)]
    assert await yard.state(call) == "dead"
    assert (await yard.now(call)).reason == "Given up after 10 tries. It answered 500."
    assert await yard.told("call.dead") == [call.id]
    assert [one.status for one in await yard.tries(call)] == [500] * 10


async def _probe(yard: Yard) -> int | None:
    row = await yard.store.one("select probe_at from target_health limit 1")
    return row[0] if row else None


async def test_a_receiver_that_recovers_gets_what_waited(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(503), behave.answer(200))
    call = await yard.called(await yard.target())
    await yard.send()
    assert await yard.state(call) == "waiting"
    assert await yard.send() == 0
    assert await yard.send(ahead=6 * stamps.SECOND) == 1
    assert await yard.state(call) == "done"


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("9999999999", 86_400), ("soon", 5), ("-3", 5), ("1.5", 5)])
async def test_retry_after_is_honoured_up_to_a_day(yard: Yard, said: str, seconds: int) -> None:
    yard.receiver.does("/hook", behave.answer(503, retry_after=said))
    call = await yard.called(await yard.target())
    await yard.send()
    due_at = (await yard.now(call)).due_at
    assert due_at is not None and abs(due_at - yard.at - seconds * stamps.SECOND) <= 0.1 * seconds * stamps.SECOND


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_what_the_receiver_cannot_take_fails_at_once(yard: Yard, status: int) -> None:
    yard.receiver.does("/hook", behave.answer(status))
    call = await yard.called(await yard.target())
    await yard.send()
    assert await yard.state(call) == "dead"
    assert (await yard.tries(call))[0].hint


async def test_gone_disables_the_target_and_ends_what_waits_for_it(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(410))
    target = await yard.target(concurrency=1)
    first, second = await yard.called(target), await yard.called(target)
    await yard.drained()
    await yard.send()
    assert (await yard.target_now(target)).state == "disabled"
    assert [await yard.state(one) for one in (first, second)] == ["dead", "dead"]
    assert len(yard.got()) == 1
    assert await yard.told("target.disabled") == [target.id]


async def test_a_redirect_is_told_and_not_followed(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.redirect(307, yard.receiver.url("/elsewhere")))
    call = await yard.called(await yard.target())
    await yard.send()
    assert not yard.got("/elsewhere")
    (tried,) = await yard.tries(call)
    assert (tried.status, await yard.state(call)) == (307, "waiting")
    assert "/elsewhere" in tried.hint


async def test_a_target_called_once_takes_any_answer_as_the_end(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(500))
    call = await yard.called(await yard.target(tries="once"))
    assert await yard.drained() == 1
    assert await yard.state(call) == "failed"
    assert await yard.send(ahead=stamps.DAY) == 0
    assert await yard.told("call.dead") == []


async def test_a_target_called_once_that_never_answers_was_perhaps_received(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.silence)
    call = await yard.called(await yard.target(tries="once", timeout_seconds=1))
    await yard.drained()
    assert await yard.state(call) == "dead"
    assert "Perhaps it was received" in (await yard.now(call)).reason


async def test_calls_to_a_target_that_is_off_are_given_up(yard: Yard) -> None:
    target = await yard.target()
    await yard.room.do(targets.turn, target, "off")
    call = await yard.called(target)
    assert await yard.drained() == 0
    assert await yard.state(call) == "dead"
    assert yard.got() == []


async def test_a_call_can_be_given_up_and_sent_again(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(500), behave.answer(200))
    call = await yard.called(await yard.target())
    await yard.send()
    await yard.room.do(calls.give_up, await yard.now(call), by=yard.room.mia)
    assert await yard.state(call) == "cancelled"
    assert await yard.send(ahead=stamps.HOUR) == 0
    with pytest.raises(Conflict):
        await yard.room.do(calls.give_up, await yard.now(call), by=yard.room.mia)
    await yard.room.do(calls.again, await yard.now(call), by=yard.room.mia)
    assert await yard.drained() == 1
    assert await yard.state(call) == "done"
    assert [one.header("webhook-id") for one in yard.got()] == [call.id, call.id]
    assert [one.number for one in await yard.tries(call)] == [1, 2]


async def test_figures_count_calls_tries_and_what_waits(yard: Yard) -> None:
    yard.receiver.does("/hook", behave.answer(200), behave.answer(404), behave.answer(500))
    target = await yard.target(concurrency=1)
    for _ in range(3):
        await yard.called(target)
        await yard.send()
    found = await figures.of_target(yard.store, yard.workspace_id, target.id, at=yard.at)
    assert (found.done, found.first, found.failed, found.dead) == (1, 1, 2, 1)
    assert (found.waiting, found.given_up, found.first_share) == (1, 1, 0.5)
    assert found.next_at is not None and found.median_ms is not None
    assert (await figures.of_targets(yard.store, yard.workspace_id, [target.id], at=yard.at))[target.id].done == 1
