"""What brokers answer: frozen values of Python's own types; None where the broker said nothing."""

from brokerport.models.ark import ArkDynamic, ArkDynamicKind
from brokerport.models.broker_ranking import BrokerRanking, RankedBroker, Side
from brokerport.models.capital import CapitalDistribution, OrderSizes
from brokerport.models.history import History
from brokerport.models.result import Result
from brokerport.models.short import OpenShort, ShortInterest, ShortInterestHistory, ShortVolume, ShortVolumeHistory
from brokerport.models.source import Source
from brokerport.models.symbol import Market, Symbol

__all__ = [
    "ArkDynamic",
    "ArkDynamicKind",
    "BrokerRanking",
    "CapitalDistribution",
    "History",
    "Market",
    "OpenShort",
    "OrderSizes",
    "RankedBroker",
    "Result",
    "ShortInterest",
    "ShortInterestHistory",
    "ShortVolume",
    "ShortVolumeHistory",
    "Side",
    "Source",
    "Symbol",
]
