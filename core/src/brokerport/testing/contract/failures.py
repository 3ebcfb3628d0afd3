"""What goes wrong at the broker, and the error that tells of it."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import isfinite
from typing import Literal, get_args

import pytest

from brokerport import BadReplyError, ConnectError, DeadlineError, QuotaError, RejectedError
from brokerport.testing.cases import Level, case, not_run
from brokerport.testing.contract.asking import Example, Make, ask, client_of, outcome, run
from brokerport.testing.contract.basics import Basics

#: how a broker fails
Failure = Literal["unreachable", "silent", "refusing", "exhausted", "garbled"]

#: what a subclass arranges: what makes a provider whose broker fails so, or why its broker never does
Broken = Mapping[Failure, Make | str]

SCENES: dict[Failure, str] = {
    "unreachable": "is not there: nobody listens",
    "silent": "takes the question and never answers",
    "refusing": "says no",
    "exhausted": "says that its quota is used up",
    "garbled": "answers with bytes that make no sense",
}
PATIENCE = 0.2  # seconds that a caller has who asks a silent broker
GRACE = 1.0  # seconds after it, for a machine that is busy


class Failures(Basics):
    """The cases of errors; each for every question, and not run for a failure that ``broken`` does not arrange."""

    @pytest.fixture
    def broken(self) -> Broken:
        """By the way that its broker fails, what makes a provider, or why it cannot fail so; as many as can be arranged."""
        return {}

    @case(Level.GOLD, needs=(4,))
    def test_33_nobody_listening_is_a_connect_error(self, broken: Broken, examples: list[Example]) -> None:
        for ended in _ended("unreachable", broken, examples):
            assert isinstance(ended, ConnectError), ended

    @case(Level.GOLD, needs=(4,))
    def test_34_silence_ends_at_the_deadline(self, broken: Broken, examples: list[Example]) -> None:
        for ended in _ended("silent", broken, examples, timeout=PATIENCE):
            assert isinstance(ended, DeadlineError), ended

    @case(Level.GOLD, needs=(4,))
    def test_35_a_no_is_a_rejected_error_in_the_words_of_the_broker(self, broken: Broken, examples: list[Example]) -> None:
        for ended in _ended("refusing", broken, examples):
            assert isinstance(ended, RejectedError), ended
            assert (type(ended.code), type(ended.text)) == (int, str)

    @case(Level.GOLD, needs=(4,))
    def test_36_a_quota_used_up_is_a_quota_error_that_says_for_how_long(self, broken: Broken, examples: list[Example]) -> None:
        for ended in _ended("exhausted", broken, examples, timeout=PATIENCE):
            assert isinstance(ended, QuotaError), ended
            assert ended.retry_after > 0, ended.retry_after
            assert isfinite(ended.retry_after)

    @case(Level.GOLD, needs=(4,))
    def test_37_garbage_is_a_bad_reply_error(self, broken: Broken, examples: list[Example]) -> None:
        for ended in _ended("garbled", broken, examples):
            assert isinstance(ended, BadReplyError), ended


def _ended(failure: Failure, broken: Broken, examples: list[Example], *, timeout: float = 10.0) -> list[object]:
    """What every question ends in, all asked at the same time."""
    assert set(broken) <= set(get_args(Failure)), f"broken has {sorted(broken)}; there are only {', '.join(SCENES)}"
    if failure not in broken:
        not_run(f"broken[{failure!r}] has to make a provider whose broker {SCENES[failure]}")
    make = broken[failure]
    if isinstance(make, str):
        pytest.skip(make)
    return run(_asked(make, dict(examples), timeout))


async def _asked(make: Make, examples: Mapping[str, str], timeout: float) -> list[object]:
    async with client_of(make) as client, asyncio.timeout(timeout + GRACE):
        return list(await asyncio.gather(*(outcome(ask(client, *example, timeout=timeout)) for example in examples.items())))
