"""What a reply without an answer means."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from brokerport import BadReplyError, BrokerportError, ConnectionLostError, NotEntitledError, QuotaError, RejectedError
from brokerport_opend.endpoints import ARK_DYNAMIC, CAPITAL_DISTRIBUTION, ENDPOINTS, SHORT_INTEREST
from brokerport_opend.endpoints.endpoint import Endpoint
from brokerport_opend.endpoints.replies import LONGEST_TEXT, clean, payload, version
from brokerport_opend.messages import ark_dynamic_pb2, capital_distribution_pb2, short_interest_pb2
from protos import golden

ASKED = "short_interest('HK.00700')"


def refusal(code: int, words: str | None = None) -> BrokerportError:
    return refused(short_interest_pb2.Response(retType=code, retMsg=words).SerializeToString())


def refused(body: bytes) -> BrokerportError:
    with pytest.raises(BrokerportError) as caught:
        payload(SHORT_INTEREST, ASKED, body)
    return caught.value


def test_success_is_the_payload() -> None:
    s2c = payload(SHORT_INTEREST, ASKED, golden.body("short_interest_reply_us.bin"))
    assert s2c.usItemList[0].sharesShort == 120_000_000


@pytest.mark.parametrize(
    ("words", "kind", "retry_after"),
    [
        ("快照频率太高，请求失败，每30秒最多60次。", QuotaError, 30.0),
        ("频率太高，请求失败，每7秒最多1次。", QuotaError, 7.0),
        ("频率太高", QuotaError, 30.0),
        ("High frequency, the request failed: at most 60 requests in 20 s", QuotaError, 20.0),
        ("Requests are too frequent: 10 every 60 seconds", QuotaError, 60.0),
        ("too frequent: 10 subscriptions per 45s", QuotaError, 45.0),
        ("Too many requests.", QuotaError, 30.0),
        ("RATE LIMIT reached, wait 3 sec", QuotaError, 3.0),
        ("没有权限", NotEntitledError, None),
        ("无权限获取该股票行情", NotEntitledError, None),
        ("no permission for this security", NotEntitledError, None),
        ("Permission denied", NotEntitledError, None),
        ("You are not entitled to these quotes", NotEntitledError, None),
        ("no quote right for HK", NotEntitledError, None),
        ("No right to this market", NotEntitledError, None),
        ("not authorised", NotEntitledError, None),
        ("Not Authorized", NotEntitledError, None),
        ("未知股票", RejectedError, None),
        ("unknown stock", RejectedError, None),
        ("历史K线额度不足", RejectedError, None),
        ("the frequency of this indicator is unknown", RejectedError, None),
        ("频率太高，每0秒最多1次。", QuotaError, 1.0),
        ("频率太高，每999999秒最多1次。", QuotaError, 3600.0),
        ("", RejectedError, None),
    ],
)
def test_the_words_of_a_refusal_decide_in_both_languages(words: str, kind: type[BrokerportError], retry_after: float | None) -> None:
    error = refusal(-1, words)
    assert type(error) is kind
    assert getattr(error, "retry_after", None) == retry_after
    assert error.retryable == (kind is QuotaError)
    assert str(error).startswith(f"{ASKED}: the gateway refused with code -1: {words or 'no reason given'}")


def test_how_it_ended_the_gateway_may_not_know_and_then_it_is_asked_again() -> None:
    unknown = refusal(-400, "try later")
    assert (type(unknown), unknown.retryable) == (RejectedError, True)
    assert isinstance(refusal(-1, "NN_ProtoRet_TimeOut"), ConnectionLostError)


@pytest.mark.parametrize(
    "words",
    [
        "NN_ProtoRet_TimeOut",
        "NN_ProtoRet_ByDisConnOrCacnel",  # so spelt by the gateway
        "NN_ProtoRet_ByDisConnOrCancel",
        "nn_protoret_bydisconnorcacnel",
        "网络中断",
        "请求失败：网络中断，请稍后重试",
        "網絡中斷",
        "網路中斷",
    ],
)
def test_a_gateway_that_says_it_was_cut_off_is_asked_again(words: str) -> None:
    error = refusal(-1, words)
    assert (type(error), error.retryable) == (ConnectionLostError, True)
    assert words in str(error)


@pytest.mark.parametrize(
    "words", ["未知的协议ID", "未知协议ID:3424", "未知的協議ID", "不支持的协议", "Unknown protocol ID", "unknown proto_id"]
)
@pytest.mark.parametrize(
    ("endpoint", "since"),
    [*zip(ENDPOINTS, ["10.8", "3.14", "10.6", "10.6", "10.6"], strict=True)],
    ids=[each.question for each in ENDPOINTS],
)
def test_a_gateway_that_does_not_know_the_question_is_too_old(endpoint: Endpoint[Any], since: str, words: str) -> None:
    with pytest.raises(RejectedError) as caught:
        payload(endpoint, ASKED, endpoint.response(retType=-1, retMsg=words).SerializeToString())
    assert type(caught.value) is RejectedError
    assert not caught.value.retryable
    assert (caught.value.code, caught.value.text) == (-1, words)
    advice = f"OpenD is too old for this question, which came with {since}: upgrade it to {since} or later"
    assert str(caught.value) == f"{ASKED}: the gateway refused with code -1: {words}; {advice}"


@pytest.mark.parametrize(
    ("number", "written"), [(1011, "10.11"), (1006, "10.6"), (1010, "10.10"), (1000, "10.0"), (906, "9.6"), (0, "0.0")]
)
def test_a_version_is_written_as_people_do(number: int, written: str) -> None:
    assert version(number) == written


def test_a_reply_longer_than_any_is_refused_unread() -> None:
    error = refused(b"\x00" * (SHORT_INTEREST.largest + 1))
    assert type(error) is BadReplyError
    assert str(error) == f"{ASKED}: a reply of 58,369 bytes came, and none is longer than 58,368"


def test_without_stated_seconds_the_window_of_the_endpoints_own_quota_counts() -> None:
    body = ark_dynamic_pb2.Response(retType=-1, retMsg="too frequent").SerializeToString()
    with pytest.raises(QuotaError) as caught:
        payload(ARK_DYNAMIC, ASKED, body)
    assert caught.value.retry_after == ARK_DYNAMIC.quota.seconds


@pytest.mark.parametrize("code", [-1, -400, -500, 1, 7, 2**31 - 1, -(2**31)])
def test_a_refusal_keeps_the_gateways_code_and_words(code: int) -> None:
    error = refusal(code, "unknown stock")
    assert isinstance(error, RejectedError)
    assert (error.code, error.text) == (code, "unknown stock")
    entitled = refusal(code, "no permission")
    assert isinstance(entitled, NotEntitledError)
    assert (entitled.code, entitled.text) == (code, "no permission")
    assert str(entitled).endswith("; check the quote rights of the account")


@pytest.mark.parametrize("code", [-100, -200])
@pytest.mark.parametrize("words", ["NN_ProtoRet_TimeOut", "频率太高", "no permission", ""])
def test_a_gateway_that_is_cut_off_itself_is_a_lost_connection_whatever_it_says(code: int, words: str) -> None:
    error = refusal(code, words)
    assert type(error) is ConnectionLostError
    assert error.retryable
    assert str(error).endswith("; the gateway itself has lost its servers, or waits for them")


def test_the_golden_refusal_is_a_missing_right() -> None:
    error = refused(golden.body("error_reply.bin"))
    assert isinstance(error, NotEntitledError)
    assert (error.code, error.text) == (-1, "no permission for this security")


def test_success_without_data_is_a_bad_reply() -> None:
    error = refusal(0, "")
    assert type(error) is BadReplyError
    assert str(error) == f"{ASKED}: the reply says success and holds no data"


def test_a_reply_without_a_return_code_is_a_bad_reply() -> None:
    error = refused(b"")
    assert type(error) is BadReplyError
    assert str(error) == f"{ASKED}: the reply lacks retType"


def test_a_reply_that_lacks_a_required_field_is_a_bad_reply_that_names_it() -> None:
    response = capital_distribution_pb2.Response(retType=0, s2c={"capitalInBig": 1.0, "capitalInMid": 2.0, "capitalOutBig": 3.0})
    with pytest.raises(BadReplyError, match=r"lacks s2c\.capitalInSmall, s2c\.capitalOutMid, s2c\.capitalOutSmall$"):
        payload(CAPITAL_DISTRIBUTION, ASKED, response.SerializePartialToString())


@pytest.mark.parametrize("ret_type", [-1, 7])
def test_a_refusal_with_half_a_payload_is_still_a_refusal(ret_type: int) -> None:
    response = capital_distribution_pb2.Response(retType=ret_type, retMsg="unknown stock", s2c={"capitalInBig": 1.0})
    with pytest.raises(RejectedError, match="unknown stock"):
        payload(CAPITAL_DISTRIBUTION, ASKED, response.SerializePartialToString())


@pytest.mark.parametrize("body", [b"\xff", b"\x08", b"\x22\x05\x00", b"{}", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_body_that_cannot_be_decoded_is_a_bad_reply(body: bytes) -> None:
    error = refused(body)
    assert type(error) is BadReplyError
    assert f"{len(body)} bytes came that are no brokerport_opend.short_interest.Response" in str(error)
    assert isinstance(error.__cause__, DecodeError)


def test_fields_that_are_new_are_ignored() -> None:
    body = golden.body("short_interest_reply_us.bin") + bytes.fromhex("f8ff07 2a")
    assert payload(SHORT_INTEREST, ASKED, body).usItemList[0].sharesShort == 120_000_000


@given(st.binary(max_size=200), st.sampled_from(ENDPOINTS))
def test_any_body_is_a_payload_or_one_of_our_errors(body: bytes, endpoint: Any) -> None:
    with suppress(BrokerportError):
        payload(endpoint, ASKED, body)


@given(st.integers(-(2**31), 2**31 - 1).filter(bool), st.binary(max_size=60))
def test_any_code_with_any_bytes_for_words_is_one_of_our_errors(code: int, words: bytes) -> None:
    head = short_interest_pb2.Response(retType=code).SerializeToString()
    error = refused(head + b"\x12" + bytes([len(words)]) + words)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("unknown stock", "unknown stock"),
        ("未知股票", "未知股票"),
        ("line\nbreak\r\n", "line break  "),
        ("\x1b[31mred\x1b[0m", " [31mred [0m"),
        ("tab\tnul\0bell\a", "tab nul bell "),
        ("\u202eright to left", " right to left"),
        ("line\u2028separator", "line separator"),
        ("", ""),
        (b"bad \xff\xfe bytes", "bad \\xff\\xfe bytes"),
        (b"\xff\x1b[2J", "\\xff [2J"),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * LONGEST_TEXT + "…"),
        ("\n" * 10_000, " " * LONGEST_TEXT + "…"),
    ],
)
def test_words_are_made_fit_for_a_log_and_a_terminal(words: str | bytes, cleaned: str) -> None:
    assert clean(words) == cleaned


@given(st.text() | st.binary())
def test_cleaned_words_are_one_printable_line_of_bounded_length(words: str | bytes) -> None:
    assert clean(words).isprintable()
    assert len(clean(words)) <= LONGEST_TEXT + 1


def test_hostile_words_reach_no_error_text() -> None:
    error = refusal(-1, "\x1b]0;owned\x07\nERROR root: all is lost" + "!" * 5000)
    assert isinstance(error, RejectedError)
    assert error.text.startswith(" ]0;owned  ERROR root: all is lost!!!")
    assert str(error).isprintable()
    assert len(str(error)) < 400


def test_hostile_words_hide_no_refusal() -> None:
    assert isinstance(refused(bytes.fromhex("08ffffffffffffffffff01 120e") + b"\xffno\x00permission"[:14]), NotEntitledError)


def test_seconds_that_nobody_can_wait_are_still_a_quota_error() -> None:
    error = refusal(-1, "too frequent, wait " + "9" * 290 + " s")
    assert isinstance(error, QuotaError)
