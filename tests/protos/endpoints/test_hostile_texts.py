"""Whatever text a gateway writes into any field: an answer, or an error that is short, printable and whole."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from brokerport import BrokerportError, Source, Symbol
from brokerport_opend.connecting import handshake, notices
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.replies import payload
from brokerport_opend.messages import init_connect_pb2, notify_pb2
from brokerport_opend.wire.connection import Push
from brokerport_opend.wire.pushes import NOTIFY

SOURCE = Source("toy", datetime(2026, 3, 4, tzinfo=UTC))
SYMBOLS = [Symbol.parse("HK.00700"), Symbol.parse("US.TSLA")]
ATTACK = "\x1b]0;owned\x07\r\nERROR root: all is lost\u202e\x9b2J\u2028\0"

#: as long as may be, as long as a reply may be, and short; of each the first letters are the attack's
TEXTS = {
    "900,000 characters": ATTACK + "x" * 900_000,
    "20,000 characters": ATTACK + "2" * 20_000,
    "20,000 control characters": "\x1b" * 20_000,
    "short": ATTACK,
    "a day with more behind it": "2026-03-04" + ATTACK,
    "digits": "9" * 5_000,
}
BYTES = {"bytes that are no text": b"\xff\xfe\x1b[2J" * 4_000, "few bytes": b"\xff\x1b"}


def whole(endpoint: Endpoint[Any]) -> Any:
    """A reply of one row in each list, with every required field."""
    response: Any = endpoint.response(retType=0)
    response.s2c.SetInParent()
    for each in response.s2c.DESCRIPTOR.fields:
        if each.name in endpoint.lists:
            getattr(response.s2c, each.name).add()
        elif each.cpp_type == each.CPPTYPE_DOUBLE:
            setattr(response.s2c, each.name, 1.0)
    return response


def texts(message: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every field of a message that holds text, wherever it is: its path, its message and its descriptor."""
    for each in message.DESCRIPTOR.fields:
        where = f"{path}{each.name}"
        if each.type == each.TYPE_STRING:
            yield where, message, each
        elif each.message_type is not None:
            inner = getattr(message, each.name)
            for one in inner if hasattr(inner, "append") else [inner]:
                yield from texts(one, f"{where}.")


FIELDS = [(endpoint, path) for endpoint in ENDPOINTS for path, _, _ in texts(whole(endpoint))]


def with_text(endpoint: Endpoint[Any], path: str, text: str | bytes) -> bytes:
    """A reply with the text in one field; bytes that are no text are put in the place of one that is."""
    response = whole(endpoint)
    message, field = next((message, field) for where, message, field in texts(response) if where == path)
    if isinstance(text, str):
        setattr(message, field.name, text)
        return bytes(response.SerializeToString())
    setattr(message, field.name, "~" * len(text))
    return bytes(response.SerializeToString()).replace(b"~" * len(text), text)


def fit(text: str, longest: int = 700) -> None:
    assert text.isprintable()
    assert len(text) < longest


def test_there_are_as_many_texts_as_the_protocol_has() -> None:
    assert {f"{endpoint.question}: {path}" for endpoint, path in FIELDS} == {
        *(f"{endpoint.question}: retMsg" for endpoint in ENDPOINTS),
        "ark_dynamic: s2c.lastTransactionTime",
        "capital_distribution: s2c.updateTime",
        "broker_ranking: s2c.dataTimeStr",
        "broker_ranking: s2c.brokerList.brokerName",
        "short_volume: s2c.usItemList.timestampStr",
        "short_volume: s2c.hkItemList.timestampStr",
        "short_volume: s2c.nextKey",
        "short_volume: s2c.newTimeStr",
        "short_interest: s2c.usItemList.timestampStr",
        "short_interest: s2c.hkItemList.timestampStr",
        "short_interest: s2c.nextKey",
    }


@pytest.mark.parametrize("code", [0, -1, -100, -400])
@pytest.mark.parametrize("text", [*TEXTS.values(), *BYTES.values()], ids=[*TEXTS, *BYTES])
@pytest.mark.parametrize(("endpoint", "path"), FIELDS, ids=[f"{endpoint.question} {path}" for endpoint, path in FIELDS])
def test_no_text_of_a_reply_makes_a_long_or_hostile_error(
    endpoint: Endpoint[Any], path: str, text: str | bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    response: Any = endpoint.response
    body = response.FromString(with_text(endpoint, path, text))
    body.retType = code
    with caplog.at_level(logging.DEBUG):
        for symbol in SYMBOLS:
            try:
                endpoint.read(payload(endpoint, "asked", body.SerializeToString()), symbol, SOURCE)
            except BrokerportError as error:
                fit(str(error))
                fit(getattr(error, "text", ""), 302)
                for line in traceback.format_exception_only(error):
                    fit(line.rstrip("\n"), 800)
                if error.__cause__ is not None:
                    fit(str(error.__cause__))
    for record in caplog.records:
        fit(record.getMessage())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(("path", "code"), [("retMsg", 0), ("retMsg", -1), ("s2c.connAESKey", 0), ("s2c.aesCBCiv", 0)])
def test_so_it_is_with_the_handshake(path: str, code: int, text: str, encrypted: bool, caplog: pytest.LogCaptureFixture) -> None:
    told = {"serverVer": 1011, "loginUserID": 1, "connID": 1, "connAESKey": "k" * 16, "keepAliveInterval": 10}
    response = init_connect_pb2.Response(retType=code, s2c=told)
    message: Any = response.s2c if path.startswith("s2c.") else response
    setattr(message, path.rpartition(".")[2], text)
    with caplog.at_level(logging.DEBUG):
        try:
            handshake.welcome("127.0.0.1:11111", response.SerializeToString(), encrypted=encrypted)
        except BrokerportError as error:
            fit(str(error))
    for record in caplog.records:
        fit(record.getMessage())


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_so_it_is_with_notices(text: str) -> None:
    event = {"type": notify_pb2.NotifyType_GtwEvent, "event": {"eventType": notify_pb2.GtwEventType_KickedOut, "desc": text}}
    push = Push(NOTIFY, notify_pb2.Response(retType=0, retMsg=text, s2c=event).SerializeToString())
    fit(notices.farewell(notices.read(push)) or "")
