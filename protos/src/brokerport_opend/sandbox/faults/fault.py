"""One fault, as data: what goes wrong, and with which requests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from attrs import Attribute, field, frozen

from brokerport.reading import shown
from brokerport_opend.sandbox import symbols
from brokerport_opend.sandbox.protocols import INIT_CONNECT, PROTOCOLS, QUESTIONS, SHORT_INTEREST, SHORT_VOLUME

LONGEST = 3600.0  # seconds that a reply may be late


@frozen
class Kind:
    """What can go wrong."""

    strikes: frozenset[int] = QUESTIONS  #: protocols, where none is named
    only: bool = False  #: and no other can be named
    takes: str | None = None  #: the field that says more of it: ``seconds`` or ``text``


_LOGIN = frozenset({INIT_CONNECT})

KINDS = {
    "delay": Kind(takes="seconds"),  # the reply comes late; later ones may overtake it
    "silence": Kind(),  # no reply comes
    "drop": Kind(),  # the connection is closed in place of the reply
    "half_frame": Kind(),  # it is closed in the middle of it
    "wrong_serial": Kind(),  # the reply has a serial that was not asked with
    "bad_sha1": Kind(),  # its SHA-1 is not that of its body
    "garbage": Kind(),  # bytes that are no frame come in its place
    "refuse": Kind(takes="text"),  # it says no
    "refuse_handshake": Kind(_LOGIN, only=True, takes="text"),  # so does that to InitConnect
    "slow_login": Kind(_LOGIN, only=True, takes="seconds"),  # that comes late
    "kick_out": Kind(takes="text"),  # a push says that the account logged in elsewhere, and the connection is closed
    "endless_cursor": Kind(frozenset({SHORT_VOLUME, SHORT_INTEREST}), only=True),  # after the last page the first comes again
}


def _check(kind: type | tuple[type, ...], right: Callable[[Any], bool], must: str) -> Callable[[object, Attribute[Any], object], None]:
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        # True and False are ints to Python, and no number to anybody else.
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind) or not right(value)):
            raise ValueError(f"{attribute.name} = {shown.value(value)} must be {must}")

    return check


_count = _check(int, lambda n: 1 <= n < 2**63, "a whole number from 1 on")
_chance = _check((int, float), lambda chance: 0 <= chance <= 1, "a number from 0 to 1")
_seconds = _check((int, float), lambda seconds: 0 <= seconds <= LONGEST, f"a number from 0 to {LONGEST:g}")
_words = _check(str, lambda text: len(text) <= 200, "a text of 200 characters at most")


@frozen
class Fault:
    """``Fault("drop", on="short_volume", symbol="US.TSLA", first=2)``: what goes wrong, and with which requests.

    All conditions have to hold. Requests are those that the protocol and the symbol let through, of all clients, counted from when the
    fault is switched on. What cannot be raises ValueError.
    """

    kind: str = field()  #: one of KINDS
    on: str | int | None = field(default=None, kw_only=True)  #: name or number of the protocol; None: all that the kind strikes
    symbol: str | None = field(default=None, kw_only=True)  #: of one symbol only, such as "HK.00700"
    first: int | None = field(default=None, kw_only=True, validator=_count)  #: the first so many requests
    every: int | None = field(default=None, kw_only=True, validator=_count)  #: each n-th request
    probability: float | None = field(default=None, kw_only=True, validator=_chance)  #: drawn with the sandbox's seed
    seconds: float | None = field(default=None, kw_only=True, validator=_seconds)  #: how late: delay and slow_login, which need it
    text: str | None = field(default=None, kw_only=True, validator=_words)  #: what is said: refuse, refuse_handshake and kick_out

    @kind.validator
    def _check_kind(self, _: object, value: object) -> None:
        _one_of("kind", value, KINDS)

    def __attrs_post_init__(self) -> None:
        kind = KINDS[self.kind]
        for name in ("seconds", "text"):
            if getattr(self, name) is not None and name != kind.takes:
                raise ValueError(f"{name} is not for a fault of kind {self.kind!r}")
        if kind.takes == "seconds" and self.seconds is None:
            raise ValueError(f"seconds is missing: a fault of kind {self.kind!r} has to say how late")
        if not self.protocols <= kind.strikes and kind.only:
            raise ValueError(f"on = {shown.value(self.on)}: a fault of kind {self.kind!r} is for {_names(kind.strikes)} only")
        self._check_symbol()

    @property
    def protocols(self) -> frozenset[int]:
        """The numbers of the protocols that it strikes."""
        if self.on is None:
            return KINDS[self.kind].strikes
        if isinstance(self.on, int) and not isinstance(self.on, bool) and 0 <= self.on < 2**32:
            return frozenset({self.on})
        return frozenset({PROTOCOLS[_one_of("on", self.on, PROTOCOLS)]})

    def concerns(self, proto_id: int, symbol: str | None) -> bool:
        """Whether the protocol and the symbol let a request through to the other conditions."""
        return proto_id in self.protocols and self.symbol in (None, symbol)

    def _check_symbol(self) -> None:
        if self.symbol is not None:
            symbols.checked(self.symbol)
            if not self.protocols & QUESTIONS:
                raise ValueError(f"symbol = {shown.value(self.symbol)}: {_names(self.protocols)} asks about no symbol")


def _one_of(name: str, value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} = {shown.value(value)} must be one of {', '.join(known)}")
    return value


def _names(numbers: Collection[int]) -> str:
    return ", ".join(name for name, number in PROTOCOLS.items() if number in numbers) or ", ".join(map(str, numbers))
