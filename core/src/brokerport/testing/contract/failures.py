"""What goes wrong at the broker, and the error that tells of it."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import inf
from typing import Literal, get_args

import pytest

from brokerport import BadReplyError, ConnectError, DeadlineError, QuotaError, RejectedError
from brokerport.testing.cases import Level, case, not_run
from brokerport.testing.contract.asking import Make, ask, client_of, named, outcome, run
from brokerport.testing.contract.basics import Basics
from brokerport.testing.examples import Example

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
        for question, ended in _ended("unreachable", broken, examples):
            assert isinstance(ended, ConnectError), _not(ConnectError, "unreachable", question, ended)

    @case(Level.GOLD, needs=(4,))
    def test_34_silence_ends_at_the_deadline(self, broken: Broken, examples: list[Example]) -> None:
        for question, ended in _ended("silent", broken, examples, timeout=PATIENCE):
            assert isinstance(ended, DeadlineError), _not(DeadlineError, "silent", question, ended)

    @case(Level.GOLD, needs=(4,))
    def test_35_a_no_is_a_rejected_error_in_the_words_of_the_broker(self, broken: Broken, examples: list[Example]) -> None:
        for question, ended in _ended("refusing", broken, examples):
            assert isinstance(ended, RejectedError), _not(RejectedError, "refusing", question, ended)
            said = f"{question} is refused with code {ended.code!r} and text {ended.text!r}; a number and a text are promised"
            assert (type(ended.code), type(ended.text)) == (int, str), said

    @case(Level.GOLD, needs=(4,))
    def test_36_a_quota_used_up_is_a_quota_error_that_says_for_how_long(self, broken: Broken, examples: list[Example]) -> None:
        for question, ended in _ended("exhausted", broken, examples, timeout=PATIENCE):
            assert isinstance(ended, QuotaError), _not(QuotaError, "exhausted", question, ended)
            assert 0 < ended.retry_after < inf, (
                f"{question} has a QuotaError with retry_after {ended.retry_after}; seconds above zero are promised"
            )

    @case(Level.GOLD, needs=(4,))
    def test_37_garbage_is_a_bad_reply_error(self, broken: Broken, examples: list[Example]) -> None:
        for question, ended in _ended("garbled", broken, examples):
            assert isinstance(ended, BadReplyError), _not(BadReplyError, "garbled", question, ended)


def _ended(failure: Failure, broken: Broken, examples: list[Example], *, timeout: float = 10.0) -> list[tuple[str, object]]:
    """Every question and what it ends in, all asked at the same time."""
    assert set(broken) <= set(get_args(Failure)), f"broken has {', '.join(sorted(broken))}; there are only {', '.join(SCENES)}"
    if failure not in broken:
        not_run(f"broken[{failure!r}] has to make a provider whose broker {SCENES[failure]}")
    make = broken[failure]
    if isinstance(make, str):
        pytest.skip(make)
    some = list({example.question.name: example for example in examples}.values())
    return list(zip((example.question.name for example in some), run(_asked(make, some, timeout)), strict=True))


async def _asked(make: Make, examples: list[Example], timeout: float) -> list[object]:
    try:
        async with client_of(make) as client, asyncio.timeout(timeout + GRACE):
            return list(await asyncio.gather(*(outcome(ask(client, example, timeout=timeout)) for example in examples)))
    except TimeoutError as error:
        asked = ", ".join(example.question.name for example in examples)
        raise AssertionError(f"{asked} took {GRACE} seconds more than their timeout={timeout}") from error


def _not(promised: type[Exception], failure: Failure, question: str, ended: object) -> str:
    return f"{question} of a broker that {SCENES[failure]} has to be a {promised.__name__}, and is {named(ended)}"
