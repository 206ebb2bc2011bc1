"""What a customer of the shop does, as the forms send it."""

import re
from typing import Any

from httpx import Client, Response

ADA = {
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Example",
    "line1": "Øvregaten 1",
    "postcode": "5003",
    "city": "Bergen",
    "country": "NO",
    "phone": "+47 412 34 567",
    "method": "letter",
    "payment": "card",
    "act": "order",
}


def put_in_cart(shop: Client, slug: str = "notebook", option: str = "70011", quantity: int = 2) -> Response:
    return shop.post("/cart", data={"product": slug, "option": option, "quantity": str(quantity)})


def order(shop: Client, **changed: str) -> Response:
    """Two notebooks and one tape, ordered; gives the thank-you page."""
    put_in_cart(shop)
    put_in_cart(shop, "tape", "70111", 1)
    return shop.post("/checkout", data=ADA | changed)


def act(shop: Client, order_id: str, **fields: str) -> Response:
    return shop.post(f"/admin/orders/{order_id}", data=fields)


def tracked(page: Response) -> dict[str, str]:
    """What the page tells the tracker: event → properties as JSON."""
    found = re.findall(r'data-track="([^"]+)" data-properties="([^"]*)"', page.text)
    return {event: text.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'") for event, text in found}


def sum_of(event: dict[str, Any]) -> float:
    amount: float = event["properties"]["amount"]
    return amount
