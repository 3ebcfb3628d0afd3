"""A scenario: its seed, the answers it gives, the symbols that are unknown in it, and its faults.

::

    seed = 7
    unknown = ["US.GONE"]

    [[faults]]
    kind = "drop"
    on = "short_volume"
    first = 2

    [[short_volume]]
    symbol = "HK.00700"
    rows = [
        { day = 2026-11-20, short_volume = 1000, volume = 5000 },
        { day = 2026-11-19, short_volume = 900 },
    ]

It is data only: nothing in it is run, filled in or looked for elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import attrs
from attrs import field, frozen

from brokerport.reading import documents, files
from brokerport_opend.messages.common_pb2 import RetType_Succeed
from brokerport_opend.sandbox import numbers
from brokerport_opend.sandbox.answers.questions import QUESTIONS
from brokerport_opend.sandbox.answers.requests import parse
from brokerport_opend.sandbox.faults.fault import Fault
from brokerport_opend.sandbox.protocols import PROTOCOLS
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.sandbox.scenario.given import ANSWERS, Given
from brokerport_opend.sandbox.scenario.tables import ScenarioError, Table, symbol, table, typed
from brokerport_opend.sandbox.symbols import symbol_of
from brokerport_opend.sandbox.world.markets import MARKETS

LARGEST = 1024 * 1024  # bytes of a file

_FAULT = attrs.fields_dict(Fault)
_MARKETS = {market.name: market for market in MARKETS.values()}


def _seed(_: object, __: object, value: object) -> None:
    numbers.whole("seed", value, numbers.SEEDS)


@frozen
class Scenario:
    """What a sandbox tells that its seed does not make up, and what goes wrong in it."""

    seed: int = field(default=0, validator=_seed)  #: another seed is another world, and other chances
    faults: tuple[Fault, ...] = ()
    unknown: frozenset[str] = frozenset()  #: symbols that are refused, as securities that do not exist
    given: Mapping[tuple[int, str, int], Given] = field(factory=dict, repr=False, eq=False)  #: by protocol, symbol and days before

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """The scenario of a TOML file.

        Raises:
            ScenarioError: It cannot be read, is larger than LARGEST, or what it says cannot be; the text says where.
        """
        try:
            return cls.parse(files.text(Path(path), largest=LARGEST))
        except FileNotFoundError as error:
            raise ScenarioError(f"{path}: there is no such file") from error
        except (OSError, ValueError) as error:  # ScenarioError is one
            raise ScenarioError(f"{path}: {error}") from error

    @classmethod
    def parse(cls, toml: str) -> Self:
        """The scenario of a TOML text.

        Raises:
            ScenarioError: What it says cannot be; the text says where.
        """
        try:
            read = documents.toml(toml)
        except ValueError as error:
            raise ScenarioError(f"no TOML: {error}") from error
        told = table("the scenario", read, ("seed", "unknown", "faults", *ANSWERS))
        return cls(typed("seed", told.get("seed", 0), int), _faults(told), _unknown(told), _given(told))

    def reply(self, proto_id: int, body: bytes) -> bytes | None:
        """The body that answers a question's body, None where the scenario gives no answer.

        Raises:
            Refused: The symbol is unknown, or the request breaks the protocol.
        """
        if not (self.given or self.unknown):
            return None
        messages = QUESTIONS[proto_id].messages
        c2s = parse(messages.Request, body)
        asked = symbol_of(c2s.security)
        if asked in self.unknown:
            raise Refused(f"unknown stock {asked}")
        given = self.given.get((proto_id, asked or "", getattr(c2s, "daysBefore", 0)))
        if given is None:
            return None
        return bytes(messages.Response(retType=RetType_Succeed, retMsg="", errCode=0, s2c=given(c2s)).SerializeToString())


def _unknown(told: Table) -> frozenset[str]:
    each = enumerate(typed("unknown", told.get("unknown", []), list), 1)
    return frozenset(symbol(f"unknown {place}", text) for place, text in each)


def _faults(told: Table) -> tuple[Fault, ...]:
    each = enumerate(typed("faults", told.get("faults", []), list), 1)
    return tuple(_fault(f"[[faults]] {place}", value) for place, value in each)


def _fault(where: str, value: object) -> Fault:
    said = table(where, value, _FAULT, needed=("kind",))
    try:
        return Fault(**said)
    except ValueError as error:
        raise ScenarioError(f"{where} {error}") from error


def _given(told: Table) -> dict[tuple[int, str, int], Given]:
    given: dict[tuple[int, str, int], Given] = {}
    for question in ANSWERS:
        for place, value in enumerate(typed(question, told.get(question, []), list), 1):
            where = f"[[{question}]] {place}"
            key = _key(where, question, typed(where, value, dict))
            if key in given:
                raise ScenarioError(f"{where} symbol = {key[1]!r} comes a second time")
            given[key] = ANSWERS[question](where, _MARKETS[key[1].partition(".")[0]], value)
    return given


def _key(where: str, question: str, value: Mapping[str, Any]) -> tuple[int, str, int]:
    proto_id = PROTOCOLS[question]
    if "symbol" not in value:
        raise ScenarioError(f"{where} lacks symbol")
    asked = symbol(f"{where} symbol", value["symbol"])
    markets = [market.name for market in QUESTIONS[proto_id].markets]
    if asked.partition(".")[0] not in markets:
        raise ScenarioError(f"{where} symbol = {asked!r}: {question} is for {', '.join(markets)} only")
    days = typed(f"{where} days_before", value.get("days_before", 0), int)
    if not 0 <= days < 2**31:
        raise ScenarioError(f"{where} days_before must be from 0 on")
    return proto_id, asked, days
