from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport import (
    ArkDynamicKind,
    Client,
    OpenShort,
    RankedBroker,
    RejectedError,
    ShortInterest,
    ShortVolume,
    Side,
    registry,
)
from brokerport_opend.sandbox import Fault, Sandbox, Scenario, ScenarioError
from brokerport_opend.sandbox.__main__ import main
from brokerport_opend.sandbox.scenario.scenario import LARGEST
from protos.sandbox.raw_client import RawClient

GIVEN = """
seed = 7
unknown = ["US.GONE", "HK.99999"]

[[faults]]
kind = "delay"
seconds = 0.5
on = "short_interest"
symbol = "US.AAPL"
every = 2
probability = 0.25

[[faults]]
kind = "refuse"
on = 3247
first = 1
text = "no quote right"

[[short_volume]]
symbol = "HK.00700"
open_short = { shares = 500, percent = 0.05, day = 2026-11-13 }
rows = [
    { day = 2026-11-18, short_volume = 3 },
    { day = 2026-11-20, short_volume = 1, volume = 10, open = 1.5, close = 2, previous_close = 3.5, turnover = 15.0, short_turnover = 1.5, average_short_percent = 9.5 },
    { day = 2026-11-19, short_volume = 2 },
]

[[short_volume]]
symbol = "US.TSLA"
rows = [{ day = 2026-11-20, short_volume = 18446744073709551615, short_percent = 12.5, nasdaq_short_volume = 4, nyse_short_volume = 5 }]

[[short_interest]]
symbol = "US.TSLA"
rows = [{ day = 2026-10-30, short_shares = 7, short_percent = 1.5, average_daily_volume = 8, days_to_cover = 0.88, close = 1.0, previous_close = 2.0 }]

[[short_interest]]
symbol = "HK.00700"
rows = []

[[ark_dynamic]]
symbol = "US.TSLA"
kind = "consecutive_same_direction"
transactions = 5
net_shares = -123456
last_transaction = 2026-11-19

[[ark_dynamic]]
symbol = "US.AAPL"

[[capital_distribution]]
symbol = "HK.00700"
inflow = { extra_large = 4.0, large = 3.0, medium = 2.0, small = 1.0 }
outflow = { large = 30, medium = 20, small = 10 }
updated_at = 2026-11-20 16:00:00

[[broker_ranking]]
symbol = "HK.00700"
as_of = 2026-11-20T08:00:00Z
rows = [
    { name = "A", net_volume = 100, average_price = 1.5, total_volume = 300, total_turnover = 450.0 },
    { name = "B", net_volume = -100 },
]

[[broker_ranking]]
symbol = "HK.00700"
days_before = 3
rows = [{ net_volume = 1 }]
"""  # noqa: E501  # as rows are


@pytest.fixture
def futu(tmp_path: Path) -> Any:
    (tmp_path / "given.toml").write_text(GIVEN, "utf-8")
    with Sandbox(scenario=tmp_path / "given.toml") as sandbox:
        sandbox.faults.clear()
        with registry.get("futu", port=sandbox.port) as client:
            yield client


def test_a_scenario_is_its_seed_its_unknown_symbols_and_its_faults() -> None:
    scenario = Scenario.parse(GIVEN)
    assert (scenario.seed, scenario.unknown) == (7, frozenset({"US.GONE", "HK.99999"}))
    assert scenario.faults == (
        Fault("delay", seconds=0.5, on="short_interest", symbol="US.AAPL", every=2, probability=0.25),
        Fault("refuse", on=3247, first=1, text="no quote right"),
    )


def test_short_volumes_are_those_given_newest_first_and_what_is_not_given_is_not_said(futu: Client) -> None:
    history = futu.short_volume("HK.00700", limit=None)
    assert history.rows == (
        ShortVolume(date(2026, 11, 20), 1, 10, None, 9.5, 1.5, 2.0, 3.5, 15.0, 1.5),
        ShortVolume(date(2026, 11, 19), 2),
        ShortVolume(date(2026, 11, 18), 3),
    )
    assert history.open_short == OpenShort(shares=500, percent=0.05, day=date(2026, 11, 13))
    us = futu.short_volume("US.TSLA")
    assert us.rows == (ShortVolume(date(2026, 11, 20), 2**64 - 1, short_percent=12.5, nasdaq_short_volume=4, nyse_short_volume=5),)
    assert (us.cursor, us.open_short) == (None, None)


