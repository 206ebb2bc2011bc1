"""Workspace × role × route: whoever comes, with ids of rows that are there but not theirs, reaches nothing and changes nothing.

The cases are the house's own table of routes. Each route has its control: its owner, with the same kind of ids, succeeds.
"""

import re
import time

import httpx
import pytest
from msgspec.structs import replace

from tests.isolation import callers, routes, world
from tests.isolation.routes import GIVEN, QUERIES, Case
from tests.isolation.world import Place, spied
from tests.support.served import Served
from tillside.agents import access, session
from tillside.messenger import visitor

CASES = routes.cases()
AGENT = [case for case in CASES if case.kind == "agent"]
REST = [case for case in CASES if case.kind == "rest"]
SHOPPER = [case for case in CASES if case.kind == "shopper"]
LESSER = [case for case in AGENT if case.allow not in access.ROLES["agent"]]
GUARDED = [*AGENT, *REST, *SHOPPER]
NEEDS_A_QUERY = ("/macros/{macro_id}/preview", "/conversations/{conversation_id}/macro")
NO_ROW_IS_NO_ERROR = {
    "POST /attachments/{attachment_id}/removal",
    "GET /orders/{order_id}/news",
    "GET /connections/{connector_id}/messenger/colours.css",
}
"""Leaving out what is not there changes nothing; of no order there is no news; a colour one names oneself is nobody's."""
NUMBER = re.compile(r"\d+")
UNSTEADY = re.compile(r"\w*_[0-9a-z]{20,}|after=\d+|[0-9a-f]{12,}|\d+ ?(?:s|m|seconds?|minutes?)\b|\d{1,2}:\d\d")
"""Ids, cursors, digests and times that pass between two looks."""
WITHOUT_WORD = {
    "GET /v1/tickets/{id:path}/order",
    "GET /conversations/{conversation_id}/company",
    "GET /conversations/{conversation_id}/merge",
    "GET /customers/{profile_id}/merge",
    "GET /customers/{profile_id}/news",
    "GET /orders/{order_id}/news",
    "GET /connections/{connector_id}",
    "GET /connections/{connector_id}/checks",
    "GET /connections/{connector_id}/messenger",
    "GET /connections/{connector_id}/messenger/colours.css",
    "GET /bulk/{job_id}",
    "GET /v1/channel/{id}",
    "GET /v1/tickets/{id:path}/comments/{comment_id:path}/delivery",
    "GET /targets/{target_id}/news",
    "GET /conversations/{conversation_id}/cards/{target_id}",
}
"""Whose answer has none of the owner's texts in it."""
SHUT = {"GET /setup", "POST /setup", "POST /setup/you"}
"""Doors that close for ever once there is a workspace."""
STATUS_OF_CONTROL = {"POST /sign-in": {401, 403, 422}, "POST /messenger/api/codes/answer": {422}, **{shut: {303, 403, 404} for shut in SHUT}}


def ids(case: Case) -> str:
    return case.id


def leaks(answer: httpx.Response, word: str) -> bool:
    return word in answer.text or word in str(answer.headers) or word.encode() in answer.content


def mark(served: Served, place: Place) -> tuple[object, ...]:
    """What changes with every change in a workspace."""
    (told,) = served.rows("select max(position), count(*) from activity where workspace_id = :w", w=place.workspace_id)
    return (*told, served.entries(place.tenant))


def test_every_route_can_be_asked_and_has_its_control() -> None:
    places = {name for case in CASES for name in world.places(case.path)} - world.OF_PLACE.keys()
    assert not places, f"say in world.OF_PLACE which row stands in {sorted(places)}"
    unwritten = [case.id for case in CASES if case.method != "GET" and case.id not in GIVEN]
    assert not unwritten, f"say in routes.GIVEN what {unwritten} is given so that it succeeds"
    gone = sorted(GIVEN.keys() - {case.id for case in CASES})
    assert not gone, f"routes.GIVEN speaks of routes that are no more: {gone}"
    unasked = sorted(routes.asked_in_source() - QUERIES.keys())
    assert not unasked, f"give {unasked} a value of somebody's rows in routes.QUERIES"


