"""What the contract says of ranked rows: their signs, and their order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from brokerport import ARK_DYNAMIC, BROKER_RANKING, ArkDynamic, BrokerRanking, RankedBroker, Side, Source, Symbol
from brokerport.testing.ranks import out_of_rank, ranked, wrong_sides

SOURCE = Source("toy", datetime(2024, 5, 31, tzinfo=UTC))


def ranking(*rows: tuple[Side | None, int | None]) -> BrokerRanking:
    brokers = tuple(RankedBroker(side=side, net_volume=net) for side, net in rows)
    return BrokerRanking(symbol=Symbol.parse("HK.1"), rows=brokers, source=SOURCE)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ((Side.BUY, 5), None),
        ((Side.BUY, 0), None),
        ((Side.SELL, -5), None),
        ((Side.UNKNOWN, -5), None),
        ((Side.BUY, None), None),
        ((None, -5), None),
        ((Side.BUY, -5), "HK.1 has a row of side 'buy' with net_volume -5"),
        ((Side.SELL, 5), "HK.1 has a row of side 'sell' with net_volume 5"),
    ],
)
def test_buyers_bought_more_and_sellers_sold_more(row: tuple[Side | None, int | None], complaint: str | None) -> None:
    assert list(wrong_sides(BROKER_RANKING, ranking(row))) == ([] if complaint is None else [complaint])


@pytest.mark.parametrize("first", [Side.BUY, Side.SELL])
def test_the_largest_of_each_side_come_first_whichever_side_does(first: Side) -> None:
    rows = sorted([(Side.BUY, 9), (Side.BUY, 9), (Side.BUY, 2), (Side.SELL, -7), (Side.SELL, -1)], key=lambda row: row[0] is not first)
    assert list(out_of_rank(BROKER_RANKING, ranking(*rows))) == []


def test_a_smaller_one_before_a_larger_is_named() -> None:
    answer = ranking((Side.BUY, 9), (Side.SELL, -1), (Side.BUY, None), (Side.SELL, -7), (Side.BUY, 10))
    said = ["HK.1 has on side 'buy' first 9 and then 10", "HK.1 has on side 'sell' first -1 and then -7"]
    assert list(out_of_rank(BROKER_RANKING, answer)) == said


def test_a_question_without_ranks_has_none() -> None:
    assert ranked(ARK_DYNAMIC, ArkDynamic(symbol=Symbol.parse("US.TSLA"), source=SOURCE)) == []
