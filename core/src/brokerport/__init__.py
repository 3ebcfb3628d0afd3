"""One typed way to ask any broker for the market data that only brokers have.

::

    from brokerport import registry

    registry.get("moomoo").short_volume("HK.00700")
"""

from brokerport.client import AsyncClient, Client
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
from brokerport.hookspecs import hookimpl
from brokerport.models import (
    ArkDynamic,
    ArkDynamicKind,
    BrokerRanking,
    CapitalDistribution,
    History,
    Market,
    OpenShort,
    OrderSizes,
    RankedBroker,
    ShortInterest,
    ShortInterestHistory,
    ShortVolume,
    ShortVolumeHistory,
    Side,
    Source,
    Symbol,
)
from brokerport.plugins import Plugin, PluginState
from brokerport.providers import (
    ArkProvider,
    BrokerRankingProvider,
    Capability,
    CapitalProvider,
    Provider,
    ShortInterestProvider,
    ShortProvider,
    ShortVolumeProvider,
)
from brokerport.quota import Quota
from brokerport.registry import Registry, registry
from brokerport.settings import Settings

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