def test_the_matrix_is_as_large_as_it_says() -> None:
    assert len(CASES) * 2 + len(GUARDED) * 5 + len(REST) + len(LESSER) + len(SHOPPER) * 3 >= 1000


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_owner_succeeds(served: Served, control: Place, case: Case) -> None:
    rows = fresh(served, control, case)
    answer = callers.ask(served, case, callers.owner(case, control, rows["token"]), path=rows, given=rows, wide=case.path in NEEDS_A_QUERY)
    assert answer.status_code in STATUS_OF_CONTROL.get(case.id, {200, 201, 202, 204, 303}), answer.text[:600]
    assert "/sign-in" not in answer.headers.get("location", "") or case.id in SHUT | {"GET /", "POST /sign-out"}
    if case.method == "GET" and "{" in case.path and case.kind != "public" and case.id not in WITHOUT_WORD:
        assert leaks(answer, control.word), f"its owner finds nothing there: {answer.text[:600]}"


@pytest.mark.parametrize("case", CASES, ids=ids)
@pytest.mark.parametrize("who", ["nobody", "forged"])
def test_whoever_is_not_known_reaches_nothing(served: Served, fern: Place, other: Place, who: str, case: Case) -> None:
    before = mark(served, fern)
    headers = {"nobody": {}, "forged": callers.everywhere(callers.forged(fern.keys[""]))}[who]
    if who == "forged" and case.kind == "shopper":
        headers = callers.shopper(callers.forged(fern.shopper_token))
    turned_away(callers.ask(served, case, headers, path=spied(fern.ids, other.ids), given=fern.ids, wide=True), case, fern)
    assert mark(served, fern) == before


@pytest.mark.parametrize("case", GUARDED, ids=ids)
def test_a_true_credential_opens_no_other_door(served: Served, fern: Place, other: Place, case: Case) -> None:
    """The owner's own session at the REST door and the messenger's, their REST key at the desk, their shopper's token everywhere else."""
    before = mark(served, fern)
    wrong = {"agent": [fern.keys[""], fern.shopper_token], "rest": [fern.sessions["admin"], fern.shopper_token]}
    for text in wrong.get(case.kind, [fern.sessions["admin"], fern.keys[""]]):
        turned_away(callers.ask(served, case, callers.everywhere(text), path=spied(fern.ids, other.ids), given=fern.ids, wide=True), case, fern)
    assert mark(served, fern) == before


@pytest.mark.parametrize("case", GUARDED, ids=ids)
@pytest.mark.parametrize("shape", ["path", "rest"])
@pytest.mark.parametrize("role", ["admin", "agent"])
def test_another_workspace_reaches_nothing(served: Served, fern: Place, other: Place, role: str, shape: str, case: Case) -> None:
    """`path`: foreign rows in the path, own ones beside it. `rest`: foreign rows in query and body, on one's own path."""
    before = mark(served, fern)
    headers = callers.agent(fresh_session(served, other, role)) | callers.key(other.keys[""]) | callers.shopper(fresh_shopper(served, other))
    path, given = (spied(fern.ids, other.ids), other.ids) if shape == "path" else (other.ids, fern.ids)
    answer = callers.ask(served, case, headers, path=path, given=given, wide=True)
    assert answer.status_code < 500 and not leaks(answer, fern.word), answer.text[:600]
    if shape == "path" and world.names_a_row(case.path):
        assert answer.status_code in (403, 404, 422) or case.id in NO_ROW_IS_NO_ERROR, answer.text[:600]
    assert mark(served, fern) == before
    if shape == "rest":
        assert not leaks(own_page(served, other), fern.word), "somebody's row came along to a page of one's own"


