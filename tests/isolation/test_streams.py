"""Streams that are open while things happen elsewhere: whoever may not know hears none of it, and whoever may hears all of it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from msgspec.structs import replace

from tests.isolation import callers, test_matrix, world
from tests.isolation.world import Place
from tests.support.served import Served
from tillside.agents import actor
from tillside.conversations import answering
from tillside.conversations import conversation as conversations
from tillside.conversations.message import Said
from tillside.feeds.whispers import Whisper

DESK = ("/stream", "/inbox/stream")
SHOPPER = "/messenger/api/stream"
WITHIN_SECONDS = 60


class Listener:
    """One open stream, read by a thread of its own."""

    def __init__(self) -> None:
        self.text = ""
        self._more = threading.Condition()
        self._is_over = False

    def read(self, url: str, headers: dict[str, str]) -> None:
        try:
            with httpx.stream("GET", url, headers={**headers, "accept": "text/event-stream"}, timeout=WITHIN_SECONDS) as answer:
                assert answer.status_code == 200
                for part in answer.iter_text():
                    self._add(part)
                    if self._is_over:
                        return
        except httpx.HTTPError as error:
            self._add(f"[broken: {error}]")

    def heard(self, words: str) -> str:
        """All that was heard once these words were."""
        with self._more:
            assert self._more.wait_for(lambda: words in self.text, WITHIN_SECONDS), f"{words} never came: {self.text[-2000:]}"
            return self.text

    def end(self) -> None:
        self._is_over = True

    def _add(self, part: str) -> None:
        with self._more:
            self.text += part
            self._more.notify_all()


@contextmanager
def listening(served: Served, path: str, headers: dict[str, str]) -> Iterator[Listener]:
    """A stream that is open: its first words have come."""
    one = Listener()
    thread = threading.Thread(target=one.read, args=(served.url + path, headers), daemon=True)
    thread.start()
    one.heard("retry: 1000")
    try:
        yield one
    finally:
        one.end()


async def happens(served: Served, place: Place) -> dict[str, str]:
    """Everything a conversation can go through, and a whisper from either side."""
    rows = await world.talk(served, place)
    for side in ("shop", "shopper"):
        await served.desk.whispers.tell(Whisper(place.workspace_id, rows["conversation"], side, place.word))
    return rows


async def says(served: Served, place: Place, conversation_id: str, text: str) -> str:
    """A reply everybody who may listen to this conversation hears; the message's id."""
    async with served.desk.store.write() as tx:
        talk = await conversations.by_id(tx, place.workspace_id, conversation_id)
        _, message = await answering.reply(tx, talk, Said(text), by=actor.of_agent(place.admin))
    return message.id


def is_silent_of(text: str, place: Place, rows: dict[str, str]) -> bool:
    ids = ("conversation", "other", "mailed", "heard", "again", "answered", "waiting", "note", "letter", "step", "job", "key")
    return place.word not in text and not any(rows[name] in text for name in ids)


@pytest.mark.parametrize("path", DESK)
@pytest.mark.parametrize("role", ["admin", "agent"])
def test_a_desk_s_stream_tells_nothing_of_another_workspace(served: Served, fern: Place, other: Place, role: str, path: str) -> None:
    theirs = callers.agent(test_matrix.fresh_session(served, other, role))
    own = callers.agent(test_matrix.fresh_session(served, fern, "admin"))
    with listening(served, path, theirs) as stranger, listening(served, "/inbox/stream", own) as owner:
        rows = served.do(happens(served, fern))
        owner.heard(rows["conversation"])
        mine = served.do(happens(served, other))
        world.customer(served, other)
        marker = mine["conversation"] if path == "/inbox/stream" else "event: "
        assert is_silent_of(stranger.heard(marker), fern, rows)


def test_a_shopper_s_stream_tells_nothing_of_anybody_else(served: Served, fern: Place, other: Place) -> None:
    """Another shopper of the same shop, and one of another workspace; the conversation's own shopper is the control."""
    token, own = served.do(test_matrix._stranger(served, fern))
    fern_token = served.do(test_matrix._take_over(served, fern, fern.ids["conversation"]))
    listeners = {"same shop": token, "elsewhere": test_matrix.fresh_shopper(served, other), "owner": fern_token}
    with ExitStack() as stack:
        ears = {name: stack.enter_context(listening(served, SHOPPER, callers.shopper(one))) for name, one in listeners.items()}
        rows = served.do(happens(served, fern))
        served.do(says(served, fern, fern.ids["conversation"], f"for the owner of {fern.word}"))
        ears["owner"].heard(f"for the owner of {fern.word}")
        plain = replace(fern, word="plain")
        served.do(says(served, plain, own["conversation"], "end of story"))
        served.do(says(served, other, other.ids["conversation"], "end of story"))
        for name in ("same shop", "elsewhere"):
            assert is_silent_of(ears[name].heard("end of story"), fern, rows), name


def test_the_shopper_s_own_stream_never_tells_a_note_or_what_still_waits(served: Served, fern: Place) -> None:
    token, own = served.do(test_matrix._stranger(served, fern))
    plain = replace(fern, word="plain")
    with listening(served, SHOPPER, callers.shopper(token)) as shopper:
        served.do(_notes(served, plain, own["conversation"]))
        served.do(says(served, plain, own["conversation"], "end of story"))
        told = shopper.heard("end of story")
    assert "only for the team" not in told and "not before its time" not in told and own["note"] not in told


def test_the_change_feed_tells_nothing_of_another_workspace(served: Served, fern: Place, other: Place) -> None:
    rows = served.do(happens(served, fern))
    mine = served.do(happens(served, other))
    told, after = "", 0
    while True:
        answer = served.client.get(f"/v1/events?after={after}&limit=500", headers=callers.key(other.keys[""])).json()
        told += str(answer)
        after = answer["next_cursor"]
        if not answer["has_more"]:
            break
    assert mine["conversation"] in told
    assert is_silent_of(told, fern, rows)


def test_a_signed_out_session_hears_no_more(served: Served, control: Place) -> None:
    token = served.do(test_matrix._signed_in(served, control, "agent"))
    with listening(served, "/inbox/stream", callers.agent(token)) as gone:
        test_matrix.done(served, "POST", "/sign-out", token)
        rows = served.do(happens(served, control))
        with listening(served, "/inbox/stream", callers.agent(served.do(test_matrix._signed_in(served, control, "agent")))) as here:
            again = served.do(happens(served, control))
            here.heard(again["conversation"])
        assert rows["conversation"] not in gone.text and again["conversation"] not in gone.text


async def _notes(served: Served, place: Place, conversation_id: str) -> None:
    me = actor.of_agent(place.admin)
    async with served.desk.store.write() as tx:
        talk = await conversations.by_id(tx, place.workspace_id, conversation_id)
        talk, _ = await answering.note(tx, talk, Said("only for the team"), by=me)
        await answering.reply(tx, talk, Said("not before its time"), by=me, send_at=world.FAR)
