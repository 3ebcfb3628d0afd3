"""A process that has asked forks; parent and child then ask on by the clients that both now have, in a way that is named.

Arguments: the way, the gateway's port, how often. The child prints its tally, and the parent its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial

from brokerport import AsyncClient, Client, ClientClosedError, InvalidRequestError, registry
from hostile.attack import Tally

SYMBOLS = [f"HK.{number:05}" for number in range(1, 21)]
REFUSED = (InvalidRequestError, ClientClosedError)  # at once: a child that waits for its deadline has been let in

Truth = dict[str, object]


def told(answer: object) -> object:
    """The figures, without when they came."""
    return getattr(answer, "in_flow_total", None), str(getattr(answer, "symbol", None)), repr(answer).split("source=")[0]


async def ask(client: AsyncClient, symbol: str, truth: Truth, tally: Tally, *refusals: type[Exception]) -> None:
    """One attempt."""
    with tally.meet(*refusals):
        assert told(await client.capital_distribution(symbol, timeout=5)) == truth[symbol], f"{symbol} was answered with another's data"


async def ask_all(client: AsyncClient, truth: Truth, *refusals: type[Exception]) -> Tally:
    """All symbols at once."""
    tally = Tally()
    await asyncio.gather(*(ask(client, symbol, truth, tally, *refusals) for symbol in SYMBOLS))
    return tally


def in_child(work: Callable[[], Tally]) -> int:
    """Fork; the child does the work, prints its tally and ends there."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    tally = Tally()
    try:
        tally = work()
    except BaseException as error:  # noqa: BLE001  # a child must not go on with its parent's program
        tally.wrong(f"the child ended with {error!r}")
    os.write(1, f"{tally.to_json()}\n".encode())
    os._exit(0)


def ended(child: int) -> None:
    """Wait for it."""
    os.waitpid(child, 0)


def same_loop(port: int, times: int) -> Tally:
    """Parent and child go on in the loop that both have, with calls on their way and new ones."""
    tally, loop = Tally(), asyncio.new_event_loop()
    client = registry.get_async("moomoo", port=port, quotas=False)
    truth: Truth = loop.run_until_complete(learn(client))
    for _ in range(times):
        flying = loop.create_task(ask_all(client, truth))
        loop.run_until_complete(asyncio.sleep(0.001))
        child = in_child(lambda: loop.run_until_complete(ask_all(client, truth, *REFUSED)))
        tally.add(loop.run_until_complete(flying))
        tally.add(loop.run_until_complete(ask_all(client, truth)))
        ended(child)
    loop.run_until_complete(client.aclose())
    loop.close()
    return tally


def closed_by_child(port: int, times: int) -> Tally:
    """The child closes the client, and its loop; the parent is answered all the same."""
    tally, loop = Tally(), asyncio.new_event_loop()
    client = registry.get_async("moomoo", port=port, quotas=False)
    truth: Truth = loop.run_until_complete(learn(client))

    def close() -> Tally:
        closing = Tally()
        with closing.meet(*REFUSED):
            loop.run_until_complete(client.aclose())
        loop.close()
        return closing

    for _ in range(times):
        ended(in_child(close))
        tally.add(loop.run_until_complete(ask_all(client, truth)))
    loop.run_until_complete(client.aclose())
    loop.close()
    return tally


async def learn(client: AsyncClient) -> Truth:
    """What the gateway says while nobody does any harm."""
    return {symbol: told(await client.capital_distribution(symbol)) for symbol in SYMBOLS}


def ask_blocking(client: Client, truth: Truth, *refusals: type[Exception]) -> Tally:
    """All symbols, one after the other."""
    tally = Tally()
    for symbol in SYMBOLS:
        with tally.meet(*refusals):
            assert told(client.capital_distribution(symbol, timeout=5)) == truth[symbol], f"{symbol} was answered with another's data"
    return tally


def blocking(port: int, times: int) -> Tally:
    """The blocking client is used on."""
    tally, client = Tally(), registry.get("moomoo", port=port, quotas=False)
    truth: Truth = {symbol: told(client.capital_distribution(symbol)) for symbol in SYMBOLS}
    for _ in range(times):
        child = in_child(partial(ask_blocking, client, truth, *REFUSED))
        tally.add(ask_blocking(client, truth))
        ended(child)
    registry.close()
    return tally


def anew(port: int, times: int) -> Tally:
    """The child asks for a client of its own, and is answered; so is the parent."""
    tally, client = Tally(), registry.get("moomoo", port=port, quotas=False)
    truth: Truth = {symbol: told(client.capital_distribution(symbol)) for symbol in SYMBOLS}

    def own() -> Tally:
        with registry.get("moomoo", port=port, quotas=False) as client:
            return ask_blocking(client, truth)

    for _ in range(times):
        child = in_child(own)
        tally.add(ask_blocking(client, truth))
        ended(child)
    registry.close()
    return tally


WAYS: dict[str, Callable[[int, int], Tally]] = {
    "same loop": same_loop,
    "closed by the child": closed_by_child,
    "blocking": blocking,
    "a client of its own": anew,
}


if __name__ == "__main__":
    print(WAYS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3])).to_json(), flush=True)
