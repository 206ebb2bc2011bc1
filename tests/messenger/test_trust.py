"""Who may see what in the messenger: tokens, codes, strangers, other shoppers, other shops (safety rules; decisions 2 to 4)."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.messenger.shopper import Shopper, reply, switch_on
from tests.support.served import SECRET, Served, Tenant
from tillside.base.signing import make_token, make_web_token
from tillside.base.trust import Trust

ADA = {"id": "cust-1", "firstName": "Ada", "email": "ada@example.com"}
EVE = {"id": "cust-2", "firstName": "Eve", "email": "eve@example.com"}


@pytest.fixture(autouse=True)
def _on(served: Served, tenant: Tenant) -> None:
    switch_on(served, tenant)


def browser(served: Served, tenant: Tenant, user_token: str | None = None) -> Shopper:
    one = Shopper(served, tenant)
    one.begin(user_token)
    return one


def known(served: Served, tenant: Tenant, person: dict[str, str]) -> None:
    body = {"customer": {"uid": person["id"], "email": person["email"]}}
    assert served.client.post("/v1/customers", json=body, headers={"x-richpanel-key": tenant.rest_key}).status_code == 200


def test_a_stranger_sees_only_what_their_browser_began(served: Served, tenant: Tenant) -> None:
    one, other = browser(served, tenant), browser(served, tenant)
    conversation = one.begun("canary-mine")
    assert [line["id"] for line in one.state()["conversations"]] == [conversation]
    assert other.state()["conversations"] == []
    for path in (f"conversations/{conversation}", "conversations/cnv_00000000000000000000000000"):
        answer = other.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown")
    for verb in ("messages", "typing", "seen", "rating"):
        body = {"id": "x1", "text": "hello", "message": "msg", "score": 5}
        assert other.post(f"conversations/{conversation}/{verb}", body).status_code == 404
    with other.listening() as heard:
        reply(served, tenant, conversation, "canary-answer")
        mine = other.begun("and mine")
        reply(served, tenant, mine, "yours")
        heard.until(lambda it: "yours" in it.messages())
        assert "canary" not in heard.raw


def test_a_shared_device_id_opens_nothing(served: Served, tenant: Tenant) -> None:
    one = browser(served, tenant)
    one.begun("canary-mine")
    thief = Shopper(served, tenant, device=one.device)
    thief.begin()
    thief.begun("hello")
    assert "canary" not in thief.get("state").text


def test_a_signed_shopper_sees_theirs_from_any_browser(served: Served, tenant: Tenant) -> None:
    token = make_token(ADA, SECRET)
    conversation = browser(served, tenant, token).begun("From the office")
    at_home = browser(served, tenant, make_token(ADA, SECRET))
    assert [line["id"] for line in at_home.state()["conversations"]] == [conversation]
    assert at_home.state()["person"] == {"name": "Ada", "email": "ada@example.com", "trust": "signed", "opensHistory": True}
    assert browser(served, tenant, make_token(EVE, SECRET)).state()["conversations"] == []


def bent(token: str, changes: dict[int, tuple[str, str]]) -> str:
    """The token with characters of its first block turned into others, by its IV alone: CBC does not notice (decision 2)."""
    iv, _, rest = token.partition(":")
    block = bytearray(bytes.fromhex(iv))
    for at, (was, now) in changes.items():
        block[at] ^= ord(was) ^ ord(now)
    return f"{bytes(block).hex()}:{rest}"


@pytest.mark.parametrize("key", ["id", "uid"])
def test_a_token_whose_iv_was_edited_never_opens_anothers_history(served: Served, tenant: Tenant, key: str) -> None:
    """Eve holds a true token of her own and makes it name Ada's id; her e-mail stands in a later block, out of the IV's reach."""
    known(served, tenant, ADA)
    known(served, tenant, EVE)
    conversation = browser(served, tenant, make_token(ADA, SECRET)).begun("canary-ada")
    mine = make_token({key: "cust-2", "email": "eve@example.com"}, SECRET)
    at = f'{{"{key}":"cust-2"'.index("2")
    forged = bent(mine, {at: ("2", "1")})
    for _ in range(2):
        eve = browser(served, tenant, forged)
        said = eve.get("state")
        assert said.json()["person"]["trust"] == "typed" and said.json()["conversations"] == [] and "canary" not in said.text
        assert eve.get(f"conversations/{conversation}").status_code == 404
        assert eve.write("hello", conversation).status_code == 404
    assert browser(served, tenant, mine).state()["person"]["trust"] == "signed"
    assert browser(served, tenant, forged).state()["conversations"] == []


@given(edit=st.binary(min_size=16, max_size=16))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_edit_of_an_iv_opens_anothers_history(served: Served, tenant: Tenant, edit: bytes) -> None:
    """Whatever is made of the first block, and in whichever order the shop writes its claims."""
    if not served.rows("select 1 from visitor where workspace_id = :w limit 1", w=tenant.workspace_id):
        known(served, tenant, ADA)
        known(served, tenant, EVE)
        browser(served, tenant, make_token(ADA, SECRET)).begun("canary-ada")
    for claims in ({"id": "cust-2", "email": "eve@example.com"}, {"email": "eve@example.com", "id": "cust-2"}):
        iv, _, rest = make_token(claims, SECRET).partition(":")
        forged = bytes(one ^ other for one, other in zip(bytes.fromhex(iv), edit, strict=True)).hex() + ":" + rest
        said = browser(served, tenant, forged).get("state").text
        assert "canary" not in said and "ada@example.com" not in said


def test_the_first_block_can_not_carry_id_and_address_both() -> None:
    """Why the edit of an IV is not enough: sixteen bytes hold one of the two, and both must be of one binding."""
    assert len('{"id":"","email":"') > 16


def test_a_token_that_proves_nobody_opens_nothing(served: Served, tenant: Tenant) -> None:
    known(served, tenant, ADA)
    known(served, tenant, EVE)
    browser(served, tenant, make_token(ADA, SECRET)).begun("canary-ada")
    mixed = make_token({"id": "cust-2", "email": "ada@example.com"}, SECRET)
    id_only = make_token({"id": "cust-1"}, SECRET)
    wrong = make_token(ADA, "another-secret")
    for token in (mixed, id_only, wrong):
        one = browser(served, tenant, token)
        assert one.state()["person"]["trust"] == "typed"
        assert one.state()["conversations"] == []


def test_signing_out_closes_what_the_token_opened(served: Served, tenant: Tenant) -> None:
    one = browser(served, tenant, make_token(ADA, SECRET))
    one.begun("canary-ada")
    before = one.token
    one.begin(None)
    assert one.token != before
    assert one.state()["conversations"] == []
    assert served.client.get("/messenger/api/state", headers={"Authorization": f"Bearer {before}"}).status_code == 401


def test_another_person_at_the_same_browser_begins_anew(served: Served, tenant: Tenant) -> None:
    one = browser(served, tenant, make_token(ADA, SECRET))
    one.begun("canary-ada")
    one.begin(make_token(EVE, SECRET))
    assert "canary-ada" not in one.get("state").text


def test_a_stream_ends_with_its_token(served: Served, tenant: Tenant) -> None:
    one = browser(served, tenant)
    conversation = one.begun()
    with one.listening() as heard:
        heard.until(lambda it: it.raw)
        one.post("end")
        reply(served, tenant, conversation, "canary-late")
        heard.until(lambda it: it.is_over)
        assert "canary-late" not in heard.raw


def test_what_a_stranger_writes_in_somebodys_name_stays_theirs_alone(served: Served, tenant: Tenant) -> None:
    known(served, tenant, ADA)
    ada = browser(served, tenant, make_token(ADA, SECRET))
    stranger = Shopper(served, tenant, device=ada.device)
    stranger.begin()
    stranger.post("person", {"email": "ada@example.com"})
    stranger.begun("canary-stranger")
    assert "canary-stranger" not in ada.get("state").text


def test_a_browser_keeps_its_conversation_when_its_person_signs_in(served: Served, tenant: Tenant) -> None:
    one = browser(served, tenant)
    conversation = one.begun("Before I signed in")
    one.begin(make_token(ADA, SECRET))
    assert [line["id"] for line in one.state()["conversations"]] == [conversation]


def test_the_connector_says_how_well_a_shopper_must_be_known(served: Served, tenant: Tenant) -> None:
    served.change(tenant, history_trust=int(Trust.PROVEN))
    browser(served, tenant, make_token(ADA, SECRET)).begun("canary-ada")
    assert browser(served, tenant, make_token(ADA, SECRET)).state()["conversations"] == []
    secret = tenant.connector.token_secret
    claims = {"uid": "cust-1", "email": "ada@example.com", "aud": tenant.key, "exp": int(time.time()) + 600}
    assert browser(served, tenant, make_web_token(claims, secret)).state()["person"]["trust"] == "proven"


def test_another_shop_of_the_house_is_another_world(served: Served, tenant: Tenant) -> None:
    other = served.tenant()
    switch_on(served, other)
    conversation = browser(served, tenant, make_token(ADA, SECRET)).begun("canary-ada")
    there = browser(served, other, make_token(ADA, SECRET))
    assert there.state()["conversations"] == []
    assert there.get(f"conversations/{conversation}").status_code == 404
    here = browser(served, tenant)
    here.tenant = other
    before = here.token
    here.begin()
    assert here.token != before, "a token of one shop went on in another"


def code_of(served: Served, tenant: Tenant, email: str) -> str:
    """The code as the transport would have it."""
    for _ in range(200):
        rows = served.rows("select id, sealed from one_time_code where workspace_id = :w and email = :e", w=tenant.workspace_id, e=email)
        if rows and rows[-1][1] is not None:
            code_id, sealed = rows[-1]
            return served.desk.vault.unseal(sealed, f"{tenant.workspace_id}/one_time_code/{code_id}")
        time.sleep(0.01)
    raise AssertionError("no code was made")


def test_a_code_by_mail_opens_the_history_once(served: Served, tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    known(served, tenant, ADA)
    conversation = browser(served, tenant, make_token(ADA, SECRET)).begun("From the office")
    phone = browser(served, tenant)
    assert phone.post("codes", {"email": " Ada@example.com "}).status_code == 202
    code = told(caplog)
    assert phone.post("codes/answer", {"email": "ada@example.com", "code": code}).json() == {"ok": True, "trust": "code"}
    assert [line["id"] for line in phone.state()["conversations"]] == [conversation]
    assert browser(served, tenant).post("codes/answer", {"email": "ada@example.com", "code": code}).status_code == 422
    assert phone.post("codes/answer", {"email": "ada@example.com", "code": code}).status_code == 422
    ((sealed, state),) = served.rows("select sealed, state from one_time_code where workspace_id = :w", w=tenant.workspace_id)
    assert (sealed, state) == (None, "sent")


def told(caplog: pytest.LogCaptureFixture) -> str:
    """The code in the operator's log, where no mail server is set."""
    for _ in range(500):
        found = [record.getMessage() for record in caplog.records if "one-time code" in record.getMessage()]
        if found:
            return found[-1].rpartition(" ")[2]
        time.sleep(0.02)
    raise AssertionError("no code was told")


