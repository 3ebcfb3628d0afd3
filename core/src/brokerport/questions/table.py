"""The questions of core, a row each: to add one, write its module and its row."""

from __future__ import annotations

from typing import Any

from brokerport.questions.ark_dynamic import ARK_DYNAMIC, ArkDynamic, ArkDynamicKind, ArkProvider
from brokerport.questions.broker_ranking import BROKER_RANKING, Basis, BrokerRanking, BrokerRankingProvider, RankedBroker, Side
from brokerport.questions.capital_distribution import CAPITAL_DISTRIBUTION, CapitalDistribution, CapitalProvider, OrderSizes
from brokerport.questions.doors import asks, pages
from brokerport.questions.question import Question
from brokerport.questions.short_interest import SHORT_INTEREST, ShortInterest, ShortInterestHistory, ShortInterestProvider, ShortProvider
from brokerport.questions.short_volume import SHORT_VOLUME, OpenShort, ShortVolume, ShortVolumeHistory, ShortVolumeProvider

__all__ = [
    "ARK_DYNAMIC",
    "BROKER_RANKING",
    "CAPITAL_DISTRIBUTION",
    "QUESTIONS",
    "SHORT_INTEREST",
    "SHORT_VOLUME",
    "ArkDynamic",
    "ArkDynamicKind",
    "ArkProvider",
    "Basis",
    "BrokerRanking",
    "BrokerRankingProvider",
    "CapitalDistribution",
    "CapitalProvider",
    "OpenShort",
    "OrderSizes",
    "RankedBroker",
    "ShortInterest",
    "ShortInterestHistory",
    "ShortInterestProvider",
    "ShortProvider",
    "ShortVolume",
    "ShortVolumeHistory",
    "ShortVolumeProvider",
    "Side",
    "Table",
]


class Table:
    """The methods that both doors have, one a row; the rows of a paged question come one by one too."""

    ark_dynamic = asks(ARK_DYNAMIC)
    capital_distribution = asks(CAPITAL_DISTRIBUTION)
    broker_ranking = asks(BROKER_RANKING)
    short_volume, iter_short_volume = pages(SHORT_VOLUME)
    short_interest, iter_short_interest = pages(SHORT_INTEREST)


#: by name, in the order of the table
QUESTIONS: dict[str, Question[..., Any]] = {
    row.question.name: row.question for row in vars(Table).values() if isinstance(getattr(row, "question", None), Question)
}
