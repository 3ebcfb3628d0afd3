"""Runs the cells of the table: a real client, the proxy, the sandbox; then the proxy is healed and the client asked again."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import attrs
from attrs import define, field, frozen

from brokerport import BrokerportError, DeadlineError, Registry
from brokerport_opend import provider
from brokerport_opend.connecting import overdue
from brokerport_opend.connecting.dial import Patience
from brokerport_opend.connecting.session import Session
from brokerport_opend.sandbox import Sandbox
from faults.proxy import Proxy, Stage
from faults.table import ANSWER, PATIENT_SECONDS, Cell

#: what is asked at each stage, and for which symbols in turn
PAGED = "short_volume"
QUESTION = "capital_distribution"
ROWS_OF_TWO_PAGES = 60

GRACE = 1.0  # seconds past the deadline: the machine may be busy, and how exact deadlines are is measured elsewhere
PATIENCE = Patience(handshake=0.5, outage=0.3)  # with a gateway that says nothing, or is gone: less than usual, as the tests wait for it
AFTER_HEALING = 2  # calls until one must be answered: the first may be the one that hears of the loss
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)

Ask = Callable[..., Awaitable[Any]]


@frozen
class Result:
    """How a cell ended."""

    cell: Cell
    outcome: str  #: "answer", or the kind of error
    seconds: float  #: until the call ended
    healed_in: int  #: calls after healing until one was answered
    problems: tuple[str, ...] = ()  #: the promises it broke, in words


@define
class Door:
    """A client, asked from coroutines whichever kind it is."""

    ask: Ask
    close: Callable[[], Coroutine[Any, Any, None]]


@define
class Laboratory:
    """The gateways behind all proxies, and what is true."""

    ports: dict[bool, int]  #: of the sandbox, by whether it encrypts
    key: Path
    registry: Registry = field(factory=Registry)
    _truth: dict[tuple[str, str, int | None], Any] = field(init=False, factory=dict)

    def door(self, cell: Cell, port: int) -> Door:
        """An unconnected client of the cell's kind."""
        given: dict[str, Any] = {"port": port, "quotas": False, "timeout": PATIENT_SECONDS}
        if cell.encrypted:
            given["rsa_key"] = self.key
        if cell.blocking:
            client = self.registry.get("moomoo", **given)

            async def ask(question: str, symbol: str, **arguments: Any) -> Any:
                return await asyncio.to_thread(getattr(client, question), symbol, **arguments)

            return Door(ask, lambda: asyncio.to_thread(client.close))
        asynchronous = self.registry.get_async("moomoo", **given)

        async def ask_async(question: str, symbol: str, **arguments: Any) -> Any:
            return await getattr(asynchronous, question)(symbol, **arguments)

        return Door(ask_async, asynchronous.aclose)

    async def learn(self, questions: Iterable[tuple[str, str, int | None]]) -> None:
        """Ask the gateway itself what the answers are."""
        async with self.registry.get_async("moomoo", port=self.ports[False], quotas=False) as client:
            for question, symbol, limit in questions:
                answer = await getattr(client, question)(symbol, **_limited(limit))
                self._truth[question, symbol, limit] = attrs.evolve(answer, source=None)

    def true(self, question: str, symbol: str, limit: int | None, answer: Any) -> bool:
        """Whether the answer is that of this symbol, and of no other."""
        return bool(attrs.evolve(answer, source=None) == self._truth[question, symbol, limit])


SYMBOLS = tuple(f"HK.{number:05}" for number in range(700, 706))


