"""Contract cases as data: tests/contract/cases/*.toml, read here and played against the port.

A case sends what clients send (`as` names the client of clients.py; `event` is the literal JSON text, KEY stands for the connector's
key), says what each answer must be, and what must be there afterwards:

- `order."1001"` and `customer."ada@example.com"` (or a phone): dotted path → value, as REST answers it; "(absent)" means not there;
- `count`: table → rows; `rows`: SQL conditions are written as ``table where condition`` → rows.
"""

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from msgspec import Struct, convert

from tests.contract.clients import CLIENTS
from tests.support.served import Served, Tenant

FOLDER = Path(__file__).with_name("cases")
ABSENT = "(absent)"


class Message(Struct, forbid_unknown_fields=True, rename={"client": "as"}):
    """One request and its answer. `corrected` and `warned` are the paths of exactly those notes; `results` the verdicts of a batch."""

    client: str
    event: str
    status: int = 200
    verdict: str = ""
    corrected: list[str] = []
    warned: list[str] | None = None
    results: list[str] | None = None
    refused: str = ""
    answer: dict[str, Any] = {}


class Case(Struct, forbid_unknown_fields=True):
    """One behaviour of a client, in a sentence."""

    says: str
    send: list[Message]
    quirks: list[int] = []
    sections: list[str] = []
    region: str = "US"
    order: dict[str, dict[str, Any]] = {}
    customer: dict[str, dict[str, Any]] = {}
    count: dict[str, int] = {}
    rows: dict[str, int] = {}


def load() -> list[Case]:
    """Every case of every file, in the order written."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        found += [convert(one, Case) for one in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]
    return found


def send(served: Served, tenant: Tenant, message: Message) -> httpx.Response:
    request = CLIENTS[message.client](message.event.strip().replace("KEY", tenant.key), tenant.connector.secret)
    return served.client.post(request.path, content=request.body, headers=request.headers)


def play(served: Served, tenant: Tenant, case: Case) -> None:
    """Send the messages, check each answer, then what is there."""
    if case.region != "US":
        served.change(tenant, region=case.region)
    for number, message in enumerate(case.send):
        check_answer(send(served, tenant, message), message, f"{case.says} (message {number + 1})")
    served.settle()
    for order, fields in case.order.items():
        compare(read_order(served, tenant, order), fields, f"{case.says}: order {order}")
    for name, fields in case.customer.items():
        compare(read_customer(served, tenant, name), fields, f"{case.says}: {name}")
    for table, rows in case.count.items():
        assert served.count(tenant, table) == rows, f"{case.says}: {table}"
    for said, count in case.rows.items():
        table, _, condition = said.partition(" where ")
        assert served.count(tenant, table, condition) == count, f"{case.says}: {said}"


def check_answer(answer: httpx.Response, message: Message, where: str) -> None:
    assert answer.status_code == message.status, f"{where}: {answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/json", where
    said = answer.json()
    assert isinstance(said, dict), f"{where}: clients expect an object"
    for key, value in message.answer.items():
        assert said.get(key) == value, f"{where}: {key} {answer.text}"
    if message.results is not None:
        assert [line["verdict"] for line in said["results"]] == message.results, f"{where}: {answer.text}"
        return
    notes = said.get("notes", [])
    if message.verdict:
        assert said["verdict"] == message.verdict, f"{where}: {answer.text}"
        assert sorted(note["path"] for note in notes if note["level"] == "corrected") == sorted(message.corrected), f"{where}: {answer.text}"
    if message.warned is not None:
        assert sorted(note["path"] for note in notes if note["level"] == "warning") == sorted(message.warned), f"{where}: {answer.text}"
    if message.refused:
        assert said["error"]["field"] == message.refused, f"{where}: {answer.text}"


def read_order(served: Served, tenant: Tenant, number: str) -> Any:
    return _read(served, tenant, f"/v1/order/{tenant.key}/{quote(number, safe='')}")


def read_customer(served: Served, tenant: Tenant, name: str) -> Any:
    kind = "email" if "@" in name else "phone"
    found = _read(served, tenant, f"/v1/customers/{kind}/{quote(name, safe='')}")
    return found["customer"] if found is not None else None


def _read(served: Served, tenant: Tenant, path: str) -> Any:
    answer = served.client.get(path, headers={"x-richpanel-key": tenant.rest_key})
    assert answer.status_code in (200, 404), answer.text
    return answer.json() if answer.status_code == 200 else None


def compare(found: Any, wanted: dict[str, Any], where: str) -> None:
    """Each dotted path of `wanted` leads to its value; a list or object is compared whole."""
    for path, value in wanted.items():
        got = at(found, path)
        assert got == value, f"{where}: {path} is {got!r}, not {value!r}, in {json.dumps(found, indent=1)}"


def at(found: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        else:
            return ABSENT
    return ABSENT if found is None else found
