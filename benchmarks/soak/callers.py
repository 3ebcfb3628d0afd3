"""The four clients, of both doors, plain and encrypted, and those who ask them: tasks of one event loop, and threads."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import attrs
from attrs import frozen

from benchmarks.soak.peer import Ports
from benchmarks.soak.tally import Tally
from brokerport import AsyncClient, Client, Registry
from brokerport.events.stats import Stats

TASKS = 20  # for each client
THREADS = 8
TIMEOUTS = (0.05, 0.2, 1.0, 3.0)  # seconds
CANCELLED = 0.05  # of the tasks' calls, within their first 100 ms
PAUSE = 0.1  # seconds at most between two calls of a caller

Asked = tuple[str, str]  # question and symbol
Over = Callable[[], bool]

ASKED: list[Asked] = [("ark_dynamic", f"US.S{number}") for number in range(50)]
ASKED += [(each, f"HK.{code:05}") for each in ("capital_distribution", "broker_ranking", "short_volume") for code in range(1, 51)]


@frozen
class Doors:
    """The clients."""

    asynchronous: tuple[AsyncClient, ...]
    blocking: tuple[Client, ...]

    def stats(self) -> list[Stats]:
        """What each has done so far."""
        return [*(client.stats() for client in self.asynchronous), *(client.stats() for client in self.blocking)]


@frozen
class Callers:
    """All who ask, until it is over."""

    doors: Doors
    truth: dict[Asked, Any]
    tally: Tally

    async def ask(self, random: Random, over: Over) -> None:
        """Return when all have ended; what each asks is the seed's."""
        threads = [client for client in self.doors.blocking for _ in range(THREADS)]
        tasks = [client for client in self.doors.asynchronous for _ in range(TASKS)]
        with ThreadPoolExecutor(len(threads)) as pool:
            run = asyncio.get_running_loop().run_in_executor
            asked = [run(pool, self._in_thread, client, Random(random.getrandbits(64)), over) for client in threads]
            await asyncio.gather(*(self._in_task(client, Random(random.getrandbits(64)), over) for client in tasks), *asked)

    def _in_thread(self, client: Client, random: Random, over: Over) -> None:
        while not over():
            time.sleep(random.random() * PAUSE)
            (question, symbol), seconds = random.choice(ASKED), random.choice(TIMEOUTS)
            self.tally.accept()
            deadline = time.monotonic() + seconds
            try:
                answer = getattr(client, question)(symbol, timeout=seconds)
            except Exception as error:  # noqa: BLE001  # which kinds there are is what is counted
                self.tally.timed(deadline, blocking=True)
                self.tally.fail(error)
            else:
                self.tally.timed(deadline, blocking=True)
                self.tally.answer(_data(answer), self.truth[question, symbol])

    async def _in_task(self, client: AsyncClient, random: Random, over: Over) -> None:
        while not over():
            await asyncio.sleep(random.random() * PAUSE)
            (question, symbol), seconds = random.choice(ASKED), random.choice(TIMEOUTS)
            self.tally.accept()
            deadline = time.monotonic() + seconds
            call = asyncio.ensure_future(getattr(client, question)(symbol, timeout=seconds))
            if random.random() < CANCELLED:
                asyncio.get_running_loop().call_later(random.random() / 10, call.cancel)
            await asyncio.wait({call})
            self.tally.timed(deadline, blocking=False)
            self._count(call, self.truth[question, symbol])

    def _count(self, call: asyncio.Future[Any], truth: Any) -> None:
        if call.cancelled():
            self.tally.cancel()
        elif (error := call.exception()) is not None:
            self.tally.fail(error)
        else:
            self.tally.answer(_data(call.result()), truth)


@asynccontextmanager
async def callers(ports: Ports, key: Path) -> AsyncIterator[Callers]:
    """Clients of the proxies, closed at the end, and what a gateway without faults says."""
    registry = Registry()
    given: list[dict[str, Any]] = [{"port": ports.through[False]}, {"port": ports.through[True], "rsa_key": key}]
    truth = await _truth(registry, ports.direct)
    doors = Doors(
        tuple(registry.get_async("moomoo", quotas=False, **each) for each in given),
        tuple(registry.get("moomoo", quotas=False, **each) for each in given),
    )
    gc.collect()
    gc.freeze()  # else the collector would look through all that was loaded so far, and stop everyone for some 60 ms
    try:
        yield Callers(doors, truth, Tally())
    finally:
        await asyncio.gather(*(client.aclose() for client in doors.asynchronous))
        await asyncio.gather(*(asyncio.to_thread(client.close) for client in doors.blocking))


async def _truth(registry: Registry, port: int) -> dict[Asked, Any]:
    async with registry.get_async("moomoo", port=port, quotas=False) as client:
        truth = {(question, symbol): _data(await getattr(client, question)(symbol)) for question, symbol in ASKED}
    assert len({repr(each) for each in truth.values()}) == len(ASKED), "two answers are alike: a mix-up of them could not be seen"
    return truth


def _data(answer: Any) -> Any:
    """The answer without when it came."""
    return attrs.evolve(answer, source=None)
