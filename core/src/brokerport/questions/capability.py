"""What a broker says of one question that it answers."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from attrs import frozen

from brokerport.models import Limit, Market, Symbol

#: what a question is about; None for one that is about nothing
Subject: TypeAlias = Symbol | Market | None


@frozen
class Capability:
    """One question that a broker answers."""

    question: str  #: its name, which is that of the client's method: ``"short_volume"``
    markets: frozenset[Market] | None = None  #: where; None when the plugin does not say
    quota: Limit | tuple[Limit, ...] | None = None  #: how often; several hold at once; None when the plugin does not say
    page_size: int | None = None  #: most rows of one request; None for what is not paged
    since: date | None = None  #: the oldest day there is, where known
    example: str | None = None  #: a symbol, or a market, that has data: for demonstrations; None: what is traded most

    def answers(self, question: str, subject: Subject) -> bool:
        """Whether it is that question, and there is data of the subject's market as far as the plugin says."""
        return self.question == question and (self.markets is None or subject is None or market_of(subject) in self.markets)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Each of its quotas."""
        return self.quota if isinstance(self.quota, tuple) else () if self.quota is None else (self.quota,)


def market_of(subject: Symbol | Market) -> Market:
    """The market that a subject is of, or is."""
    return subject.market if isinstance(subject, Symbol) else subject
