"""Questions that core does not know keep the contract as core's do: about a symbol, a market on a day, or nothing."""

from __future__ import annotations

import pytest

from core.testing.running import Card, cards, ended, run_pytest


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Card]:
    """What the report says of each class."""
    folder = tmp_path_factory.mktemp("lender")
    (folder / "test_lender.py").write_text("from core.testing.lender import *", "utf-8")
    run_pytest(folder, "--contract-report=report.json")
    return cards(folder / "report.json")


pytestmark = pytest.mark.timeout(30)  # pytest in a process of its own


def test_questions_of_its_own_keep_a_provider_at_gold(told: dict[str, Card]) -> None:
    assert ended(told["Keeps"], "failed") == {}
    assert told["Keeps"]["level"] == "gold"


def test_what_does_not_apply_to_them_is_skipped_and_no_more(told: dict[str, Card]) -> None:
    assert list(ended(told["Keeps"], "skipped")) == [7, 21, 28, 32, 34, 38, 40, 41, 42, 43, 44, 45]


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("OwesARebate", 22, "BorrowFee.fee is -4.25 and cannot be below zero"),
        ("AnswersForAnotherMarket", 5, "loans of US with day=datetime.date(2024, 5, 31) says that it is of HK"),
        ("LendsOneTwice", 8, "the Loans of US has rows that are not newest first, each day once: US.A00 comes again"),
        (
            "TellsNoQuestions",
            2,
            "capabilities() names loans, status, which nobody brings; if it is yours: questions = (YOUR_QUESTION,)",
        ),
    ],
)
def test_a_broken_promise_of_a_stranger_fails_its_case_alone(name: str, number: int, reason: str, told: dict[str, Card]) -> None:
    assert ended(told[name], "failed") == {number: reason}
