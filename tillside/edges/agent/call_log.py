"""Calls of other programs as a list: what it is narrowed to, its rows, what came since, and the chosen one beside it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.conversations import conversation as conversations
from tillside.edges.agent import chosen_call, keyset, outcomes, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.outcomes import Chip
from tillside.targets import attempts, calls, log, target
from tillside.targets.calls import Call, State
from tillside.targets.log import Filter

PAGE = 50
STATES = (("", "All"), ("waiting", "Waiting"), ("failed", "Failed"))
_MEANS: dict[str, tuple[State, ...]] = {"waiting": ("waiting",), "failed": ("dead", "failed")}
CAUSES = (
    ("rule", "A rule"),
    ("macro", "A macro"),
    ("button", "A button"),
    ("action", "An action"),
    ("hand", "By hand"),
    ("webhook", "An event"),
    ("test", "A test"),
)
TABS = ("request", "answer", "tries")


class Asked(Struct, frozen=True):
    """What the list is narrowed to, and which call is open beside it. `base`: the page it stands on."""

    base: str
    state: str = ""
    said: str = ""
    cause: str = ""
    conversation: str = ""
    before: int = 0
    call: str = ""
    tab: str = ""

    def address(self, step: str = "", **changes: str | int) -> str:
        """The same list with these changes, on its page or on a step below it."""
        named = {"state": self.state, "q": self.said, "cause": self.cause, "conversation": self.conversation}
        given = {**named, "before": self.before, "call": self.call, "tab": self.tab, **changes}
        query = urlencode({name: value for name, value in given.items() if value})
        path = f"{self.base}/{step}" if step else self.base
        return f"{path}?{query}" if query else path


class Line(Struct, frozen=True):
    """One row."""

    id: str
    at: int
    chip: Chip
    name: str
    because: str
    tries: int
    took: str
    is_open: bool
    seen: str


class Found(Struct, frozen=True):
    """A page of calls, the newest first. `older`: where it goes on; `looked_at`: how far back was looked without filling the page."""

    calls: list[Call]
    older: int | None
    looked_at: int | None


def asked(visit: Visit, base: str, *, call: str = "") -> Asked:
    query = visit.request.query_params
    state, cause, tab = query.get("state", ""), query.get("cause", ""), query.get("tab", "")
    return Asked(
        base,
        state if state in dict(STATES) else "",
        " ".join(query.get("q", "").split())[:200],
        cause if cause in dict(CAUSES) else "",
        query.get("conversation", "")[:80],
        keyset.number(visit.request, "before"),
        call or query.get("call", "")[:80],
        tab if tab in TABS else "",
    )


async def listed(visit: Visit, wanted: Asked, *, target_id: str = "", counts: Mapping[str, int] | None = None) -> dict[str, object]:
    """Everything the list and the chosen call are drawn from. `counts`: how many stand behind each state, where that is known."""
    live = await stream.address(visit)
    found = await _page(visit, wanted, target_id, before=wanted.before or None, count=PAGE)
    return {
        "stream": live,
        "asked": wanted,
        "lines": await lines_of(visit, found.calls),
        "tabs": [(key, words, (counts or {}).get(key, 0)) for key, words in STATES],
        "causes": CAUSES,
        "further": wanted.address(before=found.older, call="") if found.older is not None else "",
        "looked_at": found.looked_at,
        "after": found.calls[0].position if found.calls else 0,
        "is_first": not wanted.before,
        "chosen": await chosen_call.read(visit, wanted.call, wanted.tab) if wanted.call else None,
    }


async def news(visit: Visit, wanted: Asked, *, target_id: str = "") -> Response:
    """What came after ``?after=`` as a pill, and those of ``?open=`` (ids with what was seen of them) that are different now as rows that
    replace themselves."""
    after = keyset.after(visit.request)
    newer: list[Call] = []
    if after is not None:
        found = await _page(visit, wanted, target_id, before=None, count=100)
        newer = [one for one in found.calls if one.position > after]
    seen = dict(word.split(".", 1) for word in visit.request.query_params.get("open", "").split(",")[:PAGE] if "." in word)
    known = await calls.by_ids(visit.desk.store, visit.workspace.id, list(seen)) if seen else []
    lines = await lines_of(visit, [one for one in known if may_see(visit, one) and outcomes.seen(one) != seen[one.id]])
    open_now = ",".join(f"{one.id}.{outcomes.seen(one)}" for one in known if one.is_open)
    given = {"count": len(newer), "back": wanted.address(before=0), "asked": wanted, "lines": lines, "open_now": open_now}
    return visit.page("targets/_news.html", status=200, **given)


async def _page(visit: Visit, wanted: Asked, target_id: str, *, before: int | None, count: int) -> Found:
    """A page of what is asked for; where that is two states, one page out of both. What an agent may not see is left out."""
    asked_for = await _filter(visit, wanted, target_id)
    pages = [
        await log.page(visit.desk.store, visit.workspace.id, replace(asked_for, state=state), before=before, count=count)
        for state in _MEANS.get(wanted.state, ("",))
    ]
    merged = sorted((one for page in pages for one in page.calls), key=lambda one: -one.position)
    older = max((page.older for page in pages if page.older is not None), default=None)
    if len(pages) > 1 and older is not None:  # below the first page's end nothing is known of the other
        merged = [one for one in merged if one.position >= older]
    looked_at = max((page.looked_at for page in pages if page.looked_at is not None), default=None)
    return Found([one for one in merged if may_see(visit, one)], older, looked_at)


async def _filter(visit: Visit, wanted: Asked, target_id: str) -> Filter:
    """The filters of a list; a number means a conversation."""
    said, conversation_id = wanted.said, wanted.conversation
    number = said.removeprefix("#")
    if said.startswith("#") and number.isascii() and number.isdigit() and len(number) < 12:
        talk = await conversations.by_number(visit.desk.store, visit.workspace.id, int(number))
        said, conversation_id = ("", talk.id) if talk else (said, conversation_id)
    return Filter(target_id=target_id, cause=wanted.cause, conversation_id=conversation_id, text=said)


def may_see(visit: Visit, call: Call) -> bool:
    """An agent sees what was sent because of conversations; who connects shops sees everything."""
    return visit.may(Act.CONNECT) or call.conversation_id is not None


async def lines_of(visit: Visit, found: list[Call]) -> list[Line]:
    """The rows of these calls, in their order."""
    store, workspace_id, zone = visit.desk.store, visit.workspace.id, visit.workspace.time_zone
    ids = [one.conversation_id for one in found if one.conversation_id]
    talks = await conversations.by_ids(store, workspace_id, ids) if ids else {}
    names = await target.names(store, workspace_id) if found else {}
    took = await attempts.took(store, workspace_id, [one.id for one in found]) if found else {}
    return [
        Line(
            one.id,
            one.created_at,
            outcomes.chip(one, zone),
            names.get(one.target_id, "A target"),
            outcomes.because(one, talks[one.conversation_id].number if one.conversation_id in talks else None),
            one.attempts,
            outcomes.took(took[one.id]) if one.id in took else "–",
            one.is_open,
            f"{one.id}.{outcomes.seen(one)}",
        )
        for one in found
    ]
