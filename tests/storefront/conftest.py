"""The cast of the storefront tests: a shop, a desk, and a visitor with a real Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.storefront.peer import Desk, Shop, hosted
from tests.storefront.visit import LAUNCH, Visit
from tests.support.browser import executable


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable(), args=LAUNCH)
        yield chromium
        chromium.close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with hosted(Shop()) as host:
        yield host


@pytest.fixture
def desk() -> Iterator[Desk]:
    with hosted(Desk()) as host:
        yield host


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def visit(shop: Shop, desk: Desk, page: Page) -> Iterator[Visit]:
    """A visitor of a shop whose pages carry our snippet. At the end no error may have reached the page."""
    visit = Visit(shop, desk, page)
    yield visit
    assert visit.errors == []
