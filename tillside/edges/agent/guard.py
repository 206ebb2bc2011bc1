"""The guard before every page: who comes, whether they may, whether the form is ours, and which headers leave with the answer.

A route names the act it needs: ``page("/customers", customers.index, allow=Act.READ)``. A handler takes a `Visit`.
"""

import hmac
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from urllib.parse import parse_qsl, quote

from starlette.datastructures import ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

import tillside
from tillside.agents import access, session, workspace
from tillside.agents.access import Act
from tillside.agents.agent import Agent
from tillside.agents.session import Ages, Session
from tillside.agents.workspace import Workspace
from tillside.base import stamps
from tillside.base.errors import DeskError, NotAllowed, TooLarge, Undecodable
from tillside.edges.agent import cookies, screens
from tillside.edges.http import answers, desk
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded

_FORM_LIMIT_BYTES = 256 * 1024
FILES_LIMIT_BYTES = 25 * 1024 * 1024
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[["Visit"], Awaitable[Response]]
Form = ImmutableMultiDict[str, str]


class Visit:
    """One request, checked. `session` and `home` are None only at doors (Act.PUBLIC)."""

    def __init__(self, request: Request, house: Desk) -> None:
        self.request = request
        self.desk = house
        self.private = cookies.is_private(request, house.public_url)
        self.form: Form = ImmutableMultiDict()
        self.files: list[UploadFile] = []
        self.session: Session | None = None
        self.home: Workspace | None = None
        brought = cookies.door(request, private=self.private)
        self.is_new = not brought
        self.door = brought or stamps.token()

    @property
    def agent(self) -> Agent:
        assert self.session is not None
        return self.session.agent

    @property
    def workspace(self) -> Workspace:
        assert self.home is not None
        return self.home

    @property
    def form_token(self) -> str:
        """What every form of this browser must bring back."""
        return self.session.form_token if self.session else session.form_token_of(self.door)

    def may(self, act: Act) -> bool:
        return self.session is not None and access.may(self.agent.role, act)

    def given(self) -> dict[str, object]:
        """What every page and piece knows without being told."""
        return {
            "visit": self,
            "agent": self.session.agent if self.session else None,
            "workspace": self.home,
            "zone": self.home.time_zone if self.home else "UTC",
            "form_token": self.form_token,
            "theme": self.theme,
            "version": tillside.__version__,
            "source_url": self.desk.settings.source_url or "/source",
            "place": self.request.url.path,
            "Act": Act,
        }

    @property
    def theme(self) -> str:
        chosen = self.request.cookies.get(cookies.THEME, "")
        return chosen if chosen in ("light", "dark") else ""

    def page(self, template: str, *, status: int = 200, **given: object) -> Response:
        """A page (or piece) drawn for this visitor."""
        return Response(self.draw(template, **given), status, headers={"Cache-Control": "no-store"}, media_type="text/html")

    def draw(self, template: str, **given: object) -> str:
        """The text of a page or piece, in this visitor's time zone and with this visitor's rights."""
        return screens.draw(template, **(self.given() | given))

    def go(self, path: str) -> Response:
        """On to another page, after a form was accepted."""
        return RedirectResponse(path, 303)


def page(path: str, handler: Handler, *, allow: Act, methods: Sequence[str] = ("GET",)) -> Guarded:
    """A route whose handler is called only for those who may, and for forms of our own making."""

    async def endpoint(request: Request) -> Response:
        visit = Visit(request, desk.of(request))
        try:
            response = await _admit(visit, allow) or await handler(visit)
        except DeskError as error:
            response = failed(visit, error)
        except ClientDisconnect:  # a browser that was closed while it still told something: nobody reads the answer
            response = Response(status_code=400)
        for file in visit.files:
            await file.close()
        return _leave(visit, response)

    return Guarded(path, endpoint, allow=allow, methods=methods)


