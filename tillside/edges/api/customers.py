"""`/v1/customers` (contract 2.3): integrators write customers and check what they sent."""

from typing import Any

from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.customers import identity, lookup
from tillside.customers import person as whole
from tillside.edges.api import documents, intake, persons
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.events import people
from tillside.events.notes import Notes
from tillside.events.shapes import Claims
from tillside.orders import figures
from tillside.orders import order as shelf

_MOST_ORDERS = 250
"""How many of a person's orders are named; figures always count all of them."""


def endpoints() -> list[Endpoint]:
    return [
        Endpoint(
            method="POST",
            path="/v1/customers",
            verb=write_customer,
            name="createACustomer",
            does="Write a customer: found by uid, else email, else phone.",
            scope="customers:write",
            takes=documents.CustomerAsked,
            gives=documents.CustomerWritten,
            statuses={202: "Stored; not yet visible.", 409: "The email belongs to another uid."},
        ),
        Endpoint(
            method="GET",
            path="/v1/customers/{kind}/{value:path}",
            verb=read_customer,
            name="fetchACustomerFromEmailOrPhone",
            does="Read a customer by email or phone.",
            scope="customers:read",
            gives=documents.CustomerRead,
        ),
    ]


async def write_customer(call: Call) -> Answer:
    """``POST /v1/customers`` with ``{"customer": {…}}`` or the bare object → ``{"message", "customer": {"id", "uid"}}``.

    Upsert by uid, else e-mail, else phone. An e-mail that belongs to another uid is a 409 (decision 5).
    """
    said = dict(call.inside("customer"))
    connector = await call.connector(said.pop("appClientId", None))
    claims = _claims(said, connector.region)
    if not claims:
        raise Refused("The customer has neither uid, email nor phone.", field="customer.uid", hint="Send at least one of them.")
    owner = await lookup.uid_of_email(call.desk.store, call.workspace_id, connector.id, claims.email)
    if claims.uid and owner is not None and owner != claims.uid:
        raise Conflict(f"{claims.email} belongs to another uid.", field="customer.email", hint="Send the uid this e-mail belongs to.")
    event: dict[str, Any] = {
        "event": "identify",
        "appClientId": connector.api_key,
        "userProperties": said,
        "time": {"sentAt": stamps.now() // 1000},
    }
    if call.name:
        event["eventId"] = f"{call.key.id}:{call.name}"
    taken = await intake.take(call, connector, [event], inside=("userProperties", "customer"))
    noted = {"notes": taken.notes[0]} if taken.notes else {}
    if not taken.is_passed:
        return Answer({"message": "Accepted; not yet visible.", "position": taken.position, **noted}, 202)
    found = await lookup.holder(call.desk.store, call.workspace_id, identity.handles(claims, connector.id, identity.VOUCHED))
    return Answer({"message": "Customer stored.", "customer": {"id": found, "uid": claims.uid}, **noted})


async def read_customer(call: Call) -> Answer:
    """``GET /v1/customers/{email|phone}/{value}`` → ``{"customer": {…}}``; 404 when nobody has it."""
    kind, value = call.path["kind"], call.path["value"]
    if kind not in ("email", "phone"):
        raise Unknown("Customers are read by email or phone.")
    store, shops = call.desk.store, await call.connectors()
    claims = _claims({kind: value}, shops[0].region if shops else "")
    found = await lookup.anybody(store, call.workspace_id, claims) if claims else None
    if found is None:
        raise Unknown(f"No customer has this {kind}.")
    one = await whole.read(store, call.workspace_id, found)
    bought = persons.Bought(
        await shelf.of_profiles(store, call.workspace_id, one.ids, count=_MOST_ORDERS),
        (await figures.of_people(store, call.workspace_id, [one.id])).get(one.id, []),
        await shelf.first_placed_at(store, call.workspace_id, one.ids),
    )
    return Answer({"customer": persons.person(one, bought, {shop.id: shop.api_key for shop in shops})})


def _claims(said: dict[str, Any], region: str) -> Claims:
    return people.read_claims(people.read_traits(said, Notes(), "customer"), {}, region)
