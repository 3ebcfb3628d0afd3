"""What to ask about where the user leaves the choice: something that the broker has data of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from brokerport.models import Market, Symbol
from brokerport.questions import About, Capability, Question

SYMBOLS = ("US.TSLA", "HK.00700")  # what is traded most has data wherever there is some
MARKETS = ("US", "HK")


def example(question: Question[..., Any], told: Iterable[Capability]) -> tuple[str, ...]:
    """A symbol or a market: the broker's own example, else the question's or a usual one that it covers; nothing where none is needed."""
    if question.about is About.NOTHING:
        return ()
    own = [each for each in told if each.question == question.name]
    if examples := [each.example for each in own if each.example]:
        return (examples[0],)
    usual = [*filter(None, (question.example,)), *(SYMBOLS if question.about is About.SYMBOL else MARKETS)]
    read = Symbol.parse if question.about is About.SYMBOL else Market.parse
    return (next((one for one in usual if any(each.answers(question.name, read(one)) for each in own)), usual[0]),)
