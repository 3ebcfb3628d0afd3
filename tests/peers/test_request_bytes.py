"""What our clients send, read by the official classes and laid beside what the official SDKs send for the same question."""

from __future__ import annotations

import struct
from hashlib import sha1
from typing import Any

import pytest
from attrs import frozen

from brokerport import registry
from peers.gateways import AskOfficial, OfficialGateway
from peers.questions import Question
from peers.replies import PROTOCOLS

pytestmark = pytest.mark.timeout(60)  # for the first of each brand: two processes start, and import an SDK

OURS, THEIRS = "brokerport", "PyNormal"  # the names that clients give themselves
SDK_HEADER = bytes.fromhex("a206 0208 00")  # field 100 of c2s, in which field 1 is zero: of no particular firm


@frozen
class Request:
    """A question, and what has to be sent for it."""

    question: Question
    c2s: dict[str, Any]  #: as the official classes read it
    body: str  #: the same, byte by byte

    def __str__(self) -> str:
        return str(self.question)


def _security(market: int, code: str) -> dict[str, Any]:
    return {"security": {"market": market, "code": code}}


REQUESTS = [
    Request(Question("ark_dynamic", "US.TSLA"), _security(11, "TSLA"), "0a0a 0a08 080b 1204 54534c41"),
    Request(Question("ark_dynamic", "US.BRK.B"), _security(11, "BRK.B"), "0a0b 0a09 080b 1205 42524b2e42"),
    Request(Question("ark_dynamic", "US..DJI"), _security(11, ".DJI"), "0a0a 0a08 080b 1204 2e444a49"),
    Request(Question("ark_dynamic", "HK.700"), _security(1, "700"), "0a09 0a07 0801 1203 373030"),
    Request(Question("capital_distribution", "HK.00700"), _security(1, "00700"), "0a0b 0a09 0801 1205 3030373030"),
    Request(Question("capital_distribution", "SH.600519"), _security(21, "600519"), "0a0c 0a0a 0815 1206 363030353139"),
    Request(Question("broker_ranking", "HK.00700"), _security(1, "00700"), "0a0b 0a09 0801 1205 3030373030"),
    Request(
        Question("broker_ranking", "HK.00700", days_before=3),
        _security(1, "00700") | {"daysBefore": 3},
        "0a0d 0a09 0801 1205 3030373030 1003",
    ),
    Request(
        Question("broker_ranking", "HK.00700", days_before=300),
        _security(1, "00700") | {"daysBefore": 300},
        "0a0e 0a09 0801 1205 3030373030 10ac02",
    ),
    Request(Question("short_volume", "HK.00700", limit=3), _security(1, "00700") | {"num": 3}, "0a0d 0a09 0801 1205 3030373030 1803"),
    Request(
        Question("short_volume", "US.TSLA", limit=50, after="1778169600"),
        _security(11, "TSLA") | {"nextKey": "1778169600", "num": 50},
        "0a18 0a08 080b 1204 54534c41 120a 31373738313639363030 1832",
    ),
    Request(
        Question("short_interest", "US.TSLA", limit=2, after="1"),
        _security(11, "TSLA") | {"nextKey": "1", "num": 2},
        "0a0f 0a08 080b 1204 54534c41 1201 31 1802",
    ),
    Request(Question("short_interest", "HK.00700", limit=1), _security(1, "00700") | {"num": 1}, "0a0d 0a09 0801 1205 3030373030 1801"),
]
#: asked alike, sent unlike: the SDK sends a zero that it is told, and leaves the page's length to the gateway
PRESENT_DAY = Question("broker_ranking", "HK.00700", days_before=0)
DEFAULT_PAGE = Question("short_interest", "HK.00700")

QUESTIONS = [*(request.question for request in REQUESTS), PRESENT_DAY, DEFAULT_PAGE]

Sent = dict[str, dict[Question, dict[str, Any]]]  # what came for each question, by the client's name