@pytest.mark.parametrize("case", REST, ids=ids)
def test_a_key_without_the_scope_reaches_nothing(served: Served, fern: Place, other: Place, case: Case) -> None:
    before = mark(served, fern)
    answer = callers.ask(served, case, callers.key(fern.keys[case.scope]), path=spied(fern.ids, other.ids), given=fern.ids, wide=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "missing_scope")
    assert not leaks(answer, fern.word) and mark(served, fern) == before


@pytest.mark.parametrize("case", LESSER, ids=ids)
def test_a_lesser_role_reaches_nothing_of_the_admins(served: Served, fern: Place, other: Place, case: Case) -> None:
    before = mark(served, fern)
    answer = callers.ask(served, case, callers.agent(fern.sessions["agent"]), path=spied(fern.ids, other.ids), given=fern.ids, wide=True)
    assert answer.status_code == 403 and "Your role does not allow this." in answer.text
    assert not leaks(answer, "Key canary") and mark(served, fern) == before


@pytest.mark.parametrize("name", ["macro", "view"])
def test_what_is_one_agents_own_is_nobody_elses(served: Served, fern: Place, other: Place, name: str) -> None:
    before = mark(served, fern)
    found = [case for case in AGENT if f"/{{{name}_id}}" in case.path]
    assert found
    for case in found:
        answer = callers.ask(served, case, callers.agent(fern.sessions["agent"]), path=spied(fern.ids, other.ids), given=fern.ids, wide=True)
        assert answer.status_code == 404, (case.id, answer.status_code)
    assert mark(served, fern) == before


@pytest.mark.parametrize("case", SHOPPER, ids=ids)
@pytest.mark.parametrize("shape", ["path", "rest"])
def test_another_shopper_of_the_same_shop_reaches_nothing(served: Served, fern: Place, shape: str, case: Case) -> None:
    stranger, own = served.do(_stranger(served, fern))
    before = mark(served, fern)
    path, given = (spied(fern.ids, own), own) if shape == "path" else (own, fern.ids)
    answer = callers.ask(served, case, callers.shopper(stranger), path=path, given=given, wide=True)
    assert answer.status_code < 500 and not leaks(answer, fern.word), answer.text[:600]
    if shape == "path" and world.names_a_row(case.path):
        assert (answer.status_code, mark(served, fern)) == (404, before)


@pytest.mark.parametrize("case", SHOPPER, ids=ids)
def test_the_shopper_of_a_conversation_never_reads_its_notes(served: Served, fern: Place, case: Case) -> None:
    token, own = served.do(_stranger(served, fern))
    answer = callers.ask(served, case, callers.shopper(token), path=own, given=own, wide=True)
    assert answer.status_code < 500 and "note-" not in answer.text and "Later" not in answer.text and "Draft" not in answer.text


def test_no_count_and_no_list_moves_with_another_workspace(served: Served, fern: Place, other: Place) -> None:
    lists = [case for case in (*AGENT, *REST) if case.method == "GET" and not world.places(case.path)]
    lists = [case for case in lists if not case.is_stream and case.path != "/events/mine"]  # which names a new code at each look
    lists.append(next(case for case in REST if case.path == "/v1/reports/query"))
    headers = callers.agent(other.sessions["admin"]) | callers.key(other.keys[""])
    served.do(world.talk(served, other))
    served.settle()

    def told() -> list[list[str]]:
        answers = [callers.ask(served, case, headers, path=other.ids, given=other.ids) for case in lists]
        return [NUMBER.findall(UNSTEADY.sub("", answer.text)) for answer in answers]

    moved: list[str] = []
    for _ in range(5):  # what other's own replies and calls do when their time comes moves once or twice; a leak moves every time
        before = told()
        rows = served.do(world.talk(served, fern))
        assert rows["conversation"]
        served.settle()
        moved = [case.id for case, was, now in zip(lists, before, told(), strict=True) if was != now]
        if not moved:
            break
    assert not moved