def asset(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Guarded:
    """A route for files that are the same for everybody: no session is looked up."""

    async def dressed(request: Request) -> Response:
        return dress(await endpoint(request))

    return Guarded(path, dressed, allow=Act.PUBLIC, methods=("GET",))


def dress(response: Response) -> Response:
    """The headers every answer of the desk leaves with."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def failed(visit: Visit, error: DeskError) -> Response:
    """An error as its page: what happened, what was kept, what to do."""
    told = answers.told(error)
    response = visit.page("error.html", status=told.status, told=told)
    response.headers.update(answers.waiting(error))
    return response


async def lost(request: Request, error: Exception) -> Response:
    """The answer where no route fits, or something broke: a page for people, JSON for programs."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if "text/html" not in request.headers.get("accept", ""):
        return dress(answers.refusal(DeskError(_LOST.get(status, _LOST[500])), status=status))
    visit = Visit(request, desk.of(request))
    told = answers.in_words(status, _LOST.get(status, _LOST[500]))
    return dress(visit.page("error.html", status=status, told=told))


_LOST = {404: "There is nothing at this address.", 405: "This address does not take that.", 500: "Something broke here."}


async def _admit(visit: Visit, allow: Act) -> Response | None:
    """None when the visitor may come in; otherwise where to send them. Raises NotAllowed.

    1. Who: the session of the cookie, its workspace.
    2. May they: the act of the route against the role.
    3. Is the form ours: the token must come back with every write.
    """
    await _recognise(visit)
    if visit.session is None and allow is not Act.PUBLIC:
        return _to_door(visit.request)
    if allow is not Act.PUBLIC and not visit.may(allow):
        raise NotAllowed("Your role does not allow this.")
    if visit.request.method in _WRITES:
        visit.form, visit.files = await _sent(visit.request)
        brought = visit.form.get("form_token") or visit.request.headers.get("x-form-token", "")
        is_known = visit.session is not None or not visit.is_new
        if not is_known or not hmac.compare_digest(brought.encode(), visit.form_token.encode()):
            raise NotAllowed("This form is no longer valid. Load its page again and send it from there.")
    return None


async def _recognise(visit: Visit) -> None:
    token = cookies.session(visit.request, private=visit.private)
    if token:
        visit.session = await session.find(visit.desk.store, token, _ages(visit))
    if visit.session is not None:
        visit.home = await workspace.by_id(visit.desk.store, visit.agent.workspace_id)
        if session.is_stale(visit.session):
            async with visit.desk.store.write() as tx:
                await session.touch(tx, visit.session)


async def is_still_here(visit: Visit) -> bool:
    """Whether the session still lives: for answers that take minutes."""
    return await session.find(visit.desk.store, cookies.session(visit.request, private=visit.private), _ages(visit)) is not None


def _ages(visit: Visit) -> Ages:
    settings = visit.desk.settings
    return Ages(settings.session_idle_hours * stamps.HOUR, settings.session_hours * stamps.HOUR)


def _to_door(request: Request) -> Response:
    """To the sign-in page and back. A stream is told to stop (204 ends an EventSource); a script is told where to go."""
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=204)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "") if request.method == "GET" else "/"
    door = f"/sign-in?next={quote(back, safe='/')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(door, 303)


async def _sent(request: Request) -> tuple[Form, list[UploadFile]]:
    """The fields and files of a form. Raises TooLarge, Undecodable."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _form(request), []
    try:
        parts = await MultiPartParser(request.headers, _counted(request), max_files=20, max_fields=200, max_part_size=_FORM_LIMIT_BYTES).parse()
    except MultiPartException as error:
        raise Undecodable("This form could not be read.") from error
    said = [(name, value) for name, value in parts.multi_items() if isinstance(value, str)]
    return ImmutableMultiDict(said), [value for _, value in parts.multi_items() if isinstance(value, UploadFile) and value.filename]


async def _counted(request: Request) -> AsyncGenerator[bytes, None]:
    """The body as it comes, ended where it is larger than a message with its files may be."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > FILES_LIMIT_BYTES:
            raise TooLarge("These files are larger than the desk accepts.", hint=f"Send at most {FILES_LIMIT_BYTES // 2**20} MB at once.")
        yield chunk


async def _form(request: Request) -> Form:
    """The fields of a form without files. Raises TooLarge, Undecodable."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_LIMIT_BYTES:
            raise TooLarge("This form is larger than the desk accepts.")
    try:
        return ImmutableMultiDict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000))
    except ValueError as error:
        raise Undecodable("This form could not be read.") from error


def _leave(visit: Visit, response: Response) -> Response:
    """Headers for everybody; a door also gives the browser the token its forms are tied to."""
    if visit.session is None and visit.is_new:
        cookies.keep_door(response, visit.door, private=visit.private)
    return dress(response)
