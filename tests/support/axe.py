"""Accessibility of a page as it stands in the browser, judged by axe-core (vendored, tests only)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

SOURCE = (Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RUN = """options => axe.run(document, options).then(found => found.violations)"""
OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}


def violations(page: Page | Frame, *, only: Sequence[str] = ()) -> list[str]:
    """Every violation as one readable line: rule, what is wrong, where. An empty list is the only good answer.

    `only`: these of axe's rules, for a page of which only some things have changed since.
    The source enters through the debugger, so the page's Content-Security-Policy stays as it is.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SOURCE)
    found: list[dict[str, Any]] = page.evaluate(RUN, OPTIONS | ({"runOnly": {"type": "rule", "values": [*only]}} if only else {}))
    return [f"{one['id']} ({one['impact']}): {one['help']} at {node['target']} {_detail(node)}" for one in found for node in one["nodes"]]


def _detail(node: dict[str, Any]) -> str:
    checks = [*node.get("any", []), *node.get("all", []), *node.get("none", [])]
    return "; ".join(str(check["message"]) for check in checks)[:300]
