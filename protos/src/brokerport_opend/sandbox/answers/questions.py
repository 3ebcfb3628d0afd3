"""The five questions: a request's body in, the reply's body out.

Pure: a reply follows from the seed, the minute and the body.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from attrs import frozen

from brokerport_opend.messages import (
    ark_dynamic_pb2,
    broker_ranking_pb2,
    capital_distribution_pb2,
    common_pb2,
    short_interest_pb2,
    short_volume_pb2,
)
from brokerport_opend.sandbox.answers import ark_dynamic, broker_ranking, capital_distribution, short_interest, short_volume
from brokerport_opend.sandbox.answers.requests import parse, text
from brokerport_opend.sandbox.refusals import Refused
from brokerport_opend.sandbox.symbols import UNKNOWN, well_formed
from brokerport_opend.sandbox.world.markets import HK, MARKETS, US, Market
from brokerport_opend.sandbox.world.stock import Stock

_LONGEST_SHOWN = 32  # characters of a code that a refusal repeats
_LONGEST_KEPT = 512  # bytes of a request whose reply is remembered; a real one has fewer than a hundred


@frozen
class Question:
    """One question: its messages, who answers it, and of which markets."""

    messages: Any
    answer: Callable[[Any, Stock, datetime], Any]  #: c2s, stock and now into s2c
    markets: Collection[Market]


QUESTIONS = {
    3212: Question(capital_distribution_pb2, capital_distribution.answer, MARKETS.values()),
    3247: Question(broker_ranking_pb2, broker_ranking.answer, (HK,)),
    3248: Question(short_volume_pb2, short_volume.answer, (HK, US)),
    3249: Question(short_interest_pb2, short_interest.answer, (HK, US)),
    3424: Question(ark_dynamic_pb2, ark_dynamic.answer, MARKETS.values()),
}


def reply(seed: int, minute: int, proto_id: int, body: bytes) -> bytes:
    """The body that answers a body, in a minute since the epoch.

    Raises:
        Refused: There is no answer.
    """
    answer = _reply if len(body) <= _LONGEST_KEPT else _reply.__wrapped__  # whoever pads requests would be kept 1024 times
    return answer(seed, minute, proto_id, body)


@lru_cache(maxsize=1024)
def _reply(seed: int, minute: int, proto_id: int, body: bytes) -> bytes:
    question = QUESTIONS[proto_id]
    c2s = parse(question.messages.Request, body)
    stock = _stock(seed, c2s.security, question)
    s2c = question.answer(c2s, stock, datetime.fromtimestamp(minute * 60, UTC))
    response = question.messages.Response(retType=common_pb2.RetType_Succeed, retMsg="", errCode=0, s2c=s2c)
    return bytes(response.SerializeToString())


def _stock(seed: int, security: Any, question: Question) -> Stock:
    market, code = MARKETS.get(security.market), text(security.code)
    if market is None:
        raise Refused(f"unknown market {security.market}")
    if code.startswith(UNKNOWN) or not well_formed(market.name, code):
        raise Refused(f"unknown stock {market.name}.{ascii(code[:_LONGEST_SHOWN])[1:-1]}")
    if market not in question.markets:
        raise Refused(f"this protocol has no data of the market {market.name}")
    return Stock(seed, market, code)
