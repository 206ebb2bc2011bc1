"""A call as it would stand in a row, for what needs no desk."""

from typing import Any

from msgspec.structs import replace

from tillside.agents.actor import DESK
from tillside.targets import calls
from tillside.targets.calls import Call, Cause
from tillside.targets.request import Request
from tillside.targets.target import Target

TARGET = Target(name="Cart", url="https://cart.example/", workspace_id=1, id="tgt_one")
REQUEST = Request("POST", "https://cart.example/", [], "{}")


def call(**more: Any) -> Call:
    made = calls.new(TARGET, REQUEST, "dlv_one", cause=Cause("hand"), by=DESK, at=10**15)
    return replace(made, **more)
