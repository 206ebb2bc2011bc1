"""Changing many conversations at once: begun from the list, watched, stopped, taken back."""

from msgspec import Struct
from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base.errors import NotAllowed, Refused
from tillside.conversations import bulk, inbox
from tillside.conversations.bulk import Job
from tillside.edges.agent import acts, guard, lists, naps
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded

_WORDS = {
    "close": "Closed",
    "reopen": "Opened again",
    "snooze": "Put to sleep",
    "trash": "Moved to the trash",
    "assign": "Assigned",
    "give": "Handed over",
    "tag": "Tagged",
    "reply": "Answered",
    "undo": "Taken back",
}
_GIVEN = {"assign": "assignee", "tag": "tag", "reply": "macro"}
_PAGE = 500


class Progress(Struct, frozen=True):
    """A job as its line shows it."""

    id: str
    words: str
    total: int
    done: int
    failed: int
    is_running: bool
    is_stopped: bool
    is_undone: bool
    may_undo: bool


def routes() -> list[Guarded]:
    one = "/bulk/{job_id}"
    return [
        guard.page("/bulk", begin, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one, show, allow=Act.ANSWER),
        guard.page(one + "/stop", stop, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/undoing", undo, allow=Act.ANSWER, methods=["POST"]),
    ]


async def begin(visit: Visit) -> Response:
    """``POST /bulk`` with act, id (several) or every (all of the view), and what the act needs: assignee, tag, macro."""
    act = next((one for one in bulk.ACTS if one == visit.form.get("act") and one != "undo"), None)
    if act is None:
        raise Refused("Nothing says what is to be done.", field="act", hint="Choose an act.")
    given = visit.form.get(_GIVEN.get(act, ""), "").strip()
    if act in _GIVEN and not given:
        raise Refused("Something is missing for that.", field=_GIVEN[act], hint="Choose it beside the button.")
    if act == "snooze":
        given = str(next(at for key, _, at in naps.offered(visit.workspace.time_zone) if key == "2"))
    ids = await _whole_view(visit) if visit.form.get("every") else visit.form.getlist("id")
    async with visit.desk.store.write() as tx:
        job = await bulk.start(tx, visit.workspace.id, act, "" if given == "-" else given, ids, by=actor.of_agent(visit.agent))
    return _answer(visit, job)


async def show(visit: Visit) -> Response:
    """``GET /bulk/{id}``: how far it is."""
    return _answer(visit, await _own(visit))


async def stop(visit: Visit) -> Response:
    job = await _own(visit)
    async with visit.desk.store.write() as tx:
        await bulk.stop(tx, job)
    return _answer(visit, await _own(visit))


async def undo(visit: Visit) -> Response:
    """``POST /bulk/{id}/undoing``: everything it did is taken back, as a job of its own."""
    job = await _own(visit)
    async with visit.desk.store.write() as tx:
        back = await bulk.undo(tx, job, by=actor.of_agent(visit.agent))
    return _answer(visit, back)


async def running(visit: Visit) -> Progress | None:
    """What this agent set going and is not over."""
    job = await bulk.running(visit.desk.store, visit.workspace.id, visit.agent.id)
    return _progress(job) if job else None


async def _own(visit: Visit) -> Job:
    job = await bulk.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["job_id"])
    if job.by.id != visit.agent.id and not visit.may(Act.ADMINISTER):
        raise NotAllowed("Only who began it, or an admin, may do that.")
    return job


async def _whole_view(visit: Visit) -> list[str]:
    """Every conversation of the list that is shown, also those not drawn yet."""
    place = await lists.view(visit, acts.view_of(visit))
    filters, ids, after = place.filters.of(visit.agent.id), list[str](), None
    while len(ids) < bulk.MOST:
        page = await inbox.page(visit.desk.store, visit.workspace.id, filters, sort="newest", after=after, count=_PAGE)
        ids += [one.id for one in page]
        if len(page) < _PAGE:
            break
        after = inbox.place(page[-1], "newest")
    return ids[: bulk.MOST]


def _answer(visit: Visit, job: Job) -> Response:
    if acts.is_piece(visit):
        return visit.page("inbox/_job.html", job=_progress(job), view=None)
    return (
        visit.page("bulk.html", job=_progress(job), view=None, key=acts.view_of(visit))
        if visit.request.method == "GET"
        else visit.go(f"/bulk/{job.id}")
    )


def _progress(job: Job) -> Progress:
    return Progress(
        id=job.id,
        words=_WORDS[job.request.act],
        total=job.total,
        done=job.done,
        failed=job.failed,
        is_running=job.is_running,
        is_stopped=job.state == "stopped",
        is_undone=job.state == "undone",
        may_undo=job.may_undo,
    )
