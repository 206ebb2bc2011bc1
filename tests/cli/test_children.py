"""Processes under the serving one: what a parent does with a child that has died at the worst moment."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import uvloop

from tillside.base import settings
from tillside.cli import children


def test_a_child_that_died_before_it_was_told_anything_is_no_error_of_its_parent() -> None:
    async def handing_over() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "", stdin=PIPE, stdout=PIPE)
        code = await process.wait()
        await children.hand_over(process, settings.load({}))
        return code

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop the desk runs on
        assert runner.run(handing_over()) == 0
