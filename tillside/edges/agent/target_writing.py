"""Writing an HTTP target: the form in steps, its preview on a real conversation, saving; secrets leave in the answer that made them."""

from msgspec.structs import replace
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base.errors import Refused
from tillside.conversations import fields
from tillside.edges.agent import acts, guard, target_form, target_page, target_preview, target_tests
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.target_form import Typed
from tillside.edges.agent.target_preview import Preview
from tillside.edges.http.routes import Guarded
from tillside.targets import hooks, secrets, target, values
from tillside.targets.target import Saved, Target

_GROUPS = {
    "ticket": "Conversation",
    "customer": "Customer",
    "order": "Order in question",
    "lastMessage": "Last message",
    "event": "What set it off",
    "shop": "Desk",
    "agent": "Desk",
}
_EVENTS = {"ticket": "Conversations", "comment": "Messages", "tag": "The desk", "user": "The desk", "team": "The desk"}
_ALIAS = "The same as Richpanel spells it"
Pairs = list[tuple[str, str]]


def routes() -> list[Guarded]:
    one = "/targets/{target_id}"
    return [
        guard.page("/targets/new", new, allow=Act.CONNECT),
        guard.page("/targets/preview", preview, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/targets/trial", try_out, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/targets", add, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/edit", edit, allow=Act.CONNECT),
        guard.page(one, change, allow=Act.CONNECT, methods=["POST"]),
    ]


async def new(visit: Visit) -> Response:
    return await _form(visit, target_form.empty())


async def edit(visit: Visit) -> Response:
    one = await target_page.chosen(visit)
    known = await secrets.known_of(visit.desk.store, one.workspace_id, one.id)
    return await _form(visit, target_form.of_target(one, known), one=one)


async def preview(visit: Visit) -> Response:
    """``POST /targets/preview`` with the whole form and number, a conversation's: what would be sent. Only the pane where a script asks."""
    return await _looked_at(visit, sends=False)


async def try_out(visit: Visit) -> Response:
    """``POST /targets/trial`` with the same: really sent, once, as the form stands, saved or not; with the answer."""
    return await _looked_at(visit, sends=True)


async def _looked_at(visit: Visit, *, sends: bool) -> Response:
    one = await _edited(visit)
    typed = await _typed(visit, one)
    number = visit.form.get("number", "")
    trouble = None
    try:
        drafted = target_form.draft(typed, visit.form)
        seen = await target_preview.drawn(visit, drafted, number)
        if sends and not seen.trouble:
            made = await target_tests.run(visit, one or target.unsaved(visit.workspace.id), number, draft=drafted)
            seen = target_preview.tried(seen, made)
    except Refused as error:
        trouble = target_form.beside(error, typed)
        seen = Preview(number, trouble=f"{trouble.message} {trouble.hint}".strip())
    if acts.is_piece(visit):
        return visit.page("targets/_preview.html", status=200, preview=seen)
    return await _form(visit, typed, one=one, seen=seen, trouble=trouble)


async def add(visit: Visit) -> Response:
    """``POST /targets``. The answer itself shows a signing secret that was made, this once."""
    typed = await _typed(visit, None)
    try:
        drafted = target_form.draft(typed, visit.form)
        async with visit.desk.store.write() as tx:
            saved = await target.add(tx, visit.desk.vault, visit.workspace.id, drafted, check_url=visit.desk.outbound.check_url)
    except Refused as error:
        return await _form(visit, typed, trouble=target_form.beside(error, typed))
    return await _saved(visit, saved)


async def change(visit: Visit) -> Response:
    """``POST /targets/{id}``, all of it anew; a secret that is left empty stays as it was."""
    one = await target_page.chosen(visit)
    typed = await _typed(visit, one)
    seen = typed.version
    try:
        drafted = replace(target_form.draft(typed, visit.form), ca_pem=one.ca_pem)
        async with visit.desk.store.write() as tx:
            version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
            saved = await target.change(tx, visit.desk.vault, one, drafted, version=version, check_url=visit.desk.outbound.check_url)
    except Refused as error:
        return await _form(visit, typed, one=one, trouble=target_form.beside(error, typed))
    return await _saved(visit, saved)


async def _saved(visit: Visit, saved: Saved) -> Response:
    if saved.signing_secret:
        return await target_page.drawn(visit, saved.target, status=201, secret=saved.signing_secret)
    return visit.go(f"/targets/{saved.target.id}")


async def _edited(visit: Visit) -> Target | None:
    wanted = visit.form.get("target", "")
    return await target.by_id(visit.desk.store, visit.workspace.id, wanted) if wanted else None


async def _typed(visit: Visit, one: Target | None) -> Typed:
    known = await secrets.known_of(visit.desk.store, one.workspace_id, one.id) if one else None
    return target_form.of_form(visit.form, visit.form.getlist("event"), known)


async def _form(
    visit: Visit, typed: Typed, *, one: Target | None = None, seen: Preview | None = None, trouble: Refused | None = None
) -> Response:
    own = await fields.every(visit.desk.store, visit.workspace.id)
    newest = await target_preview.newest(visit) if seen is None else None
    return visit.page(
        "targets/form.html",
        status=422 if trouble else 200,
        one=one,
        typed=typed,
        trouble=trouble,
        fields=target_form.NAMED,
        preview=seen or Preview(str(newest.number) if newest else ""),
        names=names([(f"ticket.customFields.{field.key}", field.name) for field in own]),
        field_keys=[(field.key, field.name) for field in own],
        events=event_groups(),
    )


def names(own: Pairs) -> list[tuple[str, Pairs]]:
    """The placeholders of the picker by what they speak of, the workspace's own fields among them."""
    found: dict[str, Pairs] = {title: [] for title in _GROUPS.values()}
    aliases: Pairs = []
    for name in values.NAMES:
        first, _, rest = name.path.partition(".")
        is_alias = first == "ticket" and rest.startswith(("customer.", "lastMessage."))
        (aliases if is_alias else found.setdefault(_GROUPS.get(first, "Further"), [])).append((name.path, name.words))
    return [("Your own fields", own)] * bool(own) + [(title, listed) for title, listed in found.items() if listed] + [(_ALIAS, aliases)]


def event_groups() -> list[tuple[str, Pairs]]:
    """The events of the change feed a target can be told of, by what they are about."""
    found: dict[str, Pairs] = {}
    for name, words in hooks.EVENTS:
        found.setdefault(_EVENTS.get(name.partition(".")[0], "The desk"), []).append((name, words))
    return list(found.items())