async def run_all(cells: Sequence[Cell], key: Path) -> tuple[list[Result], list[str]]:
    """The results of cells that are run at the same time, and what they left behind."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(64) as threads:
        loop.set_default_executor(threads)
        await asyncio.to_thread(int)
        async with AsyncExitStack() as stack:
            sandboxes = {
                False: await stack.enter_async_context(Sandbox(quotas=False, now=lambda: NOW)),
                True: await stack.enter_async_context(Sandbox(quotas=False, now=lambda: NOW, rsa_key=key)),
            }
            laboratory = Laboratory({encrypted: sandbox.port for encrypted, sandbox in sandboxes.items()}, key)
            asked = [(question, symbol, limit) for question, limit in _QUESTIONS for symbol in SYMBOLS]
            await laboratory.learn(asked)
            before = _held()
            frames = min(cell.row.frame_seconds for cell in cells)
            with patch.object(provider, "Session", partial(Session, patience=PATIENCE)), patch.object(overdue, "FRAME_SECONDS", frames):
                results = await asyncio.gather(*(_run(cell, laboratory) for cell in cells))
            laboratory.registry.close()
            left = await _left_behind(before)
    return list(results), left


_QUESTIONS = ((QUESTION, None), (PAGED, ROWS_OF_TWO_PAGES))


async def _run(cell: Cell, laboratory: Laboratory) -> Result:
    async with Proxy(laboratory.ports[cell.encrypted]) as proxy:
        trial = _Trial(cell, laboratory, proxy, laboratory.door(cell, proxy.port))
        try:
            async with asyncio.timeout(3 * PATIENT_SECONDS):
                return await trial.run()
        except TimeoutError:
            return Result(cell, "hung", 3 * PATIENT_SECONDS, 0, ("the cell never came to an end",))


@define
class _Trial:
    """One cell on its way."""

    cell: Cell
    laboratory: Laboratory
    proxy: Proxy
    door: Door
    problems: list[str] = field(factory=list)
    outcome: str = ""
    seconds: float = 0.0

    async def run(self) -> Result:
        scene = _SCENES.get(self.cell.stage, _Trial._before_the_first_call)
        await scene(self)
        if not self.proxy.struck:
            self.problems.append("the fault never struck")
        if unexpected := {self.outcome} - self.cell.row.outcomes(self.cell.stage, encrypted=self.cell.encrypted):
            self.problems.append(f"ended with {unexpected}")
        calls = await self._healed()
        await self.door.close()
        try:
            async with asyncio.timeout(GRACE):
                await self.proxy.deserted()
        except TimeoutError:
            self.problems.append("a connection is open after the client was closed")
        return Result(self.cell, self.outcome, self.seconds, calls, tuple(self.problems))

    async def _before_the_first_call(self) -> None:
        self.proxy.arm(self.cell.row.fault, self.cell.stage)
        await self._meet()

    async def _with_a_connection(self) -> None:
        await self._good()
        spare = (2 if self.cell.row.pair else 1) if self.cell.stage is Stage.PAGES else 0
        self.proxy.arm(self.cell.row.fault, self.cell.stage, spare=spare)
        await self._meet()

    async def _after_a_loss(self) -> None:
        await self._good()
        self.proxy.arm(self.cell.row.fault, self.cell.stage)
        await self.proxy.drop()
        await self._meet()

    async def _idle(self) -> None:
        await self._good()
        await self.proxy.strike_idle(self.cell.row.fault, with_frame=self.cell.row.fault.whole)
        await self._meet()

    async def _closing(self) -> None:
        await self._good()
        self.proxy.arm(self.cell.row.fault, Stage.CLOSING)
        meeting = asyncio.create_task(self._meet())
        await self.proxy.reached.wait()
        began = time.monotonic()
        closing = asyncio.create_task(self.door.close())
        await asyncio.sleep(0)
        self.proxy.go.set()
        await asyncio.gather(meeting, closing)
        if time.monotonic() - began > GRACE:
            self.problems.append("closing took more than a second")
        self.door = self.laboratory.door(self.cell, self.proxy.port)

    async def _meet(self) -> None:
        """Ask while the fault is armed; two at once, where it takes two."""
        symbols = SYMBOLS[:2] if self.cell.row.pair else SYMBOLS[:1]
        seconds = self.cell.row.seconds
        began = time.monotonic()
        kinds = await asyncio.gather(*(self._ask(symbol, seconds) for symbol in symbols))
        self.seconds = time.monotonic() - began
        if self.seconds > seconds + GRACE:
            self.problems.append(f"the call took {self.seconds:.2f} s of {seconds:g} s")
        self.outcome = " and ".join(sorted(set(kinds)))

    async def _good(self) -> None:
        if (kind := await self._ask(SYMBOLS[2], PATIENT_SECONDS)) != ANSWER:
            self.problems.append(f"before any fault: {kind}")

    async def _healed(self) -> int:
        await self.proxy.heal()
        kinds: list[str] = []
        while len(kinds) < AFTER_HEALING:
            kinds.append(await self._ask(SYMBOLS[3 + len(kinds)], PATIENT_SECONDS))
            if kinds[-1] == ANSWER:
                return len(kinds)
        self.problems.append(f"after healing: {', '.join(kinds)}")
        return len(kinds)

    async def _ask(self, symbol: str, seconds: float) -> str:
        question, limit = _QUESTIONS[self.cell.stage is Stage.PAGES]
        try:
            answer = await self.door.ask(question, symbol, timeout=seconds, **_limited(limit))
        except BrokerportError as error:
            if isinstance(error, DeadlineError) and "past the call's own time" in str(error):
                self.problems.append(str(error))
            return type(error).__name__
        if not self.laboratory.true(question, symbol, limit, answer):
            self.problems.append(f"the answer to {symbol} is another's: {answer}")
        return ANSWER


_SCENES: dict[Stage, Callable[[_Trial], Awaitable[None]]] = {
    Stage.AGAIN: _Trial._after_a_loss,
    Stage.IDLE: _Trial._idle,
    Stage.WAITING: _Trial._with_a_connection,
    Stage.HEADER: _Trial._with_a_connection,
    Stage.BODY: _Trial._with_a_connection,
    Stage.PAGES: _Trial._with_a_connection,
    Stage.CLOSING: _Trial._closing,
}


def _limited(limit: int | None) -> dict[str, int]:
    return {} if limit is None else {"limit": limit}


@frozen
class _Held:
    """What a process holds that can be left behind."""

    tasks: frozenset[asyncio.Task[Any]]
    threads: frozenset[str]
    descriptors: int


def _held() -> _Held:
    threads = frozenset(thread.name for thread in threading.enumerate() if not thread.name.startswith("ThreadPoolExecutor"))
    descriptors = Path("/proc/self/fd")
    return _Held(frozenset(asyncio.all_tasks()), threads, len(list(descriptors.iterdir())) if descriptors.is_dir() else 0)


async def _left_behind(before: _Held) -> list[str]:
    """What is held now and was not before, in words; sockets that are just closing get a moment."""
    for _ in range(50):
        gc.collect()
        after = _held()
        left = [f"task {task.get_name()}" for task in after.tasks - before.tasks]
        left += [f"thread {name}" for name in after.threads - before.threads]
        if after.descriptors > before.descriptors:
            left.append(f"{after.descriptors - before.descriptors} descriptors")
        if not left:
            break
        await asyncio.sleep(0.02)
    return left
