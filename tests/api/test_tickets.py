"""Tickets through REST: what a data case cannot say. Repeats, scopes, files, delivery, other tenants, and how much is asked of the store."""

import concurrent.futures
import gzip
import json
import re
from typing import Any

import httpx
import pytest

from tests.support.served import Served, Tenant
from tillside.agents import rest_key
from tillside.connectors import connector as connectors
from tillside.edges import api

OF_TICKETS = re.compile(r"from conversation\b|wanted|recursive|conversation_count|from workspace where id")
"""What a list of tickets asks; the loops of the desk ask beside it."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def call(served: Served, tenant: Tenant, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return served.client.request(method, path, headers={"x-richpanel-key": tenant.rest_key, **headers}, json=body if body is not None else {})


def made(served: Served, tenant: Tenant, **more: Any) -> Any:
    ticket = {"comment": {"body": "Hi"}, "via": {"channel": "email", "source": {"from": {"address": "ada@example.com"}}}, **more}
    answer = call(served, tenant, "POST", "/v1/tickets", {"ticket": ticket})
    assert answer.status_code == 200, answer.text
    return answer.json()["ticket"]


def upload(served: Served, tenant: Tenant, content: bytes = PNG, name: str = "crack.png") -> httpx.Response:
    return served.client.post("/v1/file/upload", headers={"x-richpanel-key": tenant.rest_key}, files={"file": (name, content, "text/html")})


def test_many_at_once_under_one_name_make_one_ticket_and_hear_the_same(served: Served, tenant: Tenant) -> None:
    body = {"ticket": {"comment": {"body": "Once"}}}

    def send(_: int) -> tuple[int, str]:
        answer = call(served, tenant, "POST", "/v1/tickets", body, **{"Idempotency-Key": "race"})
        return answer.status_code, answer.json()["ticket"]["id"]

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(send, range(8)))) == 1
    assert call(served, tenant, "GET", "/v1/tickets").json()["count"] == 1


def test_a_repeated_comment_is_written_once(served: Served, tenant: Tenant) -> None:
    ticket, name = made(served, tenant), {"Idempotency-Key": "again"}
    body = {"ticket": {"comment": {"body": "Once", "sender_type": "operator"}}}
    first, second = (call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}", body, **name) for _ in range(2))
    assert first.json() == second.json() and second.headers["idempotent-replayed"] == "true"
    assert len(call(served, tenant, "GET", f"/v1/tickets/{ticket['id']}").json()["ticket"]["comments"]) == 2


def test_many_at_once_with_one_id_make_one_ticket(served: Served, tenant: Tenant) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        numbers = set(threads.map(lambda _: made(served, tenant, id="<one@x>")["conversation_no"], range(8)))
    assert len(numbers) == 1


async def _key(served: Served, tenant: Tenant, scopes: list[str]) -> str:
    async with served.desk.store.write() as tx:
        return (await rest_key.add(tx, tenant.workspace_id, "narrow", scopes=scopes))[1]


@pytest.mark.parametrize("scope", rest_key.SCOPES)
def test_a_key_does_what_its_scope_says_and_nothing_else(served: Served, tenant: Tenant, scope: str) -> None:
    narrow = Tenant(tenant.workspace_id, tenant.connector, served.do(_key(served, tenant, [scope])))
    for one in api.endpoints():
        path = one.path.replace(":path", "").replace("{", "").replace("}", "")
        answer = call(served, narrow, one.method, path)
        is_let_in = answer.status_code != 403
        assert is_let_in == (one.scope == scope), (one.name, answer.text)
        if not is_let_in:
            assert (answer.json()["error"]["code"], one.scope in answer.json()["message"]) == ("missing_scope", True)


def test_every_endpoint_names_a_scope_a_key_can_have() -> None:
    assert {one.scope for one in api.endpoints()} <= set(rest_key.SCOPES)


def test_an_upload_is_read_by_its_signed_address_and_by_no_other(served: Served, tenant: Tenant) -> None:
    told = upload(served, tenant).json()
    assert told["url"].startswith(served.desk.public_url) and told["size"] == len(PNG) and told["file"]["type"] == "image/png"
    path = told["url"].removeprefix(served.desk.public_url)
    answer = served.client.get(path)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PNG, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff" and "sandbox" in answer.headers["content-security-policy"]
    steps = path.split("/")
    for wrong in ([*steps[:4], "0" * 32, "x"], [*steps[:2], str(tenant.workspace_id + 1), *steps[3:]], [*steps[:3], "fil_other", *steps[4:]]):
        assert served.client.get("/".join(wrong)).status_code == 404


def test_what_is_no_picture_is_only_kept_never_shown(served: Served, tenant: Tenant) -> None:
    path = upload(served, tenant, b"<script>alert(1)</script>", "x.html").json()["url"].removeprefix(served.desk.public_url)
    answer = served.client.get(path)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_file_too_large_is_413_with_the_limit(served: Served, tenant: Tenant) -> None:
    limit = served.settings.attachment_limit_bytes
    answer = upload(served, tenant, bytes(limit + 1))
    assert answer.status_code == 413 and f"{limit // 1024} KiB" in answer.json()["message"]
    assert upload(served, tenant, bytes(limit)).status_code == 200
    packed = gzip.compress(b'--X\r\nContent-Disposition: form-data; name="file"; filename="z"\r\n\r\n' + bytes(60_000_000) + b"\r\n--X--\r\n")
    headers = {"x-richpanel-key": tenant.rest_key, "content-type": "multipart/form-data; boundary=X", "content-encoding": "gzip"}
    assert served.client.post("/v1/file/upload", headers=headers, content=packed).status_code == 413


def test_a_file_of_another_tenant_cannot_be_attached(served: Served, tenant: Tenant) -> None:
    other = served.tenant()
    theirs = upload(served, other).json()["url"]
    body = {"body": "look", "attachments": [theirs]}
    ticket = made(served, tenant)
    answer = call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}/send-message", body)
    assert answer.json()["ticket"]["comments"][-1]["attachments"] == [theirs], "it is only named, as any address is"
    assert served.rows("select conversation_id from attachment where workspace_id = :w", w=other.workspace_id) == [(None,)]
    forged = theirs.replace(f"/files/{other.workspace_id}/", f"/files/{tenant.workspace_id}/")
    assert call(served, tenant, "PUT", f"/v1/tickets/{ticket['id']}/send-message", {**body, "attachments": [forged]}).status_code == 400


async def _deliver(served: Served, tenant: Tenant) -> None:
    async with served.desk.store.write() as tx:
        await connectors.deliver_comments(tx, tenant.connector, True)


def test_a_comment_goes_out_only_when_the_connector_or_the_call_says_so(served: Served, tenant: Tenant) -> None:
    ticket = made(served, tenant)
    path = f"/v1/tickets/{ticket['id']}"

    def written(**more: Any) -> list[int]:
        comment = {"body": "x", "sender_type": "operator", **more}
        assert call(served, tenant, "PUT", path, {"ticket": {"comment": comment}}).status_code == 200
        return [row[0] for row in served.rows("select delivers from message where workspace_id = :w order by seq", w=tenant.workspace_id)]

    assert written()[-1] == 0
    assert written(send=True)[-1] == 1
    served.do(_deliver(served, tenant))
    assert written()[-1] == 1
    assert written(public=False)[-1] == 0, "a note never goes out"
    assert call(served, tenant, "PUT", f"{path}/send-message", {"body": "y"}).status_code == 200
    assert [row[0] for row in served.rows("select delivers from message where workspace_id = :w order by seq", w=tenant.workspace_id)][-1] == 1


def test_nothing_of_another_tenant_is_reached_by_any_call(served: Served, tenant: Tenant) -> None:
    """Ids of rows that are there, sent with a foreign key: not read, not changed, not told."""
    owner, canary, known = served.tenant(), "canary-91b2", "<theirs@x>"
    theirs = made(served, owner, id=known, subject=canary, tags=[canary], comment={"body": canary})
    ours = made(served, tenant)
    tag = call(served, owner, "POST", "/v1/tags", {"name": canary}).json()["tag"]["id"]
    channel = call(served, owner, "GET", "/v1/channel").json()["channels"][0]["id"]
    before = call(served, owner, "GET", f"/v1/tickets/{known}").json()
    bodies = {
        "createConversation": {"ticket": {"comment": {"body": "x"}, "appClientId": owner.key}},
        "updateAConversation": {"ticket": {"subject": "taken"}},
        "sendMessage": {"body": "x"},
        "addTags": {"tags": ["x"]},
        "removeTags": {"tags": [tag]},
        "addComment": {"comment": {"body": "x"}},
        "addMessage": {"comment": {"body": "x"}},
        "queryReports": {"startDate": "2020-01-01", "endDate": "2099-01-01", "metrics": ["new_conversations"]},
    }
    ids = (known, theirs["comments"][0]["id"], str(theirs["conversation_no"] + 100), channel, tag, "ada@example.com")
    for one in api.endpoints():
        for said in ids if "{" in one.path else ids[:1]:
            path = (
                one.path.replace("{app_client_id}", owner.key)
                .replace("{comment_id:path}", theirs["comments"][0]["id"])
                .replace("{kind}", "email")
            )
            for place in ("{id:path}", "{id}", "{number}", "{value:path}", "{said}", "{order_id:path}"):
                path = path.replace(place, said)
            answer = call(served, tenant, one.method, path, bodies.get(one.name, {}))
            assert canary not in answer.text, (one.method, path, answer.text)
    assert call(served, owner, "GET", f"/v1/tickets/{known}").json() == before
    assert call(served, tenant, "GET", "/v1/tickets").json()["ticket"][-1]["id"] == ours["id"]


def test_a_person_s_tickets_are_found_across_merged_profiles(served: Served, tenant: Tenant) -> None:
    made(served, tenant, subject="by mail")
    made(served, tenant, subject="by phone", via={"channel": "sms", "source": {"from": {"id": "+447911123456"}}})
    body = {"customer": {"uid": "u1", "email": "ada@example.com", "phone": "+447911123456"}}
    assert call(served, tenant, "POST", "/v1/customers", body).status_code == 200
    found = call(served, tenant, "GET", "/v1/tickets/email/ada@example.com").json()
    assert {one["subject"] for one in found["ticket"]} >= {"by mail"}


def test_a_second_ticket_of_a_known_sender_writes_nothing_to_the_log(served: Served, tenant: Tenant) -> None:
    made(served, tenant)
    entries = served.entries(tenant)
    made(served, tenant)
    assert served.entries(tenant) == entries == 1


def test_the_rest_of_a_ticket_is_asked_for_once_however_many_are_shown(served: Served, tenant: Tenant) -> None:
    asked: list[str] = []
    store = served.desk.store
    read = store.read

    async def counting(sql: str, **given: object) -> Any:
        asked.append(sql)
        return await read(sql, **given)

    store.read = counting  # type: ignore[method-assign]  # the store itself stays; its questions are written down
    try:
        figures: list[list[str]] = []
        for _ in range(2):
            for _ in range(5):
                made(served, tenant)
            asked.clear()
            call(served, tenant, "GET", "/v1/tickets")
            figures.append([sql for sql in asked if OF_TICKETS.search(sql) and "<= :at" not in sql])
    finally:
        del store.read
    assert sorted(figures[0]) == sorted(figures[1]) and 5 <= len(figures[0]) <= 9, figures


def test_json_of_a_ticket_has_no_key_twice(served: Served, tenant: Tenant) -> None:
    answer = call(served, tenant, "GET", f"/v1/tickets/{made(served, tenant)['id']}")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    json.loads(answer.content, object_pairs_hook=once)
