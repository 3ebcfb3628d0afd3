"""The drop-in beside the SDK that it stands in for: the same calls, answered by the same gateway with replies made at random."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from attrs import frozen
from pandas.testing import assert_frame_equal

from brokerport.logs import clean
from peers.gateways import OfficialGateway, environment, official_gateway
from peers.questions import METHODS
from peers.random_replies import Explained, Honest, Printable, Reply, Same, Words, replies
from peers.replies import CASES, REPLIES

pytestmark = pytest.mark.timeout(120)  # for the first of each brand: two processes import an SDK and ask everything

COUNT = 1500
SEEDS = {"futu": 20260508, "moomoo": 20261121}
NO_ANSWER = ("holds no data", "lacks s2c.", "bytes came that are no")
KINDS = (Same, Words, Printable, Honest, Explained)
NO_FIRM = {"securityFirm": 0}
DROP_IN = {"quotas": False}  # the SDK keeps to none
PATIENCE = 50  # seconds, on a machine with much else to do

Call = tuple[str, list[Any], dict[str, Any]]

#: calls beside the random ones, with every argument that the SDK takes, right and wrong
CALLS: list[Call] = [
    ("get_ark_stock_dynamic", [], {"security": "US.FULL"}),
    ("get_ark_stock_dynamic", ["US.FULL"], {}),
    ("get_capital_distribution", ["HK.FULL"], {}),
    ("get_capital_distribution", [], {"stock_code": "HK.FULL"}),
    ("get_top_ten_buy_sell_brokers", ["HK.FULL"], {}),
    ("get_top_ten_buy_sell_brokers", ["HK.PAST", 0], {}),
    ("get_top_ten_buy_sell_brokers", [], {"code": "HK.PAST", "days_before": 3}),
    ("get_top_ten_buy_sell_brokers", ["US.FULL"], {}),
    *(
        (method, positional, named)
        for method in ("get_daily_short_volume", "get_short_interest")
        for positional, named in (
            (["HK.FULL"], {}),
            (["US.ENDSWITHMINUSONE", "k 1"], {}),
            (["US.ENDSWITHMINUSONE", "k/2", 50], {}),
            ([], {"code": "US.FULL", "next_key": "", "num": 0}),
            (["US.FULL"], {"num": -3}),
            (["US.FULL", None, 1000], {}),
            (["SH.600519"], {}),
        )
    ),
]
#: refused by either before anything is sent, each in words of its own
WRONG: list[Call] = [
    ("get_ark_stock_dynamic", ["us.tsla"], {}),
    ("get_capital_distribution", [None], {}),
    ("get_capital_distribution", ["00700"], {}),
    ("get_top_ten_buy_sell_brokers", ["HK.FULL", "three"], {}),
    ("get_daily_short_volume", ["US.FULL"], {"num": "5"}),
    ("get_daily_short_volume", ["US.FULL"], {"next_key": 5}),
    ("get_short_interest", ["US.FULL"], {"num": 2**40}),
    ("get_short_interest", [["US.FULL"]], {}),
]
#: refused by ours before anything is sent; the SDK asks the gateway, which has data of none
ELSEWHERE: list[Call] = [("get_ark_stock_dynamic", [code], {}) for code in ("CC.BTC", "N/A.X", "HK_FUTURE.999010", "US.A B")]
WRITTEN: list[Call] = [(METHODS[case.method], [case.symbol], {}) for case in CASES]
OF_A_FIRM: list[Call] = [("get_capital_distribution", ["HK.FULL"], {}), ("get_ark_stock_dynamic", ["US.FULL"], {})]

MARKET_FIELDS = ("HK", "US", "SH", "SZ", "HKFuture", "USFuture", "SGFuture", "JPFuture", "SG", "MY", "JP")


def _state(numbers: range, **more: Any) -> dict[str, Any]:
    markets = {f"market{name}": number for name, number in zip(MARKET_FIELDS, numbers, strict=False)}
    told = {"qotLogined": True, "trdLogined": False, "serverVer": 1011, "serverBuildNo": 7, "time": 1778227221, "localTime": 1778227221.5}
    return {"retType": 0, "s2c": {**markets, **told, **more}}


STATES = [
    *(_state(range(first, first + 11)) for first in (0, 11, 22, 33)),  # all that there are, and some more
    *(_state(range(11), programStatus={"type": number, "strExtDesc": "说明"}) for number in range(13)),
    _state(range(5), programStatus={"type": 10}),  # the others are not required
    {"retType": -1, "retMsg": "not logged in"},
]


@frozen
class Told:
    """What either was told, and what each sent."""

    replies: list[Reply]
    official: dict[str, Any]
    ours: dict[str, Any]
    sent: dict[str, list[Any]]


@pytest.fixture(scope="module")
def told(brand: str, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp(f"{brand}-drop-in")
    made = replies(SEEDS[brand], COUNT)
    states = {f"1002 {number}": {"response": reply} for number, reply in enumerate(STATES, 1)}
    table = REPLIES | states | {each.key: {"response": each.response, "tail": each.tail} for each in made}
    with official_gateway(brand, folder, table) as gateway:
        official = _begin(brand, folder, gateway, made, {})
        ours = _begin(f"brokerport_{brand}.compat", folder, gateway, made, DROP_IN)
        answers = [_end(*each) for each in (official, ours)]  # both ask at the same time
        return Told(made, answers[0], answers[1], _sent(gateway))


def _begin(
    package: str, folder: Path, gateway: OfficialGateway, made: list[Reply], more: dict[str, Any]
) -> tuple[subprocess.Popen[str], Path, str]:
    calls = [*CALLS, *WRITTEN, *((each.method, [each.symbol], {}) for each in made)]
    contexts = [
        {"arguments": more, "calls": calls},
        {"arguments": more, "calls": WRONG + ELSEWHERE},
        {"arguments": {"security_firm": "FUTUSG", **more}, "calls": OF_A_FIRM},
        {"arguments": more, "calls": [("get_global_state", [], {})] * len(STATES)},
    ]
    told, answers = folder / f"{package}.json", folder / f"{package}.pickle"
    told.write_text(json.dumps(contexts), "utf-8")
    surroundings = environment(folder)
    command = [sys.executable, str(Path(__file__).with_name("drop_in_client.py")), package, str(gateway.port), str(told), str(answers)]
    process = subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return process, answers, surroundings["HOME"]


def _end(process: subprocess.Popen[str], answers: Path, home: str) -> dict[str, Any]:
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, output
    told: dict[str, Any] = pickle.loads(answers.read_bytes())
    return told | {"output": output, "files": [str(each) for each in Path(home).rglob("*")]}


def _sent(gateway: OfficialGateway) -> dict[str, list[Any]]:
    """What either asked, as the official classes read it, once each: an attempt that is made again asks the same."""
    seen = [each for each in gateway.seen() if each["proto_id"] not in (1001, 1004)]
    assert all(each["whole"] for each in seen)
    asked: dict[str, dict[str, Any]] = {"PyNormal": {}, "brokerport": {}}
    for each in seen:
        asked[each["client"]][f"{each['proto_id']} {each['body']}"] = each["c2s"]
    return {client: list(questions.values()) for client, questions in asked.items()}


def differences(theirs: Any, ours: Any) -> str:
    """Where two tuples are not the same in every type, value and spelling; empty when they are."""
    if repr([type(each) for each in theirs]) != repr([type(each) for each in ours]):
        return f"{theirs} and {ours}"
    try:
        for one, other in zip(theirs, ours, strict=True):
            _check_equal(one, other)
    except AssertionError as error:
        return str(error)
    return ""


def _check_equal(one: Any, other: Any) -> None:
    if isinstance(one, pd.DataFrame):
        assert_frame_equal(one, other, check_dtype=True, check_index_type=True, check_column_type=True, check_exact=True)
        # What is equal there and is not the same: 0.0 and -0.0, None and NaN, and the attrs.
        one, other = ([part.to_dict("tight"), part.attrs] for part in (one, other))
    assert repr(one) == repr(other)


def _beside(told: Told, context: int) -> list[tuple[Any, Any]]:
    return list(zip(told.official["answers"][context], told.ours["answers"][context], strict=True))


def _as_kept(kept: str, theirs: Any, ours: Any) -> bool:
    """Whether ours differs in the way that it is meant to, and in no other."""
    rule: Callable[[Any, Any], bool] = _KEPT[kept]
    rest = (None,) * (len(theirs) - 2)
    return theirs != ours and ours[0] == -1 and ours[2:] == rest and isinstance(ours[1], str) and rule(theirs, ours)


_KEPT: dict[str, Callable[[Any, Any], bool]] = {
    Words: lambda theirs, ours: theirs[0] == -1 and theirs[1] in ours[1],
    Printable: lambda theirs, ours: theirs[0] == -1 and clean(theirs[1]) == ours[1],
    Honest: lambda theirs, ours: theirs[0] == 0 and any(words in ours[1] for words in NO_ANSWER),
    Explained: lambda theirs, ours: theirs[:2] == (-1, "") and "lacks retType" in ours[1],
}


def test_all_that_the_sdk_says_is_said_alike(told: Told, record_property: Callable[[str, object], None]) -> None:
    asked = [(call, Same) for call in (*CALLS, *WRITTEN)] + [(reply, reply.kept) for reply in told.replies]
    for (what, kept), (theirs, ours) in zip(asked, _beside(told, 0), strict=True):
        if kept == Same:
            assert differences(theirs, ours) == "", what
        else:
            assert _as_kept(kept, theirs, ours), (what, theirs, ours)
    record_property("replies, by how the drop-in answers", dict(Counter(kept for _, kept in asked)))


def test_every_kind_of_difference_and_of_answer_occurs(told: Told) -> None:
    assert {(each.method, each.kept) for each in told.replies} == {(method, kind) for method in METHODS.values() for kind in KINDS}
    assert len({each.symbol for each in told.replies}) == COUNT


def test_what_cannot_be_sent_is_an_error_in_words_of_each(told: Told) -> None:
    for theirs, ours in _beside(told, 1):
        assert (theirs[0], ours[0]) == (-1, -1)
        assert ours[2:] == theirs[2:]
        assert isinstance(ours[1], str)
        assert ours[1]


def test_a_firm_is_told_to_the_gateway_as_the_sdk_does(told: Told) -> None:
    for theirs, ours in _beside(told, 2):
        assert differences(theirs, ours) == ""
    firms = [[each for each in sent if each.get("header", NO_FIRM) != NO_FIRM] for sent in told.sent.values()]
    assert firms == [[{"security": {"market": 1, "code": "FULL"}, "header": {"securityFirm": 3}}]] * 2


def test_the_gateways_state_is_told_alike(told: Told) -> None:
    for theirs, ours in _beside(told, 3):
        assert differences(theirs, ours) == ""


def test_the_same_is_asked_but_for_a_firm_that_is_none_and_a_user_that_nobody_looks_at(told: Told) -> None:
    elsewhere = [code.partition(".")[2] for _, (code,), _ in ELSEWHERE]
    theirs = [each for each in told.sent["PyNormal"] if "security" in each and each["security"]["code"] not in elsewhere]
    ours = [each for each in told.sent["brokerport"] if "security" in each]
    assert [{name: value for name, value in each.items() if value != NO_FIRM} for each in theirs] == ours
    assert len(ours) > COUNT


def test_the_constants_are_the_sdks(told: Told) -> None:
    assert told.ours["constants"] == told.official["constants"]


def test_nothing_is_printed_written_caught_or_left_running(told: Told) -> None:
    assert told.ours["output"] == ""
    assert told.ours["files"] == []
    assert told.ours["left"] == {"threads": 0, "interrupt": True}
