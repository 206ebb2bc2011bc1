"""The integration page of the mission, run in the browser: `identify` and `order` as a shop writes them.

Where that page lies beside the checkout its own code is run as it stands, except for host and key (decision 33);
the rewritten equivalent always is.
"""

import pytest

from tests.storefront.visit import Visit
from tests.support import mission

IDENTIFY = """
const userId = 'ada-1'
const properties = {
"firstName": "Ada",
"phone": 4930123456,
"uid": "ada-1",
"email": "ada@example.com",
"billingAddress": {"email": "ada@example.com", "city": "Ulm"}
}
richpanel.identify(userId, properties)
"""

ORDER = """
const event = 'order'
const properties = {
"orderId": "11111",
"amount": 169.97, //required
"billingPhone": null,
"billingAddressLine2": "",
"items": [{"id": "lamp-1", "price": 49.99, "quantity": 1}],
"fulfillment": [{"id": "f-1", "tracking": [{"trackingNumber": "123"}], "items": [{"id": "lamp-1", "quantity": 1,}]}],
"shippingAmount": 10.45
}
richpanel.track(event, properties)
"""


def identities() -> list[str]:
    literal = [mission.identify()] if mission.is_here() else []
    return [IDENTIFY, *literal]


def orders() -> list[str]:
    literal = [mission.order()] if mission.is_here() else []
    return [ORDER, *literal]


@pytest.mark.parametrize("code", identities())
def test_identify_as_a_shop_writes_it(visit: Visit, code: str) -> None:
    visit.open()
    written = visit.call(code.rpartition("richpanel.")[0] + "; return {...properties, uid: userId}")
    assert visit.track(code, "identify")["userProperties"] == written


@pytest.mark.parametrize("code", orders())
def test_order_as_a_shop_writes_it(visit: Visit, code: str) -> None:
    visit.open()
    written = visit.call(code.rpartition("richpanel.")[0] + "; return properties")
    event = visit.track(code, "order")
    assert event["properties"] == written
    assert len(event["properties"]["items"]) >= 1
