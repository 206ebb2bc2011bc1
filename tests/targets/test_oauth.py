"""Signing in with OAuth2 client credentials, against a token server that goes by the book: asked once, renewed in time, never shown."""

import asyncio
from typing import Any

import pytest

from tests.support import behave
from tests.support.receiver import Behaviour, nobody
from tests.support.token_server import Asked, TokenServer
from tests.targets.yard import Yard
from tillside.base import stamps
from tillside.targets import alerts, health, trial
from tillside.targets import target as targets
from tillside.targets.shape import OAuth2, Proof
from tillside.targets.target import Draft, Target

CLIENT, SECRET = "shop:räksmörgås & co", "s3cret+%:/ of=the~shop"
"""Every character that is written otherwise in a form or splits a header."""
JSON = [("content-type", "application/json")]


@pytest.fixture
def tokens(yard: Yard) -> TokenServer:
    """A token server at /token, and a receiver at /hook that wants its tokens."""
    server = TokenServer({CLIENT: SECRET}, scopes=["holds", "orders:write"])
    yard.receiver.does("/token", server.gives)
    yard.receiver.does("/hook", server.guards(behave.answer(200)))
    return server


async def signed_in(yard: Yard, *, scope: str = "", proof: Proof = "header", secret: str = SECRET, url: str = "", **more: Any) -> Target:
    auth = OAuth2(url or yard.receiver.url("/token"), CLIENT, scope, proof)
    return await yard.target(auth=auth, secret=secret, **more)


async def rows_of(yard: Yard) -> str:
    return str([await yard.store.read(f"select * from {table} order by 1 limit 50") for table in ("target", "call", "attempt")])


@pytest.mark.parametrize("proof", ["header", "form"])
async def test_a_token_is_asked_for_by_the_book_and_serves_until_it_is_renewed_in_time(yard: Yard, tokens: TokenServer, proof: Proof) -> None:
    target = await signed_in(yard, scope="orders:write", proof=proof)
    calls = [await yard.called(target) for _ in range(4)]
    await yard.drained()
    assert [await yard.state(one) for one in calls] == ["done"] * 4
    assert tokens.asked == [Asked(CLIENT, proof, "orders:write", True)], "calls that go out at once ask for one token"
    (first,) = tokens.given
    assert {got.header("authorization") for got in yard.got()} == {f"Bearer {first}"}
    await yard.called(target)
    await yard.send(ahead=3500 * stamps.SECOND)
    assert len(tokens.given) == 1, "it has 70 seconds left"
    tokens.good.clear()  # from here on the first one is over
    last = await yard.called(target)
    await yard.send(ahead=75 * stamps.SECOND)
    assert (await yard.state(last), len(tokens.given)) == ("done", 2), "it would have had 25 seconds left: renewed before it was refused"
    assert len(yard.got()) == 6, "and no request went out with the old one"
    kept = await rows_of(yard)
    assert SECRET not in kept and not any(token in kept for token in tokens.given)


async def test_a_token_of_a_moment_is_not_asked_for_at_every_call(yard: Yard, tokens: TokenServer) -> None:
    tokens.lasts = 20
    target = await signed_in(yard)
    for seconds, asked in ((0, 1), (8, 1), (12, 2)):
        await yard.called(target)
        yard.at += seconds * stamps.SECOND
        await yard.sender.send_due()
        assert len(tokens.asked) == asked, seconds
    assert tokens.asked[0].scope == "holds", "no scope is named unless the shop names one"


async def test_refused_credentials_are_said_apart_and_flagged_once_until_they_are_written_anew(yard: Yard, tokens: TokenServer) -> None:
    target = await signed_in(yard, secret="not this one")
    call = await yard.called(target)
    for _ in range(health.REFUSED):
        assert not (await health.every(yard.store, yard.workspace_id)).get(target.id, health.Health()).is_refused
        yard.at = max(yard.at, (await yard.now(call)).due_at or 0)
        assert await yard.sender.send_due() == 1
    assert (await health.every(yard.store, yard.workspace_id))[target.id].is_refused
    assert [one.kinds for one in await alerts.every(yard.store, yard.workspace_id, at=yard.at)] == [("refused",)]
    (tried, *_) = await yard.tries(call)
    assert tried.error.startswith("The token server answered 401: it does not know this client") and "not this one" not in await rows_of(yard)
    assert not yard.got() and {one.was_given for one in tokens.asked} == {False}
    draft = Draft(name="Cart", url=target.url, body="{}", auth=target.auth, secret=SECRET)
    await yard.room.do(targets.change, yard.desk.vault, target, draft, check_url=yard.outbound.check_url)
    assert await alerts.every(yard.store, yard.workspace_id, at=yard.at) == []
    yard.at = (await yard.now(call)).due_at or 0
    assert await yard.sender.send_due() == 1 and await yard.state(call) == "done"


