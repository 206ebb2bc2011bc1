"""Settings: the team, the REST keys, and how the desk looks in this browser."""

from starlette.responses import Response

from tillside.agents import agent, rest_key
from tillside.agents.access import Act
from tillside.base.errors import Conflict, Refused
from tillside.edges.agent import cookies, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded

_YEAR_SECONDS = 31_536_000


def routes() -> list[Guarded]:
    return [
        guard.page("/settings", index, allow=Act.READ),
        guard.page("/settings/appearance", appearance, allow=Act.READ),
        guard.page("/settings/appearance", choose_appearance, allow=Act.READ, methods=["POST"]),
        guard.page("/settings/team", team, allow=Act.ADMINISTER),
        guard.page("/settings/team", add_agent, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/team/{agent_id}/disablement", disable_agent, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/team/{agent_id}/enablement", enable_agent, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/team/{agent_id}/password", replace_password, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/keys", keys, allow=Act.ADMINISTER),
        guard.page("/settings/keys", add_key, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/keys/{key_id}/revocation", revoke_key, allow=Act.ADMINISTER, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    return visit.go("/settings/team" if visit.may(Act.ADMINISTER) else "/settings/appearance")


async def appearance(visit: Visit) -> Response:
    return visit.page("settings_appearance.html")


async def choose_appearance(visit: Visit) -> Response:
    """``POST /settings/appearance`` with theme: light, dark, or anything else for the system's."""
    theme = visit.form.get("theme", "")
    response = visit.go("/settings/appearance")
    if theme in ("light", "dark"):
        response.set_cookie(cookies.THEME, theme, max_age=_YEAR_SECONDS, secure=visit.private, httponly=True, samesite="lax")
    else:
        response.delete_cookie(cookies.THEME)
    return response


async def team(visit: Visit) -> Response:
    return await _team(visit)


async def add_agent(visit: Visit) -> Response:
    """``POST /settings/team`` with name, email, role, password."""
    typed = {name: visit.form.get(name, "") for name in ("name", "email", "role")}
    password = visit.form.get("password", "")
    try:
        async with visit.desk.store.write() as tx:
            await agent.add(tx, visit.workspace.id, typed["email"], name=typed["name"], role=typed["role"], password=password)
    except Refused as error:
        return await _team(visit, typed=typed, trouble=error)
    return visit.go("/settings/team")


async def disable_agent(visit: Visit) -> Response:
    """``POST /settings/team/{id}/disablement``: signed out everywhere at once, and not let in again."""
    async with visit.desk.store.write() as tx:
        await agent.disable(tx, visit.workspace.id, visit.request.path_params["agent_id"], by=visit.agent)
    return visit.go("/settings/team")


async def enable_agent(visit: Visit) -> Response:
    async with visit.desk.store.write() as tx:
        await agent.enable(tx, visit.workspace.id, visit.request.path_params["agent_id"])
    return visit.go("/settings/team")


async def replace_password(visit: Visit) -> Response:
    """``POST /settings/team/{id}/password``: for a colleague who forgot theirs. The answer itself shows the new one, this once; they are
    signed out everywhere. One's own is changed only by who knows it, else a desk left open would be lost."""
    colleague = await agent.find(visit.desk.store, visit.workspace.id, visit.request.path_params["agent_id"])
    if colleague.id == visit.agent.id:
        raise Conflict("Your own password is changed under Password.", hint="There you prove that you know the present one.")
    text = agent.handed_password()
    password_hash = await agent.hashed(text)
    async with visit.desk.store.write() as tx:
        await agent.set_password(tx, colleague, password_hash)
    return await _team(visit, status=201, handed=(colleague, text))


async def keys(visit: Visit) -> Response:
    return await _keys(visit)


async def add_key(visit: Visit) -> Response:
    """``POST /settings/keys`` with name, and reach=chosen with scopes. The answer itself shows the key, this once."""
    name = visit.form.get("name", "")
    is_chosen = visit.form.get("reach") == "chosen"
    scopes = [scope for scope in rest_key.SCOPES if visit.form.get(scope)] if is_chosen else [rest_key.EVERYTHING]
    try:
        async with visit.desk.store.write() as tx:
            _, text = await rest_key.add(tx, visit.workspace.id, name, scopes=scopes)
    except Refused as error:
        return await _keys(visit, status=422, name=name, trouble=error)
    return await _keys(visit, status=201, text=text)


async def revoke_key(visit: Visit) -> Response:
    async with visit.desk.store.write() as tx:
        await rest_key.revoke(tx, visit.workspace.id, visit.request.path_params["key_id"])
    return visit.go("/settings/keys")


async def _team(
    visit: Visit,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    trouble: Refused | None = None,
    handed: tuple[agent.Agent, str] | None = None,
) -> Response:
    people = await agent.every(visit.desk.store, visit.workspace.id)
    filled = typed or {"name": "", "email": "", "role": "agent"}
    told = {"people": people, "typed": filled, "trouble": trouble, "handed": handed}
    return visit.page("settings_team.html", status=422 if trouble else status, **told)


async def _keys(visit: Visit, *, status: int = 200, text: str = "", name: str = "", trouble: Refused | None = None) -> Response:
    listed = await rest_key.every(visit.desk.store, visit.workspace.id)
    origin = visit.desk.public_url
    more = {"scopes": rest_key.SCOPES, "chosen": visit.form}
    return visit.page("settings_keys.html", status=status, keys=listed, text=text, name=name, trouble=trouble, origin=origin, **more)
