"""What an answer means for a call: done, another try, the end. Pure; no I/O. The table is the failure matrix of docs/targets.md."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tillside.base.outbound import Answer, Failure
from tillside.targets import schedule
from tillside.targets.calls import Call

End = Literal["done", "waiting", "failed", "dead"]
AT_FAULT = frozenset({400, 404, 422})
"""The receiver understood and will not change its mind about this very call: it fails at once, and says nothing about the target."""
GONE = 410
REFUSALS = frozenset({401, 403})
"""Our credentials are not good (enough) for the receiver."""
SLOWS = frozenset({429, 502, 503, 504})
"""Receivers that have too much to do get fewer calls at once for a while."""
_SENT_ON = range(300, 400)
_NOT_SENT = ("refused_address", "dns", "connect", "tls", "url", "credentials")
STOPPED = "The desk stopped while it waited for the answer."
HINTS = {
    400: "The receiver does not understand the body. Compare it with what its documentation asks for.",
    401: "The receiver does not accept our credentials. Check the secret header or the sign-in of this target.",
    403: "The receiver knows us and does not allow this. Check the rights of the key.",
    404: "There is nothing at this address. Check the address and what was filled into it.",
    405: "The receiver wants another method. Compare it with its documentation.",
    408: "The receiver waited too long for the request.",
    410: "The receiver says it is gone for good, so the target was disabled.",
    413: "The body is too large for the receiver. Send less.",
    415: "The receiver wants another content type.",
    422: "The receiver understands the body and refuses a value in it.",
    429: "The receiver gets too many calls. Fewer are sent at once for a while.",
    503: "The receiver is not available at this moment.",
}


class Outcome(Struct, frozen=True):
    """`asked`: µs the receiver asked us to wait; `went_well` None: says nothing about the target; `slows`: send it fewer at once;
    `refuses`: whether our credentials were refused, None where that is not
    known; `disables`: never call it again until somebody turns it on."""

    end: End
    status: int = 0
    reason: str = ""
    hint: str = ""
    asked: int | None = None
    went_well: bool | None = False
    slows: bool = False
    refuses: bool | None = None
    disables: bool = False


def of(call: Call, answer: Answer | None, failure: Failure | None, *, at: int) -> Outcome:
    """What came of a try; neither an answer nor a failure: we stopped listening ourselves, as the desk goes down."""
    if answer is not None:
        return of_answer(call, answer, at=at)
    if failure is not None:
        return of_failure(call, failure)
    if call.is_for_once:
        return Outcome("dead", reason=f"{STOPPED} Perhaps it was received.", went_well=None)
    return Outcome("waiting", reason=STOPPED, asked=0, went_well=None)


def of_answer(call: Call, answer: Answer, *, at: int) -> Outcome:
    """What an answer means."""
    status = answer.status
    if 200 <= status < 300:
        return Outcome("done", status, went_well=True, refuses=False)
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    hint = HINTS.get(status, "")
    if status in _SENT_ON:
        hint = f"It sends us on{f' to {location[:300]}' if location else ''}, which is not followed. Write the final address into the target."
    told = Outcome("waiting", status, f"It answered {status}.", hint, slows=status in SLOWS, refuses=status in REFUSALS)
    if status == GONE:
        return replace(told, end="dead", disables=True)
    if call.is_for_once:
        return replace(told, end="failed", reason=f"It answered {status}. This target is called once, whatever it answers.")
    if status in AT_FAULT:
        return replace(told, end="dead", went_well=None)
    said = next((value for name, value in answer.headers if name.lower() == "retry-after"), "")
    return replace(told, asked=schedule.retry_after(said, at=at) if said else None)


def of_failure(call: Call, failure: Failure) -> Outcome:
    """What it means that there was no answer."""
    refuses = True if failure.code == "credentials" else None
    if failure.is_permanent:
        return Outcome("dead", reason=failure.reason, went_well=None)
    if call.is_for_once:
        doubt = "" if failure.code in _NOT_SENT else " Perhaps it was received."
        return Outcome("dead", reason=f"{failure.reason}{doubt} This target is called once.", refuses=refuses)
    return Outcome("waiting", reason=failure.reason, refuses=refuses)
