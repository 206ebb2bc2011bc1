"""What a browser says of itself in its User-Agent text: browser, system, kind of device. The tracker leaves this reading to us."""

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

__all__ = ["read"]

_LONGEST: Final = 512  # a real text has 100 to 250 characters
_KEPT: Final = 2048  # a shop sees the same few hundred again and again

# Name and mark; the most special claim first, as browsers pretend to be each other.
_BROWSERS: Final = (
    ("Edge", r"Edg\w*"),
    ("Opera", r"OPR"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Chrome", r"CriOS"),
    ("Firefox", r"FxiOS"),
    ("Firefox", r"Firefox"),
    ("Chrome", r"Chrome"),
    ("Safari", r"Version"),
)
_SYSTEMS: Final = (
    ("Android", r"Android"),
    ("iOS", r"\bOS (?=\d)"),
    ("Windows", r"Windows NT"),
    ("macOS", r"Mac OS X"),
    ("ChromeOS", r"CrOS \w+"),
    ("Linux", r"Linux"),
)
_VERSION: Final = r"[ /]?([\d._]*)"
_TABLET: Final = re.compile(r"iPad|Tablet|Android(?!.*Mobile)")
_MOBILE: Final = re.compile(r"Mobi|Android")


def _compiled(claims: tuple[tuple[str, str], ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(mark + _VERSION)) for name, mark in claims)


_BROWSER_CLAIMS: Final = _compiled(_BROWSERS)
_SYSTEM_CLAIMS: Final = _compiled(_SYSTEMS)


def read(user_agent: str) -> MappingProxyType[str, str]:
    """`browser`, `browser_version`, `os`, `os_version`, `device` (desktop, mobile, tablet); what it does not say is left out.

    >>> read("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0")["browser"]
    'Firefox'
    """
    return _read(user_agent[:_LONGEST])


@lru_cache(maxsize=_KEPT)
def _read(agent: str) -> MappingProxyType[str, str]:
    browser, browser_version = _claim(agent, _BROWSER_CLAIMS)
    system, system_version = _claim(agent, _SYSTEM_CLAIMS)
    said = {
        "browser": browser,
        "browser_version": browser_version,
        "os": system,
        "os_version": system_version,
        "device": _device(agent) if browser or system else "",
    }
    return MappingProxyType({name: value for name, value in said.items() if value})


def _claim(agent: str, claims: tuple[tuple[str, re.Pattern[str]], ...]) -> tuple[str, str]:
    for name, pattern in claims:
        if found := pattern.search(agent):
            return name, found[1].replace("_", ".").strip(".")
    return "", ""


def _device(agent: str) -> str:
    if _TABLET.search(agent):
        return "tablet"
    return "mobile" if _MOBILE.search(agent) else "desktop"
