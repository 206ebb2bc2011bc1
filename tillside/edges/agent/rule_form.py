"""A rule as the rows of a form: what was typed, rows added, taken out and moved, without anything being lost. Pure; nothing is judged here.

A row is a kind and what stands in its blanks, by name. The fields of the form are called ``when-0-kind``, ``if-0-1-value``, ``do-2-tags``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from starlette.datastructures import ImmutableMultiDict

Form = ImmutableMultiDict[str, str]
Said = dict[str, tuple[str, ...]]
_MOST_ROWS: Final = 40
_LONGEST_NAME: Final = 120
_ACT = re.compile(r"(?P<verb>[a-z]+)-(?P<what>when|row|block|step)(?P<places>(?:-\d{1,3})*)")


class Row(Struct, frozen=True):
    """One line of the sentence; `said` is what stands in its blanks. Of a condition, `kind` is the fact it looks at."""

    kind: str
    said: Said = {}

    def one(self, name: str) -> str:
        """What stands in a blank that takes one thing."""
        return (self.said.get(name) or ("",))[0]

    def many(self, name: str) -> tuple[str, ...]:
        """What stands in a blank that takes several: each once, nothing empty."""
        return tuple(dict.fromkeys(word for word in self.said.get(name, ()) if word))


class Draft(Struct, frozen=True):
    """A rule that is being written. `blocks`: rows of one block all hold, of several blocks one."""

    list: str
    name: str = ""
    when: Sequence[Row] = ()
    blocks: Sequence[Sequence[Row]] = ()
    steps: Sequence[Row] = ()
    stops: bool = False
    reassigns: bool = False
    is_live: bool = True
    version: int = 0


def read(form: Form) -> Draft:
    """What was typed, row by row."""
    return Draft(
        list=form.get("list", "")[:20],
        name=" ".join(form.get("name", "").split())[:_LONGEST_NAME],
        when=_rows(form, "when"),
        blocks=[rows for place in _places(form, "if") if (rows := _rows(form, f"if-{place}"))],
        steps=_rows(form, "do"),
        stops=form.get("after-then") == "stop",
        reassigns="reassigns" in form,
        is_live=form.get("after-live", "1") == "1",
        version=int(form.get("version", "0")) if form.get("version", "0").isdecimal() else 0,
    )


def acted(draft: Draft, act: str, *, fresh: Mapping[str, Row]) -> Draft:
    """The draft after a button beside a row: ``add-step``, ``drop-row-0-1``, ``up-step-2``, ``place-step-2-0``; as it was for any other.

    `fresh`: the row that is added, by "when", "row" and "step".
    """
    found = _ACT.fullmatch(act)
    verb = _ACTS.get((found["verb"], found["what"])) if found else None
    if found is None or verb is None:
        return draft
    places = [int(part) for part in found["places"].split("-") if part]
    return verb(draft, places, fresh)


def spot(act: str, draft: Draft) -> str:
    """The row a button leaves the focus in: the one that was added or moved. "" for none."""
    found = _ACT.fullmatch(act)
    if found is None:
        return ""
    places = [int(part) for part in found["places"].split("-") if part]
    last = {"when": len(draft.when) - 1, "step": len(draft.steps) - 1}.get(found["what"], 0)
    if found["verb"] == "add" and found["what"] in ("when", "step"):
        return f"{'when' if found['what'] == 'when' else 'do'}-{last}"
    if found["verb"] == "add" and draft.blocks:
        block = places[0] if places and found["what"] == "row" and places[0] < len(draft.blocks) else len(draft.blocks) - 1
        return f"if-{block}-{len(draft.blocks[block]) - 1}"
    return ""


def _add_when(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return replace(draft, when=[*draft.when, fresh["when"]][:_MOST_ROWS])


def _add_row(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    """Into the block of that number; where there is none yet, the first."""
    if not draft.blocks:
        return replace(draft, blocks=[[fresh["row"]]])
    wanted = places[0] if places else 0
    return replace(draft, blocks=[[*rows, fresh["row"]][:_MOST_ROWS] if at == wanted else rows for at, rows in enumerate(draft.blocks)])


def _add_block(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return replace(draft, blocks=[*draft.blocks, [fresh["row"]]][:_MOST_ROWS])


def _add_step(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return replace(draft, steps=[*draft.steps, fresh["step"]][:_MOST_ROWS])


def _drop_when(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return replace(draft, when=_without(draft.when, places))


def _drop_row(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    """A block whose last row goes, goes with it."""
    kept = [_without(rows, places[1:]) if places[:1] == [at] else rows for at, rows in enumerate(draft.blocks)]
    return replace(draft, blocks=[rows for rows in kept if rows])


def _drop_step(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return replace(draft, steps=_without(draft.steps, places))


def _up(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return _place(draft, [places[0], places[0] - 1], fresh) if places else draft


def _down(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    return _place(draft, [places[0], places[0] + 1], fresh) if places else draft


def _place(draft: Draft, places: list[int], fresh: Mapping[str, Row]) -> Draft:
    """A step to another place among the steps."""
    steps = list(draft.steps)
    if len(places) != 2 or not (0 <= places[0] < len(steps) and 0 <= places[1] < len(steps)):
        return draft
    steps.insert(places[1], steps.pop(places[0]))
    return replace(draft, steps=steps)


def _without(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    return [row for at, row in enumerate(rows) if at != (places[0] if places else -1)]


_ACTS: Final[dict[tuple[str, str], Callable[[Draft, list[int], Mapping[str, Row]], Draft]]] = {
    ("add", "when"): _add_when,
    ("add", "row"): _add_row,
    ("add", "block"): _add_block,
    ("add", "step"): _add_step,
    ("drop", "when"): _drop_when,
    ("drop", "row"): _drop_row,
    ("drop", "step"): _drop_step,
    ("up", "step"): _up,
    ("down", "step"): _down,
    ("place", "step"): _place,
}


def _places(form: Form, start: str) -> list[int]:
    """The numbers that stand after a start in the names of the form, in order."""
    found = {int(match[1]) for name in form if (match := re.match(rf"{start}-(\d{{1,3}})-", name))}
    return sorted(found)[:_MOST_ROWS]


def _rows(form: Form, start: str) -> list[Row]:
    found = []
    for place in _places(form, start):
        lead = f"{start}-{place}-"
        said = {name[len(lead) :]: tuple(form.getlist(name)) for name in form if name.startswith(lead)}
        kind = said.pop("kind", ("",))[0]
        if kind:
            found.append(Row(kind, _spread(said)))
    return found


def _spread(said: Said) -> Said:
    """``tags-more``: words set apart by commas, beside those that are ticked."""
    found = {name: words for name, words in said.items() if not name.endswith("-more")}
    for name, words in said.items():
        if name.endswith("-more"):
            whole = name.removesuffix("-more")
            found[whole] = (*found.get(whole, ()), *(word.strip() for text in words for word in text.split(",") if word.strip()))
    return found
