"""Every kind of limit, and several at once, under a broker that counts strictly: none refused, and hardly slower than the rule allows.

All in made-up time.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from brokerport.models.quota import Account, AtOnce, Bucket, Limit, Quota
from brokerport.quotas.keeper import Keeper
from brokerport.quotas.rules import DRIFT
from brokerport.testing import run_in_virtual_time
from core.strict_broker import StrictBroker

ACCOUNT = Account("acme user 1")
ALONE = Account("acme user 1", local=True)


@contextmanager
def own_folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("LOCALAPPDATA", folder)
        yield


def keeper() -> Keeper:
    return Keeper("acme", asyncio.get_running_loop().time)


# never one too many

windows = st.builds(Quota, st.integers(1, 4), st.sampled_from([0.5, 3.0, 10.0]))
buckets = st.builds(Bucket, st.sampled_from([0.3, 1.0, 7.0]), st.integers(1, 4))
at_once = st.builds(AtOnce, st.integers(1, 3))
limits = st.lists(windows | buckets | at_once, min_size=1, max_size=3, unique_by=type)
part = st.floats(0, 1)


@frozen
class Request:
    """When it comes, how long its reply takes, what the broker does within that, and when its caller leaves."""

    comes: float
    latency: float
    begins: float
    ends: float
    leaves: float | None


requests = st.builds(
    Request,
    comes=st.floats(0, 20),
    latency=st.just(0.0) | st.floats(0, 0.2) | st.floats(0, 8),
    begins=part,
    ends=part,
    leaves=st.none() | st.floats(0, 20),
)


async def ask(keeper: Keeper, broker: StrictBroker, limits: Sequence[Limit], account: Account, request: Request) -> None:
    await asyncio.sleep(request.comes)
    try:
        # Whoever leaves, does so before the broker begins, or when it is done: else no limit of those at once could be kept.
        async with asyncio.timeout(request.leaves) as deadline, keeper.slot("question", limits, account):
            deadline.reschedule(None)
            await broker.answer(request.latency, request.begins, request.ends)
    except TimeoutError:
        pass


@given(limits, st.lists(requests, max_size=25), st.floats(-DRIFT / 2, DRIFT / 2))
def test_a_strict_broker_never_counts_one_too_many(limits: list[Limit], every: list[Request], fast: float) -> None:
    async def law() -> StrictBroker:
        broker, slots = StrictBroker.of(limits, fast), keeper()
        await asyncio.gather(*(ask(slots, broker, limits, ALONE, request) for request in every))
        return broker

    broker = run_in_virtual_time(law())
    assert broker.too_many == []
    assert len(broker.sent) >= sum(request.leaves is None for request in every)


@settings(max_examples=50)  # each with files of its own
@given(limits, st.integers(2, 3), st.lists(requests, max_size=20))
def test_nor_does_it_whatever_several_processes_ask(limits: list[Limit], processes: int, every: list[Request]) -> None:
    async def law() -> StrictBroker:
        broker, keepers = StrictBroker.of(limits), [keeper() for _ in range(processes)]
        await asyncio.gather(*(ask(keepers[place % processes], broker, limits, ACCOUNT, request) for place, request in enumerate(every)))
        return broker

    with own_folder():
        broker = run_in_virtual_time(law())
    assert broker.too_many == []
    assert len(broker.sent) >= sum(request.leaves is None for request in every)


# hardly slower than the rule allows

SWEEP = 400
WAY = 0.06  # seconds


def ideal(limits: Sequence[Limit]) -> float:
    """Seconds from the first of the sweep to the last, where each is sent as soon as the rules allow and its reply takes ``WAY``."""
    sent: list[float] = [0.0]
    while len(sent) < SWEEP:
        sent.append(max(sent[-1], *(_soonest(limit, sent) for limit in limits)))
    return sent[-1]


def _soonest(limit: Limit, sent: list[float]) -> float:
    match limit:
        case Quota(requests=number, seconds=seconds):
            return sent[-number] + seconds if len(sent) >= number else 0.0
        case AtOnce(requests=number):
            return sent[-number] + WAY if len(sent) >= number else 0.0
        case Bucket(per_second=rate, burst=burst):
            return max(((len(sent) - place - burst + 1) / rate + time for place, time in enumerate(sent)), default=0.0)


KINDS: dict[str, tuple[Limit, ...]] = {
    "a window": (Quota(60, 30.0),),
    "a short window": (Quota(20, 5.0),),
    "two windows": (Quota(100, 60.0), Quota(20, 5.0)),
    "so many at once": (AtOnce(5),),
    "a bucket": (Bucket(10, 20),),
    "a slow bucket": (Bucket(0.5, 5),),
    "a bucket and so many at once": (Bucket(10, 10), AtOnce(5)),
    "all": (Quota(100, 30.0), Bucket(10, 20), AtOnce(3)),
}


async def sweep(keeper: Keeper, broker: StrictBroker, limits: Sequence[Limit], number: int, random: Random) -> None:
    async def one() -> None:
        async with keeper.slot("question", limits, ACCOUNT):
            await broker.answer(WAY, random.random(), random.random())

    await asyncio.gather(*(one() for _ in range(number)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("parts", "least"), [((400,), 0.97), ((200, 200), 0.9)], ids=["one process", "two processes"])
def test_a_sweep_takes_as_long_as_the_slowest_limit_demands(kind: str, parts: tuple[int, ...], least: float) -> None:
    async def run() -> StrictBroker:
        broker, random = StrictBroker.of(KINDS[kind]), Random(1)
        await asyncio.gather(*(sweep(keeper(), broker, KINDS[kind], part, random) for part in parts))
        return broker

    broker = run_in_virtual_time(run())
    assert (len(broker.sent), broker.too_many) == (SWEEP, [])
    assert ideal(KINDS[kind]) / broker.sent[-1] >= least
