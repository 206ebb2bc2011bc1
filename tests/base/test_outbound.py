"""Calling a receiver that behaves, drags, lies or breaks off: what comes back is bounded in bytes and time, and spoils no later call."""

import asyncio
import gzip
import ipaddress
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support import behave
from tests.support.identities import Authority
from tests.support.receiver import Behaviour, Blackhole, Receiver, nobody
from tillside.base.outbound import Answer, Failure, Outbound

pytestmark = pytest.mark.anyio

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
EVERY_PORT = range(1, 65536)
LIMIT = 64 * 1024


class Made:
    """Clients of a test, closed after it."""

    def __init__(self) -> None:
        self.all: list[Outbound] = []

    def __call__(self, **more: Any) -> Outbound:
        self.all.append(Outbound(**{"allow": LOOPBACK, "ports": EVERY_PORT, "connect_seconds": 2.0, "total_seconds": 5.0, **more}))
        return self.all[-1]


@pytest.fixture
async def made() -> AsyncIterator[Made]:
    clients = Made()
    yield clients
    for client in clients.all:
        await client.close()
    await asyncio.sleep(0)


@pytest.fixture
def outbound(made: Made) -> Outbound:
    return made()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(params=["plain", "tls"])
def receiver(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Receiver]:
    with Receiver(tls=authority.issue() if request.param == "tls" else None) as running:
        yield running