async def test_a_scope_that_is_not_given_is_said(yard: Yard, tokens: TokenServer) -> None:
    call = await yard.called(await signed_in(yard, scope="everything"))
    await yard.send()
    assert "it does not give this scope" in (await yard.tries(call))[0].error and not yard.got()


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (behave.answer(503, b"busy", headers=JSON), "the token server answered 503"),
        (behave.silence, "No answer came within"),
        (behave.slow_head(0.2), "No answer came within"),
        (behave.answer(200, b"<html>", headers=JSON), "holds no token"),
        (behave.answer(200, b'{"access_token": "a\\nb", "token_type": "Bearer"}', headers=JSON), "holds no token"),
        (behave.answer(200, b'{"access_token": "t", "token_type": "mac"}', headers=JSON), "of a kind that is not"),
        (None, "cannot be connected to"),
    ],
)
async def test_a_token_server_that_fails_costs_one_look_and_the_calls_wait(yard: Yard, does: Behaviour | None, said: str) -> None:
    url = yard.receiver.does("/token", does) if does else nobody()
    target = await signed_in(yard, url=url, timeout_seconds=1)
    calls = [await yard.called(target) for _ in range(3)]
    await asyncio.wait_for(yard.send(), 3)
    for one in calls:
        ((tried,), now) = await yard.tries(one), await yard.now(one)
        assert (now.state, tried.status) == ("waiting", 0) and said in tried.error and SECRET not in tried.error, tried.error
    assert len(yard.got("/token")) <= 1 and not yard.got(), "what waited for the same token did not ask each for itself"
    assert not (await health.every(yard.store, yard.workspace_id))[target.id].refused, "nobody refused our credentials"
    server = TokenServer({CLIENT: SECRET})
    yard.receiver.does("/token", server.gives)
    if does:
        assert await yard.send(ahead=6 * stamps.SECOND) == 3
        assert [await yard.state(one) for one in calls] == ["done"] * 3 and len(server.given) == 1


async def test_a_token_that_is_refused_is_replaced_once_within_the_same_try(yard: Yard, tokens: TokenServer) -> None:
    target = await signed_in(yard)
    await yard.called(target)
    await yard.send()
    tokens.good.clear()  # the other side forgot it before its time
    call = await yard.called(target)
    await yard.send()
    assert (await yard.state(call), len(tokens.given)) == ("done", 2)
    assert [one.status for one in await yard.tries(call)] == [200]
    tried = yard.got()[1:]
    assert [(one.header("webhook-id"), one.header("x-tillside-attempt")) for one in tried] == [(call.id, "1")] * 2
    yard.receiver.does("/hook", behave.answer(401))
    stubborn = await yard.called(target)
    await yard.send()
    assert (len(yard.got()), len(tokens.given)) == (5, 3), "one fresh token, one more request, and no third"
    assert (await yard.state(stubborn), (await yard.tries(stubborn))[0].status) == ("waiting", 401)
    again = await yard.called(target)
    await yard.send()
    assert (len(yard.got()), len(tokens.given), await yard.state(again)) == (6, 4, "waiting"), "a token fetched for this call is not replaced"


async def test_a_target_called_once_is_called_once_also_with_a_token_that_is_over(yard: Yard, tokens: TokenServer) -> None:
    target = await signed_in(yard, tries="once")
    await yard.called(target)
    await yard.send()
    tokens.good.clear()
    call = await yard.called(target)
    await yard.send()
    assert (await yard.state(call), len(yard.got()), len(tokens.given)) == ("failed", 2, 1)


async def test_a_form_that_tries_other_credentials_is_not_given_the_token_of_those_that_are_kept(yard: Yard, tokens: TokenServer) -> None:
    target = await signed_in(yard)
    await yard.called(target)
    await yard.send()
    wrong = Draft(name="Cart", url=target.url, body="{}", auth=target.auth, secret="another")
    tried = await trial.run(yard.store, yard.caller, target, {}, by=yard.room.mia, draft=wrong)
    assert "The token server answered 401" in tried.attempt.error and len(yard.got()) == 1
    unsaved = targets.unsaved(yard.workspace_id)
    right = Draft(name="Other", url=target.url, body="{}", auth=target.auth, secret=SECRET)
    assert (await trial.run(yard.store, yard.caller, unsaved, {}, by=yard.room.mia, draft=right)).went_well
    assert not (await trial.run(yard.store, yard.caller, unsaved, {}, by=yard.room.mia, draft=wrong)).went_well