def turned_away(answer: httpx.Response, case: Case, place: Place) -> None:
    """Nobody came in here; what is open to all says nothing of anybody."""
    assert answer.status_code < 500 and not leaks(answer, place.word), answer.text[:600]
    if case.kind == "agent":
        is_sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        is_astray = answer.status_code == 404 and "This address lacks its /v1" in answer.text  # a REST key at an address the desk has too
        is_silent = case.is_stream and answer.status_code == 204
        assert is_sent_away or is_astray or is_silent or answer.status_code in (401, 403), answer.text[:600]
    elif case.kind in ("rest", "shopper"):
        assert answer.status_code in (401, 403), answer.text[:600]


def own_page(served: Served, place: Place) -> httpx.Response:
    headers = callers.agent(fresh_session(served, place, "admin"))
    return served.client.get(f"/conversations/{place.ids['conversation']}", headers=headers)


def fresh_session(served: Served, place: Place, role: str) -> str:
    """Its session, or another where a case signed it out."""
    if served.client.get("/settings/appearance", headers=callers.agent(place.sessions[role])).status_code != 200:
        place.sessions[role] = served.do(_signed_in(served, place, role))
    return place.sessions[role]


def fresh_shopper(served: Served, place: Place) -> str:
    """Its shopper's token, or another where a case ended it."""
    if served.client.get("/messenger/api/state", headers=callers.shopper(place.shopper_token)).status_code != 200:
        place.shopper_token = served.do(_take_over(served, place, place.ids["conversation"]))
    return place.shopper_token


async def _signed_in(served: Served, place: Place, role: str) -> str:
    async with served.desk.store.write() as tx:
        return await session.begin(tx, place.admin if role == "admin" else place.agent)


def fresh(served: Served, control: Place, case: Case) -> dict[str, str]:
    """Rows nobody used before, a session nobody ended, and whatever the route needs done first."""
    rows = served.do(_rows(served, control, case))
    if case.path.endswith("/rating"):
        done(served, "POST", f"/conversations/{rows['conversation']}/closure", rows["token"])
    if case.path.endswith("/bulk/{job_id}/undoing"):
        until(served, rows["job"])
    if case.path.startswith("/customers/") and case.method == "POST":
        body = {"customer": {"uid": rows["conversation"], "email": f"{rows['number']}@control.example"}}
        made = served.client.post("/v1/customers", json=body, headers=callers.key(control.keys[""]))
        rows["second_profile"] = made.json()["customer"]["id"]
        if case.path.endswith("/separations"):
            done(served, "POST", f"/customers/{rows['profile']}/merges", rows["token"], profile_id=rows["second_profile"])
    return rows


def done(served: Served, method: str, path: str, token: str, **form: str) -> None:
    assert served.client.request(method, path, headers=callers.agent(token), data=form).status_code == 303


def until(served: Served, job: str) -> None:
    while served.rows("select state from job where id = :id", id=job) != [("done",)]:
        time.sleep(0.02)


async def _rows(served: Served, control: Place, case: Case) -> dict[str, str]:
    works = case.path.endswith("/bulk/{job_id}/undoing")
    rows = await world.talk(served, control, works=works) if case.method != "GET" or "{" in case.path else control.ids
    token = await _signed_in(served, control, "admin")
    if case.kind == "shopper":
        control.shopper_token = await _take_over(served, control, rows["conversation"])
    if case.path.startswith("/events"):
        rows = rows | {"event": await world.park(served, control)}
    return rows | {"token": token}


async def _take_over(served: Served, place: Place, conversation_id: str) -> str:
    """The token of a new browser to which this conversation belongs."""
    async with served.desk.store.write() as tx:
        one, token = await visitor.begin(tx, place.tenant.connector, "device-new")
        named = "update visitor_conversation set visitor_id = :new where workspace_id = :w and conversation_id = :id"
        await tx.run(named, new=one.id, w=place.workspace_id, id=conversation_id)
    return token


async def _stranger(served: Served, place: Place) -> tuple[str, dict[str, str]]:
    """Another shopper of the same shop, with a conversation of their own that carries none of the canary."""
    plain = replace(place, word="plain")
    own = await world.talk(served, plain)
    return await _take_over(served, place, own["conversation"]), own
