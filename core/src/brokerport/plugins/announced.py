"""What the installed plugins' manifests announce; nothing is imported for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from brokerport.errors import PluginError
from brokerport.logs import clean, log
from brokerport.models import Market, market
from brokerport.plugins.claims import Claim, claims
from brokerport.plugins.manifest import Manifest
from brokerport.plugins.rivals import allowed, usable
from brokerport.questions import QUESTIONS


def manifests() -> Iterator[tuple[Claim, Manifest]]:
    """Each plugin that may be used, and what it says; without those that are for another core or say nothing that can be read."""
    for claim in claims():
        if allowed(claim.name):
            try:
                yield claim, usable(claim)
            except PluginError:  # whoever asks for it, is told
                continue


def questions() -> tuple[str, ...]:
    """The names of the questions that plugins bring or answer and core does not have, in alphabetical order."""
    return tuple(sorted({name for _, told in manifests() for name in told.named()} - QUESTIONS.keys()))


def bringers(code: str) -> str:
    """Who names a market that nobody has registered, and what to do; empty where no manifest does."""
    names = [str(claim) for claim, told in manifests() if code in told.places()]
    return f"{' and '.join(names)} {'names' if len(names) == 1 else 'name'} it: registry.markets() loads what registers it" if names else ""


market.bringers = bringers  # models know nothing of plugins


def warn(claim: Claim, told: Manifest) -> None:
    """Tell the log, once, what a manifest names and neither this core nor any other manifest knows."""
    questions = told.named() - QUESTIONS.keys() - {*told.questions}
    markets = told.places() - {*Market} - {*told.markets}
    if questions or markets:
        others = [other for _, other in manifests()]
        questions -= {name for other in others for name in other.questions}
        markets -= {code for other in others for code in other.markets}
    if strange := [*sorted(questions), *sorted(markets), *sorted(told.unknown)]:
        _warn_once(str(claim), ", ".join(map(clean, strange)))


@cache
def _warn_once(whose: str, strange: str) -> None:
    log().warning("%s names what this brokerport does not know, and keeps: %s; a later one may know it", whose, strange)
