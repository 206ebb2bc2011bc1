"""The doors: sign in, sign out, and where `/` leads."""

from starlette.responses import Response

from tillside.agents import agent, session, workspace
from tillside.agents.access import Act
from tillside.agents.agent import Agent
from tillside.base.errors import TooMany
from tillside.edges.agent import cookies, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http import address
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    return [
        guard.page("/", home, allow=Act.PUBLIC),
        guard.page("/sign-in", ask, allow=Act.PUBLIC),
        guard.page("/sign-in", sign_in, allow=Act.PUBLIC, methods=["POST"]),
        guard.page("/sign-out", sign_out, allow=Act.READ, methods=["POST"]),
    ]


async def home(visit: Visit) -> Response:
    """To the inbox; on a new installation to the wizard."""
    if visit.session is None and not await workspace.any_yet(visit.desk.store):
        return visit.go("/setup")
    return visit.go("/inbox")


async def ask(visit: Visit) -> Response:
    """``GET /sign-in?next=/orders``."""
    if visit.session is not None:
        return visit.go(inside(visit.request.query_params.get("next", "")))
    if not await workspace.any_yet(visit.desk.store):
        return visit.go("/setup")
    return await _form(visit, next=visit.request.query_params.get("next", ""))


async def sign_in(visit: Visit) -> Response:
    """``POST /sign-in`` with email, password, next."""
    email, ahead = visit.form.get("email", ""), visit.form.get("next", "")
    account, caller = email.strip().lower()[:254], address.of(visit.request)
    try:
        visit.desk.throttle.check(account, caller)
    except TooMany as error:
        return await _form(visit, status=429, email=email, next=ahead, pause=error.retry_after_seconds)
    person = await agent.by_password(visit.desk.store, email, visit.form.get("password", ""))
    if person is None:
        visit.desk.throttle.failed(account, caller)
        return await _form(visit, status=422, email=email, next=ahead, is_wrong=True)
    visit.desk.throttle.passed(account, caller)
    return await enter(visit, person, inside(ahead))


async def sign_out(visit: Visit) -> Response:
    token = cookies.session(visit.request, private=visit.private)
    async with visit.desk.store.write() as tx:
        await session.end(tx, token)
    response = visit.go("/sign-in")
    cookies.drop_session(response, private=visit.private)
    return response


async def enter(visit: Visit, person: Agent, path: str) -> Response:
    """Begin a fresh session, so that no token from before the sign-in lives on, and go on to a page."""
    async with visit.desk.store.write() as tx:
        token = await session.begin(tx, person)
    return signed_in(visit, token, path)


def signed_in(visit: Visit, token: str, path: str) -> Response:
    """On to a page, with a session that has begun."""
    response = visit.go(path)
    cookies.keep_session(response, token, private=visit.private, seconds=visit.desk.settings.session_hours * 3600)
    return response


def inside(path: str) -> str:
    """The path if it leads to a page of this desk; never to another host."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_ours else "/inbox"


async def _form(visit: Visit, *, status: int = 200, email: str = "", next: str = "", is_wrong: bool = False, pause: int = 0) -> Response:
    homes = await workspace.every(visit.desk.store)
    name = homes[0].name if len(homes) == 1 else ""
    return visit.page("sign_in.html", status=status, name=name, email=email, next=next, is_wrong=is_wrong, pause=pause)
