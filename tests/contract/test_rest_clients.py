"""Quirks 30 to 45 of the contract's section 5, each as the client that has it would notice."""

import ast
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.contract import rest_cases
from tests.events.samples import FIXTURES
from tests.support import source
from tests.support.served import Served, Tenant, exchange

MAIL_ID = "<CAF+b/1=x_y@mail.example.com>"


def call(served: Served, tenant: Tenant, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    given = {"x-richpanel-key": tenant.rest_key, "content-type": "application/json", **headers}
    return served.client.request(method, path, headers=given, content=b"" if body is None else json.dumps(body).encode())


def made(served: Served, tenant: Tenant, **more: Any) -> Any:
    """A ticket as `POST /v1/tickets` answers it."""
    ticket = {"comment": {"body": "Hi"}, "via": {"channel": "email", "source": {"from": {"address": "ada@example.com"}}}, **more}
    answer = call(served, tenant, "POST", "/v1/tickets", {"ticket": ticket})
    assert answer.status_code == 200, answer.text
    return answer.json()["ticket"]


@pytest.mark.parametrize("form", [quote(MAIL_ID, safe=""), MAIL_ID, MAIL_ID.replace("<", "%3C").replace(">", "%3E")])
def test_30_ids_come_raw_and_encoded(served: Served, tenant: Tenant, form: str) -> None:
    made(served, tenant, id=MAIL_ID)
    head = f"GET /v1/tickets/{form} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-richpanel-key: {tenant.rest_key}\r\n\r\n"
    answer = exchange(served.port, head.encode())
    assert (answer.status, json.loads(answer.body)["ticket"]["id"]) == (200, MAIL_ID)
    for path, body in (("", {"ticket": {"subject": "x"}}), ("/add-tags", {"tags": ["x"]}), ("/send-message", {"body": "x"})):
        assert call(served, tenant, "PUT", f"/v1/tickets/{form}{path}", body).status_code == 200


def test_31_tags_are_names_ids_or_one_empty_text(served: Served, tenant: Tenant) -> None:
    tag = call(served, tenant, "POST", "/v1/tags", {"name": "known"}).json()["tag"]
    assert made(served, tenant, tags=[""])["tags"] == []
    assert made(served, tenant, tags=[tag["id"], "new name", None, 7])["tags"] == [tag["id"], "new name", "7"]
    assert [one["name"] for one in call(served, tenant, "GET", "/v1/tags").json()["tag"]] == ["7", "known", "new name"]


def test_32_nulls_and_blanks_in_addresses_are_no_statement(served: Served, tenant: Tenant) -> None:
    keys = ("uid", "phone", "address", "email", "name", "firstName", "lastName")
    nulls = dict.fromkeys(keys)
    via = {"channel": "messenger", "source": {"from": {**nulls, "uid": "tg-7", "name": "Bo"}, "to": nulls}}
    ticket = made(served, tenant, via=via)
    assert ticket["via"]["source"] == {"from": {"name": "Bo"}, "to": {}}
    blank = {"channel": "messenger", "source": {"from": {"address": "", "name": ""}, "to": nulls}}
    answer = call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}", {"ticket": {"via": blank, "comment": {"body": "More"}}})
    assert answer.json()["ticket"]["via"]["source"] == ticket["via"]["source"]


def test_33_a_comment_may_have_a_null_id_and_keys_nobody_knows(served: Served, tenant: Tenant) -> None:
    comment = {"id": None, "body": "Hi", "sender_type": "customer", "type": "public", "source": "middleware", "mood": "fine"}
    answer = call(served, tenant, "POST", "/v1/tickets", {"ticket": {"comment": comment}})
    assert answer.status_code == 200 and answer.headers["x-ignored-fields"] == "ticket.comment.mood"
    assert answer.json()["warnings"] == ["ticket.comment.mood does nothing here."]


