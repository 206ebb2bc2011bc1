"""While the database is away every answer says when to come again, and when it is back everything works as before."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from msgspec.structs import replace

from tests.conftest import KIND
from tests.crash.away import gone
from tests.crash.traffic import LATER, Caller, Traffic
from tests.support.postgres import Cluster
from tests.support.process import Process
from tillside import stores
from tillside.agents import agent, rest_key, session, workspace
from tillside.base.settings import Settings, load
from tillside.connectors import connector

ABSENCES = 4
KEY = "away10"
BROKEN_DISK = 70


class Home(NamedTuple):
    """A desk with one shop, a REST key and somebody signed in; on PostgreSQL in a cluster of its own, since it is stopped."""

    settings: Settings
    cluster: Cluster | None
    rest_key: str
    session: str
    form_token: str

    @property
    def command(self) -> list[str]:
        url = self.settings.database
        return ["serve", "--port", "0", "--data", str(self.settings.data), *(["--database", url] if url else [])]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = load({}, data=tmp_path / "desk")
    if KIND == "sqlite":
        yield asyncio.run(furnish(settings, None))
        return
    cluster = Cluster()
    try:
        cluster.start()
        yield asyncio.run(furnish(replace(settings, database=cluster.url(cluster.create())), cluster))
    finally:
        cluster.stop()


async def furnish(settings: Settings, cluster: Cluster | None) -> Home:
    desk = await stores.open_desk(settings)
    async with desk.store.write() as tx:
        place = await workspace.create(tx, "Away", currency="USD", region="US")
        await connector.add(tx, desk.vault, place, "shop", api_key=KEY, secret="away-secret")
        _, key = await rest_key.add(tx, place.id, "tests")
        mia = await agent.add(tx, place.id, "mia@away.example", name="Mia", role="admin", password="paper-boat-9")
        token = await session.begin(tx, mia)
    await desk.close()
    return Home(settings, cluster, key, token, session.form_token_of(token))


def event(number: str) -> dict[str, Any]:
    items = [{"id": "1", "price": 10, "quantity": 1}]
    return {
        "event": "order",
        "appClientId": KEY,
        "properties": {"orderId": number, "amount": 10, "currency": "USD", "items": items},
        "userProperties": {"uid": f"u{int(number) % 20}"},
        "time": {"sentAt": 1_714_550_400_000},
    }


def batch(number: str) -> dict[str, Any]:
    return {"event": "send_batch", "appClientId": KEY, "events": [event(number)]}


def wrapped(sent: dict[str, Any]) -> dict[str, str]:
    return {"h": base64.b64encode(json.dumps(sent).encode()).decode()}


def callers(home: Home) -> list[Caller]:
    """Those who write, then those who read."""
    rest = {"X-Richpanel-Key": home.rest_key}
    person = {"Cookie": f"__Host-tillside={home.session}", "Accept": "text/html"}
    form = {"form_token": home.form_token, "name": "A key"}
    return [
        Caller("an event", "POST", "/v2/t", body=lambda number: wrapped(event(number)), writes=True),
        Caller("a batch", "POST", "/v2/bt", body=lambda number: wrapped(batch(number)), writes=True),
        Caller("a REST order", "POST", f"/v1/order/{KEY}", rest, lambda number: {"orders": [event(number)]}, writes=True),
        Caller("a form", "POST", "/settings/keys", person, lambda _: form, writes=True, is_form=True),
        Caller("a REST question", "GET", f"/v1/order/{KEY}/first", rest),
        Caller("customers", "GET", "/customers", person),
        Caller("orders", "GET", "/orders", person),
        Caller("events", "GET", "/events", person),
        Caller("a connection's checks", "GET", "/connections", person),
        Caller("the sign-in page", "GET", "/sign-in", {"Accept": "text/html"}),
        Caller("a monitor", "GET", "/metrics"),
    ]


def test_whoever_calls_while_the_database_is_away_is_told_to_come_again(home: Home) -> None:
    kinds = callers(home)
    told = [one.name for one in kinds if one.writes or (KIND == "postgres" and one.name != "the sign-in page")]
    everybody = [one.name for one in kinds]
    with Process(home.command, entry=["-m", "tests.crash.server", "hasty", "--"]) as server:
        greet(server.url, home)
        with Traffic(server.url, kinds) as traffic:
            for _ in range(ABSENCES):
                traffic.wait_for("answered", everybody)
                with gone(home.settings.data, home.cluster):
                    traffic.wait_for(LATER, told)
            traffic.wait_for("answered", everybody)
        assert not traffic.wrong, "\n".join([*traffic.wrong[:5], server.output[-3000:]])


def test_a_full_disk_is_answered_with_come_again_and_takes_everything_once_there_is_room(tmp_path: Path) -> None:
    """SQLite on every run: PostgreSQL's own word for it is among those the test above takes away."""
    home = asyncio.run(furnish(load({}, data=tmp_path / "desk"), None))
    kinds = callers(home)
    sign = tmp_path / "full"
    command = [*home.command, "--projector", "inside"]
    with Process(command, entry=["-m", "tests.crash.server", f"full={sign}", "--"]) as server:
        greet(server.url, home)
        with Traffic(server.url, kinds) as traffic:
            for _ in range(ABSENCES):
                traffic.wait_for("answered", [one.name for one in kinds])
                sign.touch()
                traffic.wait_for(LATER, [one.name for one in kinds if one.writes])
                sign.unlink()
            traffic.wait_for("answered", [one.name for one in kinds])
        assert not traffic.wrong, "\n".join([*traffic.wrong[:5], server.output[-3000:]])
        until = time.monotonic() + 60
        while httpx.get(f"{server.url}/healthz", trust_env=False, timeout=60).json()["lag"]:
            assert time.monotonic() < until, server.output[-3000:]
            time.sleep(0.1)


def test_a_disk_that_refuses_to_write_ends_the_desk_before_anything_is_acknowledged(tmp_path: Path) -> None:
    """SQLite on every run. What a failed fsync left undone nobody can tell any more; started again, the desk reads what is on the disk."""
    home = asyncio.run(furnish(load({}, data=tmp_path / "desk"), None))
    sign = tmp_path / "broken"
    command = [*home.command, "--projector", "inside"]
    entry = ["-m", "tests.crash.server", f"broken={sign}", "--"]
    with Process(command, entry=entry) as server:
        greet(server.url, home)
        sign.touch()
        with pytest.raises(httpx.TransportError):
            httpx.post(f"{server.url}/v2/t", json=wrapped(event("2")), trust_env=False, timeout=60)
        assert server.stop() == BROKEN_DISK and "the disk refused" in server.output
    sign.unlink()
    with Process(command, entry=entry) as server:
        found = httpx.get(f"{server.url}/v1/order/{KEY}/first", headers={"X-Richpanel-Key": home.rest_key}, trust_env=False, timeout=60)
        assert found.status_code == 200, found.text


def greet(url: str, home: Home) -> None:
    """One order to ask for later."""
    number = {"orders": [event("1") | {"properties": {**event("1")["properties"], "orderId": "first"}}]}
    answer = httpx.post(f"{url}/v1/order/{KEY}", json=number, headers={"X-Richpanel-Key": home.rest_key}, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
