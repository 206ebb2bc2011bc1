"""REST cases as data: tests/contract/rest/*.toml, read here and played against the port.

A case is a row of calls. `path` and `body` may hold KEY (the connector's key), ``${name}`` (a value kept from an earlier answer, raw) and
``%{name}`` (the same, percent-encoded). `answer`: dotted path → value, where "(absent)" means not there, "(a time)" an ISO time and
"(some)" anything but nothing, "(kept)" the cursor kept before; `never`: texts that must not stand in
the answer, of one call or of every call of a case; `keep`: name → dotted path to remember.

Beside what a case says, every answer is JSON, a success names no error anywhere at its top, a failure is the superset of contract 2.1,
and no answer holds anything of the neighbour: another workspace whose rows have the very ids and addresses the cases use.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import Struct, convert
from starlette.routing import compile_path

from tests.contract import outgoing
from tests.contract.cases import at
from tests.support.served import Served, Tenant
from tillside.edges import api
from tillside.edges.api.call import Endpoint

FOLDER = Path(__file__).with_name("rest")
CANARY = "canary-5d1e"
BESIDE = ("/v1/targets", "/v1/deliveries", "/v1/webhooks", "/v1/actions")
"""Not of the contract; their cases begin with what outgoing.py furnishes, under its names."""
_PLACE = re.compile(r"([$%])\{(\w+)\}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Exchange(Struct, forbid_unknown_fields=True):
    """One call and its answer."""

    call: str
    body: str = ""
    headers: dict[str, str] = {}
    status: int = 200
    answer: dict[str, Any] = {}
    never: list[str] = []
    told: dict[str, str] = {}
    keep: dict[str, str] = {}
    count: dict[str, int] = {}


class Case(Struct, forbid_unknown_fields=True):
    """`of`: the operations it is about, by their ids in the OpenAPI document; it calls every one of them."""

    says: str
    of: list[str]
    do: list[Exchange]
    never: list[str] = []


def load() -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        found += [convert(one, Case) for one in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]
    return found


def play(served: Served, tenant: Tenant, case: Case) -> None:
    kept = {"workspace": str(tenant.workspace_id), **agents(served, tenant)}
    if any(one.call.partition(" ")[2].startswith(BESIDE) for one in case.do):
        kept |= outgoing.furnished(served, tenant, "")
    for number, one in enumerate(case.do):
        where = f"{case.says} · {number + 1}: {one.call}"
        method, path = filled(one.call, kept, tenant).split(" ", 1)
        headers = {"x-richpanel-key": tenant.rest_key, "content-type": "application/json", **one.headers}
        body = filled(one.body, kept, tenant).encode()
        answer = served.client.request(method, path, content=body, headers={name: filled(text, kept, tenant) for name, text in headers.items()})
        assert answer.status_code == one.status, f"{where}: {answer.status_code} {answer.text}"
        assert answer.headers["content-type"] == "application/json", where
        said = answer.json()
        check(said, one.answer, kept, where)
        check_form(said, answer.status_code, where)
        for text in (*one.never, *case.never, CANARY):
            assert filled(text, kept, tenant) not in answer.text, f"{where}: {text} in {answer.text}"
        for name, value in one.told.items():
            assert answer.headers.get(name) == value, f"{where}: {name} is {answer.headers.get(name)!r}"
        for name, count in one.count.items():
            found = at(said, name)
            assert len(found if found != "(absent)" else []) == count, f"{where}: {name} {answer.text}"
        kept |= {name: str(at(said, place)) for name, place in one.keep.items()}


def check_form(said: Any, status: int, where: str) -> None:
    """A success never looks like an error to a client that looks for the key; an error says one sentence in three places."""
    if status < 300:
        assert not isinstance(said, dict) or not said.keys() & {"error", "errors"}, where
        return
    words = said["message"]
    assert isinstance(words, str) and words == said["error"]["message"] == said["errors"]["message"], where
    assert words and words != "Endpoint request timed out" and said["error"]["code"], where


def check(said: Any, wanted: dict[str, Any], kept: dict[str, str], where: str) -> None:
    for path, value in wanted.items():
        got = at(said, path) if path else said
        value = _nulls(value)
        if isinstance(value, str) and value.startswith("${"):
            value = kept[value[2:-1]]
        if value == "(a time)":
            assert isinstance(got, str) and _TIME.fullmatch(got), f"{where}: {path} is {got!r}"
        elif value == "(kept)":
            assert str(got) == kept["cursor"], where
        elif value == "(some)":
            assert got not in ("(absent)", "", [], {}), f"{where}: {path} is {got!r}"
        else:
            assert got == value, f"{where}: {path} is {got!r}, not {value!r}, in {json.dumps(said, indent=1)}"


def _nulls(value: Any) -> Any:
    """TOML has no null; "(null)" stands for it inside lists and objects."""
    if isinstance(value, list):
        return [_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: _nulls(one) for name, one in value.items()}
    return None if value == "(null)" else value


def filled(text: str, kept: dict[str, str], tenant: Tenant) -> str:
    """The text with its places filled in."""
    put = _PLACE.sub(lambda found: kept[found[2]] if found[1] == "$" else quote(kept[found[2]], safe=""), text)
    return put.replace("KEY", tenant.key)


def endpoint_of(call: str) -> Endpoint | None:
    """The endpoint a case's call reaches: the first of the table whose path fits, as the router looks for it."""
    method, _, whole = call.partition(" ")
    path = whole.partition("?")[0]
    return next((one for one in api.endpoints() if one.method == method and compile_path(one.path)[0].match(path)), None)


