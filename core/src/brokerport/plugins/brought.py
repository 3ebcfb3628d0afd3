"""Imports one plugin, and asks its hooks what it brings."""

from __future__ import annotations

import time
from typing import Any

from attrs import field, frozen

from brokerport.blaming.shadows import hidden, imported
from brokerport.blaming.strangers import AUTHOR, blamed, is_strangers, stranger
from brokerport.errors import PluginError
from brokerport.events.observers import Observers
from brokerport.logs import clean, harmless, log
from brokerport.models import Market, market
from brokerport.plugins import hooks
from brokerport.plugins.claims import Claim
from brokerport.plugins.hookspecs import Factory
from brokerport.plugins.offer import Offer
from brokerport.questions import Question
from brokerport.questions.known import Known
from brokerport.settings.settings import Settings

SLOW = 0.2  # seconds; an import that takes longer is told of to its author, who looks at the debug log


@frozen
class Brought:
    """What a plugin registered, each in the order in which it did."""

    markets: list[Market] = field(factory=list)
    questions: list[Question[..., Any]] = field(factory=list)
    offers: dict[str, Offer] = field(factory=dict)  #: by the name of the broker

    def offer(self, claim: Claim) -> Offer | None:
        """That of the broker by the plugin's own name; None of one that brings no broker at all.

        Raises:
            PluginError: It brings others alone, or nothing.
        """
        if claim.name in self.offers:
            return self.offers[claim.name]
        if not self.offers and (self.markets or self.questions):
            return None
        package = claim.module.partition(".")[0]
        found = hidden(package)
        what_to_do = found or f"{AUTHOR} ({imported(package)} was imported)"
        failure = PluginError(f"{claim} registered {clean(', '.join(self.offers)) or 'no broker'}, not {claim.name!r}; {what_to_do}")
        failure.remedy = found
        raise failure

    def teach(self, claim: Claim, known: Known) -> None:
        """Have its markets known in the process, and its questions where it was loaded for.

        Raises:
            PluginError: One of them is none, or another of its name is there; the text names both who bring them.
        """
        with stranger(str(claim), "brings what cannot be", claim.distribution):
            try:
                for each in self.markets:
                    market.learn(each, str(claim))
                for question in self.questions:
                    known.learn(question, str(claim))
            except TypeError as error:  # it names everybody, and what is wrong
                raise PluginError(str(error)) from error


def load(claim: Claim) -> Brought:
    """Import a plugin and call its hooks: for markets, for questions, for providers.

    Each plugin has a manager of its own: what one does wrong stays with it.

    Raises:
        PluginError: It cannot be imported, or a hook fails or is none.
    """
    brought, observers = Brought(), Observers()

    def register(name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        if not isinstance(name, str):
            raise TypeError(f"register({name!r}, ...): the name of a broker is a text")
        brought.offers[name] = Offer(str(claim), factory, settings, observers, claim.distribution)

    try:
        manager = hooks.manager(_imported(claim))
        observers.add(*hooks.observers(manager))
        manager.hook.register_markets(register=brought.markets.append)
        manager.hook.register_questions(register=brought.questions.append)
        manager.hook.register_providers(register=register)
    except BaseException as error:
        if not is_strangers(error):
            raise
        raise blamed(f"{claim} did not load:", error, claim.distribution, otherwise="") from harmless(error)
    return brought


def _imported(claim: Claim) -> object:
    began = time.monotonic()
    module: object = claim.load()
    if (seconds := time.monotonic() - began) > SLOW:
        log().debug("%s took %.1f s to import; its author can import what is heavy when it is first used", claim, seconds)
    return module
