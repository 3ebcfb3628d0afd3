"""Limits as data: how often a broker lets its questions be asked, and whose requests it counts."""

from __future__ import annotations

from math import isfinite
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen

from brokerport.reading import shown


def _whole(_: object, which: Attribute[Any], value: object) -> None:
    if type(value) is not int:
        raise TypeError(f"{which.name} = {shown.value(value)} must be a whole number")
    if value < 1:
        raise ValueError(f"{which.name} = {shown.value(value)} must be 1 or more")


def _positive(_: object, which: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{which.name} = {shown.value(value)} must be a number")
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{which.name} = {shown.value(value)} must be more than 0, and finite")


def _said(_: object, which: Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{which.name} = {shown.value(value)} must be a text")
    if not value:
        raise ValueError(f"{which.name} must not be empty")


def _said_if_at_all(limit: object, which: Attribute[Any], value: object) -> None:
    if value is not None:
        _said(limit, which, value)


@frozen
class Quota:
    """At most ``requests`` in any ``seconds``: request n + 1 must come more than ``seconds`` after the first of the last n."""

    requests: int = field(validator=_whole)
    seconds: float = field(validator=_positive)  #: fractions are fine
    #: the name of the group of questions that use it up together; None: it is the question's own
    shared: str | None = field(default=None, kw_only=True, validator=_said_if_at_all)

    def __str__(self) -> str:
        return f"{self.requests} in {self.seconds:g} s"


@frozen
class AtOnce:
    """At most ``requests`` on their way at the same time, however fast one follows the other."""

    requests: int = field(validator=_whole)
    shared: str | None = field(default=None, kw_only=True, validator=_said_if_at_all)  #: see Quota

    def __str__(self) -> str:
        return f"{self.requests} at once"


@frozen
class Bucket:
    """A token bucket: each request takes one of ``burst`` tokens, and ``per_second`` come back in a second."""

    per_second: float = field(validator=_positive)  #: fractions are fine
    burst: int = field(validator=_whole)
    shared: str | None = field(default=None, kw_only=True, validator=_said_if_at_all)  #: see Quota

    def __str__(self) -> str:
        return f"{self.per_second:g} a second, bursts of {self.burst}"


Limit: TypeAlias = Quota | AtOnce | Bucket


@frozen
class Account:
    """Whose limits a request uses up: all that is sent under one ``name`` is counted together, by all processes of this user."""

    #: such as ``acme user 7``: it has to tell brokers apart too, and is never written to a file as it stands
    name: str = field(validator=_said)
    local: bool = False  #: counted in this process alone: a sandbox's
