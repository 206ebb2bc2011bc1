"""The stream: what happens arrives by its kind, resumes where it broke off, and ends when the desk does."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.agent.served import Served
from tests.agent.visitor import PASSWORD
from tests.conftest import Store
from tillside.agents import agent, workspace
from tillside.base import stamps
from tillside.connectors import connector
from tillside.connectors.connector import Connector
from tillside.edges.agent import stream
from tillside.edges.agent.stream import latest
from tillside.feeds import activity
from tillside.feeds.activity import Activity

_TOKEN = re.compile(r'name="form_token" value="(\w+)"')


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    with Served(store) as running:
        running.do(people(running))
        yield running


async def people(served: Served) -> None:
    async with served.desk.store.write() as tx:
        for name, email in (("Fern", "mia@fern.example"), ("Other", "zoe@other.example")):
            made = await workspace.create(tx, name)
            await agent.add(tx, made.id, email, name=name, role="admin", password=PASSWORD)


async def shop(served: Served, workspace_id: int, name: str) -> Connector:
    home = await workspace.by_id(served.desk.store, workspace_id)
    async with served.desk.store.write() as tx:
        return await connector.add(tx, served.desk.vault, home, name)


async def first_event(served: Served, found: Connector) -> None:
    async with served.desk.store.write() as tx:
        await connector.mark_first_event(tx, found.workspace_id, found.id, stamps.now())


def cookies(served: Served, email: str) -> dict[str, str]:
    """What a browser would hold after signing in. Secure cookies on http://localhost are a thing of browsers, so they go by hand."""
    door = httpx.get(f"{served.url}/sign-in")
    token = _TOKEN.search(door.text)
    assert token
    form = {"email": email, "password": PASSWORD, "form_token": token[1]}
    name, value = next(iter(door.cookies.items()))
    answer = httpx.post(f"{served.url}/sign-in", data=form, headers={"cookie": f"{name}={value}"})
    return {"cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}


def heard(served: Served, headers: dict[str, str], until: str, after: str = "?after=0") -> list[dict[str, str]]:
    """The messages up to the first of a kind."""
    messages: list[dict[str, str]] = [{}]
    with httpx.stream("GET", f"{served.url}/stream{after}", headers=headers, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            messages[-1][name] = messages[-1].get(name, "") + value
            if not line:
                if messages[-1].get("event") == until:
                    return messages
                messages.append({})
    raise AssertionError(f"{until} never came: {messages}")


def test_the_first_event_turns_the_light_green_by_itself(served: Served) -> None:
    mia = cookies(served, "mia@fern.example")
    found = served.do(shop(served, 1, "fern.example"))
    served.do(first_event(served, found))
    last = heard(served, mia, "connector.first_event")[-1]
    assert f'id="light-{found.id}"' in last["data"] and "light--on" in last["data"] and "hx-swap-oob" in last["data"]


def test_another_workspace_is_not_heard(served: Served) -> None:
    mia = cookies(served, "mia@fern.example")
    theirs = served.do(shop(served, 2, "other.example"))
    ours = served.do(shop(served, 1, "fern.example"))
    messages = heard(served, mia, "connector.added")
    assert [message["data"] for message in messages if message.get("event") == "connector.added"] == [ours.id]
    assert theirs.id not in str(messages)


def test_a_listener_resumes_after_the_last_id_it_heard(served: Served) -> None:
    mia = cookies(served, "mia@fern.example")
    first = served.do(shop(served, 1, "one.example"))
    position = heard(served, mia, "connector.added")[-1]["id"]
    second = served.do(shop(served, 1, "two.example"))
    messages = heard(served, mia | {"last-event-id": position}, "connector.added")
    assert second.id in str(messages) and first.id not in str(messages)


def test_a_desk_that_stops_ends_its_streams(served: Served) -> None:
    mia = cookies(served, "mia@fern.example")
    with httpx.stream("GET", f"{served.url}/stream", headers=mia, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 1000"
        served.stop_waiting()
        assert [line for line in lines if line and line != ": beat"] == []


def test_who_may_no_longer_come_in_stops_hearing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.05)
    mia = cookies(served, "mia@fern.example")
    with httpx.stream("GET", f"{served.url}/stream", headers=mia, timeout=60) as answer:
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(3)] == ["retry: 1000", "", ": beat"]
        served.do(sign_out_everywhere(served))
        assert all(line in ("", ": beat") for line in lines)


async def sign_out_everywhere(served: Served) -> None:
    async with served.desk.store.write() as tx:
        (mia,) = await agent.every(served.desk.store, 1)
        (zoe,) = await agent.every(served.desk.store, 2)
        await agent.disable(tx, 1, mia.id, by=zoe)


def test_a_burst_about_one_thing_is_one_message() -> None:
    burst = [Activity(position, "order.changed", "ord_1", "agents", "") for position in range(1, 9)]
    other = Activity(4, "order.changed", "ord_2", "agents", "")
    assert [one.position for one in latest([*burst[:3], other, *burst[4:]])] == [4, 8]


def test_a_page_opened_now_hears_nothing_old(served: Served) -> None:
    mia = cookies(served, "mia@fern.example")
    served.do(shop(served, 1, "old.example"))
    now = served.do(activity.last_position(served.desk.store, 1))
    fresh = served.do(shop(served, 1, "new.example"))
    messages = heard(served, mia, "connector.added", after=f"?after={now}")
    assert [message["data"] for message in messages if message.get("event")] == [fresh.id]
