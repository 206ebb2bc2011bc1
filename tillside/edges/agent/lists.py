"""The lists of the inbox: those everybody has, one for each team, the saved ones; what each is called and how many stand in it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents import team as teams
from tillside.agents.team import Team
from tillside.base.errors import Unknown
from tillside.conversations import inbox, views
from tillside.conversations.inbox import Badges, Filters, Sort
from tillside.conversations.views import View as Saved
from tillside.edges.agent.guard import Visit

SORTS: dict[Sort, str] = {
    "waiting": "Waiting longest",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "created": "Opened last",
    "created_first": "Opened first",
}
_NOTHING = ("Nothing is here", "What comes here appears by itself, without a reload.")


class Place(Struct, frozen=True):
    """One list. `go`: the letter after g that leads there; `short`: its name on a tab; `empty`: what an empty one says."""

    key: str
    name: str
    icon: str
    filters: Filters
    short: str = ""
    go: str = ""
    empty: tuple[str, str] = _NOTHING
    sort: Sort = "newest"

    @property
    def href(self) -> str:
        return f"/inbox?{urlencode({'view': self.key})}"


_WORDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("mine", "My inbox", "user", "Nothing is yours now", "Take one from the unassigned ones, or wait: what is given to you appears here."),
    ("unassigned", "Unassigned", "circle-dashed", "Everything has somebody", "New conversations appear here until somebody takes them."),
    (
        "open",
        "All open",
        "inbox",
        "No conversation is open",
        "They come by the messenger and REST; you can also write to a customer first.",
    ),
    ("waiting", "Waiting > 4 h", "calendar-clock", "Nobody waits that long", "Whoever waits more than four hours for an answer appears here."),
    ("mentions", "Mentions", "at-sign", "Nobody called you", "A note with @ and your name appears here until you have looked at it."),
    ("following", "Following", "bell", "You follow nothing", "Press the bell in a conversation to follow it."),
    ("drafts", "Drafts", "pencil", "No draft is open", "What you write and do not send is kept and listed here."),
    ("outbox", "Sent later", "clock", "Nothing waits to be sent", "Replies with a time stand here until they go out."),
    ("snoozed", "Snoozed", "alarm-clock", "Nothing sleeps", "Press s in a conversation to see it again at a better time."),
    ("closed", "Closed", "check", "Nothing is closed yet", "Press c in a conversation that is done."),
    ("trash", "Trash", "trash-2", "The trash is empty", "What you throw away stays here until somebody opens it again."),
)
_TABS = {"mine": ("Mine", "m"), "unassigned": ("Unassigned", "u"), "open": ("All", ""), "waiting": ("Over 4 h", ""), "snoozed": ("Snoozed", "")}
_LONGEST_FIRST = frozenset({"mine", "unassigned", "open", "waiting"})


def _standard(key: str, name: str, icon: str, nothing: str, next_step: str) -> Place:
    short, go = _TABS.get(key, ("", ""))
    sort: Sort = "waiting" if key in _LONGEST_FIRST else "newest"
    return Place(key, name, icon, inbox.STANDARD[key], short=short, go=go, empty=(nothing, next_step), sort=sort)


STANDARD = tuple(_standard(*words) for words in _WORDS)
_BY_KEY = {one.key: one for one in STANDARD}


class Shelf(Struct, frozen=True):
    """Every list of an agent, and the one that is shown. `counts`: key → how many."""

    view: Place
    tabs: list[Place]
    places: list[tuple[str, list[Place]]]
    counts: dict[str, int]
    badges: Badges
    teams: list[Team]


async def shelf(visit: Visit, key: str) -> Shelf:
    """Raises Unknown when there is no such list."""
    store, workspace_id, me = visit.desk.store, visit.workspace.id, visit.agent.id
    every = await teams.every(store, workspace_id)
    saved = await views.of_agent(store, workspace_id, me)
    by_team = [_team(one) for one in every]
    shared = [_saved(one) for one in saved if not one.owner_id]
    own = [_saved(one) for one in saved if one.owner_id]
    all_places = {one.key: one for one in [*STANDARD, *by_team, *shared, *own]}
    if key not in all_places:
        raise Unknown("There is no such list.")
    view = all_places[key]
    badges = await inbox.badges(store, workspace_id, me)
    counts = _counts(badges) | {f"team.{one.id}": badges.teams.get(one.id, 0) for one in every}
    for place in [*shared, *own, _BY_KEY["following"], _BY_KEY["waiting"]]:
        counts[place.key] = await inbox.count(store, workspace_id, place.filters.of(me))
    tabs: list[Place] = [one for one in STANDARD if one.short]
    if view.key not in {one.key for one in tabs}:
        tabs.append(replace(view, short=view.name))
    places = [("", list(STANDARD)), ("Teams", by_team), ("Shared views", shared), ("My views", own)]
    return Shelf(view, tabs, places, counts, badges, every)


async def view(visit: Visit, key: str) -> Place:
    """One list alone. Raises Unknown."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    kind, _, rest = key.partition(".")
    if kind == "team":
        return _team(await teams.by_id(visit.desk.store, visit.workspace.id, rest))
    if kind == "view":
        found = next((one for one in await views.of_agent(visit.desk.store, visit.workspace.id, visit.agent.id) if one.id == rest), None)
        if found is not None:
            return _saved(found)
    raise Unknown("There is no such list.")


def narrowed(place: Place, said: Mapping[str, str]) -> Filters:
    """The filters of a list with what the address adds: channel, tag (id), assignee (id, me or - for nobody), team (id), priority."""
    filters = place.filters
    if said.get("channel"):
        filters = replace(filters, channel=said["channel"])
    if said.get("tag"):
        filters = replace(filters, tag_ids=[*filters.tag_ids, said["tag"]])
    if said.get("assignee"):
        filters = replace(filters, assignee_id="" if said["assignee"] == "-" else said["assignee"])
    if said.get("team"):
        filters = replace(filters, team_id=said["team"])
    if said.get("profile"):
        filters = replace(filters, profile_ids=[said["profile"]])
    return filters


def _counts(badges: Badges) -> dict[str, int]:
    names = ("mine", "unassigned", "open", "snoozed", "closed", "trash", "mentions", "drafts", "outbox")
    return {name: int(getattr(badges, name)) for name in names}


def _team(one: Team) -> Place:
    return Place(f"team.{one.id}", one.name, "users", Filters(states=["open"], team_id=one.id), sort="waiting")


def _saved(one: Saved) -> Place:
    sort: Sort = one.sort if one.sort in SORTS else "newest"
    return Place(f"view.{one.id}", one.name, "bookmark", one.filters, sort=sort)