def test_given_rows_come_in_pages(futu: Client) -> None:
    first = futu.short_volume("HK.00700", limit=2)
    rest = futu.short_volume("HK.00700", limit=2, after=first.cursor)
    assert [row.short_volume for row in (*first, *rest)] == [1, 2, 3]
    assert rest.cursor is None


def test_short_interests_are_those_given(futu: Client) -> None:
    assert futu.short_interest("US.TSLA").rows == (ShortInterest(date(2026, 10, 30), 7, 1.5, 8, 0.88, 1.0, 2.0),)
    assert futu.short_interest("HK.00700").rows == ()


def test_ark_dynamics_are_those_given(futu: Client) -> None:
    told = futu.ark_dynamic("US.TSLA")
    assert told.kind is ArkDynamicKind.CONSECUTIVE_SAME_DIRECTION
    assert (told.transactions, told.net_shares, told.last_transaction) == (5, -123456, date(2026, 11, 19))
    nothing = futu.ark_dynamic("US.AAPL")
    assert (nothing.kind, nothing.transactions, nothing.net_shares, nothing.last_transaction) == (None, None, None, None)


@pytest.mark.parametrize("number", range(len(ArkDynamicKind)))
def test_every_kind_of_ark_dynamic_can_be_given(number: int) -> None:
    kind = [*ArkDynamicKind][number]
    scenario = Scenario.parse(f"[[ark_dynamic]]\nsymbol = 'US.TSLA'\nkind = '{kind.value}'")
    with Sandbox(scenario=scenario) as sandbox, registry.get("futu", port=sandbox.port) as client:
        assert client.ark_dynamic("US.TSLA").kind is kind


def test_a_capital_distribution_is_the_one_given(futu: Client) -> None:
    told = futu.capital_distribution("HK.00700")
    assert (told.inflow.total, told.inflow.extra_large, told.outflow.total, told.outflow.extra_large) == (10.0, 4.0, 60.0, None)
    assert told.updated_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_broker_ranking_is_the_one_given_for_that_day(futu: Client) -> None:
    now, past = futu.broker_ranking("HK.00700"), futu.broker_ranking("HK.00700", days_before=3)
    assert now.rows == (RankedBroker("A", Side.BUY, 100, 1.5, 300.0, 450.0), RankedBroker("B", Side.SELL, -100))
    assert (now.real_time, now.as_of) == (True, datetime(2026, 11, 20, 8, tzinfo=UTC))
    assert (past.real_time, past.rows) == (False, (RankedBroker(None, Side.BUY, 1),))
    assert len(futu.broker_ranking("HK.00700", days_before=1).rows) == 20


def test_what_is_not_given_is_made_up_by_the_seed(futu: Client) -> None:
    with Sandbox(seed=7) as sandbox, registry.get("futu", port=sandbox.port) as other:
        assert futu.short_volume("US.AAPL").rows == other.short_volume("US.AAPL").rows


def test_unknown_symbols_are_refused_whatever_is_asked(futu: Client) -> None:
    with pytest.raises(RejectedError, match=r"unknown stock US\.GONE"):
        futu.short_volume("US.GONE")
    with pytest.raises(RejectedError, match=r"unknown stock HK\.99999"):
        futu.capital_distribution("HK.99999")


async def test_what_breaks_the_protocol_is_refused_in_a_scenario_too() -> None:
    async with Sandbox(scenario=Scenario.parse(GIVEN)) as sandbox:
        client = await RawClient.greet(sandbox)
        security = {"market": 1, "code": "00700"}
        assert (await client.answer(3248, b"\xff")).retType != 0
        assert "it goes from 1 to 50" in (await client.ask(3248, security=security, num=51)).retMsg
        assert "nextKey is none" in (await client.ask(3248, security=security, nextKey="1")).retMsg
        assert "unknown market" in (await client.ask(3248, security={"market": 99, "code": "A"})).retMsg
        await client.close()


