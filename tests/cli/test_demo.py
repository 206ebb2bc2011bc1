"""The demo: both addresses and the sign-in on one screen, filled once, in a folder of its own."""

import re
from pathlib import Path

import httpx

from tests.cli.house import House, eventually, get, settled
from tests.support.ports import free_port
from tests.support.process import Process

DESK = re.compile(r"Desk\s+(?P<url>http://localhost:\d+)")
SHOP = re.compile(r"Shop\s+(http://127\.0\.0\.1:\d+)")
SIGN_IN = re.compile(r"Sign in\s+(\S+)\s+(\S+)")
TALKS = re.compile(r"The inbox holds (\d+) conversations")
FILLED = re.compile(r"told the desk its history: (\d+) events, (\d+) orders")


def demo(house: House, *words: str) -> Process:
    ports = ["--port", str(free_port()), "--shop-port", str(free_port())]
    return Process(["demo", *ports, *house.store.words, *words], ready=DESK)


def test_it_prints_where_and_how_and_is_filled_only_once(bare: House) -> None:
    with demo(bare) as running:
        shop = running.wait_for(SHOP)[1]
        email, password = running.wait_for(SIGN_IN).groups()
        orders = int(running.wait_for(FILLED, within=90)[2])
        settled(running.url, within=60)
        assert get(shop).status_code == 200 and "Fern" in get(shop).text
        assert _signs_in(running.url, email, password)
        assert running.wait_for(TALKS, within=90)[1] == "30"
    assert _states(bare) == {"open": 15, "snoozed": 5, "closed": 8, "trash": 2}
    known, events = bare.count("orders"), bare.count("event")
    assert known >= orders > 100
    with demo(bare) as again:
        assert again.wait_for(SIGN_IN).groups() == (email, password)
        settled(again.url)
        eventually(lambda: get(again.wait_for(SHOP)[1]).status_code == 200)
    assert FILLED.search(again.output) is None and TALKS.search(again.output) is None
    assert sum(_states(bare).values()) == 30
    assert (bare.count("orders"), bare.count("event")) == (known, events)
    assert bare.tillside("replay", "--expect-same")


def test_another_desk_s_folder_is_refused(house: House) -> None:
    assert "holds another desk" in house.tillside("demo", code=3)


def test_taken_ports_are_passed_over(bare: House, tmp_path: Path) -> None:
    port = free_port()
    words = ["--port", str(port), "--shop-port", str(port)]
    with Process(["demo", *words, *bare.store.words], ready=DESK) as running:
        assert running.url == f"http://localhost:{port}"
        shop = running.wait_for(SHOP)[1]
        assert shop != f"http://127.0.0.1:{port}" and get(shop).status_code == 200


def _states(house: House) -> dict[str, int]:
    return {state: house.count("conversation", f"state = '{state}'") for state in ("open", "snoozed", "closed", "trash")}


def _signs_in(url: str, email: str, password: str) -> bool:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as browser:
        form = browser.get("/sign-in")
        [token] = set(re.findall(r'name="form_token" value="([^"]+)"', form.text))
        cookies = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)}
        sent = browser.post("/sign-in", data={"email": email, "password": password, "form_token": token}, headers=cookies)
    return sent.status_code == 303
