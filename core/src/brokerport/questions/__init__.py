"""What can be asked."""

from brokerport.questions.ark_dynamic import ArkDynamic, ArkDynamicKind
from brokerport.questions.broker_ranking import BrokerRanking, RankedBroker, Side
from brokerport.questions.capital_distribution import CapitalDistribution, OrderSizes
from brokerport.questions.short_interest import ShortInterest, ShortInterestHistory
from brokerport.questions.short_volume import OpenShort, ShortVolume, ShortVolumeHistory

__all__ = [
    "ArkDynamic",
    "ArkDynamicKind",
    "BrokerRanking",
    "CapitalDistribution",
    "OpenShort",
    "OrderSizes",
    "RankedBroker",
    "ShortInterest",
    "ShortInterestHistory",
    "ShortVolume",
    "ShortVolumeHistory",
    "Side",
]
