"""What a broker can be asked: the abstract providers.

A plugin's provider subclasses those it can answer. Its methods are coroutines; work that blocks goes through
``asyncio.to_thread``. They get arguments that are already checked, run under the caller's deadline, and raise the errors of
``brokerport.errors``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import ClassVar, Literal, TypeAlias

from attrs import frozen

from brokerport.models import Market, Symbol
from brokerport.models.quota import Quota
from brokerport.questions import ArkDynamic, BrokerRanking, CapitalDistribution, ShortInterestHistory, ShortVolumeHistory
from brokerport.questions.checks import Step


@frozen
class Capability:
    """One question that a broker answers."""

    question: str  #: the client's method: ``"short_volume"``
    markets: frozenset[Market] | None = None  #: where; None when the plugin does not say
    quota: Quota | None = None  #: how often; None when the plugin does not say
    page_size: int | None = None  #: most rows of one request; None for what is not paged
    since: date | None = None  #: the oldest day there is, where known

    def answers(self, question: str, symbol: Symbol) -> bool:
        """Whether it is that question, and there is data of the symbol's market as far as the plugin says."""
        return self.question == question and (self.markets is None or symbol.market in self.markets)


class Provider:
    """One broker, not yet connected; it connects when it is first asked."""

    #: seconds in which replies come when all is well: a first attempt that takes longer is made again;
    #: None: an attempt may take all the time of its call
    reply_within: ClassVar[float | None] = None

    async def aclose(self) -> None:
        """Give back what it holds; called once, also after failures."""

    def capabilities(self) -> tuple[Capability, ...]:
        """What it answers; by default, the methods of the abstract providers it subclasses."""
        return tuple(Capability(question) for question, kind in QUESTIONS.items() if isinstance(self, kind))

    def checks(self, question: str, symbol: Symbol) -> tuple[Step, ...]:
        """What of its own has to hold before it can answer, such as a gateway that is logged in; by default nothing. Does no I/O itself."""
        return ()


class ArkProvider(Provider, ABC):
    """Answers what the ARK funds did."""

    @abstractmethod
    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        """The ARK funds' latest trading in ``symbol``."""


class CapitalProvider(Provider, ABC):
    """Answers where the day's money went."""

    @abstractmethod
    async def capital_distribution(self, symbol: Symbol) -> CapitalDistribution:
        """The day's turnover in ``symbol`` by direction and order size."""


class BrokerRankingProvider(Provider, ABC):
    """Answers who bought and who sold most."""

    @abstractmethod
    async def broker_ranking(self, symbol: Symbol, *, days_before: int) -> BrokerRanking:
        """The largest net buyers and sellers of ``symbol``; ``days_before`` 0 is the present day, n the n-th trading day before it."""


class ShortVolumeProvider(Provider, ABC):
    """Answers what was sold short each day.

    Its method gives one page: rows newest first, those after the cursor ``after`` (None: from the newest on), at most ``limit`` of them
    (None: as many as one request gives) and possibly fewer. The page's ``cursor`` leads to the next page and is None on the last.
    """

    @abstractmethod
    async def short_volume(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortVolumeHistory:
        """One page of daily short volume."""


class ShortInterestProvider(Provider, ABC):
    """Answers what is still short, by report; in pages, as ShortVolumeProvider."""

    @abstractmethod
    async def short_interest(self, symbol: Symbol, *, limit: int | None, after: str | None) -> ShortInterestHistory:
        """One page of short interest reports."""


class ShortProvider(ShortVolumeProvider, ShortInterestProvider):
    """Answers both: what was sold short, and what is still short."""


#: for type checkers: the names of the questions, which are those of the client's methods
Question: TypeAlias = Literal["ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest"]

#: the client's methods, and the abstract provider that answers each
QUESTIONS: dict[str, type[Provider]] = {
    "ark_dynamic": ArkProvider,
    "capital_distribution": CapitalProvider,
    "broker_ranking": BrokerRankingProvider,
    "short_volume": ShortVolumeProvider,
    "short_interest": ShortInterestProvider,
}
