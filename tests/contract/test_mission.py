"""The mission's own recipes against the port (decision 33): our rewritten equivalents always, the page's literal text where it lies
beside the checkout."""

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.contract.cases import read_customer, read_order
from tests.support.served import SECRET, Served, Tenant
from tests.support.source import ROOT

PAGE = ROOT.parent / "shared" / "seed" / "getting-started.txt"
FIXTURES = Path(__file__).parents[1] / "fixtures"
MASKED = "[email protected]"
SAMPLE_ID = "11111"


def node(script: str) -> str:
    """What a script prints, run by Node as a shop's server would."""
    done = subprocess.run(["node", "--no-deprecation", "-e", script], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


OUR_TOKEN = """
const { createHash, createCipheriv, randomBytes } = require("node:crypto");
function token(person, secret) {
  const key = createHash("sha256").update(secret).digest("hex").slice(0, 32);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(person), "utf8"), cipher.final()]);
  return `${iv.toString("hex")}:${body.toString("hex")}`;
}
console.log(token(PERSON, SECRET));
"""
OUR_BATCH = """
const events = ORDERS.map((properties) => ({ event: "order", properties, time: { sentAt: properties.processedAt }, appClientId: KEY }));
const text = JSON.stringify({ event: "send_batch", appClientId: KEY, events });
console.log(JSON.stringify({ hs: Buffer.from(text, "utf8").toString("base64") }));
"""


def filled(script: str, **values: Any) -> str:
    """A script with its names in capitals replaced by JSON."""
    return re.sub(r"\b[A-Z]{3,}\b", lambda found: json.dumps(values[found[0]]) if found[0] in values else found[0], script)


def sample() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / "seed_sample_order_properties.json").read_text(encoding="utf-8"))
    return found


def signs_in(served: Served, tenant: Tenant, token: str) -> None:
    event = {"event": "page_view", "did": "d", "time": {"sentAt": 1714550400000}, "appClientId": tenant.key, "userToken": token}
    h = base64.b64encode(json.dumps(event).encode()).decode()
    assert served.client.post("/v2/t", json={"h": h}).status_code == 200
    served.settle()


def test_our_identity_recipe_makes_a_customer(served: Served, tenant: Tenant) -> None:
    person = {"id": "1234", "firstName": "Zoë", "lastName": "Smith", "email": "zoe@example.com"}
    signs_in(served, tenant, node(filled(OUR_TOKEN, PERSON=person, SECRET=SECRET)))
    found = read_customer(served, tenant, "zoe@example.com")
    assert (found["uid"], found["type"], found["name"]) == ("1234", "customer", "Zoë Smith")


def test_our_batch_recipe_brings_the_sample_order_with_any_letters(served: Served, tenant: Tenant) -> None:
    orders = [{**sample(), "orderId": f"B{number}", "orderDbKey": number, "billingCity": "Zürich 🏔"} for number in range(25)]
    body = node(filled(OUR_BATCH, ORDERS=orders, KEY=tenant.key))
    answer = served.client.post("/v2/bt", content=body.encode(), headers={"Origin": "https://shop.example", "Content-Type": "application/json"})
    assert answer.status_code == 200
    assert [line["verdict"] for line in answer.json()["results"]].count("refused") == 0
    assert answer.headers["access-control-allow-credentials"] == "true"
    served.settle()
    assert read_order(served, tenant, "B24")["billingCity"] == "Zürich 🏔"
    assert served.count(tenant, "orders") == 25


def test_the_sample_order_is_kept_leaf_by_leaf(served: Served, tenant: Tenant) -> None:
    h = base64.b64encode(json.dumps({"event": "order", "properties": sample(), "appClientId": tenant.key}).encode()).decode()
    assert served.client.post("/v2/t", json={"h": h}).status_code == 200
    served.settle()
    assert missing(sample(), read_order(served, tenant, SAMPLE_ID)) == []


def missing(sent: dict[str, Any], found: Any) -> list[str]:
    """The leaves of an order that cannot be read back, in any spelling; times come back as ISO 8601, instructions not at all."""
    text = json.dumps(found, ensure_ascii=False)
    known = {json.dumps(value, ensure_ascii=False).strip('"') for value in leaves(found)}
    absent = []
    for value in leaves({key: value for key, value in sent.items() if key != "deleteFulfillmentAndCreate"}):
        said = json.dumps(value, ensure_ascii=False).strip('"')
        is_time = isinstance(value, int) and 10**12 < value < 2 * 10**12
        if said not in known and said not in text and not is_time:
            absent.append(said)
    return absent


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value in (None, "") else [value]


