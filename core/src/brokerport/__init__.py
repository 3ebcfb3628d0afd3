"""One typed way to ask any broker for the market data that only brokers have.

::

    from brokerport import registry

    registry.get("moomoo").short_volume("HK.00700")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from brokerport.client.async_client import AsyncClient
from brokerport.client.client import Client
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
from brokerport.models import (
    Account,
    AsyncRows,
    AtOnce,
    Bucket,
    Header,
    History,
    Market,
    Paged,
    Quota,
    Result,
    Rows,
    Source,
    Symbol,
    Unit,
)
from brokerport.plugins.hookspecs import Factory, Register, RegisterMarkets, RegisterQuestions, hookimpl
from brokerport.plugins.plugin import Plugin, PluginState
from brokerport.questions import About, Argument, Capability, Provider, Question, Ranks, Sense, Step, Subject, table
from brokerport.questions.table import *  # noqa: F403  # the questions themselves are listed there alone
from brokerport.registry import Registry, registry
from brokerport.settings.broker import Broker
from brokerport.settings.secret import Secret
from brokerport.settings.settings import Settings

if TYPE_CHECKING:
    from brokerport.calls.call import reporter, stage, unhurried
    from brokerport.kit.sync_provider import SyncProvider
    from brokerport.quotas.limiter import Limiter

    __version__: str  #: of the distribution that is installed

__all__ = [
    "About",
    "Account",
    "Argument",
    "AsyncClient",
    "AsyncRows",
    "AtOnce",
    "BadReplyError",
    "Broker",
    "BrokerportError",
    "Bucket",
    "Capability",
    "Client",
    "ClientClosedError",
    "ConnectError",
    "ConnectionLostError",
    "DeadlineError",
    "Factory",
    "HandshakeError",
    "Header",
    "History",
    "InvalidRequestError",
    "Limiter",
    "Market",
    "NotEntitledError",
    "Paged",
    "PaginationError",
    "Plugin",
    "PluginError",
    "PluginState",
    "Provider",
    "Question",
    "Quota",
    "QuotaError",
    "Ranks",
    "Register",
    "RegisterMarkets",
    "RegisterQuestions",
    "Registry",
    "RejectedError",
    "Result",
    "RouteError",
    "Rows",
    "Secret",
    "Sense",
    "Settings",
    "Source",
    "Step",
    "Subject",
    "Symbol",
    "SyncProvider",
    "Unit",
    "UnknownBrokerError",
    "UnsupportedError",
    "hookimpl",
    "registry",
    "reporter",
    "stage",
    "unhurried",
]
__all__ += table.__all__

#: what takes its time to import, and is imported when it is first asked for
_LATER = {
    "Limiter": "brokerport.quotas.limiter",
    "SyncProvider": "brokerport.kit.sync_provider",
    "reporter": "brokerport.calls.call",
    "stage": "brokerport.calls.call",
    "unhurried": "brokerport.calls.call",
}


if not TYPE_CHECKING:  # checkers find them above

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            return import_module("importlib.metadata").version(__name__)
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_LATER[name]), name)
