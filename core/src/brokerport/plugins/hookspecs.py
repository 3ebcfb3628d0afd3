"""The hooks that a plugin may implement.

A plugin is a module, named by an entry point of the group ``brokerport``; the entry point's name is the broker's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

from brokerport.models import Market
from brokerport.questions import Provider, Question
from brokerport.settings.settings import Settings

if TYPE_CHECKING:
    from brokerport.events import Event

hookspec = pluggy.HookspecMarker("brokerport")
hookimpl = pluggy.HookimplMarker("brokerport")

#: builds an unconnected provider from its settings; does no I/O
Factory = Callable[[Any], Provider]


class Register(Protocol):
    """What a plugin calls for every broker that it brings."""

    def __call__(self, name: str, factory: Factory, *, settings: type[Settings] = Settings) -> None:
        """Offer ``factory`` under ``name``, with ``settings``, a frozen attrs subclass of Settings."""


class RegisterQuestions(Protocol):
    """What a plugin calls for every question that it brings."""

    def __call__(self, question: Question[..., Any], /) -> None:
        """Have ``question`` asked by its name, wherever core's are."""


class RegisterMarkets(Protocol):
    """What a plugin calls for every market that it needs and core does not know."""

    def __call__(self, market: Market, /) -> None:
        """Have symbols of ``market`` read, in the whole process."""


@hookspec
def register_markets(register: RegisterMarkets) -> None:
    """Call ``register(Market(code, zone, currency, name))`` for every market that the plugin needs and core does not know."""


@hookspec
def register_questions(register: RegisterQuestions) -> None:
    """Call ``register(QUESTION)`` for every question that the plugin brings."""


@hookspec
def register_providers(register: Register) -> None:
    """Call ``register(name, factory)`` for every broker that the plugin brings."""


@hookspec
def on_event(event: Event) -> None:
    """Hear of ``event``, one of ``brokerport.events``: what happens between a client and its broker.

    A plugin hears its own broker's events only; what ``registry.observe`` is given hears those of all brokers. It is called on the
    client's event loop, in the middle of what it hears of: be brief, and do not block. What it raises is logged; after 10 times in a row
    it is not called again.
    """