def test_five_wrong_tries_end_a_code(served: Served, tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    known(served, tenant, ADA)
    one = browser(served, tenant)
    one.post("codes", {"email": "ada@example.com"})
    code = told(caplog)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert one.post("codes/answer", {"email": "ada@example.com", "code": wrong}).status_code == 422
    assert one.post("codes/answer", {"email": "ada@example.com", "code": code}).status_code == 422
    assert one.state()["person"]["trust"] == "typed"


def test_nobody_learns_whose_address_is_known(served: Served, tenant: Tenant) -> None:
    known(served, tenant, ADA)
    one = browser(served, tenant)
    answers = [one.post("codes", {"email": email}) for email in ("ada@example.com", "nobody@example.com")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"{}"), (202, b"{}")]
    assert one.post("codes", {"email": "ada@example.com"}).status_code == 202
    many = one.post("codes", {"email": "ada@example.com"})
    assert (many.status_code, many.headers["retry-after"]) == (429, "600")
    assert one.post("codes", {"email": "no address"}).status_code == 422


def test_pages_of_other_origins_get_no_session_and_no_frame(served: Served, tenant: Tenant) -> None:
    served.change(tenant, origins=["https://shop.example"])
    path = f"/messenger/{tenant.key}/session"
    assert served.client.post(path, json={}, headers={"Origin": "https://evil.example"}).status_code == 403
    allowed = served.client.post(path, json={}, headers={"Origin": "https://shop.example"})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    policy = served.client.get(f"/messenger/{tenant.key}/frame").headers["content-security-policy"]
    assert "frame-ancestors https://shop.example;" in policy and "sandbox allow-scripts" in policy and "allow-same-origin" not in policy
