"""The name of a broker, typed by its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec

from brokerport.settings.settings import Settings

P = ParamSpec("P")


class Broker(str, Generic[P]):
    """The name of a broker, by which type checkers know its settings; else it is the text that it is made of.

    ::

        ACME = Broker("acme", AcmeSettings)

        registry.get(ACME, file="acme.db")  # the names and types of AcmeSettings

    Checkers know those of the brokers that come with brokerport by their names alone. A plugin of another project offers such a value.
    """

    __slots__ = ()

    def __new__(cls, name: str, settings: Callable[P, Settings]) -> Broker[P]:
        """``settings`` is the class; nothing is done with it."""
        return super().__new__(cls, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)  # its type is for checkers, which are not there
