"""Gateways that fail, each in a way of its own, on a thread beside the tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager

from brokerport.testing import Failure
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.wire.frame import Frame, encode
from protos.gateway import Gateway, Script, Visit, answering


def _saying(text: str) -> Script:
    """A gateway that refuses every question with these words."""
    return answering({endpoint.proto_id: endpoint.response(retType=-1, retMsg=text) for endpoint in ENDPOINTS})


async def _garbled(visit: Visit) -> None:
    await visit.greet()
    while True:
        request = await visit.frame()
        visit.send(encode(Frame(request.proto_id, request.serial, b"\xff\xff")))


SCRIPTS: dict[Failure, Script] = {
    "silent": answering({}),
    "refusing": _saying("unknown stock"),
    "exhausted": _saying("too frequent: 30 in 30 s"),
    "garbled": _garbled,
}


@contextmanager
def failing_gateways() -> Iterator[Mapping[Failure, int]]:
    """The ports where they listen, and one where nobody does."""
    with socket.socket() as nobody, asyncio.Runner() as runner:
        nobody.bind(("127.0.0.1", 0))
        over = asyncio.Event()
        ports: dict[Failure, int] = {"unreachable": nobody.getsockname()[1]}
        listening = threading.Event()

        async def listen() -> None:
            async with AsyncExitStack() as stack:
                for failure, script in SCRIPTS.items():
                    ports[failure] = (await stack.enter_async_context(Gateway(script))).port
                listening.set()
                await over.wait()

        thread = threading.Thread(target=runner.run, args=(listen(),))
        thread.start()
        listening.wait()
        yield ports
        runner.get_loop().call_soon_threadsafe(over.set)
        thread.join()
