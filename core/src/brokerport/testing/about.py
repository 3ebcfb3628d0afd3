"""What an answer is about."""

from __future__ import annotations

from typing import Any

from brokerport import Market, Symbol


def subject(answer: Any) -> Symbol | Market | None:
    """The symbol or the market that an answer names; None of one that names neither."""
    return getattr(answer, "symbol", None) or getattr(answer, "market", None)


def market(answer: Any) -> Market | None:
    """The market that an answer is of, or about."""
    named = subject(answer)
    return named.market if isinstance(named, Symbol) else named


def about(answer: Any) -> str:
    """To people: what an answer names, else its class."""
    return str(subject(answer) or type(answer).__name__)
