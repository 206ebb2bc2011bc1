"""Writes docs/settings.md from the table in tillside/base/settings.py: `make docs`."""

from tests.support.source import ROOT
from tillside.base.settings import SETTINGS, Setting

PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Every setting is an environment variable and, on `tillside serve` and `tillside demo`, an option of the command line. The option wins
over the variable, the variable over the default. Settings are read once, at the start; nothing is read from a file.

This page is generated from the table in `tillside/base/settings.py` by `make docs`; a test compares the two.

| variable | option | kind | default | what it does |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page as it has to stand in docs/."""
    return HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    kind = setting.kind.replace("|", "or")
    default = f"`{setting.default}`" if setting.default else "empty"
    return f"| `{setting.env}` | `{setting.option}` | {kind} | {default} | {setting.help} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
