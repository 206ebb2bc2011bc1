"""The documentation keeps its word: links lead somewhere, tables are complete, and every recipe in it runs."""

import re
from pathlib import Path

import pytest

from tests.support.settings_page import PAGE, page
from tests.support.source import ROOT, files, name, text
from tillside.base.settings import SETTINGS
from tillside.events import event
from tillside.targets.values import NAMES

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def test_the_settings_page_is_the_settings_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"
    assert all(setting.help and setting.env in page() and setting.option in page() for setting in SETTINGS)


def test_every_link_leads_to_a_page_and_a_heading() -> None:
    broken = [f"{name(source)}: {match[0]}" for source in files(".md") for match in LINK.finditer(text(source)) if not _leads(source, match)]
    assert not broken, broken


def test_the_readme_opens_with_two_commands_that_exist() -> None:
    first = re.search(r"```sh\n(.*?)```", text(ROOT / "README.md"), re.DOTALL)
    assert first is not None
    commands = [line.split("#")[0].strip() for line in first[1].splitlines()]
    assert commands == ["make demo", "make test"]
    assert text(ROOT / "README.md")[: first.end()].count("\n") < 15, "the two commands belong on the first screen"


def test_every_make_target_the_texts_name_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = {target for source in files(".md") for target in re.findall(r"`make ([a-z-]+)", text(source))}
    assert named and named <= targets, named - targets


@pytest.mark.parametrize("known", sorted(event.KNOWN_NAMES))
def test_every_event_name_is_explained(known: str) -> None:
    assert f"`{known}`" in text(ROOT / "docs" / "events.md")


def test_every_placeholder_is_explained() -> None:
    page = text(ROOT / "docs" / "how-to" / "http-targets.md")
    own = [name for name in NAMES if not name.path.startswith(("ticket.customer.", "ticket.lastMessage."))]
    missing = [name.path for name in own if f"| `{name.path}` | {name.words} |" not in page]
    assert not missing, missing
    listed = re.findall(r"^\| `([\w.]+)` \| .* \| ", page, re.MULTILINE)
    assert set(listed) == {name.path for name in own}


def _leads(source: Path, match: re.Match[str]) -> bool:
    target = (source.parent / match[1]) if match[1] else source
    if not target.exists():
        return False
    return not match[2] or match[2] in {_anchor(line) for line in text(target).splitlines() if line.startswith("#")}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lstrip("# ").lower()).replace(" ", "-")
