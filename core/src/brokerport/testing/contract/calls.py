"""Calls beside each other and calls broken off, and what is left when all is over."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from brokerport import AsyncClient, Client, ClientClosedError, DeadlineError, Provider
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import (
    BROKER,
    STEPS,
    Make,
    ask,
    brief,
    cancelled,
    client_of,
    each,
    named,
    outcome,
    run,
    steps,
    unclosed,
)
from brokerport.testing.contract.basics import Basics
from brokerport.testing.examples import Example
from brokerport.testing.shape import differences
from brokerport.testing.watch import noting_waits, open_sockets

T = TypeVar("T")

CROWD = 3  # calls of each example at a time
TRIES = 3  # between two calls the figures of the day may change
NO_TIME = 1e-6  # seconds
WINDING_UP = 0.5  # seconds that a thread has to end in


class Calls(Basics):
    """The cases of many calls, and of their end."""

    @case(Level.SILVER, needs=(5, 24))
    def test_15_calls_at_the_same_time_get_their_own_answers(self, make: Make, examples: list[Example]) -> None:
        async def crowd() -> tuple[list[Any], list[Any]]:
            async with client_of(make) as client:
                for _ in range(TRIES):
                    together = await asyncio.gather(*(ask(client, example) for _ in range(CROWD) for example in examples))
                    alone = [await ask(client, example) for example in examples] * CROWD
                    if together == alone:
                        break
                return together, alone

        for example, answer, own in zip(examples * CROWD, *run(crowd()), strict=True):
            assert example.answered(answer), f"{example}, asked beside others, is {named(answer)}"
            assert answer == own, f"{example}, asked beside others, differs: {brief(differences(answer, own, 'answer'))} when asked alone"

    @case(Level.SILVER, needs=(5,))
    def test_16_a_cancelled_call_leaves_it_usable(self, make: Make, examples: list[Example]) -> None:
        async def usable() -> Any:
            async with client_of(make) as client:
                for count in STEPS:
                    call = asyncio.create_task(ask(client, examples[0]))
                    await steps(count)
                    await cancelled(call)
                return await ask(client, examples[0])

        answer = run(usable())
        assert examples[0].answered(answer), f"{examples[0]}, after calls that were cancelled, is {named(answer)}"

    @case(Level.SILVER, needs=(16,))
    def test_17_closing_ends_a_running_call(self, make: Make, examples: list[Example]) -> None:
        async def ended(count: int) -> BaseException | Any:
            async with client_of(make) as client:
                call = asyncio.create_task(ask(client, examples[0]))
                await steps(count)
            return (await asyncio.gather(call, return_exceptions=True))[0]

        question = examples[0].question
        for count in STEPS:
            answer = run(ended(count))
            fine = isinstance(answer, question.answer | ClientClosedError)
            assert fine, f"{question.name}, closed while it ran, has to be an answer or a ClientClosedError, and is {named(answer)}"

    @case(Level.BRONZE, needs=(4,))
    def test_18_it_closes_twice_and_unconnected(self, make: Make, examples: list[Example]) -> None:
        async def close() -> list[str]:
            unused, used = make(), make()
            await ask(unclosed(lambda: used), examples[0])
            providers = {"unconnected": unused, "unconnected, again": unused, "after a question": used, "after a question, again": used}
            return [f"closed {when}, it {told}" for when, provider in providers.items() if (told := await _closed(provider))]

        found = brief(run(close()))
        assert not found, found

    @case(Level.SILVER, needs=(15,))
    def test_19_threads_that_share_a_client_get_the_same_answers(self, make: Make, examples: list[Example]) -> None:
        with Client(make, broker=BROKER, quotas=False, share=False) as client, ThreadPoolExecutor() as threads:
            answers = list(threads.map(lambda each: client.ask(each.question, *each.place, **each.arguments), examples))
        for example, answer in zip(examples, answers, strict=True):
            assert example.answered(answer), f"{example}, asked by a thread, is {named(answer)}"

    @case(Level.SILVER, needs=(16, 17))
    def test_27_a_deadline_too_short_leaves_it_usable(self, make: Make, examples: list[Example]) -> None:
        async def hurried(client: AsyncClient, example: Example) -> tuple[object, Any]:
            return await outcome(ask(client, example, timeout=NO_TIME)), await ask(client, example)

        for example, (ended, answer) in zip(examples, run(each(make, examples, hurried)), strict=True):
            fine = isinstance(ended, example.question.answer | DeadlineError)
            assert fine, f"{example} without time has to be an answer or a DeadlineError, and is {named(ended)}"
            assert example.answered(answer), f"{example}, after a deadline too short, is {named(answer)}"

    @case(Level.SILVER, needs=(4,))
    def test_30_asking_does_not_block_the_event_loop(self, make: Make, examples: list[Example]) -> None:
        with noting_waits() as seen:
            run(each(make, examples, ask))
        assert not seen, f"asking does {brief(seen)} in the event loop's thread; call it through asyncio.to_thread"

    @case(Level.SILVER, needs=(18,))
    def test_31_closing_leaves_nothing_behind(self, make: Make, examples: list[Example]) -> None:
        threads = set(threading.enumerate())
        with open_sockets() as still_open, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", ResourceWarning)
            tasks = _collected(partial(_left, make, examples))
            sockets = still_open()
        left = {
            "tasks": tasks,
            "threads": [thread.name for thread in threading.enumerate() if thread not in threads and _goes_on(thread)],
            "sockets": [repr(socket) for socket in sockets],
            "warnings": [str(each.message) for each in told if each.category is ResourceWarning],
        }
        found = brief(f"{what}: {brief(some)}" for what, some in left.items() if some)
        assert not found, f"closing leaves {found}"


async def _closed(provider: Provider) -> str | None:
    """What is wrong about closing it."""
    try:
        told: object = await provider.aclose()  # type: ignore[func-returns-value]  # whether it does is asked
    except Exception as error:  # noqa: BLE001  # a stranger's code, and its error is told
        return f"raises {error!r}"
    return None if told is None else f"returns {told!r}"


def _goes_on(thread: threading.Thread) -> bool:
    thread.join(WINDING_UP)
    return thread.is_alive()


def _collected(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it, and collect the garbage that it made; what was there before is not looked through, and not to blame."""
    gc.freeze()
    try:
        done = run(work())
        gc.collect()
    finally:
        gc.unfreeze()
    return done


async def _left(make: Make, examples: list[Example]) -> list[str]:
    """The tasks that go on when the client is closed."""
    await each(make, examples, ask)
    await steps(max(STEPS))  # what was cancelled ends
    return [repr(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]
