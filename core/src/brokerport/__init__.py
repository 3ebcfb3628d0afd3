"""One typed way to ask any broker for the market data that only brokers have.

::

    from brokerport import registry

    registry.get("moomoo").short_volume("HK.00700")
"""

from brokerport.client.client import AsyncClient, Client
from brokerport.errors import (
    BadReplyError,
    BrokerportError,
    ClientClosedError,
    ConnectError,
    ConnectionLostError,
    DeadlineError,
    HandshakeError,
    InvalidRequestError,
    NotEntitledError,
    PaginationError,
    PluginError,
    QuotaError,
    RejectedError,
    RouteError,
    UnknownBrokerError,
    UnsupportedError,
)
from brokerport.models import History, Market, Source, Symbol
from brokerport.models.quota import Quota
from brokerport.plugins.hookspecs import hookimpl
from brokerport.plugins.loading import Plugin, PluginState
from brokerport.questions import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
)
from brokerport.questions.providers import (
    ArkProvider,
    BrokerRankingProvider,
    Capability,
    CapitalProvider,
    Provider,
    ShortInterestProvider,
    ShortProvider,
    ShortVolumeProvider,
)
from brokerport.registry import Registry, registry
from brokerport.settings.settings import Settings

__all__ = [
    "ArkDynamic",
    "ArkDynamicKind",
    "ArkProvider",
    "AsyncClient",
    "BadReplyError",
    "BrokerRanking",
    "BrokerRankingProvider",
    "BrokerportError",
    "Capability",
    "CapitalDistribution",
    "CapitalProvider",
    "Client",
    "ClientClosedError",
    "ConnectError",
    "ConnectionLostError",
    "DeadlineError",
    "HandshakeError",
    "History",
    "InvalidRequestError",
    "Market",
    "NotEntitledError",
    "OpenShort",
    "OrderSizes",
    "PaginationError",
    "Plugin",
    "PluginError",
    "PluginState",
    "Provider",
    "Quota",
    "QuotaError",
    "RankedBroker",
    "Registry",
    "RejectedError",
    "RouteError",
    "Settings",
    "ShortInterest",
    "ShortInterestHistory",
    "ShortInterestProvider",
    "ShortProvider",
    "ShortVolume",
    "ShortVolumeHistory",
    "ShortVolumeProvider",
    "Side",
    "Source",
    "Symbol",
    "UnknownBrokerError",
    "UnsupportedError",
    "hookimpl",
    "registry",
]
