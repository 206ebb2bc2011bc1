"""What a target would send for one real conversation, before anything is saved or sent."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tillside.base import template
from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import inbox
from tillside.conversations.conversation import Conversation
from tillside.edges.agent import exchange, outcomes
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.printed import Line
from tillside.targets import checking, values
from tillside.targets import request as requests
from tillside.targets.shape import Basic, Bearer, OAuth2, Shape
from tillside.targets.trial import Trial


class Preview(Struct, frozen=True):
    """`number`: of the conversation, as the field shows it; `unknown`: placeholders nobody knows; `empty`: those without a value here."""

    number: str = ""
    talk: Conversation | None = None
    request: list[Line] = []
    unknown: list[str] = []
    empty: list[str] = []
    trouble: str = ""
    tried: "Tried | None" = None


class Tried(Struct, frozen=True):
    """A test that was sent: how it went in words, and the answer as lines."""

    went_well: bool
    words: str
    took: str
    answer: list[Line]


async def newest(visit: Visit) -> Conversation | None:
    """The conversation that moved last."""
    found = await inbox.page(visit.desk.store, visit.workspace.id, inbox.Filters(), count=1)
    return found[0] if found else None


async def meant(visit: Visit, said: str) -> Conversation | None:
    """The conversation of a number such as 4817 or #4817; the newest for none; None while there is no conversation. Raises Refused."""
    number = said.strip().removeprefix("#")
    if not number:
        return await newest(visit)
    found = None
    if number.isascii() and number.isdigit() and len(number) < 12:
        found = await conversations.by_number(visit.desk.store, visit.workspace.id, int(number))
    if found is None:
        raise Refused(f"There is no conversation #{number[:20]}.", field="number", hint="Write the number as it stands in the inbox.")
    return found


async def drawn(visit: Visit, shape: Shape, said: str) -> Preview:
    """The preview of a shape for the conversation of a number. What is wrong with the shape itself is Refused."""
    checked = checking.checked(shape, visit.desk.outbound.check_url)
    try:
        talk = await meant(visit, said)
    except (Refused, Unknown) as error:
        return Preview(said, trouble=f"{error.message} Write the number as it stands in the inbox.")
    if talk is None:
        return Preview(said, trouble="There is no conversation yet. The preview needs one for its values.")
    known = await of(visit, talk)
    made = requests.of(checked, known)
    headers = [*made.headers, *secret_headers(checked)]
    named = list(dict.fromkeys(name for text, *_ in checking.templates(checked) for name in template.names(text)))
    unknown = checking.problems(checked)
    empty = [name for name in named if name not in unknown and at(known, name) in (None, "", [], {})]
    return Preview(str(talk.number), talk, exchange.request(made.method, made.url, headers, made.body), unknown, empty)


def tried(seen: Preview, made: Trial) -> Preview:
    """The same with what was really sent and answered."""
    last = made.attempt
    request = exchange.request(made.request.method, made.request.url, last.headers, made.request.body)
    words = f"Answered {last.status}" if last.status else "No answer"
    said = " ".join(part for part in (last.error, last.hint) if part)
    answer = exchange.answer(last.status, last.answer_headers, last.answer_body, is_cut=last.is_cut) if last.status else exchange.said(said)
    return replace(seen, request=request, tried=Tried(last.went_well, words, outcomes.took(last.took_ms), answer))


async def of(visit: Visit, talk: Conversation | None) -> dict[str, Any]:
    """The document of placeholders, as a call by hand of this agent has it."""
    return await values.of(
        visit.desk.store,
        visit.workspace,
        talk,
        origin=visit.desk.public_url,
        event={"id": "", "type": "hand", "ruleId": "", "name": ""},
        agent_name=visit.agent.name,
    )


def secret_headers(shape: Shape) -> list[tuple[str, str]]:
    """The headers whose values are nobody's to see, as dots, and those that are written when it leaves."""
    found = [(one.name, exchange.DOTS) for one in shape.headers if one.is_secret]
    if isinstance(shape.auth, Basic | Bearer | OAuth2):
        found.append(("authorization", exchange.DOTS))
    late = ["webhook-id", "webhook-timestamp", *(["webhook-signature"] if shape.signs else [])]
    return [*found, *((name, exchange.LATE) for name in late)]


def at(document: dict[str, Any], path: str) -> Any:
    """What stands at ``order.number``; None where there is nothing."""
    found: Any = document
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
