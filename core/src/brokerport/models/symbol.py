"""Which security is meant: a market and the code it has there."""

from __future__ import annotations

from functools import lru_cache

from attrs import field, frozen

from brokerport.errors import InvalidRequestError
from brokerport.models.market import EXAMPLES, Market, known, short

_LONGEST_CODE = 64  # longer than any listed code; keeps a stray document out of a frame and a log line


@frozen(order=True)
class Symbol:
    """A security: ``Symbol.parse("HK.00700")``, or ``Symbol("HK", "00700")``.

    The code is passed on untouched: no zero is added, no letter changes case.
    """

    market: Market = field(converter=known)
    code: str = field()

    @code.validator
    def _check_code(self, _: object, code: object) -> None:
        if not isinstance(code, str) or not _possible(code):
            raise InvalidRequestError(f"{short(code)} is no code of a security; {EXAMPLES}")

    @classmethod
    def parse(cls, text: str | Symbol) -> Symbol:
        """Read ``"HK.00700"``; a Symbol passes through.

        Raises:
            InvalidRequestError: It is no such text; the message shows one that is right.
        """
        if isinstance(text, Symbol):
            return text
        if not isinstance(text, str):
            raise InvalidRequestError(f"a symbol is text, not {short(text)} ({type(text).__name__}); {EXAMPLES}")
        return _parse(text)

    def __str__(self) -> str:
        return f"{self.market}.{self.code}"


@lru_cache(maxsize=4096)  # an application asks for the same symbols again and again
def _parse(text: str) -> Symbol:
    market, _, code = text.partition(".")
    if market in Market and _possible(code):
        return Symbol(market, code)
    if hint := did_you_mean(text):
        raise InvalidRequestError(f"{short(text)} is no symbol; {hint}{EXAMPLES}")
    if not market or not code:
        raise InvalidRequestError(f"{short(text)} is no symbol; {EXAMPLES}")
    return Symbol(market, code)  # raises, and says which of the two cannot be


def did_you_mean(text: str) -> str:
    """A hint at the symbols that a text may stand for, for the end of an error; empty where none is plain."""
    from brokerport.models.spellings import meant  # only errors need it

    found = " or ".join(map(repr, meant(text)))
    return f"did you mean {found}? " if found else ""


def _possible(code: str) -> bool:
    return 0 < len(code) <= _LONGEST_CODE and code.isprintable() and " " not in code
