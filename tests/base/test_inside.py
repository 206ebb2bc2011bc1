"""Nothing inside is reached: however the URL is written, whatever a name server says, and however often it changes its mind."""

import asyncio
import ipaddress
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.base import forms
from tests.support import behave
from tests.support.receiver import Receiver
from tillside.base import addresses, urls
from tillside.base.errors import Misconfigured, Refused
from tillside.base.outbound import Failure, Outbound, check_url
from tillside.base.settings import Settings, load

pytestmark = pytest.mark.anyio

PUBLIC = ("93.184.215.14", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "64:ff9b::8.8.8.8", "223.255.255.254")
ANYWHERE = range(1, 65536)


@pytest.fixture
def canary() -> Iterator[Receiver]:
    """What must never be reached; it would hear a connection without a request too."""
    with Receiver() as running:
        running.does("/secret", behave.answer(200, b"canary"))
        yield running
        assert running.lines == 0


class Names:
    """A name server of the test: says `answers` in turn, again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.count = answers, 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.count += 1
        return self.answers[(self.count - 1) % len(self.answers)]


async def test_no_way_to_write_it_leads_inside(canary: Receiver) -> None:
    """Every name leads to the canary and every port is open: what saves us is the address alone."""
    outbound = Outbound(ports=ANYWHERE, resolve=Names(["127.0.0.1"]))
    every = list(dict.fromkeys(forms.urls(canary.port)))
    assert len(every) >= 500
    codes = {"url": 0, "refused_address": 0}
    for url in every:
        with pytest.raises(Failure) as caught:
            await outbound.send("GET", url)
        assert caught.value.code in codes, (url, caught.value.reason)
        codes[caught.value.code] += 1
    assert codes["refused_address"] > 200 and codes["url"] > 150, codes


def test_what_is_written_inside_cannot_be_saved() -> None:
    """Except for names that only a look-up shows to lead inside, and for what the ports alone would stop."""
    kept = []
    for url in forms.urls(8080):
        try:
            check_url(url)
        except Refused as refused:
            assert refused.field == "url" and refused.hint
        else:
            kept.append(url)
    assert {urls.read(url.strip()).host for url in kept} == {"shop.example", "xn--a.example"}, kept


@pytest.mark.parametrize("port", [22, 25, 3306, 6379, 8000])
def test_only_some_ports_are_called(port: int) -> None:
    with pytest.raises(Refused, match=f"Port {port} is not called"):
        check_url(f"https://shop.example:{port}/")
    assert check_url(f"https://shop.example:{port}/", ports=urls.open_ports(f" {port} ,"))


GOOD = [
    "https://shop.example",
    "http://shop.example:8080/a?b=c#d",
    "https://SHOP.example./",
    "https://bücher.example/ü",
    "https://a_b.example/",
]
GOOD += [
    "https://93.184.215.14/",
    "https://[2606:4700:4700::1111]:8443/",
    "https://xn--bcher-kva.example/",
    "http://3com.example/",
    " https://a.b/ ",
]


@pytest.mark.parametrize("url", GOOD)
def test_an_ordinary_url_is_saved(url: str) -> None:
    assert check_url(url) == url.strip()


@pytest.mark.parametrize("text", PUBLIC)
def test_the_open_internet_is_open(text: str) -> None:
    assert addresses.why_refused(addresses.canonical(text)) == ""


@pytest.mark.parametrize("address", dict.fromkeys(forms.refused_addresses()), ids=str)
def test_every_member_of_a_refused_network_is_refused(address: addresses.Address) -> None:
    assert addresses.why_refused(addresses.canonical(str(address))).startswith("an address ")


@pytest.mark.parametrize("inner", [*forms.INSIDE, "169.254.170.2", "168.63.129.16", "224.0.0.1", "255.255.255.255"])
def test_no_clothes_hide_an_address(inner: str) -> None:
    for text in forms.clothed(inner):
        assert addresses.why_refused(addresses.canonical(text)), text


def test_python_alone_would_let_some_of_them_through() -> None:
    """Why there is a list: should this ever fail, the list is still right."""
    for text in ("64:ff9b::a9fe:a9fe", "fec0::1"):
        assert addresses.why_refused(addresses.canonical(text))
    assert ipaddress.ip_address("64:ff9b::a9fe:a9fe").is_global


@given(st.ip_addresses(v=6))
def test_beyond_what_was_given_out_everything_is_refused_property(address: ipaddress.IPv6Address) -> None:
    is_open = addresses.why_refused(addresses.canonical(str(address))) == ""
    assert not is_open or int(address) >> 125 == 1 or int(address) >> 32 in (0x64FF9B << 64, 0xFFFF, 0)


@given(st.ip_addresses(v=4), st.sampled_from(range(14)))
def test_a_clothed_address_is_never_freer_than_a_bare_one_property(address: ipaddress.IPv4Address, form: int) -> None:
    if addresses.why_refused(address):
        assert addresses.why_refused(addresses.canonical(list(forms.clothed(str(address)))[form]))


@pytest.mark.parametrize("answers", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "2606:4700::1", "::ffff:127.0.0.1"]])
async def test_one_answer_inside_spoils_the_others(canary: Receiver, answers: list[str]) -> None:
    """None is connected to, not even those that may be: the connect time is far longer than this test."""
    names = Names(answers)
    with pytest.raises(Failure) as caught:
        await Outbound(ports=ANYWHERE, connect_seconds=60, total_seconds=60, resolve=names).send("GET", canary.url(host="shop.example"))
    assert (caught.value.code, names.count) == ("refused_address", 1)


@pytest.mark.parametrize("answer", ["127.0.0.1%lo", "fe80::1%eth0", "nonsense", ""])
async def test_an_answer_nobody_can_read_is_refused(canary: Receiver, answer: str) -> None:
    with pytest.raises(Failure) as caught:
        await Outbound(ports=ANYWHERE, resolve=Names([answer])).send("GET", canary.url(host="shop.example"))
    assert caught.value.code == "refused_address"


async def test_a_name_that_changes_its_mind_gets_nowhere_inside(canary: Receiver) -> None:
    """A thousand calls, each with one look-up whose very answer is connected to: there is no second one to be lied to in."""
    allowed = ipaddress.ip_network("127.0.0.2/32")
    names = Names(["127.0.0.2"], ["127.0.0.1"])
    with Receiver(host="127.0.0.2", port=canary.port) as public:
        client = Outbound(allow=[allowed], ports=ANYWHERE, resolve=names)
        outcomes = []
        for _ in range(1000):
            try:
                outcomes.append((await client.send("POST", f"http://rebinding.example:{canary.port}/")).address)
            except Failure as failure:
                outcomes.append(failure.code)
        assert outcomes == ["127.0.0.2", "refused_address"] * 500
        assert (names.count, public.lines) == (1000, 500)
        await client.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_a_redirect_to_the_inside_is_not_followed(canary: Receiver, status: int) -> None:
    with Receiver(host="127.0.0.2") as public:
        client = Outbound(allow=[ipaddress.ip_network("127.0.0.2/32")], ports=ANYWHERE)
        answer = await client.send("POST", public.does("/", behave.redirect(status, canary.url("/secret"))))
        assert (answer.status, answer.body) == (status, b"moved")
        await client.close()
        await asyncio.sleep(0)


async def test_a_refusal_says_nothing_of_what_is_inside(canary: Receiver) -> None:
    with pytest.raises(Failure) as caught:
        await Outbound(ports=ANYWHERE, resolve=Names(["10.20.30.40"])).send("GET", "http://db.internal:5432/")
    assert caught.value.reason == "db.internal is an address of a private network."
    assert not caught.value.is_permanent
    with pytest.raises(Failure) as caught:
        await Outbound(ports=ANYWHERE).send("GET", canary.url("/secret"))
    assert caught.value.is_permanent and "canary" not in caught.value.reason


async def test_an_operator_lets_networks_and_ports_through() -> None:
    with Receiver() as receiver:
        settings = Settings(outbound_allow="10.0.0.0/8, 127.0.0.1/32", outbound_ports=f"{receiver.port}")
        client = Outbound.of(settings)
        assert client.check_url(receiver.url()) == receiver.url()
        assert (await client.send("GET", receiver.url())).status == 200
        assert (await client.send("GET", receiver.url(host="[::ffff:127.0.0.1]"))).status == 200
        for host in ("127.0.0.2", "[::1]", "192.168.0.1"):
            with pytest.raises(Refused):
                client.check_url(receiver.url(host=host))
        await client.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("given", [{"outbound_allow": "10.0.0.1/8"}, {"outbound_allow": "shop.example"}, {"outbound_ports": "80-90"}])
def test_a_setting_that_names_nothing_is_said_at_the_start(given: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        Outbound.of(load({}, **given))