NAMES = ("t", "t1", "t2", "t3", "<t@x>", "<t/1@x>", "<CA+1/x=y@mail.example.com>")
"""Ids of tickets in the cases."""


def neighbour(served: Served) -> Tenant:
    """Another workspace with everything the cases have, under the same ids, each with the canary in it."""
    theirs = served.tenant(name=f"Neighbour {CANARY}")
    agents(served, theirs, name=CANARY)
    headers = {"x-richpanel-key": theirs.rest_key}
    via = {"channel": "email", "source": {"from": {"address": "ada@example.com", "name": CANARY}}}
    for name in NAMES:
        comment = {"id": f"c-{name}", "body": CANARY}
        body = {"ticket": {"id": name, "subject": CANARY, "tags": ["vip", CANARY], "comment": comment, "via": via}}
        assert served.client.post("/v1/tickets", json=body, headers=headers).status_code == 200
    person = {"customer": {"uid": "c1", "email": "ada@example.com", "phone": "+447911123456", "city": CANARY}}
    assert served.client.post("/v1/customers", json=person, headers=headers).status_code == 200
    for number in ("1", "101"):
        order = {"properties": {"orderId": number, "orderName": CANARY, "amount": 5, "currency": "EUR"}, "userProperties": {"uid": "c1"}}
        assert served.client.post(f"/v1/order/{theirs.key}", json=order, headers=headers).status_code == 200
    outgoing.furnished(served, theirs, CANARY)
    assert CANARY in served.client.get("/v1/tickets/t", headers=headers).text, "the canary sings at home"
    return theirs


def agents(served: Served, tenant: Tenant, name: str = "Mia") -> dict[str, str]:
    """An agent and a team of this tenant, by name."""
    w = tenant.workspace_id
    return served.do(_furnish(served, w, name))


async def _furnish(served: Served, w: int, name: str) -> dict[str, str]:
    async with served.desk.store.write() as tx:
        await tx.run(
            "insert into agent (workspace_id, id, email, name, role, password_hash, created_at)"
            " values (:w, :id, :email, :name, 'admin', 'hash-of-a-password', 1) on conflict do nothing",
            w=w,
            id=f"agt_{w}",
            email=f"mia@{w}.example",
            name=name,
        )
        await tx.run(
            "insert into team (workspace_id, id, name, folded, created_at, updated_at) values (:w, :id, 'Support', 'support', 1, 1)"
            " on conflict do nothing",
            w=w,
            id=f"tea_{w}",
        )
    return {"mia": f"agt_{w}", "team": f"tea_{w}"}
