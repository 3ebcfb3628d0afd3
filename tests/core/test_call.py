"""One call: its deadline, where its time went, and what may come out of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from brokerport import (
    ArkDynamic,
    ArkProvider,
    AsyncClient,
    BrokerportError,
    ClientClosedError,
    ConnectionLostError,
    DeadlineError,
    PluginError,
    QuotaError,
    Source,
    Symbol,
)
from brokerport.calls.call import Call, impatient, is_impatient, place, remaining, stage

ANSWER = ArkDynamic(symbol=Symbol.parse("US.TSLA"), transactions=3, source=Source("toy", datetime(2024, 5, 2, tzinfo=UTC)))


class Doing(ArkProvider):
    """Answers after doing something."""

    def __init__(self, work: Callable[[], Awaitable[object]]) -> None:
        self._work = work

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        await self._work()
        return ANSWER


async def ask(work: Callable[[], Awaitable[object]], timeout: float | None = None) -> ArkDynamic:
    async with AsyncClient(lambda: Doing(work), broker="toy") as client:
        return await client.ark_dynamic("US.TSLA", timeout=timeout)


async def nothing() -> None:
    """Is done at once."""


async def for_ever() -> None:
    """Is never done."""
    await asyncio.get_running_loop().create_future()


async def some_time() -> None:
    """Is done when the clock has moved on."""
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.003, done.set_result, None)
    await done


async def test_the_answer_is_the_providers() -> None:
    assert await ask(nothing) is ANSWER


async def test_at_the_deadline_the_call_ends_and_says_what_it_waited_for() -> None:
    with pytest.raises(DeadlineError) as raised:
        await ask(for_ever, timeout=0.02)
    assert re.fullmatch(r"toy\.ark_dynamic\('US\.TSLA'\) had 0\.02 s, all spent: \d\.\d\d\d s waiting for the reply", str(raised.value))
    assert type(raised.value.__cause__) is TimeoutError


async def test_every_stage_is_told_in_the_order_it_was_come_to() -> None:
    async def work() -> None:
        with stage("waiting for quota"):
            await some_time()
            with stage("connecting to 127.0.0.1:11111"):
                await some_time()
            await some_time()
        await for_ever()

    with pytest.raises(DeadlineError) as raised:
        await ask(work, timeout=0.05)
    spent = str(raised.value).split("all spent: ")[1].split(", ")
    # The stage of its own comes first by name; before the other two it took no time, after them the rest.
    assert [re.sub(r"^\d\.\d\d\d s ", "", part) for part in spent] == [
        "waiting for the reply",
        "waiting for quota",
        "connecting to 127.0.0.1:11111",
    ]


async def test_a_stage_that_fails_is_over() -> None:
    async def work() -> None:
        with pytest.raises(ConnectionLostError), stage("connecting"):
            raise ConnectionLostError("gone")
        await for_ever()

    with pytest.raises(DeadlineError, match=r"all spent: \d\.\d\d\d s waiting for the reply$"):
        await ask(work, timeout=0.02)


async def test_a_deadline_too_short_for_anything_tells_no_stages() -> None:
    with pytest.raises(DeadlineError) as raised:
        await ask(for_ever, timeout=1e-9)
    assert str(raised.value) == "toy.ark_dynamic('US.TSLA') had 1e-09 s, all spent"


async def test_the_default_is_the_clients() -> None:
    async with AsyncClient(lambda: Doing(for_ever), broker="toy", timeout=0.01) as client:
        with pytest.raises(DeadlineError, match=r"had 0\.01 s"):
            await client.ark_dynamic("US.TSLA")


async def test_a_provider_can_see_how_much_time_is_left() -> None:
    seen: list[float | None] = []

    async def look() -> None:
        seen.append(remaining())

    await ask(look, timeout=40)
    (left,) = seen
    assert left is not None
    assert 0 < left <= 40
    assert remaining() is None


async def test_outside_of_a_call_a_stage_counts_for_nothing() -> None:
    with stage("waiting"):
        assert remaining() is None


async def test_calls_have_places_in_the_order_in_which_they_begin_whichever_client_makes_them() -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(place())

    for _ in range(3):
        await ask(look)
    assert [later - seen[0] for later in seen] == [0, 1, 2]
    assert place() == 0


async def test_a_call_within_a_call_has_the_place_of_that_one() -> None:
    seen: list[int] = []

    async def look() -> None:
        seen.append(place())

    async def route() -> None:
        seen.append(place())
        await ask(nothing)
        await ask(look)
        await look()

    await ask(route)
    await ask(look)
    assert [later - seen[0] for later in seen] == [0, 0, 0, 1]


async def test_a_task_that_outlives_its_call_has_no_part_of_it() -> None:
    """An observer may ask from within a call, and its task has the context of that."""
    tasks: list[asyncio.Task[ArkDynamic]] = []
    over, seen = asyncio.Event(), list[int]()

    async def look() -> None:
        seen.append(place())

    async def afterwards() -> ArkDynamic:
        await over.wait()
        return await ask(look)

    async def plant() -> None:
        seen.append(place())
        tasks.append(asyncio.create_task(afterwards()))

    await ask(plant)
    over.set()
    await tasks[0]
    assert seen[1] == seen[0] + 1


@pytest.mark.parametrize(
    "nonsense",
    [
        ValueError("bad"),
        KeyError("key"),
        TimeoutError("its own"),
        OSError(5, "disk"),
        RecursionError(),
        StopAsyncIteration(),
        AssertionError("no"),
        SystemExit(3),
        ExceptionGroup("several", [ValueError("bad")]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whatever_a_provider_raises_is_the_plugins_fault_with_the_cause_chained(nonsense: BaseException) -> None:
    async def work() -> None:
        raise nonsense

    with pytest.raises(PluginError) as raised:
        await ask(work)
    assert raised.value.__cause__ is nonsense
    expected = f"toy.ark_dynamic('US.TSLA'): the plugin raised {type(nonsense).__name__}: {nonsense}; tell its author"
    assert str(raised.value) == expected


@pytest.mark.parametrize("error", [ConnectionLostError("gone"), QuotaError("used up", retry_after=3.0)])
async def test_our_own_errors_pass_as_they_are(error: BrokerportError) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        await ask(work, timeout=2)
    assert (str(raised.value), raised.value.__dict__.keys() - {"attempts", "__notes__"}) == (str(error), set(error.__dict__))


async def test_an_interrupt_passes() -> None:
    async def work() -> None:
        raise KeyboardInterrupt

    call = Call("toy.ark_dynamic", 5.0)
    with pytest.raises(KeyboardInterrupt):
        async with call:
            await work()


async def test_a_cancelled_call_is_cancelled_and_the_provider_hears_it() -> None:
    heard: list[str] = []
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await for_ever()
        finally:
            heard.append("cancelled")

    task = asyncio.create_task(ask(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (heard, task.cancelled()) == (["cancelled"], True)


async def test_the_callers_own_timeout_is_not_taken_for_ours() -> None:
    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(0.01):
            await ask(for_ever, timeout=60)
    assert type(raised.value) is TimeoutError
    assert uncancelled()


async def test_our_deadline_inside_the_callers_timeout_leaves_the_task_alive() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(DeadlineError):
            await ask(for_ever, timeout=0.01)
        assert await ask(nothing) is ANSWER
    assert uncancelled()


async def test_a_task_group_ends_the_others_when_one_call_fails() -> None:
    others: list[asyncio.Task[ArkDynamic]] = []

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask(for_ever, timeout=0.01))
            others.append(tasks.create_task(ask(for_ever, timeout=60)))

    with pytest.raises(ExceptionGroup) as raised:
        await group()
    assert [type(error) for error in raised.value.exceptions] == [DeadlineError]
    assert [other.cancelled() for other in others] == [True]


async def test_a_client_that_is_closed_ends_its_calls() -> None:
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await for_ever()

    client = AsyncClient(lambda: Doing(work), broker="toy")
    task = asyncio.create_task(client.ark_dynamic("US.TSLA"))
    await begun.wait()
    await client.aclose()
    with pytest.raises(ClientClosedError, match=r"toy\.ark_dynamic\('US\.TSLA'\): the client was closed while the call ran"):
        await task


async def test_a_call_that_is_past_its_deadline_is_not_ended_twice() -> None:
    leave = asyncio.Event()
    late = asyncio.Event()

    async def work() -> None:
        try:
            await for_ever()
        finally:
            late.set()
            await leave.wait()

    client = AsyncClient(lambda: Doing(work), broker="toy")
    task = asyncio.create_task(client.ark_dynamic("US.TSLA", timeout=0.01))
    await late.wait()
    closing = asyncio.create_task(client.aclose())
    leave.set()
    await closing
    with pytest.raises(DeadlineError):
        await task


async def test_calls_of_one_client_have_deadlines_of_their_own() -> None:
    async with AsyncClient(lambda: Doing(for_ever), broker="toy") as client:
        outcomes: list[Any] = await asyncio.gather(
            *(client.ark_dynamic("US.TSLA", timeout=timeout) for timeout in (0.02, 0.01)), return_exceptions=True
        )
    assert [str(outcome).split(", all")[0][-9:] for outcome in outcomes] == ["ad 0.02 s", "ad 0.01 s"]


def uncancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


def test_impatience_ends_with_its_block() -> None:
    with suppress(ZeroDivisionError), impatient():
        with impatient():
            assert is_impatient()
        assert is_impatient()
        raise ZeroDivisionError
    assert not is_impatient()
