"""What is read from a browser's User-Agent text, and when it counts."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.events.samples import read
from tillside.events import browsers

CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
MAC: Final = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:120.0) Gecko/20100101"
IPHONE: Final = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD: Final = IPHONE.replace("iPhone", "iPad")


def viewed(context: Mapping[str, object]) -> dict[str, object]:
    return {"event": "page_view", "context": context}


@pytest.mark.parametrize(
    ("agent", "device", "system", "browser"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "desktop", "Windows 10.0", "Chrome 120.0.0.0"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/120.0.1", "desktop", "Windows 10.0", "Edge 120.0.1"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 OPR/106.0", "desktop", "Windows 10.0", "Opera 106.0"),
        (f"Mozilla/5.0 (Linux; Android 13; Pixel 7) {CHROME} Mobile Safari/537.36", "mobile", "Android 13", "Chrome 120.0.0.0"),
        (f"Mozilla/5.0 (Linux; Android 13; SM-X700) {CHROME} Safari/537.36", "tablet", "Android 13", "Chrome 120.0.0.0"),
        (
            f"Mozilla/5.0 (Linux; Android 13; SM-S908B) AppleWebKit/537.36 SamsungBrowser/23.0 {CHROME} Mobile Safari/537.36",
            *("mobile", "Android 13", "Samsung Internet 23.0"),
        ),
        (f"{IPHONE} Version/17.2 Mobile/15E148 Safari/604.1", "mobile", "iOS 17.2", "Safari 17.2"),
        (f"{IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1", "mobile", "iOS 17.2", "Chrome 120.0"),
        (f"{IPHONE} FxiOS/120.0 Mobile/15E148 Safari/605.1", "mobile", "iOS 17.2", "Firefox 120.0"),
        (f"{IPAD} Version/17.2 Mobile/15E148 Safari/604.1", "tablet", "iOS 17.2", "Safari 17.2"),
        (f"{MAC} Firefox/120.0", "desktop", "macOS 10.15", "Firefox 120.0"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "desktop", "ChromeOS 14541.0.0", "Chrome 120.0.0.0"),
    ],
)
def test_device_system_and_browser_are_named(agent: str, device: str, system: str, browser: str) -> None:
    said = browsers.read(agent)
    assert said["device"] == device
    assert f"{said['os']} {said['os_version']}" == system
    assert f"{said['browser']} {said['browser_version']}" == browser


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0 test", "\0", "x" * 100_000])
def test_what_says_nothing_is_read_as_nothing(agent: str) -> None:
    assert dict(browsers.read(agent)) == {}


def test_a_context_with_a_user_agent_alone_names_the_client() -> None:
    agent = f"{MAC} Firefox/120.0"
    client = read(viewed({"userAgent": agent, "browser": {"lang": "de"}})).client
    assert client == {
        "browser": "Firefox",
        "browser_version": "120.0",
        "os": "macOS",
        "os_version": "10.15",
        "device": "desktop",
        "lang": "de",
        "user_agent": agent,
    }


def test_what_the_context_says_itself_stands() -> None:
    said = {"userAgent": f"{MAC} Firefox/120.0", "browser": {"name": "Chrome", "version": "126"}, "device": {"type": "mobile"}}
    client = read(viewed(said)).client
    assert (client["browser"], client["browser_version"], client["device"]) == ("Chrome", "126", "mobile")


def test_the_version_of_another_browser_is_not_added_to_the_one_that_was_named() -> None:
    client = read(viewed({"userAgent": f"{MAC} Firefox/120.0", "browser": {"name": "Brave"}})).client
    assert client["browser"] == "Brave" and "browser_version" not in client
