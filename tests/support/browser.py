"""A real Chromium for journeys: found on the machine, cut off from the outside world, with an ear on its console."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

PATIENCE_MS = 30_000
"""How long a page may take in a test. No test judges speed by a browser: on a loaded machine it is merely slow."""


class Problems:
    """What the browser complained about: console errors and uncaught errors of every page that was watched."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected: list[str] = []
        self._borne: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    def expect(self, part: str) -> None:
        """A complaint with this text belongs to the test; it must come at least once."""
        self._expected.append(part)

    def bear(self, part: str) -> None:
        """A complaint with this text may come or not, as the moment of a kill decides."""
        self._borne.append(part)

    def check(self) -> None:
        known = [*self._expected, *self._borne]
        surprises = [text for text in self._heard if not any(part in text for part in known)]
        assert not surprises, "the browser complained:\n" + "\n".join(surprises)
        silent = [part for part in self._expected if not any(part in text for text in self._heard)]
        assert not silent, f"expected complaints that never came: {silent}"

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._heard.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: Error) -> None:
        self._heard.append(f"uncaught: {error}")


def executable() -> str:
    """The installed browser's path."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "no Chromium found: install it (scripts/setup-tests does)"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """One headless browser process; keep it for a module at most, since Playwright's loop occupies the thread meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


def no_overflow(page: Page, width: int = 320) -> None:
    """At this width nothing of the page may reach beyond its edge (WCAG 1.4.10), unless a box scrolls it on purpose."""
    before = page.viewport_size or {"width": 1280, "height": 800}
    page.set_viewport_size({"width": width, "height": before["height"]})
    beyond: list[str] = page.evaluate(BEYOND, width)
    scrolls: int = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(before)
    assert scrolls <= width and not beyond, f"{page.url} is {scrolls} px wide at {width} px: {beyond[:8]}"


BEYOND = """width => {
  const reaches = node => node.getBoundingClientRect().right > width + 1;
  const isInsideScroller = node => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible" && !reaches(up)) return true;
    }
    return false;
  };
  const isDrawn = node => node.checkVisibility({checkVisibilityCSS: true, checkOpacity: true});
  const isSeen = node => isDrawn(node) && node.getBoundingClientRect().width > 1;
  const name = node => [node.tagName.toLowerCase(), ...node.classList].join(".") + (node.id ? "#" + node.id : "");
  const isBeyond = node => isSeen(node) && reaches(node) && !isInsideScroller(node);
  return [...document.body.querySelectorAll("*")].filter(isBeyond).map(name);
}"""
