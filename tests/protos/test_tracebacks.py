"""What a user sees of a connection that cannot be had: one cause, our frames last, and the attempts in one note."""

from __future__ import annotations

import asyncio
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from brokerport import BrokerportError, ConnectError, HandshakeError, Registry, RouteError


@contextmanager
def nobody() -> Iterator[int]:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))  # and does not listen
        yield there.getsockname()[1]


@contextmanager
def hangs_up() -> Iterator[int]:
    """On everyone, at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    server.accept()[0].close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def blocking(port: int, host: str) -> None:
    with Registry().get("moomoo", host=host, port=port) as client:
        client.ark_dynamic("US.TSLA")


def awaited(port: int, host: str) -> None:
    async def main() -> None:
        async with Registry().get_async("moomoo", host=host, port=port) as client:
            await client.ark_dynamic("US.TSLA")

    asyncio.run(main())


@pytest.mark.parametrize("ask", [blocking, awaited])
@pytest.mark.parametrize(
    ("where", "host", "kind", "cause"),
    [
        (nobody, "127.0.0.1", ConnectError, ConnectionRefusedError),
        (nobody, "localhost", ConnectError, ConnectionRefusedError),
        (hangs_up, "127.0.0.1", HandshakeError, ConnectError),
    ],
)
def test_one_cause_our_frames_last_and_one_note(
    ask: Callable[[int, str], None],
    where: Callable[[], AbstractContextManager[int]],
    host: str,
    kind: type[BrokerportError],
    cause: type[Exception],
) -> None:
    with where() as port, pytest.raises(kind) as raised:
        ask(port, host)
    error = raised.value
    assert isinstance(error.__cause__, cause)
    assert (error.__cause__.__cause__, error.__cause__.__suppress_context__, error.__cause__.__traceback__) == (None, True, None)
    assert [note.partition(" attempts in ")[0] for note in error.__notes__] == ["gave up after 4"]
    told = "".join(traceback.format_exception(error))
    assert told.count("direct cause") == 1
    assert "During handling" not in told
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame.name for frame in frames if "/brokerport" in frame.filename]
    assert len(ours) <= 6
    assert [frame.name for frame in frames][len(frames) - len(ours) :] == ours


def by_a_route(port: int) -> None:
    with Registry().route("moomoo", "futu", port=port) as client:
        client.short_volume("HK.00700")


def by_a_route_awaited(port: int) -> None:
    async def main() -> None:
        async with Registry().route_async("moomoo", "futu", port=port) as client:
            await client.short_volume("HK.00700")

    asyncio.run(main())


@pytest.mark.parametrize("ask", [by_a_route, by_a_route_awaited])
def test_a_route_to_nobody_shows_no_more_of_us_than_one_broker_does(ask: Callable[[int], None]) -> None:
    with nobody() as port, pytest.raises(RouteError) as raised:
        ask(port)
    frames = traceback.extract_tb(raised.value.__traceback__)
    assert raised.value.__cause__ is None
    assert len([frame for frame in frames if "/brokerport" in frame.filename]) <= 6
