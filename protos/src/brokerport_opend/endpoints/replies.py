"""What a reply without an answer means: return code and text to our errors.

OpenD gives nearly every refusal the code -1 and tells them apart by text only, in the account's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import frozen
from google.protobuf.message import DecodeError, Message

from brokerport import BadReplyError, BrokerportError, ConnectionLostError, NotEntitledError, QuotaError, RejectedError, logs
from brokerport.calls.call import reporter
from brokerport_opend.endpoints.endpoint import LARGEST, Endpoint
from brokerport_opend.endpoints.fields import text

SUCCESS = 0
TIMEOUT = -100
DISCONNECTED = -200
UNKNOWN = -400

LONGEST_TEXT = logs.LONGEST_TEXT
HOLDS = (1.0, 3600.0)  # seconds; whatever a text says, a hold is neither nothing nor for ever


@frozen
class _Refusal:
    """A refusal: what was asked, and the gateway's answer to it."""

    asked: str
    code: int
    text: str
    endpoint: Endpoint[Any]

    def __str__(self) -> str:
        return f"{self.asked}: the gateway refused with code {self.code}: {self.text or 'no reason given'}"


def _quota(refusal: _Refusal) -> BrokerportError:
    stated = re.search(r"每(\d+)秒|(\d+)\s*s(?:ec(?:ond)?s?)?\b", refusal.text)
    shortest, longest = HOLDS
    seconds = min(max(float(stated[1] or stated[2]), shortest), longest) if stated else refusal.endpoint.quota.seconds
    return QuotaError(f"{refusal}; wait {seconds:g} s", retry_after=seconds)


def _not_entitled(refusal: _Refusal) -> BrokerportError:
    return NotEntitledError(f"{refusal}; check the quote rights of the account", code=refusal.code, text=refusal.text)


def _rejected(refusal: _Refusal) -> BrokerportError:
    error = RejectedError(str(refusal), code=refusal.code, text=refusal.text)
    error.retryable = refusal.code == UNKNOWN  # the gateway does not know itself how it ended; a question may be asked again
    return error


def _too_old(refusal: _Refusal) -> BrokerportError:
    since = version(refusal.endpoint.since)
    text = f"{refusal}; OpenD is too old for this question, which came with {since}: upgrade it to {since} or later"
    return RejectedError(text, code=refusal.code, text=refusal.text)


def _gateway_cut_off(refusal: _Refusal) -> BrokerportError:
    return ConnectionLostError(f"{refusal}; the gateway itself has lost its servers, or waits for them")


_BY_CODE: dict[int, Callable[[_Refusal], BrokerportError]] = {TIMEOUT: _gateway_cut_off, DISCONNECTED: _gateway_cut_off}

#: in the languages of the gateway, as it spells them; the first that matches decides
_BY_TEXT: tuple[tuple[re.Pattern[str], Callable[[_Refusal], BrokerportError]], ...] = (
    (re.compile(r"NN_ProtoRet_(?:TimeOut|ByDisConnOrCa(?:cne|nce)l)|网络中断|網[絡路]中斷", re.IGNORECASE), _gateway_cut_off),
    (re.compile(r"(?:未知|不支持)的?(?:协议|協議)|(?:unknown|unsupported) (?:protocol|proto.?id)", re.IGNORECASE), _too_old),
    (
        re.compile(r"频率太高|too frequent|high frequency|frequency.{0,9}(?:high|limit|exceed)|too many req|rate limit", re.IGNORECASE),
        _quota,
    ),
    (re.compile(r"权限|permission|entitle|no (?:quote )?right|not authori[sz]ed", re.IGNORECASE), _not_entitled),
)


def payload(endpoint: Endpoint[Any], asked: str, body: bytes) -> Any:
    """The S2C part of a reply.

    Raises:
        QuotaError, NotEntitledError, RejectedError: The gateway said no.
        ConnectionLostError: The gateway could not reach the broker.
        BadReplyError: The reply is no message of this protocol, or lacks what it must have.
    """
    response: Any = parse(endpoint.response, asked, body, largest=endpoint.largest)
    if response.retType != SUCCESS:
        refusal = _Refusal(asked, response.retType, clean(response.retMsg), endpoint)
        reporter().refused(refusal.code, refusal.text)
        raise _error(refusal)
    if not response.HasField("s2c"):
        raise BadReplyError(f"{asked}: the reply says success and holds no data")
    s2c, rows = response.s2c, 0
    for each in endpoint.lists:  # before a row is made of any: what the message holds costs little, a row of ours much more
        rows += len(getattr(s2c, each))
    if rows > endpoint.most_rows:
        raise BadReplyError(f"{asked}: a reply with {rows:,} rows came, and none has more than {endpoint.most_rows:,}")
    return s2c


def parse(kind: type[Message], asked: str, body: bytes, *, largest: int = LARGEST) -> Any:
    """A whole response of ``kind``, of ``largest`` bytes at most, or BadReplyError."""
    if len(body) > largest:  # unread: the event loop would stand still for everybody while it is parsed
        raise BadReplyError(f"{asked}: a reply of {len(body):,} bytes came, and none is longer than {largest:,}")
    try:
        message: Any = kind.FromString(body)
    except DecodeError as error:
        raise BadReplyError(f"{asked}: {len(body):,} bytes came that are no {kind.DESCRIPTOR.full_name}: {error}") from error
    if message.HasField("retType") and message.retType != SUCCESS:
        message.ClearField("s2c")  # half an answer beside a refusal must not hide it
    if not message.IsInitialized():  # parsing alone does not see to required fields
        raise BadReplyError(f"{asked}: the reply lacks {', '.join(message.FindInitializationErrors())}")
    return message


def version(number: int) -> str:
    """A gateway's version as people write it: 1011 is 10.11."""
    return f"{number // 100}.{number % 100}"


def clean(words: str | bytes) -> str:
    """The gateway's words, fit for a log and a terminal."""
    return logs.clean(text(words))


def _error(refusal: _Refusal) -> BrokerportError:
    if refusal.code in _BY_CODE:
        return _BY_CODE[refusal.code](refusal)
    return next((make for pattern, make in _BY_TEXT if pattern.search(refusal.text)), _rejected)(refusal)