@pytest.fixture(scope="module")
def sent(brand: str, gateway: OfficialGateway, ask_official: AskOfficial) -> Sent:
    begin = len(gateway.seen())
    with registry.get(brand, port=gateway.port, quotas=False) as client:
        for question in QUESTIONS:
            with pytest.raises(Exception, match="nothing to say"):
                getattr(client, question.method)(question.symbol, **question.arguments)
    ask_official(gateway.port, QUESTIONS)
    seen = gateway.seen()[begin:]
    assert not [each for each in seen if "broken" in each]
    return {
        name: dict(
            zip(QUESTIONS, (each for each in seen if each["client"] == name and each["proto_id"] in PROTOCOLS.values()), strict=True)
        )
        for name in (OURS, THEIRS)
    }


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_the_official_classes_read_what_was_asked_and_nothing_else(request_: Request, sent: Sent) -> None:
    came = sent[OURS][request_.question]
    assert came["proto_id"] == PROTOCOLS[request_.question.method]
    assert came["c2s"] == request_.c2s
    assert came["whole"]  # no field is missing, none is unknown, and written again it has the same bytes


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_request_is_these_bytes(request_: Request, sent: Sent) -> None:
    assert bytes.fromhex(sent[OURS][request_.question]["body"]).hex(" ") == bytes.fromhex(request_.body).hex(" ")


@pytest.mark.parametrize("request_", [each for each in REQUESTS if each.question.method != "capital_distribution"], ids=str)
def test_the_sdk_sends_the_same_bytes_for_the_same_question(request_: Request, sent: Sent) -> None:
    assert sent[OURS][request_.question]["body"] == sent[THEIRS][request_.question]["body"]


@pytest.mark.parametrize("request_", [each for each in REQUESTS if each.question.method == "capital_distribution"], ids=str)
def test_for_capital_the_sdk_adds_a_header_that_names_no_firm_and_we_leave_it_out(request_: Request, sent: Sent) -> None:
    """The field is optional, says nothing with a zero in it, and is unknown to gateways before 10.11; no argument of ours could fill it."""
    ours, theirs = (bytes.fromhex(sent[name][request_.question]["body"]) for name in (OURS, THEIRS))
    c2s = ours[2:] + SDK_HEADER
    assert theirs == bytes([0x0A, len(c2s)]) + c2s
    assert sent[THEIRS][request_.question]["c2s"] == request_.c2s | {"header": {"securityFirm": 0}}


def test_the_present_day_is_asked_for_by_saying_nothing_where_the_sdk_says_zero(sent: Sent) -> None:
    assert sent[OURS][PRESENT_DAY]["c2s"] == _security(1, "00700")
    assert sent[THEIRS][PRESENT_DAY]["c2s"] == _security(1, "00700") | {"daysBefore": 0}


def test_the_default_page_is_asked_for_by_its_length_which_the_sdk_leaves_to_the_gateway(sent: Sent) -> None:
    assert sent[OURS][DEFAULT_PAGE]["c2s"] == _security(1, "00700") | {"num": 10}
    assert sent[THEIRS][DEFAULT_PAGE]["c2s"] == _security(1, "00700")


@pytest.mark.parametrize("name", [OURS, THEIRS])
def test_the_frame_around_a_request_is_the_documented_one(name: str, sent: Sent) -> None:
    for question, came in sent[name].items():
        header, body = bytes.fromhex(came["header"]), bytes.fromhex(came["body"])
        serial = header[8:12]  # anybody's choice
        front = b"FT" + struct.pack("<I", PROTOCOLS[question.method]) + bytes([0, 0])
        assert header == front + serial + struct.pack("<I", len(body)) + sha1(body).digest() + bytes(8)


@pytest.mark.parametrize("name", [OURS, THEIRS])
def test_no_serial_is_used_twice_on_a_connection(name: str, sent: Sent) -> None:
    serials = [came["header"][16:24] for came in sent[name].values()]
    assert len(set(serials)) == len(serials)


@pytest.mark.usefixtures("sent")
def test_the_official_classes_read_our_greeting(gateway: OfficialGateway) -> None:
    greeting = next(each for each in gateway.seen() if each["proto_id"] == 1001 and each["client"] == OURS)
    assert greeting["whole"]
    assert greeting["c2s"] == {
        "clientVer": 100,
        "clientID": OURS,
        "recvNotify": True,
        "packetEncAlgo": -1,  # none
        "pushProtoFmt": 0,  # protobuf
        "programmingLanguage": "Python",
    }
