"""What the contract asks for: the author's subjects, else what the capability names, else what is traded most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from brokerport import QUESTIONS, Capability, InvalidRequestError, Market, Provider, Symbol
from brokerport.testing.examples import Example, elsewhere, examples, known, unknown
from core.testing.lender import BORROW_FEE, LOANS, STATUS, BorrowFee, Loans

OWN = (BORROW_FEE, LOANS, STATUS)
HK_US = frozenset({Market.HK, Market.US})


class Says(Provider):
    """Only tells capabilities."""

    def __init__(self, *told: Capability) -> None:
        self._told = told

    def capabilities(self) -> tuple[Capability, ...]:
        return self._told


def asked(capability: Capability, subjects: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    return [str(each) for each in examples(Says(capability), OWN, subjects or {}, {"loans": {"day": "2024-05-31"}})]


@pytest.mark.parametrize(
    ("capability", "subjects", "told"),
    [
        (Capability("borrow_fee", HK_US), {"borrow_fee": ["HK.1", "HK.2"]}, ["borrow_fee of HK.1", "borrow_fee of HK.2"]),
        (Capability("borrow_fee", HK_US, example="HK.3"), {}, ["borrow_fee of HK.3"]),
        (Capability("borrow_fee", HK_US), {}, ["borrow_fee of US.TSLA", "borrow_fee of HK.00700"]),
        (Capability("borrow_fee", frozenset({Market.HK})), {}, ["borrow_fee of HK.00700"]),
        (Capability("loans", HK_US), {}, ["loans of HK with day='2024-05-31'", "loans of US with day='2024-05-31'"]),
        (Capability("loans", HK_US, example="US"), {}, ["loans of US with day='2024-05-31'"]),
        (Capability("status", HK_US), {}, ["status"]),
    ],
)
def test_each_question_has_its_subjects(capability: Capability, subjects: dict[str, list[str]], told: list[str]) -> None:
    assert asked(capability, subjects) == told


@pytest.mark.parametrize("capability", [Capability("borrow_fee"), Capability("borrow_fee", frozenset({Market.JP})), Capability("loans")])
def test_where_nothing_is_known_to_have_data_the_author_has_to_say(capability: Capability) -> None:
    with pytest.raises(AssertionError, match=rf"symbols has to name what to ask {capability.question} for"):
        asked(capability)


@pytest.mark.parametrize(("question", "there"), [("borrow_fee", "HK.1"), ("loans", "HK"), ("status", None)])
def test_of_a_market_without_data_is_asked_by_what_the_question_is_about(question: str, there: str | None) -> None:
    provider = Says(Capability(question, frozenset(Market) - {Market.HK}))
    some = list(examples(provider, OWN, {"borrow_fee": ["US.TSLA"], "loans": ["US"]}, {"loans": {"day": "2024-05-31"}}))
    assert [each.subject for each in elsewhere(provider, some)] == ([] if there is None else [there])


def test_only_symbols_can_be_unknown() -> None:
    some = [Example(BORROW_FEE, "US.TSLA"), Example(LOANS, "US"), Example(STATUS)]
    assert [each.subject for each in unknown(some)] == ["US.NOSUCH9"]


def test_what_is_known_are_core_s_questions_and_the_suite_s_own() -> None:
    assert list(known([BORROW_FEE])) == [*QUESTIONS, "borrow_fee"]


def test_an_argument_that_has_to_be_passed_is_the_author_s_to_name() -> None:
    with pytest.raises(AssertionError, match=r"arguments has to say with what loans is asked: arguments = \{'loans': \{'day': \.\.\.\}\}"):
        list(examples(Says(Capability("loans", HK_US)), OWN, {}, {}))


def test_a_question_that_nobody_brings_cannot_be_asked() -> None:
    with pytest.raises(InvalidRequestError, match="there is no question 'borrow_fee'"):
        list(examples(Says(Capability("borrow_fee")), (), {}, {}))


TSLA = BorrowFee(symbol=Symbol.parse("US.TSLA"), source=None)  # type: ignore[arg-type]
LENT = Loans(market=Market.US, day=None, source=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("example", "answer", "wrong"),
    [
        (Example(BORROW_FEE, "US.TSLA"), TSLA, None),
        (Example(BORROW_FEE, "US.AAPL"), TSLA, "US.TSLA"),
        (Example(LOANS, "US"), LENT, None),
        (Example(LOANS, "HK"), LENT, "US"),
        (Example(STATUS), LENT, None),
        (Example(BORROW_FEE, "US.TSLA"), object(), "None"),
    ],
)
def test_an_answer_says_what_it_is_about(example: Example, answer: Any, wrong: str | None) -> None:
    assert example.wrong_subject(answer) == wrong
