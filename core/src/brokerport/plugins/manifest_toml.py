"""The tables of a manifest into values: what is of a wrong type is an error, and what this core does not know is kept as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import define, field

from brokerport.models import Market
from brokerport.models.limits import limits_from
from brokerport.models.quota import Limit
from brokerport.questions import Capability
from brokerport.reading import shown

#: what a manifest may hold beside its capabilities, and what a capability's table may; and as what TOML gives it
MANIFEST: dict[str, type] = {"api": str, "about": str, "same_as": str, "questions": list, "markets": list}
CAPABILITY: dict[str, type] = {"markets": list, "quota": object, "page_size": int, "since": date, "example": str}

LONGEST = 300  # characters of a text, which is a line for people, a name or a range of versions

_WORDS = {
    str: "a text",
    list: "a list",
    dict: "a table",
    int: "a whole number",
    date: "a day, such as 2018-08-01 without quotes",
}


def read(table: dict[str, Any]) -> dict[str, Any]:
    """What a Manifest is made of.

    Raises:
        TypeError, ValueError: Something in it cannot be.
    """
    reading = _Reading()
    told = reading.known("", {name: each for name, each in table.items() if name != "capabilities"}, MANIFEST)
    capabilities = typed("capabilities", table.get("capabilities", {}), dict)
    for name in (*told.get("questions", ()), *capabilities):
        if isinstance(name, str) and not name.isidentifier():
            raise ValueError(f"{name!r} is no name of a question; write one such as 'borrow_fee'")
    return {
        **told,
        **{name: _texts(name, told[name]) for name in ("questions", "markets") if name in told},
        "capabilities": {question: reading.capability(question, each) for question, each in capabilities.items()} or None,
        "unknown": reading.unknown,
    }


@define
class _Reading:
    """One manifest on its way, and what of it is not known."""

    unknown: dict[str, Any] = field(factory=dict)

    def known(self, where: str, table: Mapping[str, Any], kinds: Mapping[str, type]) -> dict[str, Any]:
        """The entries that are known, of their types; the others are kept."""
        self.unknown |= {f"{where}{name}": each for name, each in table.items() if name not in kinds}
        return {name: typed(f"{where}{name}", each, kinds[name]) for name, each in table.items() if name in kinds}

    def capability(self, question: str, each: object) -> Capability:
        """What is said of one question, also of one that is not known."""
        where = f"[capabilities.{question}]"
        values = self.known(f"{where} ", typed(where, each, dict), CAPABILITY)
        if "markets" in values:
            values["markets"] = frozenset(map(Market.named, _texts(f"{where} markets", values["markets"])))
        if "quota" in values:
            values["quota"] = self._quota(f"{where} quota", values["quota"])
        return Capability(question, **values)

    def _quota(self, where: str, told: object) -> Limit | tuple[Limit, ...] | None:
        """One, or several where it is a list; what is of a kind that is not known is kept, and none."""
        if not isinstance(told, list):
            return self._limit(where, told)
        limits = (self._limit(f"{where}[{place}]", each) for place, each in enumerate(told))
        return tuple(limit for limit in limits if limit is not None) or None

    def _limit(self, where: str, told: object) -> Limit | None:
        """One that says nothing but what is known: part of a limit would be another limit."""
        try:
            limits, strange = limits_from(told)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where}: {error}") from error
        if strange:
            self.unknown[where] = told
        return None if strange else limits[0]


def typed(name: str, value: Any, kind: type[Any]) -> Any:
    """The value, if it is of that kind; whole numbers are 1 or more."""
    if kind is object:
        return value  # looked at by itself
    if type(value) is not kind:
        raise TypeError(f"{name} = {shown.value(value)} must be {_WORDS[kind]}")
    if kind is str and len(value) > LONGEST:
        raise ValueError(f"{name} has {len(value):,} characters; {LONGEST} are the most")
    if kind is int and value < 1:
        raise ValueError(f"{name} = {shown.value(value)} must be 1 or more")
    return value


def _texts(name: str, values: list[Any]) -> tuple[str, ...]:
    return tuple(typed(f"{name}[{place}]", value, str) for place, value in enumerate(values))
