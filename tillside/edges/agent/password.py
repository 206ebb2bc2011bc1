"""An agent's own password: changed with the one they have, which signs them out everywhere but here."""

from starlette.responses import Response

from tillside.agents import agent, session
from tillside.agents.access import Act
from tillside.base.errors import DeskError, Refused, TooMany
from tillside.edges.agent import doors, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http import address, answers
from tillside.edges.http.routes import Guarded

PATH = "/settings/password"


def routes() -> list[Guarded]:
    return [guard.page(PATH, show, allow=Act.READ), guard.page(PATH, change, allow=Act.READ, methods=["POST"])]


async def show(visit: Visit) -> Response:
    return visit.page("settings_password.html", trouble=None, pause=0, is_changed="changed" in visit.request.query_params)


async def change(visit: Visit) -> Response:
    """``POST /settings/password`` with current, new, again. This browser goes on with a fresh session; every other one ends."""
    try:
        await _prove(visit)
        new = _chosen(visit)
    except (Refused, TooMany) as error:
        return _again(visit, error)
    password_hash = await agent.hashed(new)
    async with visit.desk.store.write() as tx:
        await agent.set_password(tx, visit.agent, password_hash)
        token = await session.begin(tx, visit.agent)
    return doors.signed_in(visit, token, f"{PATH}?changed=1")


async def _prove(visit: Visit) -> None:
    """It is them: whoever finds a desk left open must know the password too. Wrong tries count together with those at the door."""
    caller, throttle = address.of(visit.request), visit.desk.throttle
    throttle.check(visit.agent.email, caller)
    if await agent.by_password(visit.desk.store, visit.agent.email, visit.form.get("current", "")) is None:
        throttle.failed(visit.agent.email, caller)
        raise Refused("That is not your present password.", field="current", hint="Type it again; capitals count.")
    throttle.passed(visit.agent.email, caller)


def _chosen(visit: Visit) -> str:
    """The new password. Raises Refused with the field that is wrong."""
    new = visit.form.get("new", "")
    agent.check_password(new, field="new")
    if new == visit.form.get("current", ""):
        raise Refused("This is the password you have.", field="new", hint="Choose another one.")
    if new != visit.form.get("again", ""):
        raise Refused("The two new passwords differ.", field="again", hint="Type the new one twice, the same both times.")
    return new


def _again(visit: Visit, error: DeskError) -> Response:
    """The form once more, with the error beside its field; or with the pause."""
    pause = error.retry_after_seconds if isinstance(error, TooMany) else 0
    status = answers.status_of(error)
    response = visit.page("settings_password.html", status=status, trouble=None if pause else error, pause=pause, is_changed=False)
    response.headers.update(answers.waiting(error))
    return response
