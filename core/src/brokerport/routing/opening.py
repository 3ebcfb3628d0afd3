"""A route as a provider: its brokers are found, and their plugins imported, when it is made, so that no event loop has to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial

import attrs
from attrs import define, field

from brokerport.client.async_client import AsyncClient
from brokerport.errors import BrokerportError, InvalidRequestError, UnknownBrokerError
from brokerport.logs import log
from brokerport.plugins.brokers import Brokers
from brokerport.plugins.offer import Choice
from brokerport.questions import Provider
from brokerport.questions.known import Known
from brokerport.settings import strays

Open = Callable[[Choice], AsyncClient]


@define(eq=False)
class Opening:
    """The brokers of a route, each chosen once."""

    brokers: Brokers
    open: Open  #: opens the client of one
    names: tuple[str, ...]
    given: Mapping[str, object]  #: settings of each
    _choices: dict[str, Choice] = field(init=False, factory=dict)  # without those that cannot be asked

    def __attrs_post_init__(self) -> None:
        _check(self.names)
        known = {name: None for kind in map(self._settings, self.names) for name in kind}
        if known:
            strays.refuse(f"registry.route({', '.join(map(repr, self.names))}, ...)", self.given, known)

    def provider(self, questions: Known) -> Provider:
        """A new, unconnected route."""
        from brokerport.routing.route import Route
        from brokerport.routing.stop import Stop

        return Route([Stop(name, partial(self.brokers.told, name), partial(self._opened, name)) for name in self.names], questions)

    def _settings(self, name: str) -> tuple[str, ...]:
        """The settings that a broker has; none of one that cannot be asked, which is a reason of the call's that asks it."""
        try:
            said, offer = self.brokers.find(name)
        except UnknownBrokerError as error:
            _warn_once(f"a route never asks {name!r}: {error}")
            return ()
        except BrokerportError:
            return ()
        with suppress(BrokerportError):
            self._choices[name] = self.brokers.settle(said, offer, self.given)
        return tuple(attrs.fields_dict(offer.settings))

    def _opened(self, name: str) -> AsyncClient:
        """Its client; what could not be chosen is tried again, for it may have been mended."""
        return self.open(self._choices.get(name) or self.brokers.choose(name, self.given))


def _check(names: tuple[str, ...]) -> None:
    if not names or not all(isinstance(name, str) and name for name in names) or len({*names}) < len(names):
        said = ", ".join(map(repr, names)) or "none"
        meant = names[0] if len(names) == 1 and isinstance(names[0], list | tuple) else ("one", "two")
        hint = f"write route({', '.join(map(repr, meant))})"
        raise InvalidRequestError(f"a route needs the names of brokers, each once, in the order to ask them; not {said}; {hint}")


@cache
def _warn_once(text: str) -> None:
    log().warning("%s", text)
