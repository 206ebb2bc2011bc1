"""E-mail through the doors people use: tickets made and answered by REST, the agent's thread, the shopper's code; the desk's own loops run."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor
from tests.conftest import Store
from tests.support.mail_server import DROP, MailServer
from tillside import app
from tillside.agents import agent, rest_key, workspace
from tillside.base.settings import load
from tillside.connectors import connector
from tillside.edges.http.desk import Desk
from tillside.messenger import codes, visitor

pytestmark = pytest.mark.anyio

NEW = {
    "ticket": {
        "subject": "Parcel 1001",
        "comment": {"id": "<first@example.com>", "body": "Where is it?", "sender_type": "customer"},
        "via": {"channel": "email", "source": {"from": {"address": "ada@example.com", "name": "Ada"}, "to": {"address": "help@fern.example"}}},
    }
}


class Doors:
    """Fern & Fold behind its doors: `rest` with a key, `mia` at her browser."""

    def __init__(self, house: Starlette, key: str, workspace_id: int) -> None:
        self.workspace_id = workspace_id
        self.desk: Desk = house.state.desk
        self.mia = Visitor(house)
        headers = {"x-richpanel-key": key}
        self.rest = httpx.AsyncClient(transport=httpx.ASGITransport(house), base_url="http://desk", headers=headers)

    async def ticket(self) -> str:
        """A ticket by e-mail; its id."""
        made = await self.rest.post("/v1/tickets", json=NEW)
        assert made.status_code == 200, made.text
        found: str = made.json()["ticket"]["id"]
        return found

    async def answered(self, ticket: str) -> None:
        sent = await self.rest.put(f"/v1/tickets/{ticket}/send-message", json={"body": "On its way.", "author_id": "operator"})
        assert sent.status_code == 200, sent.text

    async def last(self, ticket: str) -> dict[str, Any]:
        """The last comment of a ticket, as REST tells it."""
        found: dict[str, Any] = (await self.rest.get(f"/v1/tickets/{ticket}")).json()["ticket"]["comments"][-1]
        return found

    async def thread(self, ticket: str) -> str:
        """What the agent reads."""
        return (await self.mia.get(f"/conversations/{ticket}?view=open")).text


@pytest.fixture
async def doors(store: Store, peer: MailServer) -> AsyncIterator[Doors]:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none", "smtp_sender": "desk@fern.example", "smtp_seconds": 5.0}
    async with opened(store, mail) as found:
        yield found


class opened:
    """The desk with these settings, while its loops run."""

    def __init__(self, store: Store, more: dict[str, Any]) -> None:
        self.house = app.build(load({}, data=store.data, database=store.url, **more))
        self.life = self.house.router.lifespan_context(self.house)

    async def __aenter__(self) -> Doors:
        await self.life.__aenter__()
        desk: Desk = self.house.state.desk
        async with desk.store.write() as tx:
            fern = await workspace.create(tx, "Fern & Fold", time_zone="Europe/Oslo", currency="EUR", region="NO")
            await agent.add(tx, fern.id, "mia@fern.example", name="Mia Lund", role="admin", password=PASSWORD)
            await connector.add(tx, desk.vault, fern, "fern.example")
            _, key = await rest_key.add(tx, fern.id, "tests")
        await desk.directory.refresh()
        doors = Doors(self.house, key, fern.id)
        await doors.mia.sign_in("mia@fern.example")
        return doors

    async def __aexit__(self, *_: object) -> None:
        await self.life.__aexit__(None, None, None)


async def until(ready: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await ready():
            await asyncio.sleep(0.05)


async def test_a_ticket_answered_by_rest_reaches_the_customer_and_both_sides_see_it(doors: Doors, peer: MailServer) -> None:
    ticket = await doors.ticket()
    await doors.answered(ticket)

    async def is_sent() -> bool:
        return bool((await doors.last(ticket))["delivery"] == "sent")

    await until(is_sent)
    (taken,) = peer.taken
    assert (taken.recipient, taken.letter["From"]) == ("ada@example.com", "Fern & Fold <desk@fern.example>")
    assert taken.letter["In-Reply-To"] == "<first@example.com>"
    told = (await doors.rest.get(f"/v1/tickets/{ticket}/comments/{(await doors.last(ticket))['id']}/delivery")).json()["delivery"]
    assert told == {"state": "sent", "reason": "", "attempts": 1, "next_try_at": None, "letter_id": taken.id}
    assert "Sent" in await doors.thread(ticket)


async def test_what_perhaps_left_is_sent_again_by_the_agent_s_click_and_by_rest(doors: Doors, peer: MailServer) -> None:
    peer.faults, peer.once = {"taken": DROP}, True
    ticket = await doors.ticket()
    await doors.answered(ticket)

    async def is_perhaps() -> bool:
        return bool((await doors.last(ticket))["delivery"] == "perhaps")

    async def is_sent() -> bool:
        return bool((await doors.last(ticket))["delivery"] == "sent")

    await until(is_perhaps)
    assert "may have arrived" in (await doors.last(ticket))["delivery_reason"]
    page = await doors.thread(ticket)
    (path,) = set(re.findall(r'action="(/conversations/\w+/messages/\w+/delivery)"', page))
    assert "Perhaps sent: " in page and "Send again" in page
    assert (await doors.mia.post(path)).status_code == 303
    await until(is_sent)
    assert peer.ids() == [peer.ids()[0]] * 2
    assert "Mia Lund sent a reply again" in await doors.thread(ticket)
    assert (await doors.mia.post(path)).status_code == 409
    comment = (await doors.last(ticket))["id"]
    assert (await doors.rest.post(f"/v1/tickets/{ticket}/comments/{comment}/delivery")).status_code == 409
    assert (await doors.rest.get(f"/v1/tickets/{ticket}/comments/%3Cfirst%40example.com%3E/delivery")).status_code == 404


async def test_a_refused_reply_shows_the_server_s_words_and_rest_tries_it_again(doors: Doors, peer: MailServer) -> None:
    peer.faults, peer.once = {"RCPT": "550 5.1.1 no such <b>person</b>"}, True
    ticket = await doors.ticket()
    await doors.answered(ticket)

    async def is_failed() -> bool:
        return bool((await doors.last(ticket))["delivery"] == "failed")

    await until(is_failed)
    page = await doors.thread(ticket)
    assert "Not sent: 550 5.1.1 no such &lt;b&gt;person&lt;/b&gt;" in page and "Try again" in page
    comment = (await doors.last(ticket))["id"]
    again = await doors.rest.post(f"/v1/tickets/{ticket}/comments/{comment}/delivery")
    assert again.status_code == 200 and again.json()["delivery"]["state"] in ("waiting", "held", "sending", "sent")

    async def is_there() -> bool:
        return len(peer.taken) == 1

    await until(is_there)


async def test_without_a_mail_server_a_reply_waits_and_says_so(store: Store) -> None:
    async with opened(store, {}) as doors:
        ticket = await doors.ticket()
        await doors.answered(ticket)
        assert "Waits: this desk has no mail server yet" in await doors.thread(ticket)
        assert "/delivery" not in await doors.thread(ticket)
        assert (await doors.last(ticket))["delivery"] == "stored"


async def test_a_one_time_code_leaves_by_mail_and_stands_in_no_log(doors: Doors, peer: MailServer, caplog: pytest.LogCaptureFixture) -> None:
    await _ask_for_code(doors)

    async def is_there() -> bool:
        return len(peer.taken) == 1

    await until(is_there)
    letter = peer.taken[0].letter
    plain = letter.get_body(("plain",))
    assert plain is not None
    code = re.match(r"(\d{6}) is your code for Fern & Fold\.", plain.get_content())
    assert code and code[1] not in str(letter["Subject"]) and code[1] not in caplog.text
    assert (letter["To"], letter["Auto-Submitted"]) == ("ada@example.com", "auto-generated")


async def test_without_a_mail_server_the_operator_reads_the_code(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(store, {}) as doors:
        await _ask_for_code(doors)

        async def is_told() -> bool:
            return "the one-time code for ada@example.com is" in caplog.text

        await until(is_told)


async def test_a_refused_code_is_not_tried_again_and_one_put_off_is(doors: Doors, peer: MailServer) -> None:
    async def states() -> list[tuple[str, int]]:
        rows = await doors.desk.store.read("select state, attempts from one_time_code order by created_at, id limit 9")
        return [(row[0], row[1]) for row in rows]

    async def is_refused() -> bool:
        return await states() == [("failed", 1)]

    async def is_put_off() -> bool:
        return (await states())[1:] == [("waiting", 1)]

    peer.faults = {"RCPT": "550 nobody"}
    await _ask_for_code(doors)
    await until(is_refused)
    peer.faults = {"RCPT": "451 later"}
    await _ask_for_code(doors)
    await until(is_put_off)
    assert peer.taken == []


async def _ask_for_code(doors: Doors) -> None:
    desk = doors.desk
    shop = (await connector.every(desk.store, desk.vault, doors.workspace_id))[0]
    async with desk.store.write() as tx:
        one, _ = await visitor.begin(tx, shop, "one browser")
        await codes.request(tx, desk.vault, one, "ada@example.com", is_known=True)