def test_34_customers_and_orders_come_without_their_wrapper(served: Served, tenant: Tenant) -> None:
    person = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Example", "publicId": "n8n-7", "uid": "n8n-7"}
    assert call(served, tenant, "POST", "/v1/customers", person).json()["customer"]["uid"] == "n8n-7"
    order = {"event": "order", "properties": {"orderId": "7", "amount": 5, "currency": "EUR", "items": []}, "userProperties": {"uid": "n8n-7"}}
    answer = call(served, tenant, "POST", f"/v1/order/{tenant.key}", {**order, "time": {"sentAt": "2026-05-01T10:00:00.000+02:00"}})
    assert answer.json() == "1 of 1 orders accepted." and "x-ignored-fields" not in answer.headers
    found = call(served, tenant, "GET", "/v1/customers/email/ada@example.com").json()["customer"]
    assert (found["firstName"], found["publicId"], found["orderIds"]) == ("Ada", "n8n-7", ["7"])
    assert found["lastOrderAt"] == "2026-05-01T08:00:00.000Z"


def test_35_the_first_list_of_an_answer_is_its_data_and_the_next_page_ends(served: Served, tenant: Tenant) -> None:
    for number in range(3):
        made(served, tenant, subject=str(number))
    call(served, tenant, "POST", "/v1/tags", {"name": "x"})
    for path, key in (
        ("/v1/tickets", "ticket"),
        ("/v1/tags", "tag"),
        ("/v1/users", "user"),
        ("/v1/teams", "team"),
        ("/v1/channel", "channels"),
    ):
        seen, page = [], f"{path}?per_page=2"
        while page:
            said = call(served, tenant, "GET", page).json()
            assert next(name for name, value in said.items() if isinstance(value, list)) == key
            seen += said[key]
            page = said["next_page"] and said["next_page"].replace(served.desk.public_url, "")
        assert len(seen) == said["count"] == len({json.dumps(one) for one in seen}), path


def test_36_polling_stops_at_an_empty_page_and_errors_are_read_under_error(served: Served, tenant: Tenant) -> None:
    assert made(served, tenant)["id"]
    pages = [call(served, tenant, "GET", f"/v1/tickets?page={page}").json()["ticket"] for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [1, 0, 0]
    assert call(served, tenant, "GET", "/v1/tickets/none").json()["error"]["message"]
    assert isinstance(call(served, tenant, "GET", "/v1/tags").json()["tag"], list)


def test_37_comments_stand_oldest_first_each_saying_who_and_every_answer_is_json(served: Served, tenant: Tenant) -> None:
    ticket = made(served, tenant)
    for number, sender in enumerate(("operator", "customer", "operator")):
        call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}", {"ticket": {"comment": {"body": str(number), "sender_type": sender}}})
    answer = call(served, tenant, "GET", f"/v1/tickets/{ticket['id']}")
    comments = answer.json()["ticket"]["comments"]
    assert [one["is_operator"] for one in comments] == [False, True, False, True] == [one["isOperator"] for one in comments]
    assert "error" not in answer.json() and "errors" not in answer.json()
    for failed in (
        call(served, tenant, "GET", "/v1/tickets/none"),
        call(served, tenant, "PUT", "/v1/tickets", {}),
        call(served, tenant, "GET", "/v1/x"),
    ):
        assert failed.headers["content-type"] == "application/json"
        assert isinstance(failed.json()["message"], str) and failed.json()["message"] != "Endpoint request timed out"


def test_38_what_was_written_is_read_at_once_and_no_two_comments_share_a_time(served: Served, tenant: Tenant) -> None:
    ticket = made(served, tenant)
    for number in range(12):
        body = {"ticket": {"comment": {"body": str(number), "sender_type": "operator"}}}
        answer = call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}", body)
        assert answer.json()["ticket"]["comments"][-1]["plain_body"] == str(number)
        assert call(served, tenant, "GET", f"/v1/tickets/{ticket['id']}").json()["ticket"]["comments"][-1]["plain_body"] == str(number)
    times = [one["created_at"] for one in call(served, tenant, "GET", f"/v1/tickets/{ticket['id']}").json()["ticket"]["comments"]]
    assert times == sorted(set(times)), "the newest is picked by strict comparison"
    assert len(times) == 13


def test_39_a_rating_is_never_null_and_an_assignee_may_be(served: Served, tenant: Tenant) -> None:
    day = made(served, tenant)["updated_at"][:10]
    (ticket,) = call(served, tenant, "GET", f"/v1/tickets?updated_at={day}").json()["ticket"]
    assert (ticket["satisfaction_rating"], ticket["assignee_id"]) == ({}, None)
    assert "user" in call(served, tenant, "GET", "/v1/users").json()


