"""One typed way to ask any broker for the market data that only brokers have.

::

    from brokerport import registry

    registry.get("moomoo").short_volume("HK.00700")
"""

from typing import TYPE_CHECKING

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
from brokerport.models.quota import Account, AtOnce, Bucket, Quota
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

if TYPE_CHECKING:
    from brokerport.quotas.limiter import Limiter

__all__ = [
    "Account",
    "ArkDynamic",
    "ArkDynamicKind",
    "ArkProvider",
    "AsyncClient",
    "AtOnce",
    "BadReplyError",
    "BrokerRanking",
    "BrokerRankingProvider",
    "BrokerportError",
    "Bucket",
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
    "Limiter",
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


def __getattr__(name: str) -> object:
    """What needs asyncio is imported when it is asked for."""
    if name == "Limiter":
        from brokerport.quotas.limiter import Limiter

        return Limiter
    raise AttributeError(f"module 'brokerport' has no attribute {name!r}")
