"""The mission's integration, played from a page of another origin: snippet, identity, events, batch.

Where the mission's page lies beside the checkout, its own code runs as it stands but for host and key; the equivalents written anew
always run (decision 33).
"""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.cast import Agent, Desk, Visitor
from tests.support import leaves, mission, recipes
from tests.support.source import ROOT
from tillside.connectors import snippet
from tillside.demo.snippet import mission_form

SAMPLE = json.loads((ROOT / "tests/fixtures/seed_sample_order_properties.json").read_text(encoding="utf-8"))
ZONE = "Europe/Oslo"
CART, HISTORY, SIGN = (f"how-to/{name}.md" for name in ("connect-a-custom-cart", "send-order-history", "sign-your-customers"))
FORMS = ["recommended", "written anew"] + ["the page's own"] * mission.is_here()


def head(desk: Desk, form: str, key: str = "") -> str:
    """The snippet in one of its forms."""
    key = key or desk.key
    if form == "the page's own":
        return mission.snippet(desk.url, key)
    return f"<script>{mission_form(desk.url, key)}</script>" if form == "written anew" else snippet.page(desk.url, key)


def token(desk: Desk, person: dict[str, str], form: str) -> str:
    """The identity recipe, run by Node; the page's own names its person itself."""
    if form != "the page's own":
        return recipes.call(SIGN, "js", "encryptedUser", person, desk.secret)
    code = re.sub(r"'email': '[^']*'", f"'email': '{person['email']}'", mission.recipe()).replace("'1234'", f"'{person['id']}'")
    return recipes.run("js", f"const API_SECRET = {json.dumps(desk.secret)};\n{code}\nconsole.log(encrypted_data)")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_snippet_brings_the_visit_to_the_desk(agent: Agent, visitor: Visitor, form: str) -> None:
    title = f"Lamps, {form}"
    visitor.open(f"/lamps-{FORMS.index(form)}", head=head(visitor.desk, form), title=title)
    visitor.ready()
    agent.open("/events")
    expect(agent.page.locator("tr[data-event]", has_text=title).first).to_contain_text("page_view")


@pytest.mark.parametrize("form", FORMS)
def test_the_identity_recipe_makes_a_customer(agent: Agent, visitor: Visitor, form: str) -> None:
    person = {"id": f"c-{FORMS.index(form)}", "email": f"c{FORMS.index(form)}@example.com", "firstName": "Adam", "lastName": "Smith"}
    signed = token(visitor.desk, person, form)
    visitor.open(head=head(visitor.desk, form), before=f"window.richpanelSettings = {json.dumps(signed)};")
    visitor.ready()
    page = agent.customer(person["email"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Adam Smith")
    expect(page.locator("#known li", has_text=person["email"])).to_contain_text("signed")


@pytest.mark.parametrize("form", ["written anew"] + ["the page's own"] * mission.is_here())
def test_identify_works_once_the_script_has_arrived(agent: Agent, visitor: Visitor, form: str) -> None:
    code = mission.identify() if form != "written anew" else "richpanel.identify('mo-1', {firstName: 'Mo', city: 'Ulm', phone: 4930123456})"
    visitor.open(head=head(visitor.desk, form))
    visitor.ready()
    visitor.run(code)
    page = agent.open("/customers?show=visitors")
    name = "Manoj" if form != "written anew" else "Mo"
    page.get_by_role("link", name=name).first.click()
    expect(page.locator("#known")).to_contain_text("typed")
    expect(page.locator("#known")).to_contain_text("Manoj City" if form != "written anew" else "Ulm")


def test_the_recommended_snippet_takes_identify_before_the_script_is_there(agent: Agent, visitor: Visitor) -> None:
    code = recipes.block(CART, "js", 'identify("customer-1001"')
    visitor.open(after=code)
    page = agent.open("/customers?show=visitors")
    page.get_by_role("link", name="Kim").first.click()
    expect(page.locator("#known")).to_contain_text("favouriteColour")
    expect(page.locator("#known")).to_contain_text("teal")


@pytest.mark.parametrize("form", ["written anew"] + ["the page's own"] * mission.is_here())
def test_every_leaf_of_the_sample_order_is_labelled_text(agent: Agent, visitor: Visitor, form: str) -> None:
    key = visitor.desk.connect(f"order {form}")
    visitor.open(head=head(visitor.desk, form, key))
    visitor.ready()
    code = mission.order() if form != "written anew" else f"const properties = {json.dumps(SAMPLE)}; richpanel.track('order', properties)"
    said: dict[str, Any] = visitor.run(code + "\nreturn properties")
    page = agent.open(f"/orders/{visitor.desk.order('11111', key)['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("#606243")
    missing = []
    for leaf in leaves.of(said):
        field = page.locator(leaf.place).locator(f".fields__one:has(> dt:text-is({json.dumps(leaf.label)}))")
        shown = [text for text in field.all_inner_texts() if leaf.text(ZONE) in text]
        if not shown or not field.first.is_visible():
            missing.append((leaf, field.all_inner_texts()))
    assert not missing, "\n".join(map(str, missing))


def test_the_how_to_s_order_and_its_parcel_stand_beside_each_other(agent: Agent, visitor: Visitor) -> None:
    visitor.open(after=recipes.block(CART, "js", 'orderName: "#10042"'))
    visitor.ready()
    page = agent.open(f"/orders/{visitor.desk.order('10042')['id']}")
    expect(page.locator("#parcels")).to_contain_text("Nothing has been sent yet")
    visitor.run(recipes.block(CART, "js", "fulfillment: [{"))
    expect(page.locator("#parcels")).to_contain_text("TS123456789IE")
    tracking = page.locator("#parcels").get_by_role("link", name="TS123456789IE", exact=True)
    expect(tracking).to_have_attribute("href", "https://carrier.example/TS123456789IE")


@pytest.mark.parametrize("form", ["written anew"] + ["the page's own"] * mission.is_here())
def test_the_batch_example_stores_the_order(agent: Agent, visitor: Visitor, form: str) -> None:
    key = visitor.desk.connect(f"batch {form}")
    visitor.open(head="<title>Lamps</title>")
    with visitor.page.expect_console_message() as printed:
        visitor.run(f"const orderProperties = {json.dumps(SAMPLE)};\n{batch(visitor.desk, form, key)}")
    answer = json.loads(printed.value.text)
    assert answer["accepted"] is True and [one["index"] for one in answer["results"]] == [0]
    page = agent.open("/orders?q=11111")
    expect(page.get_by_role("link", name="#606243").first).to_be_visible()
    agent.open(f"/orders/{visitor.desk.order('11111', key)['id']}")
    expect(page.locator("#parcels")).to_contain_text("1234578162783")


def batch(desk: Desk, form: str, key: str) -> str:
    if form != "written anew":
        return mission.batch(desk.url, key)
    body = '{"event": "send_batch", "appClientId": key, "events": [{"event": "order", "properties": orderProperties, "time": {"sentAt": 1}}]}'
    call = f"""const key = {json.dumps(key)};
    {recipes.block(HISTORY, "js", "function encoded")}
    const answer = await fetch({json.dumps(desk.url + "/v2/bt")}, {{
      method: "POST", credentials: "include", headers: {{"Content-Type": "application/json"}}, body: JSON.stringify({{hs: encoded({body})}}),
    }});
    console.log(await answer.text());"""
    return call.replace('{"sentAt": 1}', '{"sentAt": Date.now() - 86400000}')
