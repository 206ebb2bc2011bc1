"""Only my browser: from the inspector to the shop and back, and the desk knows which browser it was."""

import re

from playwright.sync_api import expect

from tests.journeys.cast import Agent, Visitor, until


def test_the_inspector_opens_on_what_the_marked_browser_sends(agent: Agent, visitor: Visitor) -> None:
    visitor.open(title="Somebody before")
    visitor.ready()
    until(lambda: "Somebody before" in agent.open("/events").locator("main").inner_text(), "the first visit")
    visitor.page.context.clear_cookies(name=re.compile("^rp"))  # another browser, as far as the desk can tell
    page = agent.open("/events")
    page.get_by_role("link", name="Only my browser").click()
    mark = page.locator("#mark").inner_text()
    assert re.fullmatch(r"\?tillside=\w{10}", mark)
    visitor.page.bring_to_front()
    visitor.page.goto(visitor.page.url + mark)
    visitor.ready()
    page.wait_for_url(re.compile(r"/events\?q=[\w-]{36}$"))
    expect(page.locator("#rows tr[data-event]")).to_have_count(1)