def test_40_a_header_may_name_the_connector(served: Served, tenant: Tenant) -> None:
    body = {"ticket": {"comment": {"body": "Hi"}}}
    for named in (tenant.key, "someone-elses", ""):
        answer = call(served, tenant, "POST", "/v1/tickets", body, **{"x-richpanel-app-client-id": named})
        assert answer.json()["ticket"]["app_client_id"] == tenant.key


@pytest.mark.parametrize("name", ["X-Richpanel-Key", "x-richpanel-key", "X-RICHPANEL-KEY"])
def test_41_the_key_s_header_has_any_case(served: Served, tenant: Tenant, name: str) -> None:
    head = f"GET /v1/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{name}: {tenant.rest_key}\r\n\r\n"
    assert exchange(served.port, head.encode()).status == 200


@pytest.mark.parametrize("path", ["/v1/users", "/v1/tags", "/v1/teams", "/v1/channel", "/v1/tickets", "/v1/events"])
def test_42_an_empty_body_may_call_itself_json(served: Served, tenant: Tenant, path: str) -> None:
    assert call(served, tenant, "GET", path, accept="application/json").status_code == 200
    assert call(served, tenant, "POST", "/v1/tags").status_code == 400


@pytest.mark.parametrize("path", ["/v2/r", "/v2/er", "/v2/s", "/v2/t", "/v3/t", "/v2/bt"])
@pytest.mark.parametrize("body", [b"", b"{}", b"no json", b'{"req_id":"1","endpoint":"sync","appClientId":"KEY"}'])
def test_43_a_shop_that_reads_an_answer_unchecked_always_reads_json(served: Served, tenant: Tenant, path: str, body: bytes) -> None:
    answer = served.client.post(path, content=body.replace(b"KEY", tenant.key.encode()), headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/json" and not answer.is_redirect
    assert isinstance(answer.json(), dict)


CALLING_OUT = {"httpx", "aiohttp", "requests", "urllib.request", "http.client"}
MAY_CALL_OUT = ("tillside/cli/", "tillside/demo/", "tillside/connectors/recipes/")
"""Commands that ask their own desk, the demo shop, and what is printed for a shop's server."""


def test_44_a_receiver_that_fails_after_its_work_is_never_called_again(served: Served, tenant: Tenant) -> None:
    """Such a receiver calls back, and does so again when it is called again. What it writes under an id is there once, the feed tells that
    a key did it, and nothing of the desk calls anybody: whoever builds that must come by here and keep the promise."""
    assert not [(path, _imports(path) & CALLING_OUT) for path in source.files(".py") if _is_ours(path) and _imports(path) & CALLING_OUT]
    ticket = made(served, tenant, id="<t@x>")
    cursor = call(served, tenant, "GET", "/v1/events?limit=500").json()["next_cursor"]
    for _ in range(2):  # the same work twice, as a receiver does that was called twice
        comment = {"id": "receiver-1", "body": "Seen", "sender_type": "operator"}
        change = {"ticket": {"comment": comment, "tags": ["processed"], "status": "CLOSED"}}
        assert call(served, tenant, "PUT", f"/v1/tickets/{quote(ticket['id'], safe='')}", change).status_code == 200
    happened = call(served, tenant, "GET", f"/v1/events?after={cursor}").json()["events"]
    assert [one["type"] for one in happened] == ["comment.added", "tag.added", "ticket.tagged", "ticket.closed"]
    assert [one["data"]["by"]["kind"] for one in happened if one["ticket_id"]] == ["api", "api", "api"]


@pytest.mark.parametrize("base", ["", "/v1"])
@pytest.mark.parametrize("path", ["/tickets", "/customers", "/order/1", "/users", "/tags", "/teams", "/channel", "/tickets/t/order"])
@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html,*/*"])
def test_45_an_address_put_together_wrongly_is_told_in_json(served: Served, tenant: Tenant, base: str, path: str, accept: str) -> None:
    """A relative address may lose the /v1 of its base, or get a slash too many: an error a program can read, never a sign-in page."""
    wrong = path if not base else f"{base}/{path}"
    for method in ("GET", "POST", "PUT"):
        answer = call(served, tenant, method, wrong, Accept=accept)
        assert answer.status_code in (404, 405) and answer.headers["content-type"] == "application/json", (method, answer.text[:200])
        assert answer.json()["message"] == answer.json()["error"]["message"] and not answer.is_redirect


def test_every_quirk_of_a_rest_client_has_a_test() -> None:
    assert {int(word[5:7]) for word in globals() if word.startswith("test_") and word[5:7].isdigit()} == set(range(30, 46))


def _is_ours(path: Path) -> bool:
    return source.name(path).startswith("tillside/") and not source.name(path).startswith(MAY_CALL_OUT)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, node.module.partition(".")[0], *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def keys(said: Any, place: str = "") -> set[str]:
    """Every path of keys of an answer; what a list holds counts as one."""
    if isinstance(said, list):
        return {path for one in said for path in keys(one, f"{place}[]")}
    if not isinstance(said, dict) or place.endswith("customFields"):
        return {place}
    return {place} | {path for name, value in said.items() for path in keys(value, f"{place}.{name}")}


def test_a_ticket_has_every_key_that_was_seen_in_live_answers(served: Served, tenant: Tenant) -> None:
    via = {"channel": "email", "source": {"from": {"address": "ada@example.com", "name": "Ada Example"}, "to": {"address": "s@example.com"}}}
    ticket = made(served, tenant, via=via, satisfaction_rating={"score": "Great", "comment": "ok"}, tags=["vip"])
    body = {"body": "On its way", "attachments": ["https://files.example.com/1.png"], "author_id": "operator"}
    said = call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}/send-message", body).json()
    assert keys(fixture("response_ticket.json")["body"]["ticket"]) - keys(said["ticket"]) == set()


def test_lists_have_every_key_that_was_seen_in_live_answers(served: Served, tenant: Tenant) -> None:
    rest_cases.agents(served, tenant)
    made(served, tenant, tags=["vip"])
    seen = fixture("response_lists.json")
    for name, path in (("users", "/v1/users"), ("teams", "/v1/teams"), ("tags", "/v1/tags"), ("channels", "/v1/channel")):
        assert keys(seen[name]) - keys(call(served, tenant, "GET", path).json()) == set(), name


@pytest.mark.parametrize("call_of", sorted(path.name for path in FIXTURES.glob("rest_*.json")))
def test_a_documented_call_is_answered_and_nothing_of_it_is_ignored(served: Served, tenant: Tenant, call_of: str) -> None:
    request = fixture(call_of)["request"]
    path = request["path"].replace("TICKET_ID", made(served, tenant)["id"]).replace("tenant10", tenant.key)
    headers = {**request["headers"], "x-richpanel-key": tenant.rest_key}
    body = json.dumps(request["body"]).replace("tenant10", tenant.key).encode()
    if request["body"] is None:
        body = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--X--\r\n'
    answer = served.client.request(request["method"], path, headers=headers, content=body)
    assert answer.status_code == 200 and "x-ignored-fields" not in answer.headers, answer.text
    if call_of == "rest_private_note.json":
        assert answer.json()["ticket"]["comments"][-1]["public"] is False


def test_errors_are_found_where_each_client_looks(served: Served, tenant: Tenant) -> None:
    seen = fixture("response_errors.json")["seen"]
    unknown = call(served, tenant, "PUT", "/v1/tickets/api-x-1", {"ticket": {"status": "CLOSED"}}).json()
    assert unknown["errors"] == seen["put_unknown_ticket"]["errors"]
    assert call(served, tenant, "GET", "/v1/tickets/api-x-1").json()["error"]["message"] == seen["get_unknown_ticket"]["error"]["message"]
    bad = {"ticket": {"comment": {"body": "Hi"}, "via": {"channel": "chat"}}}
    answer = call(served, tenant, "POST", "/v1/tickets", bad)
    (wanted,) = seen["create_bad_channel_400_items"]
    (item,) = answer.json()["error"]["details"]
    assert answer.status_code == 400 and (item["param"], item["location"]) == (wanted["param"], wanted["location"])
    assert item["msg"].startswith(wanted["msg"])
