"""Questions that can be asked of days before the present one: each is another day, and none of them is told as the present."""
# ruff: noqa: D102  # a test's name is its sentence

from __future__ import annotations

from collections.abc import Awaitable
from itertools import pairwise
from typing import Any

import pytest

from brokerport import AsyncClient, InvalidRequestError, RejectedError, UnsupportedError
from brokerport.testing.cases import Level, case
from brokerport.testing.contract.asking import Make, ask, brief, each
from brokerport.testing.contract.basics import Basics, kept
from brokerport.testing.examples import Example
from brokerport.testing.past import not_past, same_day

NO_PAST = "answers nothing of days before the present one"

BACK = "days_before"  # the argument
DAYS = (0, 1, 2)

#: what an example answers, by the days before; a day that it does not answer is left out
Past = list[tuple[Example, dict[int, Any]]]


class PastDays(Basics):
    """The cases of ``days_before``."""

    @pytest.fixture
    def past(self, request: pytest.FixtureRequest, make: Make, examples: list[Example]) -> Past:
        """What is answered of the present day and of days before it; asked once."""

        async def days(client: AsyncClient, example: Example) -> dict[int, Any]:
            ended = {day: await _unless_refused(ask(client, example, **{BACK: day})) for day in DAYS}
            return {day: answer for day, answer in ended.items() if answer is not None}

        some = [example for example in examples if BACK in example.question.said.parameters]
        told = zip(some, kept(request, BACK, lambda: each(make, some, days)), strict=True)
        return [(example, answers) for example, answers in told if answers.keys() - {0}] or pytest.skip(NO_PAST)

    @case(Level.BRONZE, needs=(4,), skips=(NO_PAST,))
    def test_44_each_day_before_is_another_day(self, past: Past) -> None:
        found = brief(
            f"{example} with {BACK}={before} {said} with {BACK}={day}"
            for example, answers in past
            for (day, later), (before, earlier) in pairwise(answers.items())
            for said in same_day(later, earlier)
        )
        assert not found, f"{found}; each has to be one trading day further back"

    @case(Level.BRONZE, needs=(4,), skips=(NO_PAST,))
    def test_45_a_day_before_is_not_told_as_the_present(self, past: Past) -> None:
        found = brief(
            f"{example} with {BACK}={day}: {said}"
            for example, answers in past
            for day, answer in answers.items()
            if day
            for said in not_past(example.question, answer)
        )
        assert not found, found


async def _unless_refused(asked: Awaitable[Any]) -> Any:
    """The answer; None where the broker refuses the day."""
    try:
        return await asked
    except (UnsupportedError, InvalidRequestError, RejectedError):
        return None