async def failed(outbound: Outbound, url: str, **more: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        await outbound.send("POST", url, body=b"{}", **more)
    return caught.value


async def asked(outbound: Outbound, receiver: Receiver, does: Behaviour, authority: Authority, **more: Any) -> Answer:
    return await outbound.send("POST", receiver.does("/x", does), body=b"{}", ca_pem=authority.pem, **{"may_repeat": True, **more})


async def test_an_answer_comes_back_as_it_was_given(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    answer = await asked(outbound, receiver, behave.answer(201, b'{"id": 7}', headers=[("X-Kind", "née")]), authority)
    assert (answer.status, answer.body, answer.is_cut, answer.problem, answer.address) == (201, b'{"id": 7}', False, "", "127.0.0.1")
    assert ("X-Kind", "née") in answer.headers


async def test_a_request_arrives_as_it_was_meant(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    url = receiver.url("/orders/ü?q=a b&x={{y}}".replace(" ", "%20"))
    await outbound.send("PUT", url, headers=[("X-Name", " Zoë 漢字 "), ("Content-Type", "text/plain")], body=b"abc", ca_pem=authority.pem)
    got = receiver.got[0]
    assert (got.method, got.target, got.body) == ("PUT", "/orders/%C3%BC?q=a%20b&x=%7B%7By%7D%7D", b"abc")
    assert got.header("host") == f"127.0.0.1:{receiver.port}"
    assert got.header("x-name").encode("latin-1").decode() == "Zoë 漢字"
    assert got.header("content-length") == "3"
    assert got.header("cookie") == ""


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_never_followed(outbound: Outbound, receiver: Receiver, authority: Authority, status: int) -> None:
    answer = await asked(outbound, receiver, behave.redirect(status, receiver.url("/canary")), authority)
    assert answer.status == status
    assert not receiver.at("/canary")


async def test_a_cookie_is_not_brought_back(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    for _ in range(2):
        await asked(outbound, receiver, behave.answer(200, headers=[("Set-Cookie", "a=b")]), authority)
    assert [got.header("cookie") for got in receiver.got] == ["", ""]


WHOLE: dict[str, tuple[Behaviour, bytes]] = {
    "HTTP/1.0": (behave.old, b"old and fine"),
    "no length": (behave.no_length, b"until the end"),
    "chunks": (behave.good_chunks, b"ok!!!"),
    "100 and 103 first": (behave.continue_first, b"ok"),
    "1,000 headers": (behave.many_headers, b"ok"),
    "half close": (behave.half_close, b"ok"),
    "no content": (behave.answer(204), b""),
    "gzip": (behave.packed(b"packed", "gzip"), b"packed"),
    "deflate": (behave.packed(b"packed", "deflate"), b"packed"),
    "deflate without its envelope": (behave.packed(b"packed", "deflate-bare"), b"packed"),
    "both lengths": (behave.both_lengths, b"ok"),
}


@pytest.mark.parametrize("row", WHOLE)
async def test_odd_but_whole_answers_are_answers(outbound: Outbound, receiver: Receiver, authority: Authority, row: str) -> None:
    does, body = WHOLE[row]
    for _ in range(2):
        answer = await asked(outbound, receiver, does, authority)
        assert (answer.status // 100, answer.body, answer.is_cut, answer.problem) == (2, body, False, "")


CUT: dict[str, Behaviour] = {
    "endless": behave.endless(),
    "gzip bomb": behave.bomb("gzip"),
    "deflate bomb": behave.bomb("deflate", megabytes=20),
    "a byte a chunk": behave.one_byte_chunks,
}


@pytest.mark.parametrize("row", CUT)
async def test_only_so_much_is_read(outbound: Outbound, receiver: Receiver, authority: Authority, row: str) -> None:
    answer = await asked(outbound, receiver, CUT[row], authority)
    assert answer.status == 200
    assert answer.is_cut and len(answer.body) <= LIMIT
    assert (await asked(outbound, receiver, behave.answer(200, b"next"), authority)).body == b"next"


async def test_what_was_packed_twice_is_left_packed(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    answer = await asked(outbound, receiver, behave.bomb("gzip", megabytes=20, times=2), authority)
    assert answer.body.startswith(b"\x1f\x8b") and len(gzip.decompress(answer.body)) <= LIMIT


async def test_a_limit_that_is_met_exactly_cuts_nothing(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    answer = await asked(outbound, receiver, behave.answer(200, b"x" * LIMIT), authority)
    assert len(answer.body) == LIMIT and not answer.is_cut
    assert (await asked(outbound, receiver, behave.answer(200, b"x" * (LIMIT + 1)), authority)).is_cut


BROKEN_OFF: dict[str, Behaviour] = {
    "reset": behave.reset_mid_body,
    "closed too early": behave.close_mid_body,
    "bad chunks": behave.bad_chunks,
}


@pytest.mark.parametrize("row", BROKEN_OFF)
async def test_an_answer_that_breaks_off_keeps_its_status(outbound: Outbound, receiver: Receiver, authority: Authority, row: str) -> None:
    answer = await asked(outbound, receiver, BROKEN_OFF[row], authority)
    assert answer.status == 200
    assert answer.is_cut and answer.problem
    assert (await asked(outbound, receiver, behave.answer(200, b"next"), authority)).body == b"next"


NO_ANSWER: dict[str, Behaviour] = {
    "not HTTP": behave.not_http,
    "HTTP/2": behave.going_away,
    "nothing": behave.nothing,
    "reset": behave.reset_before,
    "1 MB header": behave.huge_header,
    "100 without end": behave.continue_storm,
    "another protocol": behave.switching,
    "two lengths": behave.two_lengths,
}


@pytest.mark.parametrize("row", NO_ANSWER)
async def test_what_is_no_answer_fails_and_is_not_quoted(outbound: Outbound, receiver: Receiver, authority: Authority, row: str) -> None:
    failure = await failed(outbound, receiver.does("/x", NO_ANSWER[row]), ca_pem=authority.pem)
    assert failure.code == "protocol" and not failure.is_permanent
    assert "canary" not in failure.reason and "SSH" not in failure.reason and "go away" not in failure.reason
    assert failure.__cause__ is None
    assert (await asked(outbound, receiver, behave.answer(200, b"next"), authority)).body == b"next"


async def test_bytes_behind_an_answer_never_answer_the_next_call(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    receiver.does("/x", behave.two_answers)
    url = receiver.does("/next", behave.answer(200, b"mine"))
    for _ in range(20):
        first = await outbound.send("GET", receiver.url("/x"), ca_pem=authority.pem)
        second = await outbound.send("GET", url, ca_pem=authority.pem)
        assert (first.body, second.body) == (b"ok", b"mine")


@pytest.mark.parametrize("does", [behave.slow_head(), behave.silence], ids=["slow head", "silence"])
async def test_the_deadline_is_for_the_whole_call(made: Made, receiver: Receiver, authority: Authority, does: Behaviour) -> None:
    outbound, began = made(total_seconds=0.3), time.monotonic()
    failure = await failed(outbound, receiver.does("/x", does), ca_pem=authority.pem)
    assert (failure.code, failure.is_permanent) == ("timeout", False)
    assert failure.reason == "No answer came within 0.3 seconds."
    assert time.monotonic() - began >= 0.3


async def test_a_body_that_drags_on_is_cut_at_the_deadline(made: Made, receiver: Receiver, authority: Authority) -> None:
    answer = await asked(made(total_seconds=0.4), receiver, behave.slow_body(), authority)
    assert (answer.status, answer.is_cut, answer.problem) == (200, True, "The answer did not end within 0.4 seconds.")
    assert 0 < len(answer.body) < 100


async def test_one_call_may_have_less_time_but_never_more(made: Made, receiver: Receiver, authority: Authority) -> None:
    for client, given in ((made(), 0.2), (made(total_seconds=0.2), 60.0)):
        failure = await failed(client, receiver.does("/x", behave.silence), ca_pem=authority.pem, total_seconds=given)
        assert failure.reason == "No answer came within 0.2 seconds."


async def test_a_line_is_used_again_only_for_the_same_place(made: Made, receiver: Receiver, authority: Authority) -> None:
    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    outbound = made(resolve=here)
    for _ in range(3):
        await outbound.send("GET", receiver.url(), ca_pem=authority.pem)
    await outbound.send("GET", receiver.url(), ca_pem=authority.pem + "\n")
    assert [got.line for got in receiver.got] == [1, 1, 1, 2]
    with suppress(Failure):  # over TLS the name is not the certificate's
        await outbound.send("GET", receiver.url(host="shop.example"), ca_pem=authority.pem)
    assert receiver.lines == (2 if receiver.is_secure else 3)


async def test_a_call_that_may_not_be_repeated_has_a_line_of_its_own(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    """On a kept line it could fail without anybody knowing whether it worked."""
    for _ in range(3):
        await asked(outbound, receiver, behave.answer(), authority, may_repeat=False)
    assert [got.line for got in receiver.got] == [1, 2, 3]


async def test_a_kept_line_that_was_closed_is_noticed(outbound: Outbound, receiver: Receiver, authority: Authority) -> None:
    """It says it stays and leaves: the next call must not fall into the hole."""
    url = receiver.does("/x", behave.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    for _ in range(5):
        assert (await outbound.send("GET", url, ca_pem=authority.pem)).body == b"ok"


async def test_nobody_listens(outbound: Outbound) -> None:
    failure = await failed(outbound, nobody())
    assert (failure.code, failure.reason) == ("connect", "127.0.0.1 cannot be connected to: connection refused.")


async def test_a_blackhole_costs_the_connect_time_only(made: Made) -> None:
    with Blackhole() as hole:
        failure = await failed(made(connect_seconds=0.2), hole.url)
    assert (failure.code, failure.reason) == ("timeout", "127.0.0.1 could not be reached within 0.2 seconds.")


async def test_a_name_nobody_answers_for_costs_the_connect_time_only(made: Made) -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    failure = await failed(made(connect_seconds=0.2, resolve=never), "http://shop.example/")
    assert failure.code == "timeout"


async def test_a_name_that_does_not_exist_is_said_to(made: Made) -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("NXDOMAIN")

    async def empty(host: str, port: int) -> list[str]:
        return []

    for resolve in (unknown, empty):
        failure = await failed(made(resolve=resolve), "http://shop.example/")
        assert (failure.code, failure.is_permanent) == ("dns", False) and "shop.example" in failure.reason


async def test_the_system_s_own_resolver_is_asked(outbound: Outbound) -> None:
    with Receiver() as receiver:
        answer = await outbound.send("GET", receiver.url(host="localhost"))
        assert (answer.status, receiver.got[0].header("host")) == (200, f"localhost:{receiver.port}")
    assert (await failed(outbound, "http://no-such-name.invalid/")).code == "dns"


async def test_the_next_address_is_tried_when_the_first_is_dead(made: Made) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.99", "127.0.0.1"]

    with Receiver() as receiver:
        answer = await made(resolve=two).send("GET", receiver.url(host="shop.example"))
    assert (answer.status, answer.address) == (200, "127.0.0.1")


HEADERS = [("Host", "a"), ("content-length", "0"), ("Transfer-Encoding", "chunked"), ("Connection", "x"), ("Upgrade", "h2c"), ("Te", "x")]
HEADERS += [("X\r\nY", "a"), ("X:", "a"), ("", "a"), ("X Y", "a"), ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\0b"), ("X", "\x7f"), ("Ü", "a")]


@pytest.mark.parametrize("header", HEADERS)
async def test_a_header_that_could_frame_the_message_is_never_sent(outbound: Outbound, header: tuple[str, str]) -> None:
    with Receiver() as receiver:
        failure = await failed(outbound, receiver.url(), headers=[header])
        assert failure.code == "url" and failure.is_permanent and receiver.lines == 0


async def test_a_method_is_one_of_ours(outbound: Outbound) -> None:
    for method in ("CONNECT", "TRACE", "get", "GET /x HTTP/1.1\r\nX: y\r\n\r\nGET", ""):
        with pytest.raises(Failure):
            await outbound.send(method, "http://127.0.0.1/")


async def test_proxies_of_the_environment_are_not_asked(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        assert (await outbound.send("GET", receiver.url())).status == 200
        assert proxy.lines == 0


async def test_a_full_house_of_hanging_calls_holds_up_no_other(made: Made) -> None:
    outbound = made(total_seconds=3.0)
    with Receiver() as receiver:
        url = receiver.does("/hangs", behave.silence)
        hanging = [asyncio.create_task(failed(outbound, url)) for _ in range(100)]
        await asyncio.to_thread(receiver.wait_for, 100, "/hangs")
        for _ in range(50):
            assert (await outbound.send("GET", receiver.url())).status == 200
        assert not any(task.done() for task in hanging)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
