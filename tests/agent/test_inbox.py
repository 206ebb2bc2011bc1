"""The inbox through its front door: nobody reaches another workspace's, nothing is sent twice, what people write is only text."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import Visitor
from tillside.agents import actor
from tillside.agents import agent as agents
from tillside.agents.actor import Actor
from tillside.conversations import answering, attachments, bulk, message, opening, trail
from tillside.conversations.conversation import Conversation
from tillside.conversations.opening import Opening
from tillside.edges import agent
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.macros import macro as macros

pytestmark = pytest.mark.anyio

CANARY = "canary-of-zoe"
FILLED = {
    "mode": "reply",
    "text": "x",
    "html": "x",
    "agent_id": "",
    "until": "reply",
    "tag": "x",
    "number": "1",
    "priority": "1",
    "subject": "x",
}
OF_ONE = [
    route
    for route in agent.routes()
    if any(name in route.path for name in ("{conversation_id}", "{attachment_id}", "{macro_id}", "{job_id}", "{view_id}"))
]


class Placed:
    """One of everything, in a workspace."""

    def __init__(self, talk: Conversation, said: message.Message, file: str, macro: str, job: str, step: str) -> None:
        self.talk, self.said = talk, said
        self.ids = {
            "conversation_id": talk.id,
            "message_id": said.id,
            "attachment_id": file,
            "macro_id": macro,
            "job_id": job,
            "tag_id": "tag_x",
            "order_id": "ord_x",
            "view_id": "viw_x",
        }
        self.step = step

    def path(self, route: Guarded) -> str:
        path = route.path
        for name, value in self.ids.items():
            path = path.replace("{" + name + "}", value)
        return path


async def placed(house: Starlette, workspace_id: int, text: str) -> Placed:
    desk: Desk = house.state.desk
    mine = (await agents.every(desk.store, workspace_id))[0]
    by = actor.of_agent(mine)
    ada = Actor("customer", "", text)
    kept = await attachments.keep(desk.store, desk.data, workspace_id, b"%PDF-" + text.encode(), name=text, limit=1000, by=by)
    async with desk.store.write() as tx:
        talk = await opening.open(tx, workspace_id, Opening(channel="messenger", subject=text), by=ada)
        talk, said = await answering.hear(tx, talk, message.Said(text, attachments=(kept.id,)), by=ada)
        macro = await macros.add(tx, workspace_id, text, text)
        job = await bulk.start(tx, workspace_id, "tag", "", [talk.id], by=by)
    step = (await trail.page(desk.store, talk))[0]
    return Placed(talk, said, kept.id, macro.id, job.id, step.id)


def ids(route: Guarded) -> str:
    return f"{'POST' if 'POST' in (route.methods or ()) else 'GET'} {route.path}"


async def ask(visitor: Visitor, route: Guarded, path: str) -> Any:
    return await (visitor.post(path, **FILLED) if "POST" in (route.methods or ()) else visitor.get(path))


@pytest.mark.parametrize("route", OF_ONE, ids=ids)
async def test_nothing_of_another_workspace_is_reached(house: Starlette, mia: Visitor, route: Guarded) -> None:
    theirs = await placed(house, 2, CANARY)
    answer = await ask(mia, route, theirs.path(route))
    if not route.path.endswith("{attachment_id}/removal"):  # leaving out what is not there is no error, and changes nothing
        assert answer.status_code == 404, answer.text[:300]
    assert CANARY not in answer.text
    theirs_now = await trail.page(house.state.desk.store, theirs.talk)
    assert {step.actor.name for step in theirs_now} == {CANARY}


@pytest.mark.parametrize(
    "path",
    [
        "/inbox?view=open",
        "/inbox?view=closed",
        "/inbox/rows?view=open&ids={id}",
        "/search?q=zoe",
        "/command?q=1",
        "/settings/macros",
    ],
)
async def test_no_list_shows_another_workspace_s(house: Starlette, mia: Visitor, path: str) -> None:
    theirs = await placed(house, 2, CANARY)
    answer = await mia.get(path.replace("{id}", theirs.talk.id), headers={"hx-request": "true"} if "command" in path else {})
    assert answer.status_code == 200 and CANARY not in answer.text
    zoe = Visitor(house)
    await zoe.sign_in("zoe@other.example")
    own = await zoe.get(path.replace("{id}", theirs.talk.id))
    assert CANARY in own.text or "view=closed" in path


@pytest.mark.parametrize("hidden", ["changes/undoing", "conversations/{own}/merges", "bulk", "mentions/completion"])
async def test_no_form_names_another_workspace_s(house: Starlette, mia: Visitor, hidden: str) -> None:
    theirs, own = await placed(house, 2, CANARY), await placed(house, 1, "mine")
    path = "/" + hidden.replace("{own}", own.talk.id)
    answer = await mia.post(path, change=theirs.step, id=theirs.talk.id, conversation=theirs.talk.id, act="close")
    assert CANARY not in answer.text
    desk: Desk = house.state.desk
    while await bulk.work_due(desk.store, at=0, count=100, answer=_no_text):
        pass
    assert {step.actor.name for step in await trail.page(desk.store, theirs.talk)} == {CANARY}


async def _no_text(*_: object) -> str:
    return "x"


async def test_the_same_sending_twice_is_one_message(house: Starlette, mia: Visitor) -> None:
    own = await placed(house, 1, "mine")
    fields = {"mode": "reply", "text": "Once", "then": "", "known": str(own.said.at), "once": "a-key"}
    for _ in range(2):
        assert (await mia.post(f"/conversations/{own.talk.id}/messages", **fields)).status_code == 303
    said = await message.page(house.state.desk.store, 1, own.talk.id, waiting=True)
    assert [one.text for one in said] == ["mine", "Once"]


async def test_an_answer_to_what_was_not_read_comes_back_with_its_text(house: Starlette, mia: Visitor) -> None:
    own = await placed(house, 1, "mine")
    answer = await mia.post(f"/conversations/{own.talk.id}/messages", mode="reply", text="My words", known=str(own.said.at - 1))
    assert answer.status_code == 409 and "My words" in answer.text and "wrote while you were answering" in answer.text
    assert len(await message.page(house.state.desk.store, 1, own.talk.id, waiting=True)) == 1


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "<b>fat</b><iframe src=//evil.example></iframe>"]
)
async def test_what_people_write_cannot_act(house: Starlette, mia: Visitor, text: str) -> None:
    desk: Desk = house.state.desk
    async with desk.store.write() as tx:
        talk = await opening.open(tx, 1, Opening(channel="messenger", subject=text), by=Actor("customer", "", text))
        await answering.hear(tx, talk, message.said(text + " and words"), by=Actor("customer", "", text))
    page = (await mia.get(f"/conversations/{talk.id}")).text
    assert not re.search(r"<script>alert|<iframe|<[^>\"]*\sonerror=", page) and "and words" in page
