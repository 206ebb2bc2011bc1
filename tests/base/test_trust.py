"""Secure calls: who is believed, and why somebody is not, in words a shopkeeper can act on."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.support.identities import Authority
from tests.support.receiver import Receiver
from tillside.base import dialling
from tillside.base.errors import Refused
from tillside.base.outbound import Failure, Outbound

pytestmark = pytest.mark.anyio


async def here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    allow = [ipaddress.ip_network("127.0.0.0/8")]
    client = Outbound(allow=allow, ports=range(1, 65536), connect_seconds=1.0, total_seconds=5.0, resolve=here)
    yield client
    await client.close()
    await asyncio.sleep(0)


async def failed(outbound: Outbound, url: str, ca: str = "") -> Failure:
    with pytest.raises(Failure) as caught:
        await outbound.send("GET", url, ca_pem=ca)
    return caught.value


async def test_a_name_is_what_the_certificate_has_to_say(outbound: Outbound, authority: Authority) -> None:
    """The address was looked up and checked by us; the name still goes into the handshake and the Host header."""
    with Receiver(tls=authority.issue("shop.example")) as receiver:
        answer = await outbound.send("GET", receiver.url(host="shop.example"), ca_pem=authority.pem)
        assert (answer.status, answer.address) == (200, "127.0.0.1")
        assert receiver.got[0].header("host") == f"shop.example:{receiver.port}"
        assert (await outbound.send("GET", receiver.url(host="SHOP.example."), ca_pem=authority.pem)).status == 200
        failure = await failed(outbound, receiver.url(host="bank.example"), authority.pem)
    assert (failure.code, failure.reason) == ("tls", "bank.example: Its certificate is for another host.")


async def test_an_address_is_what_the_certificate_has_to_say_when_there_is_no_name(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue("127.0.0.9")) as receiver:
        failure = await failed(outbound, receiver.url(), authority.pem)
    assert (failure.code, failure.reason) == ("tls", "127.0.0.1: Its certificate is for another address.")


async def test_an_authority_nobody_knows_is_refused_until_it_is_given(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue()) as receiver:
        failure = await failed(outbound, receiver.url())
        assert failure.code == "tls" and "authority that is not known here" in failure.reason and not failure.is_permanent
        assert (await outbound.send("GET", receiver.url(), ca_pem=authority.pem)).status == 200
        assert (await failed(outbound, receiver.url())).code == "tls"
        assert len(receiver.got) == 1


async def test_an_authority_that_was_given_is_the_only_one(outbound: Outbound, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "Another authority")
    with Receiver(tls=authority.issue()) as receiver:
        assert (await failed(outbound, receiver.url(), other.pem)).code == "tls"
        assert (await outbound.send("GET", receiver.url(), ca_pem=other.pem + authority.pem)).status == 200


async def test_a_certificate_signed_by_itself_is_refused(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue(is_own=True)) as receiver:
        failure = await failed(outbound, receiver.url())
        assert (failure.code, receiver.got) == ("tls", [])
    assert "signed by itself" in failure.reason


async def test_an_expired_certificate_is_refused(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue(is_expired=True)) as receiver:
        failure = await failed(outbound, receiver.url(), authority.pem)
    assert (failure.code, failure.reason) == ("tls", "127.0.0.1: Its certificate has expired.")


async def test_a_protocol_that_is_too_old_is_refused(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue(is_legacy=True)) as receiver:
        failure = await failed(outbound, receiver.url(), authority.pem)
        assert (failure.code, receiver.got) == ("tls", [])
    assert "TLS 1.2 or newer" in failure.reason


async def test_plain_http_on_the_other_side_is_never_fallen_back_to(outbound: Outbound, authority: Authority) -> None:
    with Receiver() as receiver:
        failure = await failed(outbound, receiver.url().replace("http:", "https:"), authority.pem)
        assert failure.code in ("tls", "timeout")  # as the other side hangs up or waits for more
        assert receiver.got == []


async def test_a_handshake_that_stalls_costs_the_connect_time_only(outbound: Outbound, authority: Authority) -> None:
    with Receiver(tls=authority.issue(), is_mute=True) as receiver:
        failure = await failed(outbound, receiver.url(), authority.pem)
    assert (failure.code, failure.reason) == ("timeout", "127.0.0.1 could not be reached within 1 seconds.")


async def test_an_authority_has_to_be_one(outbound: Outbound, authority: Authority) -> None:
    assert dialling.check_ca(authority.pem) == authority.pem
    for pem in ("nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "ü"):
        with pytest.raises(Refused) as caught:
            dialling.check_ca(pem)
        assert caught.value.field == "ca"
        failure = await failed(outbound, "https://shop.example/", pem)
        assert (failure.code, failure.is_permanent) == ("tls", True)
