"""Whether a page is fit for everybody: readable in light and dark, by assistive technology, and at 320 px (decision 30)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.support import axe, browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""All that a dark scheme can break: it changes colours alone."""
NARROW = 320
TALL = 6000
"""High enough for any page, so that nothing lies behind the bar that stays at the bottom: people scroll it free, a judge does not."""


def check(page: Page, *, pictures: Path | None = None, name: str = "") -> None:
    """No violation in light, in dark and at 320 px, and nothing beyond the edge there. `pictures`: a folder to leave screenshots in."""
    usual = page.viewport_size or {"width": 1280, "height": 800}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        _judge(page, scheme, only=() if scheme == "light" else OF_COLOURS)
        _picture(page, pictures, f"{name}-{scheme}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW, "height": TALL})
    _judge(page, f"{NARROW} px")
    page.set_viewport_size({"width": NARROW, "height": usual["height"]})
    _picture(page, pictures, f"{name}-narrow")
    page.set_viewport_size(usual)
    browser.no_overflow(page, NARROW)


def _judge(page: Page, how: str, *, only: Sequence[str] = ()) -> None:
    found = axe.violations(page, only=only)
    assert not found, f"{page.url} {how}:\n" + "\n".join(found)


def _picture(page: Page, folder: Path | None, name: str) -> None:
    if folder is not None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)
