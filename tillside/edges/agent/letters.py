"""Macros filled for one conversation as a page shows them: values marked, holes named."""

import re

from msgspec import Struct

from tillside.agents.workspace import Workspace
from tillside.base import rich_text
from tillside.conversations.conversation import Conversation
from tillside.macros import texts, values
from tillside.storage.database import Database

GAP = ("⟨", "⟩")
"""What stands around the name of a value nothing is known for, so that nobody sends it by chance."""
_TAG = re.compile(r"(<[^>]*>)")
_FILLED, _END, _MISSING = "\ue000", "\ue001", "\ue002"


class Letter(Struct, frozen=True):
    """A text with its values in place: to insert (`html`), and to look at (`shown`, values marked). `missing`: names in words."""

    html: str
    shown: str
    missing: list[str]


async def letter(store: Database, home: Workspace, html: str, talk: Conversation, *, agent_name: str) -> Letter:
    """A macro's text filled for a conversation."""
    known = await values.of(store, home, talk, agent_name=agent_name, text=html)
    missing = texts.fill(html, known).missing
    gaps = {name: f"{GAP[0]}{texts.worded(name)}{GAP[1]}" for name in missing}
    bare = {**known, **gaps}
    marked = {name: f"{_FILLED}{value}{_END}" for name, value in known.items() if value}
    marked |= {name: f"{_MISSING}{gap}{_END}" for name, gap in gaps.items()}
    parts = [texts.fill(part, bare if part.startswith("<") else marked).text for part in _TAG.split(html)]
    shown = rich_text.clean("".join(parts))  # a value may have become the address of a link
    for mark, tag in ((_FILLED, '<span class="filled">'), (_MISSING, '<span class="missing">'), (_END, "</span>")):
        shown = shown.replace(mark, tag)
    return Letter(rich_text.clean(texts.fill(html, bare).text), shown, [gap.strip("".join(GAP)) for gap in gaps.values()])


async def line(store: Database, home: Workspace, text: str, talk: Conversation, *, agent_name: str) -> str:
    """One line, such as a subject, filled for a conversation; what is missing is named in its place."""
    known = await values.of(store, home, talk, agent_name=agent_name, text=text)
    gaps = {name: f"{GAP[0]}{texts.worded(name)}{GAP[1]}" for name in texts.fill(text, known).missing}
    return texts.fill(text, {**known, **gaps}, is_html=False).text
