"""Who is it: an anonymous visit becomes a customer's history by the shop's word, and a wrong merge can be taken back."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import Agent, Desk, Visitor
from tests.support import recipes

SIGN = "how-to/sign-your-customers.md"
SAID = {"token": "signed", "jwt": "proven"}


def vouched(desk: Desk, proof: str, person: dict[str, str]) -> str:
    """The script line by which the shop says who is signed in, made by the how-to's recipe."""
    if proof == "jwt":
        token = recipes.call(SIGN, "js", "webToken", {"sub": person["id"], **person}, desk.key, desk.token_secret)
    else:
        token = recipes.call(SIGN, "js", "encryptedUser", person, desk.secret)
    return f"window.richpanelSettings = {json.dumps(token)};"


def ada(proof: str) -> dict[str, str]:
    return {"id": f"ada-{proof}", "email": f"ada.{proof}@example.com", "firstName": "Ada", "lastName": proof.capitalize()}


@pytest.mark.parametrize("proof", ["token", "jwt"])
def test_what_an_anonymous_visitor_did_is_part_of_the_customer(agent: Agent, visitor: Visitor, proof: str) -> None:
    person = ada(proof)
    visitor.open("/window", title=f"Window shopping by {proof}")
    visitor.ready()
    visitor.run("richpanel.track('view_product', {id: 'lamp-1', name: 'Moon lamp', price: 20})")
    agent.open("/events?q=view_product")
    expect(agent.page.locator("tr[data-event]", has_text="Moon lamp").first).to_be_visible()
    visitor.open("/account", before=vouched(visitor.desk, proof, person), title="Her account")
    page = agent.customer(person["email"])
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Ada {person['lastName']}")
    expect(page.locator("#who")).to_contain_text("Customer")
    expect(page.locator("#known li", has_text=person["email"])).to_contain_text(SAID[proof])
    unfold(page)
    expect(page.locator("#timeline")).to_contain_text("Moon lamp")
    expect(page.locator("#timeline")).to_contain_text(f"Window shopping by {proof}")


def test_a_merge_by_hand_is_shown_with_its_reason_and_taken_back(agent: Agent, visitor: Visitor) -> None:
    visitor.open(
        "/one", before=vouched(visitor.desk, "token", {"id": "bo-1", "email": "bo@example.com", "firstName": "Bo"}), title="Bo at home"
    )
    agent.customer("bo@example.com")
    visitor.page.context.clear_cookies(domain="127.0.0.1")
    visitor.page.evaluate("localStorage.clear()")
    visitor.open("/two", after="richpanel.identify('', {firstName: 'Bo', city: 'Aarhus'})", title="Bo at work")
    agent.open("/customers?show=visitors")
    expect(agent.page.locator("#rows")).to_contain_text("Bo")
    page = agent.customer("bo@example.com")
    page.get_by_role("link", name="Merge…").click()
    page.wait_for_url("**/merge")  # its scripts run after the page is read; nobody types before that
    page.get_by_label("Find the other one").fill("Bo")
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("#known")).to_contain_text("Merged in")
    expect(page.locator("#known")).to_contain_text("Mia Larsen")
    unfold(page)
    expect(page.locator("#timeline")).to_contain_text("Bo at work")
    page.locator("#known li", has_text="Mia Larsen").get_by_role("button", name="Take back").click()
    expect(page.locator("#known")).not_to_contain_text("Mia Larsen")
    expect(page.locator("#timeline")).not_to_contain_text("Bo at work")
    expect(page.locator("#timeline")).to_contain_text("took a merge back")


def unfold(page: Page) -> None:
    """Open every visit of the timeline."""
    for fold in page.locator("#timeline summary").all():
        fold.click()