def test_given_answers_count_against_the_quota() -> None:
    with Sandbox(scenario=Scenario.parse(GIVEN)) as sandbox, registry.get("futu", port=sandbox.port) as client:
        client.short_volume("US.TSLA")
        assert sandbox.quota_log
        assert sandbox.quota_log.accepted == {3248: 1}


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 16**5000, True, 1.0, "7"], ids=lambda seed: type(seed).__name__)
def test_a_seed_is_a_whole_number_of_64_bits(seed: Any) -> None:
    for make in (lambda: Sandbox(seed=seed), lambda: Scenario(seed=seed)):
        with pytest.raises(ValueError, match=r"^seed = .* must be a whole number from -9223372036854775808 to 1844") as raised:
            make()
        assert len(str(raised.value)) < 200
    assert [Sandbox(seed=each).seed for each in (2**64 - 1, -(2**63))] == [2**64 - 1, -(2**63)]


def test_a_seed_that_is_asked_for_beats_the_scenarios() -> None:
    assert [Sandbox(scenario=Scenario(seed=3), seed=seed).seed for seed in (None, 4, 0)] == [3, 4, 0]
    assert Sandbox().seed == 0


# What cannot be: each error points at its table and key

VOLUME = "[[short_volume]]\nsymbol = 'HK.00700'\n"
CAPITAL = "[[capital_distribution]]\nsymbol = 'HK.00700'\n"
FLOWS = "inflow = {large=1, medium=1, small=1}\noutflow = {large=1, medium=1, small=1}\n"
WRONG = {
    "x = 1": "the scenario has 'x'; there are only seed, unknown, faults, ark_dynamic",
    'include = "../../secret.toml"': "the scenario has 'include'",
    "seed = '1'": "seed = '1' must be a whole number",
    "seed = true": "seed = True must be a whole number",
    "seed = 1.0": "seed = 1.0 must be a whole number",
    "unknown = 'US.GONE'": "unknown = 'US.GONE' must be a list",
    "unknown = ['US.GONE', 'GONE']": "unknown 2: 'GONE' is no symbol",
    "unknown = [1]": "unknown 1 = 1 must be a text",
    "faults = 1": "faults = 1 must be a list",
    "faults = [1]": "[[faults]] 1 = 1 must be a table",
    "[[faults]]\nfirst = 1": "[[faults]] 1 lacks kind",
    "[[faults]]\nkind = 'drop'\n[[faults]]\nkind = 'drop'\nfrist = 1": "[[faults]] 2 has 'frist'; there are only kind, on, symbol, first",
    "[[faults]]\nkind = 'explode'": "[[faults]] 1 kind = 'explode' must be one of delay, ",
    "[[faults]]\nkind = 'drop'\nfirst = -1": "[[faults]] 1 first = -1 must be a whole number from 1 on",
    "[[faults]]\nkind = 'drop'\nprobability = 2": "[[faults]] 1 probability = 2 must be a number from 0 to 1",
    "[[faults]]\nkind = 'drop'\nprobability = nan": "line 3: 'nan' cannot be counted with; write a finite number",
    "[[faults]]\nkind = 'delay'": "[[faults]] 1 seconds is missing",
    "short_volume = {}": "short_volume = {} must be a list",
    "[[short_volume]]\nrows = []": "[[short_volume]] 1 lacks symbol",
    "[[short_volume]]\nsymbol = 1": "[[short_volume]] 1 symbol = 1 must be a text",
    "[[short_volume]]\nsymbol = 'HK'": "[[short_volume]] 1 symbol: 'HK' is no symbol",
    "[[short_volume]]\nsymbol = 'HK.700'\nrows = []": "1 symbol: 'HK.700' is no code that OpenD knows; write it as 'HK.00700'",
    "unknown = ['US.brk-b']": "unknown 1: 'US.brk-b' is no code that OpenD knows; write it as 'US.BRK.B'",
    "[[faults]]\nkind = 'drop'\nsymbol = 'SZ.1'": "[[faults]] 1 'SZ.1' is no code that OpenD knows; write it as 'SZ.000001'",
    "[[short_volume]]\nsymbol = 'JP.7203'\nrows = []": "[[short_volume]] 1 symbol = 'JP.7203': short_volume is for HK, US only",
    VOLUME: "[[short_volume]] 1 lacks rows",
    f"{VOLUME}rows = []\n{VOLUME}rows = []": "[[short_volume]] 2 symbol = 'HK.00700' comes a second time",
    f"{VOLUME}rows = [{{short_volume = 1}}]": "[[short_volume]] 1 rows 1 lacks day",
    f"{VOLUME}rows = [{{day = 2026-11-20, short = 1}}]": "[[short_volume]] 1 rows 1 has 'short'; there are only day, short_volume, volume",
    f"{VOLUME}rows = [{{day = 2026-11-20, short_percent = 1}}]": "[[short_volume]] 1 rows 1 has 'short_percent'",  # the US alone say it
    f"{VOLUME}rows = [{{day = '2026-11-20'}}]": "[[short_volume]] 1 rows 1 day = '2026-11-20' must be a day",
    f"{VOLUME}rows = [{{day = 2026-11-20T10:00:00}}]": "rows 1 day = datetime.datetime(2026, 11, 20, 10, 0) must be a day",
    f"{VOLUME}rows = [{{day = 2026-11-20}}, {{day = 2026-11-20}}]": "[[short_volume]] 1 rows 2 day = 2026-11-20 comes a second time",
    f"{VOLUME}rows = [{{day = 2026-11-20, short_volume = -1}}]": "short_volume = -1 must be from 0 to 18446744073709551615",
    f"{VOLUME}rows = [{{day = 2026-11-20, short_volume = 1.5}}]": "short_volume = 1.5 must be a whole number",
    f"{VOLUME}rows = [{{day = 2026-11-20, short_volume = 0x{'f' * 9999}}}]": f"line 3: '0x{'f' * 61}… cannot be counted with; whole",
    f"{VOLUME}rows = [{{day = 2026-11-20, close = true}}]": "close = True must be a number",
    f"{VOLUME}rows = [{{day = 2026-11-20, close = 1e999}}]": "line 3: '1e999' cannot be counted with; write a finite number",
    f"{VOLUME}rows = []\nopen_short = {{day = 1}}": "[[short_volume]] 1 open_short day = 1 must be a day",
    "[[short_volume]]\nsymbol = 'US.TSLA'\nrows = []\nopen_short = {}": "[[short_volume]] 1 has 'open_short'",
    "[[ark_dynamic]]\nsymbol = 'US.TSLA'\nkind = 'bought'": "[[ark_dynamic]] 1 kind has 'bought'; there are only unknown, consecutive",
    "[[ark_dynamic]]\nsymbol = 'US.TSLA'\ntransactions = 2147483648": "transactions = 2147483648 must be from -2147483648 to 2147483647",
    "[[ark_dynamic]]\nsymbol = 'US.TSLA'\ndays_before = 1": "[[ark_dynamic]] 1 has 'days_before'",
    f"{CAPITAL}inflow = {{}}": "[[capital_distribution]] 1 lacks outflow",
    f"{CAPITAL}inflow = {{}}\noutflow = {{}}": "[[capital_distribution]] 1 inflow lacks large, medium, small",
    f"{CAPITAL}{FLOWS}updated_at = 2026-11-20": "[[capital_distribution]] 1 updated_at = datetime.date(2026, 11, 20) must be a day and",
    "[[broker_ranking]]\nsymbol = 'US.TSLA'\nrows = []": "[[broker_ranking]] 1 symbol = 'US.TSLA': broker_ranking is for HK only",
    "[[broker_ranking]]\nsymbol = 'HK.00001'\nrows = []\ndays_before = -1": "[[broker_ranking]] 1 days_before must be from 0 on",
    "[[broker_ranking]]\nsymbol = 'HK.00001'\nrows = [{name = 1, net_volume = 1}]": "[[broker_ranking]] 1 rows 1 name = 1 must be a text",
    "[[broker_ranking]]\nsymbol = 'HK.00001'\nrows = [{name = 'A'}]": "[[broker_ranking]] 1 rows 1 lacks net_volume",
    "seed = ": "no TOML: Invalid value (at end of document)",
    "seed = 2026-13-45": "no TOML: ",
    f"\nseed = {'1' * 5000}": f"no TOML: line 2: '{'1' * 63}… cannot be counted with; whole numbers go from -9223372036854775808 to",
    f"seed = 0x{'f' * 5000}": f"no TOML: line 1: '0x{'f' * 61}… cannot be counted with",
    f"x = {'[' * 5000}": "no TOML: line 1: tables or lists are more than 32 deep in one another; write them flatter",
    "\n\n" + "a." * 100_000 + "a = 1": "no TOML: line 3: a key has more than 16 parts, with dots between",
}


