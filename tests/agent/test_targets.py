"""HTTP targets at the desk: written, looked at, tried, sent by hand, followed and sent again; secrets leave once, and never in a page."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from html import unescape

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor
from tests.conftest import Store
from tests.support import behave
from tests.support.receiver import Receiver
from tillside import app
from tillside.agents import agent, workspace
from tillside.agents.actor import Actor
from tillside.base import settings, stamps
from tillside.conversations import answering, message, opening
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.edges.agent import exchange
from tillside.edges.agent.printed import Line
from tillside.edges.http.desk import Desk
from tillside.targets import attempts, log, secrets, target
from tillside.targets.calls import Call
from tillside.targets.log import Filter
from tillside.targets.target import Target

pytestmark = pytest.mark.anyio
SECRET, TOKEN = "the-secret-of-a-header", "the-bearer-token"
BODY = '{"number": "{{ticket.conversationNo}}", "said": "{{lastMessage.text}}"}'
SIGNING = re.compile(r"whsec_[\w+/=]{44}")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
async def open_house(store: Store, receiver: Receiver) -> AsyncIterator[Starlette]:
    """A desk that may call the receiver beside it; with an admin, an agent and a conversation."""
    built = app.build(settings.load({}, data=store.data, database=store.url, outbound_allow="127.0.0.0/8", outbound_ports=str(receiver.port)))
    async with built.router.lifespan_context(built):
        desk: Desk = built.state.desk
        async with desk.store.write() as tx:
            fern = await workspace.create(tx, "Fern & Fold", time_zone="Europe/Oslo", currency="EUR", region="NO")
            await agent.add(tx, fern.id, "mia@fern.example", name="Mia Larsen", role="admin", password=PASSWORD)
            await agent.add(tx, fern.id, "jonas@fern.example", name="Jonas Weber", role="agent", password=PASSWORD)
            ada = Actor("customer", "", "Ada Example")
            talk = await opening.open(
                tx, fern.id, Opening(channel="messenger", subject="Corners bent", source={"from": {"name": "Ada Example"}}), by=ada
            )
            await answering.hear(tx, talk, message.Said('They are "bent"'), by=ada)
        yield built


class Cast:
    """Who is at the desk, and what they have before them."""

    def __init__(self, house: Starlette, receiver: Receiver, mia: Visitor, jonas: Visitor) -> None:
        self.receiver, self.mia, self.jonas = receiver, mia, jonas
        self.desk: Desk = house.state.desk

    async def build(self, **more: str) -> Target:
        """A target as the form makes it."""
        answer = await self.mia.post("/targets", **self.form(**more))
        assert answer.status_code in (201, 303), answer.text
        home = await workspace.chosen(self.desk.store, None)
        return (await target.every(self.desk.store, home.id))[-1]

    def form(self, **more: str) -> dict[str, str]:
        usual = {"name": "Warehouse", "method": "POST", "url": self.receiver.url("/holds"), "content": "json", "body": BODY}
        more_usual = {"timeout_seconds": "5", "concurrency": "2", "card_seconds": "300"}
        return {**usual, **more_usual, **more}

    async def talk(self) -> Conversation:
        home = await workspace.chosen(self.desk.store, None)
        found = await conversations.by_number(self.desk.store, home.id, 1)
        assert found is not None
        return found

    async def calls(self, one: Target) -> list[Call]:
        return (await log.page(self.desk.store, one.workspace_id, Filter(target_id=one.id))).calls

    async def settled(self, one: Target, count: int, state: str = "done") -> list[Call]:
        """The calls of a target, once so many stand in a state."""
        for _ in range(1000):
            found = await self.calls(one)
            if sum(call.state == state for call in found) >= count:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError([(call.state, call.reason) for call in await self.calls(one)])


@pytest.fixture
async def cast(open_house: Starlette, receiver: Receiver) -> Cast:
    mia, jonas = Visitor(open_house), Visitor(open_house)
    await mia.sign_in("mia@fern.example")
    await jonas.sign_in("jonas@fern.example")
    return Cast(open_house, receiver, mia, jonas)


async def test_a_target_is_written_in_one_form_and_its_signing_secret_is_shown_in_that_answer_only(cast: Cast) -> None:
    answer = await cast.mia.post("/targets", **cast.form(signs="1", auth="bearer", auth_token=TOKEN))
    (secret,) = SIGNING.findall(answer.text)
    one = (await target.every(cast.desk.store, 1))[0]
    unsealed = await secrets.unsealed(cast.desk.store, cast.desk.vault, one.workspace_id, one.id, at=stamps.now())
    assert answer.status_code == 201 and unsealed.signing == (secret,) and unsealed.auth == TOKEN
    for path in (f"/targets/{one.id}", f"/targets/{one.id}/edit", "/targets"):
        page = (await cast.mia.get(path)).text
        assert secret not in page and TOKEN not in page and "Warehouse" in page


async def test_an_empty_secret_stays_as_it_was_and_a_written_one_replaces_it(cast: Cast) -> None:
    header = {"header-0-name": "x-key", "header-0-value": SECRET, "header-0-secret": "1"}
    one = await cast.build(auth="basic", auth_user="mia", auth_password="first", **header)
    page = (await cast.mia.get(f"/targets/{one.id}/edit")).text
    assert "•••••••• kept" in page and SECRET not in page and 'value="x-key"' in page
    form = cast.form(auth="basic", auth_user="mia", **{**header, "header-0-value": ""})
    assert (await cast.mia.post(f"/targets/{one.id}", **form, version="1")).status_code == 303
    unsealed = await secrets.unsealed(cast.desk.store, cast.desk.vault, one.workspace_id, one.id, at=stamps.now())
    assert (unsealed.auth, unsealed.headers) == ("first", {"x-key": SECRET})
    assert (await cast.mia.post(f"/targets/{one.id}", **{**form, "auth_password": "second"}, version="2")).status_code == 303
    assert (await secrets.unsealed(cast.desk.store, cast.desk.vault, 1, one.id, at=stamps.now())).auth == "second"


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name", {"name": ""}),
        ("url", {"url": "ftp://cart.example"}),
        ("url", {"url": "https://{{order.number}}.example/"}),
        ("body", {"body": '{"open": "{{ticket.id}}"'}),
        ("header", {"header-0-name": "host", "header-0-value": "x"}),
        ("mapping", {"mapping-0-pointer": "hold", "mapping-0-key": "Hold"}),
        ("timeout_seconds", {"timeout_seconds": "soon"}),
        ("auth_token", {"auth": "bearer"}),
        ("method", {"is_card": "1"}),
    ],
)
async def test_a_mistake_is_told_beside_its_field_and_what_was_written_stays(cast: Cast, field: str, more: dict[str, str]) -> None:
    answer = await cast.mia.post("/targets", **cast.form(**{"signs": "1", "name": "Kept name", **more}))
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text, re.findall(r'id="[\w-]+-error"', answer.text)
    assert not await target.every(cast.desk.store, 1)
    assert more.get("name") == "" or 'value="Kept name"' in answer.text


async def test_a_name_is_given_once(cast: Cast) -> None:
    await cast.build()
    answer = await cast.mia.post("/targets", **cast.form())
    assert answer.status_code == 422 and 'id="name-error"' in answer.text


async def test_who_saves_what_somebody_else_changed_meanwhile_is_told(cast: Cast) -> None:
    one = await cast.build()
    assert (await cast.mia.post(f"/targets/{one.id}", **cast.form(name="Second"), version="1")).status_code == 303
    answer = await cast.mia.post(f"/targets/{one.id}", **cast.form(name="Third"), version="1")
    assert answer.status_code == 422 and "changed meanwhile" in answer.text and 'value="Third"' in answer.text


async def test_the_preview_shows_the_call_with_the_values_of_a_real_conversation_and_sends_nothing(cast: Cast) -> None:
    form = cast.form(
        **{"query-0-name": "of", "query-0-value": "{{customer.name}}", "header-0-name": "x-none", "header-0-value": "{{order.none}}"}
    )
    for headers in ({}, {"hx-request": "true"}):
        answer = await cast.mia.http.post("/targets/preview", data=form | {"form_token": cast.mia.token, "number": "#1"}, headers=headers)
        text = unescape(re.sub(r"<[^>]+>", "", answer.text))
        assert answer.status_code == 200 and "POST /holds?of=Ada%20Example" in text
        assert r"They are \"bent\"" in text and "Corners bent" in text
        assert ('name="url"' in answer.text) != bool(headers), "a script is given the pane alone"
    assert "order.none" in text and "Empty for this conversation" in text
    assert not cast.receiver.got and not await target.every(cast.desk.store, 1)


async def test_a_preview_for_a_conversation_there_is_not_says_so(cast: Cast) -> None:
    answer = await cast.mia.post("/targets/preview", **cast.form(), number="77")
    assert "There is no conversation #77." in answer.text and "bent" not in answer.text


async def test_the_picker_lists_the_documented_placeholders_and_the_workspaces_own_fields(cast: Cast) -> None:
    await cast.mia.post("/settings/fields", name="Hold number", format="line")
    page = (await cast.mia.get("/targets/new")).text
    for name in (
        "ticket.id",
        "customer.email",
        "order.trackingUrl",
        "lastMessage.text",
        "ticket.customer.lastOrderNumber",
        "ticket.customFields.holdNumber",
    ):
        assert f'data-insert="{{{{{name}}}}}"' in page, name


async def test_a_test_is_really_sent_before_anything_is_saved_and_writes_nothing(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(201, b'{"hold": "H-7"}', headers=[("content-type", "application/json")]))
    header = {"header-0-name": "x-key", "header-0-value": SECRET, "header-0-secret": "1"}
    answer = await cast.mia.post("/targets/trial", **cast.form(auth="bearer", auth_token=TOKEN, **header), number="1")
    (got,) = cast.receiver.got
    assert (
        got.header("authorization") == f"Bearer {TOKEN}"
        and got.header("x-key") == SECRET
        and got.body == b'{"number": "1", "said": "They are \\"bent\\""}'
    )
    assert "Answered 201" in answer.text and "H-7" in answer.text and SECRET not in answer.text and TOKEN not in answer.text
    talk = await cast.talk()
    assert not await target.every(cast.desk.store, 1) and "Warehouse" not in (await cast.mia.get(f"/conversations/{talk.id}")).text


async def test_a_test_of_a_saved_target_stands_in_its_deliveries_with_its_answer(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(503, b"busy"))
    one = await cast.build()
    answer = await cast.mia.post(f"/targets/{one.id}/tests", number="")
    page = (await cast.mia.get(answer.headers["location"])).text
    assert "Mia Larsen, testing" in page and "Answer 503" in page and "busy" in page
    assert (await cast.calls(one))[0].is_open is False, "a test is not repeated"


async def test_a_conversation_is_sent_by_hand_after_a_look_and_its_thread_says_how_it_went(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    page = (await cast.jonas.get(f"/conversations/{talk.id}")).text
    assert f'href="/conversations/{talk.id}/targets/{one.id}?view=open"' in page
    look = await cast.jonas.get(f"/conversations/{talk.id}/targets/{one.id}", headers={"hx-request": "true"})
    assert "bent" in look.text and not cast.receiver.got
    assert (await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")).status_code == 303
    (call,) = await cast.settled(one, 1)
    page = (await cast.jonas.get(f"/conversations/{talk.id}")).text
    assert (
        "Jonas Weber sent it to Warehouse" in page
        and f'href="/deliveries/{call.id}"' in page
        and ">200</a>" in re.sub(r"<svg.*?</svg>", "", page)
    )
    assert cast.receiver.got[0].header("webhook-id") == call.id


async def test_what_is_off_is_not_offered_and_cannot_be_sent(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    assert (await cast.mia.post(f"/targets/{one.id}/disablement")).status_code == 303
    assert f"/targets/{one.id}?view" not in (await cast.jonas.get(f"/conversations/{talk.id}")).text
    assert (await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")).status_code == 409
    assert (await cast.mia.post(f"/targets/{one.id}/enablement")).status_code == 303
    assert (await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")).status_code == 303


async def test_a_failed_call_says_what_is_kept_and_goes_out_again_when_somebody_asks(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(422, b"no stock"), behave.answer(200))
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    (call,) = await cast.settled(one, 1, "dead")
    page = (await cast.mia.get(f"/targets/{one.id}?state=failed&call={call.id}&tab=answer")).text
    assert "422, not repeated" in page and "Warehouse answered 422." in page and "no stock" in page
    assert "1 call of Warehouse was given up" in page and "can be sent again" in page
    back = await cast.mia.post(f"/deliveries/{call.id}/sending", back=f"/targets/{one.id}?call={call.id}")
    assert back.headers["location"] == f"/targets/{one.id}?call={call.id}"
    (again,) = await cast.settled(one, 1)
    assert again.id == call.id and [got.header("webhook-id") for got in cast.receiver.got] == [call.id] * 2
    page = (await cast.mia.get(f"/deliveries/{call.id}?tab=tries")).text
    assert "2 tries" in page and "Taken" in page and "was given up" not in page


async def test_the_pane_is_drawn_anew_only_when_its_call_changed(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    (call,) = await cast.settled(one, 1)
    path = f"/deliveries/{call.id}/news?seen=waiting.0.1&tab=request&base=/targets/{one.id}"
    news = await cast.mia.get(path)
    assert news.status_code == 200 and f'id="row-{call.id}" hx-swap-oob="true"' in news.text and 'id="chosen"' in news.text
    assert (await cast.mia.get(path.replace("waiting.0.1", f"done.{call.attempts}.0"))).status_code == 204


async def test_news_of_a_list_are_a_pill_for_what_came_and_rows_for_what_changed(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    (call,) = await cast.settled(one, 1)
    first = await cast.mia.get(f"/targets/{one.id}/news?after=0&open={call.id}.waiting.0.1")
    assert "1 new" in first.text and f'id="row-{call.id}"' in first.text
    second = await cast.mia.get(f"/targets/{one.id}/news?after={call.position}&open={call.id}.done.{call.attempts}.0")
    assert " new<" not in second.text and f'id="row-{call.id}"' not in second.text


async def test_a_call_that_waits_can_be_given_up(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(503))
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    for _ in range(1000):
        (call,) = await cast.calls(one)
        if call.state == "waiting" and call.attempts:
            break
        await asyncio.sleep(0.02)
    page = (await cast.mia.get(f"/targets/{one.id}?call={call.id}")).text
    assert "503, again" in page and "Give this call up" in page and "The request is kept and goes out again" in page
    await cast.mia.post(f"/deliveries/{call.id}/giving-up")
    page = (await cast.mia.get(f"/targets/{one.id}?call={call.id}")).text
    assert "Given up by Mia Larsen." in page and "Send again" in page


async def test_a_stretch_of_time_is_counted_first_and_then_goes_out_in_order(cast: Cast) -> None:
    cast.receiver.does("/holds", *[behave.answer(422)] * 3, behave.answer(200))
    one, talk = await cast.build(), await cast.talk()
    for _ in range(3):
        await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    made = [call.id for call in reversed(await cast.settled(one, 3, "dead"))]
    path = f"/targets/{one.id}/replays"
    page = (await cast.mia.get(f"{path}?since=2020-01-01T00:00&until=&which=failed")).text
    assert "3 deliveries" in page and "Send all 3 again, in order" in page and len(cast.receiver.got) == 3
    fixed = dict(re.findall(r'type="hidden" name="(since|until|which)" value="(\w+)"', page))
    assert (await cast.mia.post(path, **fixed)).status_code == 303
    await cast.settled(one, 3)
    assert [got.header("webhook-id") for got in cast.receiver.got[3:]] == made
    wrong = await cast.mia.get(f"{path}?since=2020-01-02T00:00&until=2020-01-01T00:00&which=all")
    assert wrong.status_code == 422 and 'id="until-error"' in wrong.text


async def test_a_target_the_desk_switched_off_says_why_and_can_be_switched_on_again(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(410))
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    await cast.settled(one, 1, "dead")
    for path in ("/targets", f"/targets/{one.id}"):
        page = (await cast.mia.get(path)).text
        assert "The desk switched Warehouse off" in page and "410" in page and "Switch on again" in page
        assert "Switch on again" not in (await cast.jonas.get(path)).text
    await cast.mia.post(f"/targets/{one.id}/enablement")
    assert "The desk switched" not in (await cast.mia.get(f"/targets/{one.id}")).text


async def test_the_bell_counts_a_target_once_for_those_who_manage_targets_until_it_is_dealt_with(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(422))
    one, talk = await cast.build(), await cast.talk()
    for _ in range(3):
        await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    await cast.settled(one, 3, "dead")
    counts = [(await who.get("/mentions/count")).text for who in (cast.mia, cast.jonas)]
    assert counts == ["1", "0"], "once for the target, and not for who cannot manage it"
    bell = (await cast.mia.get("/inbox?view=mentions")).text
    assert "3 calls of Warehouse were given up" in bell and f'href="/targets/{one.id}?state=failed"' in bell
    assert re.search(r"data-bell>1<", bell) and "given up" not in (await cast.jonas.get("/inbox?view=mentions")).text
    assert "3 calls of Warehouse" in (await cast.mia.get("/alerts", headers={"hx-request": "true"})).text
    assert (await cast.mia.get("/alerts")).headers["location"] == "/inbox?view=mentions"
    assert (await cast.jonas.get("/alerts")).status_code == 403
    assert (await cast.jonas.post(f"/targets/{one.id}/alerts/completion")).status_code == 403
    done = await cast.mia.post(f"/targets/{one.id}/alerts/completion", back=f"/targets/{one.id}")
    assert done.headers["location"] == f"/targets/{one.id}"
    for path in ("/inbox?view=mentions", "/targets", f"/targets/{one.id}"):
        assert "of Warehouse were given up" not in (await cast.mia.get(path)).text
    assert (await cast.mia.get("/mentions/count")).text == "0"


async def test_refused_credentials_are_flagged_on_the_list_the_page_and_in_the_bell(cast: Cast) -> None:
    cast.receiver.does("/holds", behave.answer(401))
    one, talk = await cast.build(tries="once"), await cast.talk()
    for _ in range(5):
        await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    await cast.settled(one, 5, "failed")
    for path in ("/targets", f"/targets/{one.id}"):
        page = (await cast.mia.get(path)).text
        assert "Its credentials are refused" in page and "The credentials of Warehouse are refused" in page
    assert "The credentials of Warehouse are refused" in (await cast.mia.get("/inbox?view=mentions")).text
    assert (await cast.mia.post(f"/targets/{one.id}", **cast.form(tries="once"))).status_code == 303
    for path in ("/targets", f"/targets/{one.id}", "/inbox?view=mentions"):
        assert "redentials" not in (await cast.mia.get(path)).text


async def test_a_form_that_is_sent_twice_makes_one_call_and_leads_to_it(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    look = (await cast.jonas.get(f"/conversations/{talk.id}/targets/{one.id}")).text
    (drawn,) = re.findall(r'name="call" value="(dlv_\w+)"', look)
    path = f"/conversations/{talk.id}/targets/{one.id}"
    answers = await asyncio.gather(*[cast.jonas.post(path, call=drawn) for _ in range(2)])
    assert sorted(answer.headers["location"].partition("?")[0] for answer in answers) == [f"/conversations/{talk.id}", f"/deliveries/{drawn}"]
    assert [call.id for call in await cast.settled(one, 1)] == [drawn]
    assert (await cast.jonas.post(path, call=drawn)).headers["location"] == f"/deliveries/{drawn}"
    assert (await cast.jonas.post(path, call="dlv_mine")).status_code == 303, "what is no id of ours is a form without one"
    await cast.settled(one, 2)
    assert len(cast.receiver.got) == 2


async def test_a_test_that_is_sent_twice_leads_to_the_first_also_while_that_is_under_way(cast: Cast) -> None:
    one = await cast.build()
    (drawn,) = re.findall(r'name="call" value="(dlv_\w+)"', (await cast.mia.get(f"/targets/{one.id}")).text)
    cast.receiver.does("/holds", behave.answer(200, after=0.5))
    answers = await asyncio.gather(*[cast.mia.post(f"/targets/{one.id}/tests", number="", call=drawn) for _ in range(2)])
    assert {answer.headers["location"] for answer in answers} == {f"/targets/{one.id}?call={drawn}&tab=answer"}
    (call,) = await cast.calls(one)
    assert (call.id, call.state, len(cast.receiver.got)) == (drawn, "done", 1)


async def test_a_signing_secret_is_renewed_once_per_form_and_the_old_one_overlaps(cast: Cast) -> None:
    one = await cast.build(signs="1")
    page = (await cast.mia.get(f"/targets/{one.id}")).text
    since = re.search(r'name="since" value="(\d+)"', page)
    assert since is not None
    made = await cast.mia.post(f"/targets/{one.id}/signing-secrets", since=since[1])
    assert made.status_code == 201 and len(set(SIGNING.findall(made.text))) == 1 and "signs as well until" in made.text
    assert (await cast.mia.post(f"/targets/{one.id}/signing-secrets", since=since[1])).status_code == 409
    unsealed = await secrets.unsealed(cast.desk.store, cast.desk.vault, one.workspace_id, one.id, at=stamps.now())
    assert len(unsealed.signing) == 2


async def test_an_agent_sees_what_conversations_sent_and_nothing_else(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    await cast.mia.post(f"/targets/{one.id}/tests")
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    found = await cast.settled(one, 2)
    mine, tests = (next(call for call in found if bool(call.conversation_id) is is_of_talk) for is_of_talk in (True, False))
    page = (await cast.jonas.get("/deliveries")).text
    assert f"row-{mine.id}" in page and f"row-{tests.id}" not in page
    assert (await cast.jonas.get(f"/deliveries/{mine.id}")).status_code == 200
    assert (await cast.jonas.get(f"/deliveries/{tests.id}")).status_code == 404
    for path in ("/targets/new", f"/targets/{one.id}/edit", f"/targets/{one.id}/replays"):
        assert (await cast.jonas.get(path)).status_code == 403
    assert (await cast.jonas.post(f"/deliveries/{mine.id}/sending")).status_code == 403


async def test_the_list_is_narrowed_by_cause_state_conversation_and_words(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    await cast.mia.post(f"/targets/{one.id}/tests")
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    found = await cast.settled(one, 2)
    mine = next(call.id for call in found if call.conversation_id)
    for asked, shown in (
        ("cause=hand", {mine}),
        ("q=%231", {mine}),
        (f"conversation={talk.id}", {mine}),
        (f"q={mine}", {mine}),
        ("state=failed", set()),
        ("q=bent", {call.id for call in found}),
        ("q=nothing", set()),
    ):
        page = (await cast.mia.get(f"/targets/{one.id}?{asked}")).text
        assert set(re.findall(r'id="row-(dlv_\w+)"', page)) == shown, asked


async def test_a_card_is_kept_with_the_page_and_asked_for_on_its_own(cast: Cast) -> None:
    json = [("content-type", "application/json")]
    cast.receiver.does("/points", behave.answer(200, b'{"points": 12, "evil": "<b>x</b>"}', headers=json), behave.answer(503))
    mapping = {"mapping-0-pointer": "/points", "mapping-0-key": "Points", "mapping-1-pointer": "/evil", "mapping-1-key": "Evil"}
    one = await cast.build(method="GET", url=cast.receiver.url("/points"), content="none", is_card="1", card_seconds="10", **mapping)
    talk = await cast.talk()
    page = (await cast.jonas.get(f"/conversations/{talk.id}")).text
    path = f"/conversations/{talk.id}/cards/{one.id}"
    assert f'hx-get="{path}?view=open" hx-trigger="load"' in page and "Looking it up" in page and not cast.receiver.got
    piece = await cast.jonas.get(path, headers={"hx-request": "true"})
    assert '<dt dir="auto">Points</dt>' in piece.text and ">12</dd>" in piece.text and "&lt;b&gt;" in piece.text
    page = (await cast.jonas.get(f"/conversations/{talk.id}")).text
    assert ">12</dd>" in page and f'hx-get="{path}' not in page, "fresh: nobody asks again"
    assert f"/conversations/{talk.id}/targets/{one.id}" not in page, "what is looked up is not sent by hand"
    async with cast.desk.store.write() as tx:
        await tx.run("update target_card set fetched_at = 1, tried_at = 1")
    stale = await cast.jonas.get(path, headers={"hx-request": "true"})
    assert "Not fresh" in stale.text and "It answered 503." in stale.text and ">12</dd>" in stale.text
    assert (await cast.jonas.get(path)).status_code == 303


async def test_a_removed_target_leaves_its_deliveries(cast: Cast) -> None:
    one, talk = await cast.build(), await cast.talk()
    await cast.jonas.post(f"/conversations/{talk.id}/targets/{one.id}")
    (call,) = await cast.settled(one, 1)
    assert "is gone" not in (await cast.mia.get(f"/targets/{one.id}/removal")).text
    await cast.mia.post(f"/targets/{one.id}/removal")
    assert (await cast.mia.get(f"/targets/{one.id}")).status_code == 404
    page = (await cast.mia.get(f"/deliveries/{call.id}")).text
    assert "The target is no more" in page and "Warehouse" in page and "Send again" not in page


async def test_what_a_receiver_answers_is_only_text(cast: Cast) -> None:
    cast.receiver.does(
        "/holds", behave.answer(200, b"<script>alert(1)</script>", headers=[("content-type", "text/html"), ("x-evil", "<img src=x>")])
    )
    one = await cast.build()
    answer = await cast.mia.post(f"/targets/{one.id}/tests")
    page = (await cast.mia.get(answer.headers["location"])).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script>alert" not in page and "<img src=x>" not in page


def test_a_form_and_a_json_body_are_laid_out_and_anything_else_is_shown_as_it_is() -> None:
    def text(lines: list[Line]) -> list[str]:
        return ["".join(token.text for token in line.tokens) for line in lines]

    form = exchange.request("POST", "https://a.example/x?y=1", [("content-type", "application/x-www-form-urlencoded")], "a=1+2&b=")
    assert text(form) == ["POST /x?y=1", "host: a.example", "content-type: application/x-www-form-urlencoded", " ", "a = 1 2", "b = "]
    assert text(exchange.answer(200, [], '{"a": [1]}'))[-5:] == ["{", '  "a": [', "    1", "  ]", "}"]
    assert text(exchange.answer(299, [], "{broken")) == ["299", " ", "{broken"]
    assert attempts.DOTS and exchange.answer(204, [], "")[0].tokens[0].text == "204"
