"""An agent asks a stranger for a code: what it opens, what it tells, and to whom it tells nothing."""

import pytest

from tests.isolation import callers
from tests.messenger.shopper import Shopper, switch_on
from tests.messenger.test_trust import ADA, browser, known, told
from tests.support.served import SECRET, Served, Tenant
from tillside.agents import agent, session
from tillside.base.signing import make_token
from tillside.conversations import conversation as conversations
from tillside.conversations import trail

EMAIL = "ada@example.com"


@pytest.fixture(autouse=True)
def _on(served: Served, tenant: Tenant) -> None:
    switch_on(served, tenant)


@pytest.fixture
def mia(served: Served, tenant: Tenant) -> dict[str, str]:
    """The headers of an agent of this workspace."""

    async def made() -> str:
        async with served.desk.store.write() as tx:
            name = f"mia@shop{tenant.workspace_id}.example"
            one = await agent.add(tx, tenant.workspace_id, name, name="Mia Lund", role="agent", password="paper-boat-9")
            return await session.begin(tx, one)

    return callers.agent(served.do(made()))


def ask(served: Served, mia: dict[str, str], conversation: str, email: str = EMAIL) -> int:
    return served.client.post(f"/conversations/{conversation}/codes", data={"email": email}, headers=mia).status_code


def kinds(served: Served, tenant: Tenant, conversation: str) -> list[str]:
    async def read() -> list[str]:
        talk = await conversations.by_id(served.desk.store, tenant.workspace_id, conversation)
        return [step.kind for step in await trail.page(served.desk.store, talk)]

    return served.do(read())


def test_a_code_an_agent_sends_shows_who_writes(served: Served, tenant: Tenant, mia: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    known(served, tenant, ADA)
    before = browser(served, tenant, make_token(ADA, SECRET)).begun("From the office")
    phone = browser(served, tenant)
    conversation = phone.begun("Please change my address")
    page = served.client.get(f"/conversations/{conversation}", headers=mia).text
    assert 'data-menu="verify"' in page and "Anyone could have typed this." in page
    assert ask(served, mia, conversation) == 303
    code = told(caplog)
    asked = phone.get(f"conversations/{conversation}").json()["messages"][-1]
    assert (asked["by"], asked["asks"], asked["email"]) == ("desk", "code", "a•••@e•••.com")
    assert EMAIL not in phone.get("state").text + phone.get(f"conversations/{conversation}").text
    assert phone.post("codes/answer", {"code": code}).json() == {"ok": True, "trust": "code"}
    assert {line["id"] for line in phone.state()["conversations"]} == {before, conversation}
    assert {"code_sent", "proved"} <= set(kinds(served, tenant, conversation))
    page = served.client.get(f"/conversations/{conversation}", headers=mia).text
    assert 'data-menu="verify"' not in page and "Anyone could have typed this." not in page


def test_no_code_goes_to_an_address_nobody_vouched_for(served: Served, tenant: Tenant, mia: dict[str, str]) -> None:
    phone = browser(served, tenant)
    conversation = phone.begun("Please change my address")
    assert ask(served, mia, conversation) == 422
    assert ask(served, mia, conversation, "no address") == 422
    assert served.rows("select count(*) from one_time_code where workspace_id = :w", w=tenant.workspace_id) == [(0,)]
    assert kinds(served, tenant, conversation) == ["opened"]


def test_the_code_counts_in_the_browser_that_was_asked_and_nowhere_else(
    served: Served, tenant: Tenant, mia: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    known(served, tenant, ADA)
    phone, stranger = browser(served, tenant), browser(served, tenant)
    conversation = phone.begun("Please change my address")
    stranger.begun("Me too")
    ask(served, mia, conversation)
    code = told(caplog)
    assert stranger.post("codes/answer", {"code": code}).status_code == 422
    assert stranger.post("codes/answer", {"code": code, "email": EMAIL}).status_code == 422
    assert phone.post("codes/answer", {"code": "000000" if code != "000000" else "111111"}).status_code == 422
    assert phone.post("codes/answer", {"code": code}).status_code == 200
    assert stranger.state()["person"]["trust"] == "typed"


def test_where_nobody_sits_at_a_messenger_no_code_can_be_asked_for(served: Served, tenant: Tenant, mia: dict[str, str]) -> None:
    known(served, tenant, ADA)
    body = {"ticket": {"comment": {"body": "Hi"}, "via": {"channel": "email", "source": {"from": {"address": "typed@example.com"}}}}}
    made = served.client.post("/v1/tickets", json=body, headers={"x-richpanel-key": tenant.rest_key}).json()["ticket"]
    ((conversation,),) = served.rows(
        "select id from conversation where workspace_id = :w and number = :n", w=tenant.workspace_id, n=made["conversation_no"]
    )
    assert ask(served, mia, conversation) == 409
    gone = Shopper(served, tenant)
    gone.begin()
    left = gone.begun("Please change my address")
    assert gone.post("end").status_code < 300
    assert ask(served, mia, left) == 409


def test_an_agent_in_a_hurry_is_told_to_wait(served: Served, tenant: Tenant, mia: dict[str, str]) -> None:
    known(served, tenant, ADA)
    conversation = browser(served, tenant).begun("Please change my address")
    assert [ask(served, mia, conversation) for _ in range(4)] == [303, 303, 303, 429]
