"""Values as people read them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from brokerport import Market
from brokerport.cli.cells import texts
from brokerport.models.columns import Column
from brokerport.models.headers import MONEY, NONE, PERCENT, PRICE, SHARES, Unit


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (int, 9_007_199_254_740_993, "9,007,199,254,740,993"),  # a float would lose the last digit
        (int, -(2**70), "-1,180,591,620,717,411,303,424"),
        (int, 0, "0"),
        (bool, True, "yes"),
        (bool, False, "no"),
        (str, "a\tb\x1b[31m\n", r"a\tb\x1b[31m\n"),
        (str, "[red]", "[red]"),
        (date, date(2024, 5, 2), "2024-05-02"),
        (datetime, datetime(2024, 5, 2, 16, 0, tzinfo=Market.HK.zone), "2024-05-02 16:00:00 HKT"),
        (float, None, "-"),
        (str, None, "-"),
    ],
)
def test_a_value_has_its_text(kind: type, value: Any, text: str) -> None:
    assert texts(Column("any", kind, [value]), NONE) == [text]


@pytest.mark.parametrize(
    ("unit", "values", "expected"),
    [
        (MONEY, [1234567.891, 5.0, None], ["1,234,567.89", "5.00", "-"]),
        (PRICE, [276.6, 1.0625], ["276.6000", "1.0625"]),  # as many decimals as one of them needs
        (PRICE, [276.6, 0.1 + 0.2], ["276.60", "0.30"]),
        (PERCENT, [12.3], ["12.30"]),
        (SHARES, [2609800.0], ["2,609,800"]),
        (SHARES, [0.5, 2.0], ["0.5", "2.0"]),
        (MONEY, [-0.001], ["0.00"]),
        (MONEY, [float("nan"), float("inf")], ["nan", "inf"]),
        (MONEY, [], []),
    ],
)
def test_floats_of_a_column_share_their_decimals(unit: Unit, values: list[Any], expected: list[str]) -> None:
    assert texts(Column("any", float, values), unit) == expected
