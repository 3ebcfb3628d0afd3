"""What the installed plugins' manifests announce; nothing is imported for it."""

from __future__ import annotations

from functools import cache

from brokerport.logs import clean, log
from brokerport.models import Market, market
from brokerport.plugins import look
from brokerport.plugins.claims import Claim
from brokerport.plugins.manifest import Manifest
from brokerport.questions import QUESTIONS


def questions() -> tuple[str, ...]:
    """The names of the questions that plugins bring or answer and core does not have, in alphabetical order."""
    return tuple(sorted({name for _, told in look.now().manifests() for name in told.named()} - QUESTIONS.keys()))


def bringers(code: str) -> str:
    """Who names a market that nobody has registered, and what to do; empty where no manifest does."""
    names = [str(claim) for claim, told in look.now().manifests() if code in told.places()]
    return f"{' and '.join(names)} {'names' if len(names) == 1 else 'name'} it: registry.markets() loads what registers it" if names else ""


market.bringers = bringers  # models know nothing of plugins


def warn(claim: Claim, told: Manifest) -> None:
    """Tell the log, once, what a manifest names and neither this core nor any other manifest knows."""
    questions, markets = told.named() - QUESTIONS.keys(), told.places() - {*Market}
    if questions or markets:
        brought = {*told.questions, *told.markets, *look.now().brought()}
        questions, markets = questions - brought, markets - brought
    if strange := [*sorted(questions), *sorted(markets), *sorted(told.unknown)]:
        _warn_once(str(claim), ", ".join(map(clean, strange)))


@cache
def _warn_once(whose: str, strange: str) -> None:
    log().warning("%s names what this brokerport does not know, and keeps: %s; a later one may know it", whose, strange)
