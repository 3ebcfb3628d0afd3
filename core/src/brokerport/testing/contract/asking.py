"""How the cases ask: by a client of the provider, in an event loop of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

import attrs

from brokerport import AsyncClient, BrokerportError, Provider, Question
from brokerport.testing.about import subject
from brokerport.testing.examples import Example

T = TypeVar("T")

Make = Callable[[], Provider]

BROKER = "contract"  # what errors call the broker
TOLD = 3  # faults of one kind, so that a sentence stays one
STEPS = (0, 1, 2, 4, 8)  # of the event loop, after which a call is broken off


def brief(faults: Iterable[str]) -> str:
    """The first of them as one sentence; empty when there is none."""
    found = list(faults)
    more = [f"and {len(found) - TOLD} more"] if len(found) > TOLD else []
    return "; ".join([*found[:TOLD], *more])


def named(answer: Any) -> str:
    """To people; an error in its own words."""
    if isinstance(answer, BaseException):
        return repr(answer)
    of = f" of {subject(answer)}" if subject(answer) else ""
    return f"the {type(answer).__name__}{of}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """In an event loop of its own."""
    return asyncio.run(work)


def unclosed(make: Make) -> AsyncClient:
    """A client, which whoever asks for it closes."""
    return AsyncClient(make, broker=BROKER, quotas=False, share=False)


@asynccontextmanager
async def client_of(make: Make) -> AsyncIterator[AsyncClient]:
    """A client that is closed afterwards."""
    async with unclosed(make) as made:
        yield made


def ask(client: AsyncClient, example: Example, **arguments: Any) -> Coroutine[Any, Any, Any]:
    """The example, with further arguments."""
    return client.ask(as_it_comes(example.question), *example.place, **{**example.arguments, **arguments})


@cache
def as_it_comes(question: Question[..., Any]) -> Question[..., Any]:
    """The same with rows that nothing tells apart: callers do not see those that a provider doubles, and the cases have to."""
    return attrs.evolve(question, rows=())


async def each(make: Make, examples: Sequence[Example], work: Callable[[AsyncClient, Example], Awaitable[T]]) -> list[T]:
    """The same work with every example, one after the other, by one client."""
    async with client_of(make) as client:
        return [await work(client, example) for example in examples]


async def outcome(work: Awaitable[T]) -> T | BrokerportError:
    """What comes of it: an answer, or an error of ours. Any other is raised."""
    try:
        return await work
    except BrokerportError as error:
        return error


async def steps(count: int) -> None:
    """Let the event loop go round so often."""
    for _ in range(count):
        await asyncio.sleep(0)


async def cancelled(task: asyncio.Task[T]) -> None:
    """Cancel it and wait for its end; anything but a cancellation or an answer is raised."""
    task.cancel()
    (ended,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(ended, BaseException) and not isinstance(ended, asyncio.CancelledError):
        raise ended
