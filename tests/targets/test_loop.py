"""The desk is served on uvloop, whose transports are not those of the standard library: a call goes out there as well."""

import uvloop

from tests.support.receiver import Receiver
from tests.targets.yard import outbound


def test_a_call_goes_out_on_the_loop_the_desk_is_served_on() -> None:
    async def status(url: str) -> int:
        client = outbound()
        try:
            return (await client.send("POST", url, headers=[], body=b"{}")).status
        finally:
            await client.close()

    with Receiver() as receiver:
        assert uvloop.run(status(receiver.url("/hook"))) == 200
