"""What makes an inspector worth having: an older wholesale system, two subscriptions, and statements no desk can take."""

from random import Random
from typing import Any

from tillside.demo import catalogue
from tillside.demo.people import Person
from tillside.demo.seed.said import DAY, HOUR, MINUTE, Said, new_id
from tillside.demo.statements import Event

WHOLESALE = "ledgerline-wholesale"
SHOPS = (
    ("Papirhuset Lille", "kontakt.papirhuset@example.com", "Stavanger", "Norway", "4005"),
    ("Bureau des Lettres", "bureau.lettres@example.com", "Rennes", "France", "35000"),
    ("Tinte & Kaffee", "tinte.kaffee@example.com", "Jena", "Germany", "07743"),
    ("The Blotter", "the.blotter@example.com", "Bath", "United Kingdom", "BA1 1HB"),
)


def all_of(people: list[Person], chance: Random, now_ms: int, *, key: str) -> list[Said]:
    events = [
        *(_wholesale(number, chance, now_ms) for number in range(8)),
        *_subscriptions(people, now_ms),
        *_refused(now_ms),
        (now_ms - 31 * MINUTE, {"event": "identify", "properties": [], "userProperties": {"uid": "17760", "phone": 34612345670}}),
    ]
    return [Said(at, event | {"appClientId": key, "eventId": new_id(chance)}, is_signed=True) for at, event in events]


def _wholesale(number: int, chance: Random, now_ms: int) -> tuple[int, Event]:
    """Snake case, sums as text, times in seconds, a currency in small letters or none at all."""
    name, email, city, country, postcode = SHOPS[number % len(SHOPS)]
    product, pieces = chance.choice(catalogue.PRODUCTS), chance.choice((12, 20, 24, 40))
    price = product.price * 6 // 10
    at = now_ms - number * 3 * DAY - chance.randrange(25 * MINUTE, 5 * HOUR)
    properties: dict[str, Any] = {
        "order_id": f"W-{2207 - number}",
        "order_name": f"W-{2207 - number}",
        "order_status": "Completed" if number > 1 else "Processing",
        "amount": _text(price * pieces),
        "shipping_amount": "0.00",
        "created_at": at // 1000,
        "payment_method": "bank transfer",
        "billing_email": email,
        "billing_company": name,
        "billing_city": city,
        "billing_country": country,
        "billing_postcode": postcode,
        "items": [
            {
                "id": product.id,
                "sku": product.options[0].sku,
                "name": product.name,
                "price": _text(price),
                "quantity": str(pieces),
            }
        ],
    }
    if number % 2 == 0:
        properties["currency"] = "eur"
    traits = {"uid": email, "email": email, "name": name, "city": city, "country": country, "tags": "wholesale", "facebook": ""}
    event = {"event": "order", "platform": WHOLESALE, "version": "0.9", "properties": properties, "userProperties": traits}
    return at, event | {"time": {"sentAt": at}}


def _subscriptions(people: list[Person], now_ms: int) -> list[tuple[int, Event]]:
    """Paper of the month, one running and one paused, with the traits under the name the older page uses."""
    return [
        _subscription(people[0], "S-118", "active", now_ms - 26 * DAY),
        _subscription(people[3], "S-121", "paused", now_ms - 11 * DAY),
    ]


def _subscription(person: Person, number: str, status: str, at: int) -> tuple[int, Event]:
    properties = {
        "orderId": number,
        "amount": 14.5,
        "currency": "EUR",
        "status": status,
        "createdAt": at,
        "start": at,
        "lastPayment": at,
        "nextPayment": at + 30 * DAY if status == "active" else "",
        "end": "",
        "productName": "Paper of the month",
        "items": [{"id": "7100", "sku": "FF-POM-7100", "name": "Paper of the month", "price": 14.5, "quantity": 1}],
    }
    traits = {"uid": person.uid, "email": person.email, "firstName": person.first_name, "lastName": person.last_name}
    return at, {"event": "subscription", "properties": properties, "user_properties": traits, "time": {"sentAt": at}}


def _refused(now_ms: int) -> list[tuple[int, Event]]:
    """No order number; a sum in local form; no name; a serialiser that failed."""
    at = now_ms - 40 * MINUTE
    traits = {"uid": SHOPS[2][1], "email": SHOPS[2][1], "name": SHOPS[2][0]}
    item = {"id": "7012", "name": "Sealing wax, 4 sticks", "price": 5.76, "quantity": 24}
    comma = {"order_id": "W-2208", "amount": "276,48", "currency": "EUR", "items": [item | {"price": "11,52"}]}
    common: Event = {"platform": WHOLESALE, "version": "0.9", "userProperties": traits}
    return [
        (at, common | {"event": "order", "properties": {"amount": 138.24, "items": [item]}, "time": {"sentAt": at}}),
        (at + 9 * MINUTE, common | {"event": "order", "properties": comma, "time": {"sentAt": at + 9 * MINUTE}}),
        (at + 17 * MINUTE, common | {"event": "", "properties": {"name": "Price list"}, "time": {"sentAt": at + 17 * MINUTE}}),
        (at + 24 * MINUTE, common | {"event": "order", "properties": [], "time": {"sentAt": at + 24 * MINUTE}}),
    ]


def _text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
