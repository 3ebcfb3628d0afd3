"""Brokers, and what they answer, as reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from attrs import frozen

from brokerport.cli.report import Report
from brokerport.models import Limit
from brokerport.models.columns import Column
from brokerport.plugins.plugin import Plugin
from brokerport.questions import Capability


@frozen
class Limits:
    """How often a question may be asked, in one cell."""

    all: tuple[Limit, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.all))


def brokers(plugins: Iterable[Plugin]) -> Report:
    """The installed brokers."""
    rows = [
        (
            each.name,
            each.distribution,
            each.version,
            each.state.value,
            each.manifest.api,
            each.manifest.about,
            each.error and str(each.error),
        )
        for each in plugins
    ]
    return _report("Brokers", dict.fromkeys(("broker", "distribution", "version", "state", "api", "about", "error"), str), rows)


def capabilities(answered: Iterable[tuple[str, Capability]]) -> Report:
    """Which broker answers which question, for which markets, how often and how much at a time."""
    rows = [
        (broker, each.question, _markets(each), Limits(each.limits) if each.limits else None, each.page_size, each.since)
        for broker, each in answered
    ]
    kinds = {"broker": str, "question": str, "markets": list, "quota": Limits, "page_size": int, "since": date}
    return _report("Capabilities", kinds, rows)


def _markets(capability: Capability) -> list[str] | None:
    return None if capability.markets is None else sorted(capability.markets)


def _report(title: str, kinds: dict[str, type], rows: Sequence[Sequence[Any]]) -> Report:
    columns = [Column(name, kind, [row[place] for row in rows]) for place, (name, kind) in enumerate(kinds.items())]
    return Report(title=title, about={}, columns=columns, shown=columns)
