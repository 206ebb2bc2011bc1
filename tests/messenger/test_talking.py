"""Writing and reading in the messenger, over HTTP, on a real desk."""

import httpx
import pytest

from tests.messenger.shopper import ON, Shopper, close, note, reply, switch_on
from tests.support.served import Served, Tenant
from tillside.feeds.whispers import Whisper
from tillside.messenger.settings import Field, Messenger


@pytest.fixture
def shopper(served: Served, tenant: Tenant) -> Shopper:
    switch_on(served, tenant)
    one = Shopper(served, tenant)
    one.begin()
    return one


def test_a_conversation_goes_both_ways(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun("Where is my parcel?")
    reply(served, tenant, conversation, "It leaves today.")
    assert shopper.texts(conversation) == ["Where is my parcel?", "It leaves today."]
    (line,) = shopper.state()["conversations"]
    assert (line["who"], line["unread"], line["line"], line["isClosed"]) == ("Mia", 1, "It leaves today.", False)


def test_the_same_message_sent_twice_is_stored_once(shopper: Shopper) -> None:
    body = {"id": "once1", "text": "Hello"}
    first, again = shopper.post("conversations", body), shopper.post("conversations", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["message"] == again.json()["message"]
    conversation = first.json()["conversation"]["id"]
    more = {"id": "once2", "text": "More"}
    shopper.post(f"conversations/{conversation}/messages", more)
    shopper.post(f"conversations/{conversation}/messages", more)
    assert shopper.texts(conversation) == ["Hello", "More"]


def test_a_note_reaches_neither_thread_nor_list_nor_stream(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    with shopper.listening() as heard:
        note(served, tenant, conversation, "canary-note: she is difficult")
        reply(served, tenant, conversation, "Good morning.")
        heard.until(lambda it: it.messages() == ["Good morning."])
        assert "canary-note" not in heard.raw
    assert "canary-note" not in shopper.get("state").text + shopper.get(f"conversations/{conversation}").text


def test_a_reply_that_waits_is_not_seen_before_its_time(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    reply(served, tenant, conversation, "canary-later", send_at=2**62)
    assert "canary-later" not in shopper.get("state").text + shopper.get(f"conversations/{conversation}").text
    assert shopper.state()["conversations"][0]["unread"] == 0


def test_the_stream_goes_on_where_it_broke_off(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    with shopper.listening() as heard:
        reply(served, tenant, conversation, "One")
        heard.until(lambda it: it.messages() == ["One"] and it.position)
        position = heard.position
    for text in ("Two", "Three"):
        reply(served, tenant, conversation, text)
    with shopper.listening(position) as heard:
        heard.until(lambda it: it.messages() == ["Two", "Three"])


def test_typing_is_heard_by_the_other_side_and_kept_nowhere(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    with shopper.listening() as heard:
        heard.until(lambda it: it.raw)
        served.do(served.desk.whispers.tell(Whisper(tenant.workspace_id, conversation, "shop", "Mia Lund")))
        heard.until(lambda it: ("typing", {"id": conversation, "name": "Mia", "isOn": True}) in it.events)
        assert shopper.post(f"conversations/{conversation}/typing").status_code == 202
    assert shopper.texts(conversation) == ["Where is my parcel?"]


def test_seen_is_told_to_the_shop_and_empties_the_count(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    message = reply(served, tenant, conversation, "Good morning.")
    assert shopper.begin()["unread"] == 1
    assert shopper.post(f"conversations/{conversation}/seen", {"message": message.id}).json()["unread"] == 0
    assert shopper.begin()["unread"] == 0
    ((state,),) = served.rows("select state from message where workspace_id = :w and id = :id", w=tenant.workspace_id, id=message.id)
    assert state == "seen"


def test_a_closed_conversation_is_rated_and_opens_again_by_writing(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    conversation = shopper.begun()
    assert shopper.post(f"conversations/{conversation}/rating", {"score": 5}).status_code == 409
    close(served, tenant, conversation)
    assert shopper.post(f"conversations/{conversation}/rating", {"score": 6}).status_code == 422
    rated = shopper.post(f"conversations/{conversation}/rating", {"score": 5, "comment": "Quick"})
    assert (rated.json()["rating"], rated.json()["isClosed"]) == (5, True)
    assert shopper.write("One more thing", conversation).json()["conversation"]["isClosed"] is False


def test_markup_of_a_shopper_is_only_characters(shopper: Shopper) -> None:
    conversation = shopper.begun("<img src=x onerror=alert(1)> <b>bold</b>")
    (message,) = shopper.get(f"conversations/{conversation}").json()["messages"]
    assert (message["text"], message["html"]) == ("<img src=x onerror=alert(1)> <b>bold</b>", "")


def test_what_is_asked_before_is_demanded_and_told_to_the_shop(served: Served, tenant: Tenant) -> None:
    fields = (Field("email", "E-mail", "email", True), Field("about", "What is it about?", "choice", True, ("Order", "Product")))
    switch_on(served, tenant, Messenger(is_enabled=True, fields=fields))
    one = Shopper(served, tenant)
    one.begin()
    refused = one.write("Hello", fields={"email": "ada@example.com"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "about")
    assert one.write("Hello", fields={"email": "nonsense", "about": "Order"}).json()["error"]["field"] == "email"
    assert one.write("Hello", fields={"email": "Ada@Example.com", "about": "Order"}).status_code == 201
    assert one.state()["person"] == {"name": "", "email": "ada@example.com", "trust": "typed", "opensHistory": False}
    told = served.rows("select text from message where workspace_id = :w and kind = 'note'", w=tenant.workspace_id)
    assert told == [("What is it about?: Order",)]


def test_files_are_taken_once_and_given_as_attachments(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    picture = bytes.fromhex("89504e470d0a1a0a") + b"rest"
    kept = served.client.post("/messenger/api/uploads?name=../a%22b.png", content=picture, headers=shopper.headers)
    assert kept.status_code == 201, kept.text
    conversation = shopper.write("See here", files=[kept.json()["id"]]).json()["conversation"]["id"]
    (file,) = shopper.get(f"conversations/{conversation}").json()["messages"][0]["files"]
    given = served.client.get(file["url"])
    assert (given.status_code, given.content, given.headers["content-type"]) == (200, picture, "image/png")
    assert given.headers["content-disposition"].startswith("attachment") and given.headers["x-content-type-options"] == "nosniff"
    parts = file["url"].split("/")
    parts[-2] = "0" * len(parts[-2])
    assert served.client.get("/".join(parts)).status_code == 404
    stranger = Shopper(served, tenant)
    stranger.begin()
    other = stranger.write("Mine now", files=[kept.json()["id"]]).json()
    assert other["message"]["files"] == []


def test_a_page_called_picture_is_never_given_as_a_page(served: Served, shopper: Shopper) -> None:
    kept = served.client.post("/messenger/api/uploads?name=a.html", content=b"<script>alert(1)</script>", headers=shopper.headers).json()
    given = served.client.get(kept["url"])
    assert given.headers["content-type"] == "application/octet-stream"
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_browser_that_hurries_is_told_how_long_to_wait(served: Served, tenant: Tenant, shopper: Shopper) -> None:
    ((visitor_id,),) = served.rows("select id from visitor where workspace_id = :w", w=tenant.workspace_id)
    served.desk.shopper_buckets.wait(visitor_id, 59)
    answers = [shopper.get("state") for _ in range(5)]
    slow = next(answer for answer in answers if answer.status_code == 429)
    assert int(slow.headers["retry-after"]) >= 1
    assert slow.headers["access-control-allow-origin"] == "null"


def test_no_answer_carries_credentials_or_reads_cookies(served: Served, shopper: Shopper) -> None:
    answer = served.client.get("/messenger/api/state", headers={"Cookie": "session=x", "Origin": "https://shop.example"})
    assert answer.status_code == 401
    assert "access-control-allow-credentials" not in answer.headers
    ahead = httpx.options(f"{served.url}/messenger/api/state", headers={"Origin": "null", "Access-Control-Request-Method": "GET"})
    assert (ahead.status_code, ahead.headers["access-control-allow-origin"]) == (204, "null")
    assert "Authorization" in ahead.headers["access-control-allow-headers"]


def test_a_shop_without_messenger_has_none(served: Served, tenant: Tenant) -> None:
    assert served.client.get(f"/messenger/{tenant.key}/settings").json() == {}
    assert served.client.get(f"/messenger/{tenant.key}/frame").status_code == 404
    assert served.client.post(f"/messenger/{tenant.key}/session", json={}).status_code == 404
    switch_on(served, tenant, ON)
    assert served.client.get(f"/messenger/{tenant.key}/settings").json()["launcher"].startswith("/messenger/files/launcher-")