@pytest.mark.parametrize(("toml", "said"), WRONG.items(), ids=[said[:60] for said in WRONG.values()])
def test_what_cannot_be_is_said_with_its_table_and_key(toml: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(toml, "utf-8")
    with pytest.raises(ScenarioError) as error:
        Scenario.read(file)
    assert str(error.value).startswith(f"{file}: ")
    assert said in str(error.value)
    assert len(str(error.value)) < 600 + len(str(file))
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize("letter", ["a", '"', "'", ".", " ", "\\", "-", "=", "[", "{", "a.", '"a', "'a ", "a ", "# ", "a.b\n"])
def test_no_megabyte_holds_up_the_reader(letter: str, tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_text((letter * LARGEST)[:LARGEST], "utf-8")
    with suppress(ScenarioError):
        assert Scenario.read(file) == Scenario()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(ScenarioError, match="larger than 1,048,576 bytes"):
        Scenario.read(file)
    file.write_bytes(b"#" * LARGEST)
    assert Scenario.read(file) == Scenario()


def test_a_file_that_is_no_text_is_no_scenario(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes("# é".encode("latin-1"))
    with pytest.raises(ScenarioError, match="line 1: it is not UTF-8; save the file as UTF-8"):
        Scenario.read(file)


def test_windows_line_ends_and_its_mark_are_read(tmp_path: Path) -> None:
    file = tmp_path / "windows.toml"
    file.write_bytes(b"\xef\xbb\xbfseed = 5\r\nunknown = []\r\n")
    assert Scenario.read(file).seed == 5


@pytest.mark.parametrize(
    ("name", "said"), [("missing.toml", "there is no such file"), (".", "it is a folder"), ("a\0b", "its name holds a NUL")]
)
def test_what_is_no_file_is_said_so(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=f": {said}"):
        Scenario.read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="it is no plain file, but a pipe or a device"):
        Scenario.read(tmp_path / "pipe")


_keys = st.sampled_from(["symbol", "rows", "day", "kind", "on", "x"])
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(["seed", "unknown", "faults", "short_volume", "ark_dynamic", "capital_distribution", "broker_ranking"]), _values)
def test_whatever_stands_in_a_scenario_it_is_one_or_a_scenario_error(key: str, value: object) -> None:
    toml = f"{key} = {_toml(value)}"
    with suppress(ScenarioError):
        assert isinstance(Scenario.parse(toml), Scenario)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case date():
            return value.isoformat()
        case _:
            return repr(value)


# At the command line


def test_the_command_line_points_at_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "flaky.toml"
    file.write_text("[[faults]]\nkind = 'drop'\nfirst = 0", "utf-8")
    with pytest.raises(SystemExit) as end:
        main(["--scenario", str(file)])
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(f"{file}: [[faults]] 1 first = 0 must be a whole number from 1 on\n")


@pytest.mark.timeout(20)
@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_the_program_plays_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "given.toml").write_text(GIVEN, "utf-8")
    command = [sys.executable, "-W", "error", "-m", "brokerport_opend.sandbox", "--port", "0", "--scenario", "given.toml", "--seed", "8"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as program:
        assert program.stderr
        port = int(program.stderr.readline().split(";")[0].rpartition(":")[2])
        with registry.get("moomoo", port=port) as moomoo:
            assert [row.short_volume for row in moomoo.short_volume("HK.00700")] == [1, 2, 3]
            with pytest.raises(RejectedError, match="no quote right"):
                moomoo.broker_ranking("HK.00700")
            with Sandbox(seed=8) as sandbox, registry.get("moomoo", port=sandbox.port) as other:
                assert moomoo.short_volume("US.AAPL").rows == other.short_volume("US.AAPL").rows
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=10)
    assert (program.returncode, errors) == (0, "")
