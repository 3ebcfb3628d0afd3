"""A program that is interrupted while it asks or closes, in a way that is named; it prints its tally.

Arguments: the way, the gateway's port, how often, the seed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from random import Random

from brokerport import Client, ClientClosedError, registry
from hostile.attack import Tally

SYMBOL = "HK.00700"
MOMENT = 0.003  # seconds within which the signal comes
TURNS = 12  # of the loop, within which a closing is cancelled


class Striker:
    """Sends this process a SIGINT after a random moment, from a thread."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._thread: threading.Thread | None = None

    def aim(self) -> None:
        """It will come, once."""
        seconds = self._random.random() * MOMENT
        self._thread = threading.Thread(target=self._strike, args=(seconds,))
        self._thread.start()

    def wait(self) -> None:
        """Until it has been sent, and its KeyboardInterrupt was raised."""
        while self._thread is not None:
            try:
                self._thread.join()
                self._thread = None
            except KeyboardInterrupt:
                pass

    @staticmethod
    def _strike(seconds: float) -> None:
        threading.Event().wait(seconds)
        os.kill(os.getpid(), signal.SIGINT)


def calls(port: int, times: int, random: Random) -> Tally:
    """Ctrl-C while a call runs: it ends, and the next is answered."""
    tally, client, striker = Tally(), registry.get("moomoo", port=port, quotas=False), Striker(random)
    client.capital_distribution(SYMBOL)
    for _ in range(times):
        with tally.meet(KeyboardInterrupt):
            try:
                striker.aim()
                while True:
                    client.capital_distribution(SYMBOL, timeout=5)
            finally:
                striker.wait()
        with tally.meet():
            client.capital_distribution(SYMBOL, timeout=5)
    with tally.meet():
        assert client.stats().running == 0, f"{client.stats().running} calls still run"
    registry.close()
    return tally


def closing(port: int, times: int, random: Random) -> Tally:
    """Ctrl-C while a client is closed: it can be closed, it stays closed, and the registry has another."""
    tally, striker = Tally(), Striker(random)
    for _ in range(times):
        client = registry.get("moomoo", port=port, quotas=False)
        client.capital_distribution(SYMBOL, timeout=5)
        with tally.meet(KeyboardInterrupt):
            try:
                striker.aim()
                client.close()
            finally:
                striker.wait()
        with tally.meet():
            _is_over(client)
        with tally.meet(), registry.get("moomoo", port=port, quotas=False) as other:
            assert other is not client, "the registry hands out a client that is closed"
            other.capital_distribution(SYMBOL, timeout=5)
    registry.close()
    return tally


def _is_over(client: Client) -> None:
    client.close()
    assert client.closed, "close() returned, and the client is not closed"
    try:
        client.capital_distribution(SYMBOL, timeout=1)
    except ClientClosedError:
        return
    raise AssertionError("a client that is closed has answered")


def cancelled(port: int, times: int, random: Random) -> Tally:
    """``aclose`` is cancelled after some turns of the loop: a second one ends it."""
    tally = Tally()
    for number in range(times):
        asyncio.run(_cancel(port, number % TURNS, random, tally))
    return tally


async def _cancel(port: int, turns: int, random: Random, tally: Tally) -> None:
    client = registry.get_async("moomoo", port=port, quotas=False)
    await client.capital_distribution(SYMBOL)
    running = asyncio.create_task(client.capital_distribution("HK.00005")) if random.random() < 0.5 else None
    first = asyncio.create_task(client.aclose())
    for _ in range(turns):
        await asyncio.sleep(0)
    first.cancel()
    with tally.meet(asyncio.CancelledError):
        await first
    with tally.meet():
        await asyncio.wait_for(client.aclose(), 5)
        assert client.closed, "aclose() returned, and the client is not closed"
        left = [task.get_name() for task in asyncio.all_tasks() if task not in (asyncio.current_task(), running)]
        assert not left, f"still there after aclose(): {left}"
    with tally.meet(ClientClosedError):
        assert not await client.capital_distribution(SYMBOL, timeout=1), "a client that is closed has answered"
    if running:
        with suppress(ClientClosedError, asyncio.CancelledError):
            await running


WAYS: dict[str, Callable[[int, int, Random], Tally]] = {"calls": calls, "closing": closing, "cancelled": cancelled}


if __name__ == "__main__":
    print(WAYS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), Random(int(sys.argv[4]))).to_json(), flush=True)
