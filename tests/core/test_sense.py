"""What a question says of its figures: by the names of columns that it describes."""

from __future__ import annotations

import attrs
import pytest

from brokerport import BROKER_RANKING, Ranks, Sense


@pytest.mark.parametrize(
    "sense",
    [
        Sense(signed=frozenset({"nett"})),
        Sense(sparse=frozenset({"nett"})),
        Sense(ahead=frozenset({"nett"})),
        Sense(present=frozenset({"nett"})),
        Sense(parts={"net_volume": "nett"}),
        Sense(percents={"net_volume": ("total_volume", "nett")}),
        Sense(ranks=Ranks(figure="nett", side="side", signs={})),
    ],
)
def test_a_column_that_is_not_described_is_refused(sense: Sense) -> None:
    with pytest.raises(TypeError, match="the question broker_ranking: its sense is of nett, which its columns do not describe"):
        attrs.evolve(BROKER_RANKING, sense=sense).said  # noqa: B018  # whenever that is read


def test_figures_of_another_sense_make_another_question() -> None:
    assert attrs.evolve(BROKER_RANKING, sense=Sense()) != BROKER_RANKING
    assert hash(attrs.evolve(BROKER_RANKING, sense=Sense())) == hash(BROKER_RANKING)
