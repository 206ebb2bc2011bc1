"""Every page stands on its own, says what happened to the tracker once, and lets no foreign form or script in."""

import json
import re
from pathlib import Path

import pytest
from httpx import Client

from tests.demo import buyer
from tests.demo.peer import Peer
from tillside.demo import catalogue, snippet
from tillside.edges import capture

SNIPPET = Path(capture.__path__[0]) / "static" / "snippet.txt"
PAGES = (
    "/",
    "/mission",
    "/cart",
    "/search?q=wax",
    "/sign-in",
    "/admin",
    *(f"/shelves/{shelf.slug}" for shelf in catalogue.CATEGORIES),
)


@pytest.mark.parametrize("path", [*PAGES, *(f"/products/{product.slug}" for product in catalogue.PRODUCTS)])
def test_a_page_loads_the_tracker_and_only_scripts_with_its_nonce(shop: Client, path: str) -> None:
    page = shop.get(path)
    assert page.status_code == 200
    assert len(re.findall("<h1", page.text)) == 1
    nonce = re.search(r"'nonce-([\w-]+)'", page.headers["content-security-policy"])
    assert nonce
    for tag in re.findall(r"<script[^>]*>", page.text):
        assert f'nonce="{nonce[1]}"' in tag or 'src="/static/' in tag or '/v2/j/fernfold10"' in tag
    assert not re.search(r"\son\w+=|style=", page.text)


def test_every_picture_and_sheet_of_a_page_is_served(shop: Client) -> None:
    found = {src for path in PAGES for src in re.findall(r'(?:src|href)="(/static/[^"]+)"', shop.get(path).text)}
    assert len(found) > len(catalogue.PRODUCTS)
    assert {src: shop.get(src).status_code for src in found} == dict.fromkeys(found, 200)


def test_the_two_forms_of_the_snippet_differ_in_identify_and_version(shop: Client) -> None:
    ours, mission = shop.get("/").text, shop.get("/mission").text
    assert '"identify"' in ours
    assert '/v2/j/fernfold10"' in ours
    assert '"identify"' not in mission
    assert '?version=2.0.0"' in mission


def test_the_shop_pastes_the_snippet_the_desk_recommends(shop: Client, desk: Peer) -> None:
    recommended = SNIPPET.read_text(encoding="utf-8").replace("{{origin}}", desk.url).replace("{{key}}", "fernfold10")
    page = re.sub(r' nonce="[^"]*"', "", shop.get("/").text)
    assert "".join(recommended.split()) in "".join(page.split())


def test_the_back_office_is_no_visit(shop: Client) -> None:
    buyer.order(shop)
    for path in ("/admin", "/admin/orders/10001"):
        assert "/v2/j/" not in shop.get(path).text and "richpanel" not in shop.get(path).text, path


def test_nothing_written_into_a_script_can_end_it() -> None:
    written = snippet.mission_form("http://localhost:8080", 'k</script><!--"&')
    assert not re.search("</script|<!--|&", written)
    assert json.loads(snippet.literal('k</script><!--"&')) == 'k</script><!--"&'


def test_looking_at_a_product_is_told_with_its_price(shop: Client) -> None:
    told = json.loads(buyer.tracked(shop.get("/products/ink"))["view_product"])
    assert (told["id"], told["price"], told["currency"]) == ("7016", 15.8, "EUR")


def test_what_goes_into_the_cart_is_told_once(shop: Client) -> None:
    page = buyer.put_in_cart(shop)
    told = json.loads(buyer.tracked(page)["add_to_cart"])
    assert (told["id"], told["option_name"], told["quantity"]) == ("7001", "Dotted", 2)
    assert "add_to_cart" not in buyer.tracked(shop.get("/cart"))


def test_taking_out_tells_how_many_went(shop: Client) -> None:
    buyer.put_in_cart(shop)
    page = shop.post("/cart/line", data={"option": "70011", "quantity": "0"})
    assert json.loads(buyer.tracked(page)["remove_from_cart"])["quantity"] == 2
    assert "Your cart is empty" in page.text


def test_a_guest_is_identified_as_typed_after_the_order(shop: Client) -> None:
    page = buyer.order(shop)
    assert "data-identify" in page.text
    assert "data-identify" not in shop.get("/").text


def test_a_form_from_another_site_changes_nothing(shop: Client) -> None:
    answer = shop.post("/cart", data={"product": "ink", "option": "70161"}, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert "Your cart is empty" in shop.get("/cart").text


@pytest.mark.parametrize("path", ["/products/nothing", "/orders/guessed", "/admin/orders/1", "/nowhere", "/static/../shop.py"])
def test_an_unknown_address_is_a_page_of_its_own(shop: Client, path: str) -> None:
    assert shop.get(path).status_code == 404


def test_odd_numbers_of_pieces_are_not_followed(shop: Client) -> None:
    for odd in ("-1", "²", "1e9", "99999999999", ""):
        buyer.put_in_cart(shop)
        assert shop.post("/cart/line", data={"option": "70011", "quantity": odd}).status_code == 200
    shop.post("/cart/line", data={"option": "70011", "quantity": "9999"})
    assert 'value="20"' in shop.get("/cart").text
