"""Replies made at random from the messages' own fields: every field there or not, extremes, every kind of text, every kind of refusal."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from random import Random
from typing import Any

from attrs import field, frozen
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from brokerport_opend.endpoints import ENDPOINTS
from peers.questions import METHODS
from peers.replies import HUGE, INEXACT, LEAST_32, LEAST_64, MARKETS, MOST_32, MOST_64, MOST_UNSIGNED, TINY

DAYS = ("2026-05-08", "08/05/2026", "2026-05-08 16:00:21")
TEXTS = ("", " ", "N/A", "-1", "0", "nan", "None", *DAYS, "中信證券", "é\u0000\n\x1b[31m", "🂡", "x" * 500)
INTEGERS = (0, 1, 2, 3, 4, 5, 1778169600, INEXACT)
DOUBLES = (0.0, -0.0, 1.0, 12.34, 1.5e-9, 0.1 + 0.2, HUGE, -HUGE, TINY, inf, -inf, nan)
REQUIRED = frozenset({"capitalInMid"})  # some of it, to be left out
CODES = (*(-1, -500, 7, LEAST_32) * 6, -400)  # the last one costs us four attempts

#: bytes behind a reply: in a ranking, s2c with a row whose buySellType is a number that the enum lacks; in any, what is no protobuf
UNKNOWN_SIDE, GARBAGE = "22 04 22 02 18 09", "ff"

Same = "the same"
Words = "the words within a sentence"
Printable = "the words made printable"
Honest = "an error where the SDK tells of success"
Explained = "words where the SDK has none"


@frozen
class Reply:
    """One call and its reply, and in what our answer differs from the SDK's."""

    method: str  #: the SDK's
    proto_id: int
    symbol: str
    response: dict[str, Any]
    kept: str = Same
    tail: str = field(kw_only=True, default="")

    @property
    def key(self) -> str:
        """Its place in official_gateway.py's table."""
        market, _, code = self.symbol.partition(".")
        return f"{self.proto_id} {MARKETS[market]} {code} "


def replies(seed: int, count: int) -> list[Reply]:
    """``count`` of them, the same for the same seed."""
    random = Random(seed)
    return [_reply(random, number) for number in range(count)]


def _reply(random: Random, number: int) -> Reply:
    endpoint = random.choice(ENDPOINTS)
    s2c = _message(random, endpoint.response.DESCRIPTOR.fields_by_name["s2c"].message_type)
    manner = random.choices(list(_MANNERS), list(_MANNERS.values()))[0]
    response, kept = manner(random, s2c)
    if manner is _incomplete and not REQUIRED & s2c.keys():
        kept = Same  # all that the other replies hold is optional
    tail = GARBAGE if manner is _undecodable else UNKNOWN_SIDE if endpoint.proto_id == 3247 and manner is _told and number % 5 == 0 else ""
    symbol = f"{random.choice(list(MARKETS))}.R{number}"
    return Reply(METHODS[endpoint.question], endpoint.proto_id, symbol, response, kept, tail=tail)


def _told(_: Random, s2c: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"retType": 0, "s2c": s2c}, Same


def _incomplete(_: Random, s2c: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"retType": 0, "s2c": {name: value for name, value in s2c.items() if name not in REQUIRED}}, Honest


def _without_data(_: Random, __: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"retType": 0}, Honest


def _undecodable(_: Random, s2c: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"retType": 0, "s2c": s2c}, Honest


def _without_type(_: Random, s2c: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"s2c": s2c}, Explained


def _refused(random: Random, s2c: dict[str, Any]) -> tuple[dict[str, Any], str]:
    text = random.choice([None, *TEXTS, "无权限获取该数据", "unknown stock"])
    told = {} if text is None else {"retMsg": text}
    kept = Same if text is None or (text.isprintable() and len(text) <= 300) else Printable
    return {"retType": random.choice(CODES), **told, **random.choice([{}, {"s2c": s2c}, {"errCode": 5}])}, kept


def _cut_off(random: Random, _: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {"retType": random.choice((-100, -200)), "retMsg": random.choice(["timed out", "网络中断"])}, Words


def _too_often(random: Random, _: dict[str, Any]) -> tuple[dict[str, Any], str]:
    texts = ("获取频率太高，每30秒最多30次。", "Request too frequent: at most 30 times in 15 s")
    return {"retType": -1, "retMsg": random.choice(texts)}, Words


#: how often, in a thousand, a reply is of which manner
_MANNERS: dict[Callable[[Random, dict[str, Any]], tuple[dict[str, Any], str]], int] = {
    _told: 791,
    _incomplete: 25,
    _without_data: 20,
    _undecodable: 20,
    _without_type: 20,
    _refused: 100,
    _cut_off: 4,  # each costs us four attempts
    _too_often: 20,
}


def _message(random: Random, kind: Any) -> dict[str, Any]:
    """A message's fields: of some messages all, of some none but those that are required."""
    presence = random.choice((1.0, 1.0, 0.0, 0.5, 0.5, 0.7, 0.9, 0.9))
    declared = DescriptorProto()
    kind.CopyToProto(declared)
    there = [each for each in declared.field if each.label == each.LABEL_REQUIRED or random.random() < presence]
    return {each.name: _value(random, each, kind.fields_by_name[each.name].message_type) for each in there}


def _value(random: Random, each: FieldDescriptorProto, kind: Any) -> Any:
    if each.label == each.LABEL_REPEATED:
        return [_message(random, kind) for _ in range(random.choice((0, 1, 2, 5)))]
    return _VALUES[each.type](random)


_VALUES: dict[int, Callable[[Random], Any]] = {
    FieldDescriptorProto.TYPE_BOOL: lambda random: random.random() < 0.7,
    FieldDescriptorProto.TYPE_ENUM: lambda random: random.choice((0, 1, 2)),
    FieldDescriptorProto.TYPE_STRING: lambda random: random.choice(TEXTS),
    FieldDescriptorProto.TYPE_DOUBLE: lambda random: random.choice((*DOUBLES, random.uniform(-1e9, 1e9))),
    FieldDescriptorProto.TYPE_INT32: lambda random: random.choice((0, 1, 2, 3, 4, 5, -1, LEAST_32, MOST_32)),
    FieldDescriptorProto.TYPE_INT64: lambda random: random.choice((*INTEGERS, -INEXACT, LEAST_64, MOST_64)),
    FieldDescriptorProto.TYPE_UINT64: lambda random: random.choice((*INTEGERS, MOST_64 + 1, MOST_UNSIGNED)),
}
