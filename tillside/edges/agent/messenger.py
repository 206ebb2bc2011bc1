"""The messenger's settings page: what shoppers of one shop see, with a preview that follows what is typed."""

from typing import Any

import msgspec
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.agents.hours import DAYS, Span, Week
from tillside.base import colour
from tillside.base.errors import Refused
from tillside.edges.agent import connections, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.messenger import settings
from tillside.messenger.settings import Field, Messenger, Opening, Own, Page

_NUMBERS = ("side_spacing", "bottom_spacing", "delay_seconds", "answer_minutes")
_MOST_ROWS = 8
Form = ImmutableMultiDict[str, str]


def routes() -> list[Guarded]:
    one = "/connections/{connector_id}/messenger"
    return [
        guard.page(one, show, allow=Act.CONNECT),
        guard.page(one, change, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/colours.css", colours, allow=Act.CONNECT),
    ]


async def show(visit: Visit) -> Response:
    found = await connections.chosen(visit)
    return await _drawn(visit, await settings.of(visit.desk.store, found))


async def change(visit: Visit) -> Response:
    """``POST /connections/{id}/messenger`` with the fields of the page."""
    found = await connections.chosen(visit)
    before = await settings.of(visit.desk.store, found)
    try:
        wanted = read(visit.form, before)
        async with visit.desk.store.write() as tx:
            await settings.put(tx, found, wanted)
    except Refused as error:
        return await _drawn(visit, before, status=422, trouble=error, typed=visit.form)
    return visit.go(f"/connections/{found.id}/messenger?saved=1")


async def colours(visit: Visit) -> Response:
    """``GET …/colours.css?colour=#2f5a3f``: the preview's colours, reckoned where the real ones are."""
    wanted = visit.request.query_params.get("colour", "")
    chosen = Messenger(colour=wanted if colour.is_colour(wanted) else settings.OFF.colour)
    text = (
        f".preview {{ --shop: {chosen.colour}; --on-shop: {chosen.on_colour}; "
        f"--shop-text: light-dark({chosen.text_colour}, {chosen.dark_text_colour}); }}\n"
    )
    return Response(text, media_type="text/css", headers={"Cache-Control": "private, max-age=300"})


def read(form: Form, before: Messenger) -> Messenger:
    """The settings of a form; what the page does not show stays. Raises Refused with the field."""
    said: dict[str, Any] = {name: form.get(name, "").strip() for name in ("name", "label", "greeting", "intro", "colour")}
    said |= {name: form.get(name, "") for name in ("side", "badge", "who", "mode")}
    said |= {name: name in form for name in ("is_enabled", "hides_on_phones", "asks_rating")}
    said |= {name: _number(form, name) for name in _NUMBERS}
    said["colour"] = said["colour"].lower()
    values = {**msgspec.to_builtins(before), **msgspec.to_builtins(said)}
    values |= {"week": _week(form), "fields": _fields(form), "pages": _pages(form), "own": _own(form)}
    try:
        return msgspec.convert(msgspec.to_builtins(values), Messenger)
    except msgspec.ValidationError as error:
        raise Refused("One of the choices is not among those of the page.", hint="Load the page again.") from error


def _number(form: Form, name: str) -> int:
    text = form.get(name, "").strip() or "0"
    if not text.isdecimal() or len(text) > 10:
        raise Refused("This is not a number.", field=name, hint="Use digits only.")
    return int(text)


def _week(form: Form) -> Week:
    days: list[Span | None] = []
    for day in DAYS:
        start, end = form.get(f"{day}-start", "").strip(), form.get(f"{day}-end", "").strip()
        days.append(Span(start, "24:00" if end == "00:00" else end) if start or end else None)
    return Week(is_always=form.get("presence", "always") == "always", days=tuple(days), free=tuple(_lines(form, "free")))


def _fields(form: Form) -> tuple[Field, ...]:
    """A row without a label is no question."""
    found = []
    for row in range(_MOST_ROWS):
        label = form.get(f"field-{row}-label", "").strip()
        kind: Any = form.get(f"field-{row}-kind", "text")
        key = form.get(f"field-{row}-key", "") or _key(label, kind)
        choices = tuple(part.strip() for part in form.get(f"field-{row}-choices", "").split(",") if part.strip())
        if label:
            found.append(Field(key, label[:200], kind, f"field-{row}-required" in form, choices if kind == "choice" else ()))
    return tuple(found)


def _key(label: str, kind: str) -> str:
    if kind == "email":
        return "email"
    return "".join(letter if letter.isalnum() else "_" for letter in label.lower())[:40].strip("_") or "question"


def _pages(form: Form) -> tuple[Page, ...]:
    """``starts /cart`` one a line; a line without a first word starts with what it says."""
    found = []
    for line in _lines(form, "pages"):
        how, _, url = line.partition(" ")
        named: Any = how if how in ("starts", "contains", "exact") and url.strip() else "starts"
        found.append(Page(named, url.strip() if named == how and url.strip() else line))
    return tuple(found)


def _own(form: Form) -> Own:
    """``.size-help | Which size fits me?`` opens with a text; a line without one only opens."""
    split = [(selector.strip(), text.strip()) for selector, _, text in (line.partition("|") for line in _lines(form, "own"))]
    opening = tuple(Opening((selector,), text) for selector, text in split if text)
    return Own(messenger=tuple(selector for selector, text in split if not text), send_message=opening)


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()]


async def _drawn(visit: Visit, one: Messenger, *, status: int = 200, trouble: Refused | None = None, typed: Form | None = None) -> Response:
    found = await connections.chosen(visit)
    return visit.page(
        "messenger.html",
        status=status,
        connector=found,
        shops=await connections.every(visit),
        now=_shown(one) | (dict(typed) | _ticked(typed) if typed is not None else {}),
        rows=_rows(one),
        days=DAYS,
        trouble=trouble,
        saved="saved" in visit.request.query_params,
        place=f"/connections/{found.id}/messenger",
    )


def _ticked(typed: Form) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    return {name: name in typed for name in ("is_enabled", "hides_on_phones", "asks_rating")}


def _shown(one: Messenger) -> dict[str, Any]:
    """The settings as the fields of the form."""
    shown: dict[str, Any] = {name: getattr(one, name) for name in one.__struct_fields__}
    for day, span in zip(DAYS, one.week.days, strict=True):
        shown[f"{day}-start"], shown[f"{day}-end"] = (span.start, "00:00" if span.end == "24:00" else span.end) if span else ("", "")
    own = [*one.own.messenger, *(f"{', '.join(opening.selectors)} | {opening.text}" for opening in one.own.send_message)]
    return shown | {
        "presence": "always" if one.week.is_always else "hours",
        "free": "\n".join(one.week.free),
        "pages": "\n".join(f"{page.how} {page.url}" for page in one.pages),
        "own": "\n".join(own),
    }


def _rows(one: Messenger) -> list[Field]:
    """The questions, and one empty row for the next."""
    return [*one.fields, Field("", "")][:_MOST_ROWS]