def part(start: str, end: str) -> str:
    """The lines of the page from the one that starts with `start` up to the one that starts with `end`."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(start))
    last = next(number for number in range(first + 1, len(lines)) if lines[number].startswith(end))
    return "\n".join(lines[first:last])


def literal_recipe() -> str:
    person = part("data = {", "const crypto").replace(MASKED, "adam@example.com")
    recipe = part("const crypto", "- Pass that")
    return f"let data;\nconst API_SECRET = {json.dumps(SECRET)};\n{person}\n{recipe}\nconsole.log(encrypted_data);"


def literal_order() -> str:
    return part("const event = 'order'", "richpanel.track(").replace(MASKED, "manoj@example.com")


def literal_batch(tenant: Tenant) -> str:
    """The page's batch example, with its own placeholders filled: it names one thing `events` twice, so the second is renamed."""
    single = part("const events = [{", "const events = {").replace("<order-date>", "1606758898000")
    whole = part("const events = {", "And further").replace("const events", "const batch").replace("test_api_key_123", tenant.key)
    encode = part("const eventData", "const xhr").replace("JSON.stringify(events)", "JSON.stringify(batch)")
    order = literal_order().replace("const properties", "const orderProperties")
    return f"const API_KEY = {json.dumps(tenant.key)};\n{order}\n{single}\n{whole}\n{encode}\nconsole.log(data);"


LITERAL = [PAGE] if PAGE.exists() else []
"""One page to try where it lies beside the checkout, none in a public clone."""


@pytest.mark.parametrize("page", [*LITERAL, None], ids=lambda page: "the page's text" if page else "rewritten")
def test_the_identity_recipe_as_printed_makes_a_customer(served: Served, tenant: Tenant, page: Path | None) -> None:
    person = {"id": "1234", "firstName": "Adam", "lastName": "Smith", "email": "adam@example.com"}
    signs_in(served, tenant, node(literal_recipe() if page else filled(OUR_TOKEN, PERSON=person, SECRET=SECRET)))
    found = read_customer(served, tenant, "adam@example.com")
    assert (found["uid"], found["type"], found["firstName"], found["lastName"]) == ("1234", "customer", "Adam", "Smith")


@pytest.mark.parametrize("page", [*LITERAL, None], ids=lambda page: "the page's text" if page else "rewritten")
def test_the_order_as_printed_is_kept_leaf_by_leaf(served: Served, tenant: Tenant, page: Path | None) -> None:
    properties = json.loads(node(f"{literal_order()}\nconsole.log(JSON.stringify(properties));")) if page else sample()
    event = {"event": "order", "properties": properties, "userProperties": {"uid": "manojuid"}, "appClientId": tenant.key}
    answer = served.client.post("/v3/t", json={"h": base64.b64encode(json.dumps(event).encode()).decode()})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "accepted"), answer.text
    served.settle()
    assert missing(properties, read_order(served, tenant, SAMPLE_ID)) == []


@pytest.mark.parametrize("page", [*LITERAL, None], ids=lambda page: "the page's text" if page else "rewritten")
def test_the_batch_as_printed_brings_the_order_with_its_date(served: Served, tenant: Tenant, page: Path | None) -> None:
    body = node(literal_batch(tenant) if page else filled(OUR_BATCH, ORDERS=[sample()], KEY=tenant.key))
    answer = served.client.post("/v2/bt", content=body.encode(), headers={"Origin": "https://shop.example", "Content-Type": "application/json"})
    assert (answer.status_code, [line["verdict"] for line in answer.json()["results"]]) == (200, ["accepted"]), answer.text
    served.settle()
    found = read_order(served, tenant, SAMPLE_ID)
    assert (found["amount"], found["createdAt"]) == (169.97, "2020-11-30T17:54:58.000Z")


@pytest.mark.parametrize("page", [*LITERAL, None], ids=lambda page: "the page's text" if page else "rewritten")
def test_the_traits_as_printed_name_a_visitor(served: Served, tenant: Tenant, page: Path | None) -> None:
    served.change(tenant, region="IN")
    if page:
        script = part("const userId", "richpanel.identify").replace(MASKED, "manoj@example.com")
        traits = json.loads(node(f"{script}\nconsole.log(JSON.stringify({{...properties, uid: userId}}));"))
    else:
        traits = json.loads((FIXTURES / "seed_identify.json").read_text(encoding="utf-8"))["properties"]
    event = {"event": "identify", "properties": {}, "userProperties": traits, "appClientId": tenant.key}
    answer = served.client.post("/v3/t", json={"h": base64.b64encode(json.dumps(event).encode()).decode()})
    assert answer.status_code == 200
    served.settle()
    found = read_customer(served, tenant, "manoj@example.com")
    assert (found["uid"], found["type"], found["city"], found["instagram"]) == ("manojuid", "visitor", "Manoj City", "manojinsta")
    assert found["billingAddress"]["city"] == "harlin"
