"""A gateway that is there and never finishes, in a way that is named: it is left, and the next connection answers. It prints a tally.

Argument: the way.
"""

from __future__ import annotations

import asyncio
import sys
import time

from brokerport import ConnectionLostError, DeadlineError, Registry
from brokerport_opend.messages import capital_distribution_pb2, keep_alive_pb2
from brokerport_opend.wire.frame import Frame
from hostile.attack import Tally
from protos.gateway import KEEP_ALIVE, Gateway, Script, Visit, answering, reply, welcome

TIMEOUT = 0.5  # seconds of each call
PATIENCE = 45.0  # seconds until the connection must have been left
DRIP = 0.5  # seconds between two bytes

FLOWS = [f"capital{way}{size}" for way in ("In", "Out") for size in ("Big", "Mid", "Small")]
ANSWER = capital_distribution_pb2.Response(retType=0, s2c=dict.fromkeys(FLOWS, 1.0))
CAPITAL_DISTRIBUTION = 3212
ALIVE = keep_alive_pb2.Response(retType=0, s2c={"time": 1})


async def _drip(visit: Visit, data: bytes) -> None:
    for byte in data:
        visit.send(bytes([byte]))
        await asyncio.sleep(DRIP)


async def in_a_frame(visit: Visit) -> None:
    """The first reply comes a byte at a time, and nothing else does."""
    await visit.greet(welcome(keepAliveInterval=1))
    request = await visit.frame()
    await _drip(visit, reply(request, ANSWER))


async def in_a_frame_behind_a_whole_one(visit: Visit) -> None:
    """One reply is whole, and the next drips behind it."""
    await visit.greet(welcome(keepAliveInterval=1))
    request = await visit.frame()
    whole = reply(Frame(KEEP_ALIVE, 2**31, b""), ALIVE)
    visit.send(whole + reply(request, ANSWER)[:30])
    await _drip(visit, reply(request, ANSWER)[30:])


async def only_alive(visit: Visit) -> None:
    """Keep-alives are answered, and questions never."""
    await visit.greet(welcome(keepAliveInterval=1))
    await visit.serve({KEEP_ALIVE: ALIVE})


async def to_nobody(visit: Visit) -> None:
    """Whole replies come all the time, and none to what was asked."""
    await visit.greet(welcome(keepAliveInterval=1))
    while True:
        request = await visit.frame()
        visit.answer(Frame(request.proto_id, request.serial ^ 2**30, b""), ANSWER)


WAYS: dict[str, Script] = {
    "in a frame": in_a_frame,
    "behind a whole frame": in_a_frame_behind_a_whole_one,
    "only alive": only_alive,
    "to nobody": to_nobody,
}


async def main(way: str) -> Tally:
    """Ask until there is an answer."""
    tally = Tally()
    async with Gateway(WAYS[way], answering({CAPITAL_DISTRIBUTION: ANSWER})) as gateway:
        await _ask(tally, gateway.port)
        with tally.meet():
            assert len(gateway.visits) == 2, f"{tally.refused.total()} calls failed and {len(gateway.visits)} connections were made"
    return tally


async def _ask(tally: Tally, port: int) -> None:
    async with Registry().get_async("moomoo", port=port, quotas=False) as client:
        end = time.monotonic() + PATIENCE
        while not tally.answered and time.monotonic() < end:
            with tally.meet(DeadlineError, ConnectionLostError):
                await client.capital_distribution("HK.00700", timeout=TIMEOUT)


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1])).to_json(), flush=True)
