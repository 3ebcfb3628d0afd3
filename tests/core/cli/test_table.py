"""Tables: for people, in a terminal or not."""

from __future__ import annotations

import os
import re
from io import StringIO

import pytest
from attrs import evolve
from rich.cells import cell_len

from brokerport import ArkDynamic, AtOnce, Bucket, Capability, Market, Quota, ShortInterestHistory, ShortVolume
from brokerport.cli import answers, listings, table
from brokerport.cli.report import Report
from brokerport.models import Result
from brokerport.models.columns import Column
from brokerport.questions import QUESTIONS
from core.cli.samples import ARK, CAPITAL, RANKING, SOURCE, TESLA, VOLUME

ANSI = re.compile(r"\x1b\[[\d;]*m")
REAL = evolve(SOURCE, sandbox=False)

RULE = "─"


def lines(question: str, answer: Result) -> list[str]:
    file = StringIO()
    table.write(answers.report(QUESTIONS[question], answer), file)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def on_terminal(question: str, answer: Result, columns: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a terminal of that many columns gets."""
    monkeypatch.setenv("COLUMNS", str(columns))
    return pty(answers.report(QUESTIONS[question], answer))


def pty(report: Report) -> str:
    ours, terminals = os.openpty()
    with os.fdopen(ours, "rb") as screen, os.fdopen(terminals, "w") as file:
        table.write(report, file)
        file.flush()
        return os.read(screen.fileno(), 2**16).decode().replace("\r\n", "\n")


def piped(report: Report) -> str:
    file = StringIO()
    table.write(report, file)
    return file.getvalue()


def test_a_row_is_a_line_and_figures_stand_right() -> None:
    assert lines("broker_ranking", RANKING) == [
        "Broker ranking of HK.00700 from moomoo, 2024-05-02 08:30:15 UTC, sandbox (synthetic data)",
        "Name                Side  Net volume (shares)  Average price (HKD)  Total volume (shares)  Total turnover (HKD)",
        RULE * 111,
        "中银国际            buy             1,234,500             276.2598              2,000,000        500,000,000.00",
        "=cmd|' /C calc'!A0  sell                   -7                    -                      -                     -",
        "Real time: no",
        "As of: 2024-05-02 16:00:00 HKT",
    ]


def test_capital_is_laid_out_by_order_size() -> None:
    assert lines("capital_distribution", CAPITAL) == [
        "Capital distribution of HK.00700 from moomoo, 2024-05-02 08:30:15 UTC, sandbox (synthetic data)",
        "Order size   Inflow (HKD)  Outflow (HKD)     Net (HKD)",
        RULE * 54,
        "extra large             -              -             -",
        "large        2,000,000.50   1,000,000.00  1,000,000.50",
        "medium             300.25         300.50         -0.25",
        "small               40.00          40.00          0.00",
        "total        2,000,340.75   1,000,340.50  1,000,000.25",
        "Updated: 2024-05-02 16:00:00 HKT",
    ]


def test_an_answer_of_one_record_is_one_row() -> None:
    assert lines("ark_dynamic", ARK)[1:] == [
        "Kind                Transactions            Net (shares)",
        RULE * 56,
        "recent_transaction             3  -9,007,199,254,740,993",
    ]


def test_one_row_too_has_no_column_of_nothing() -> None:
    one = evolve(VOLUME, rows=VOLUME.rows[:1])
    assert lines("short_volume", one)[1].endswith("  Turnover (HKD)")
    assert "Previous close" not in lines("short_volume", one)[1]


def test_a_record_that_says_nothing_shows_what_it_could_say() -> None:
    nothing = ArkDynamic(symbol=TESLA, source=REAL)
    assert lines("ark_dynamic", nothing)[1:] == [
        "Kind  Transactions  Net (shares)  Last transaction",
        RULE * 50,
        "-                -             -  -",
    ]


def test_without_rows_the_headers_remain() -> None:
    assert lines("short_interest", ShortInterestHistory(symbol=TESLA, source=REAL))[0:2] == [
        "Short interest of US.TSLA from moomoo, 2024-05-02 08:30:15 UTC",
        "Day  Short (shares)  Short (%)  Average daily volume (shares)  To cover (days)  Close (USD)  Previous close (USD)  "
        "Short value (USD)  Published",
    ]


@pytest.mark.parametrize("told", [None, "", "0", "-5", "wide", "9" * 5000])
def test_off_a_terminal_every_row_is_one_line_unless_a_width_is_told(told: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if told is not None:
        monkeypatch.setenv("COLUMNS", told)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    _, header, rule, newest, *_ = lines("short_volume", VOLUME)
    assert header == "Day         Short volume (shares)            Volume (shares)  Close (HKD)     Turnover (HKD)"
    assert len(header) == len(rule)
    assert newest.split() == ["2024-05-02", "4,381,500", "53,498,300", "276.6000", "14,779,104,709.67"]


def test_a_column_that_no_row_fills_is_left_out() -> None:
    assert "NYSE short (shares)" not in lines("short_volume", VOLUME)[1]
    filled = evolve(VOLUME, rows=(*VOLUME.rows, ShortVolume(nyse_short_volume=0)))
    assert lines("short_volume", filled)[1].endswith("NYSE short (shares)")


def test_what_is_still_open_stands_below() -> None:
    assert lines("short_volume", VOLUME)[-3:] == ["Open short (shares): 32,189,668", "Open short (%): 0.53", "Open short, day: 2024-04-26"]


def test_a_terminal_wide_enough_gets_the_same_in_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal("capital_distribution", CAPITAL, 120, monkeypatch)
    assert shown.startswith("\x1b[1mCapital distribution of HK.00700")
    assert [line.rstrip() for line in ANSI.sub("", shown).splitlines()] == lines("capital_distribution", CAPITAL)


def test_a_narrow_terminal_gets_folded_headers_in_blocks_and_whole_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = ANSI.sub("", on_terminal("short_volume", VOLUME, 60, monkeypatch))
    assert [line.rstrip() for line in shown.splitlines()[:-3]] == [
        "Short volume of HK.00700 from moomoo, 2024-05-02 08:30:15",
        "UTC, sandbox (synthetic data)",
        "                Short",
        "               volume                                Close",
        "Day          (shares)            Volume (shares)     (HKD)",
        RULE * 58,
        "2024-05-02  4,381,500                 53,498,300  276.6000",
        "2024-04-30          7  9,223,372,036,854,775,808    1.0625",
        "Day            Turnover (HKD)",
        RULE * 29,
        "2024-05-02  14,779,104,709.67",
        "2024-04-30               0.50",
    ]


def test_no_terminal_is_too_narrow_for_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = ANSI.sub("", on_terminal("short_volume", VOLUME, 10, monkeypatch)).splitlines()
    assert "2024-05-02  14,779,104,709.67" in shown
    assert "2024-04-30  9,223,372,036,854,775,808" in shown


def test_a_listing_is_a_table_too() -> None:
    capability = Capability("ark_dynamic", frozenset({Market.US, Market.HK}), (Quota(60, 30.0), AtOnce(5)), None)
    file = StringIO()
    table.write(listings.capabilities([("acme", capability), ("acme", Capability("short_volume", quota=Bucket(10, 20)))]), file)
    assert file.getvalue().splitlines() == [
        "Capabilities",
        "Broker  Question      Markets  Quota                    ",
        RULE * 56,
        "acme    ark_dynamic   HK US    60 in 30 s and 5 at once ",
        "acme    short_volume  -        10 a second, bursts of 20",
    ]


BROKERS = Report(
    title="Brokers",
    about={},
    columns=[],
    shown=[
        Column("broker", str, ["moomoo", "x" * 40]),
        Column("page_size", int, [50, 1234567]),
        Column("about", str, ["ARK funds, capital distribution and broker ranking of moomoo OpenD", "中银国际" * 12]),
        Column("error", str, ["", None]),
    ],
)


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("terminal", [True, False])
def test_texts_are_folded_so_that_every_line_fits_and_all_of_them_is_there(
    columns: int, terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = ANSI.sub("", pty(BROKERS) if terminal else piped(BROKERS))
    assert max(cell_len(line.rstrip()) for line in shown.splitlines()) <= columns
    for text in ("moomoo", "distribution", "x" * min(40, columns // 3), "1,234,567"):
        assert text in shown
    assert (shown.count("x"), shown.count("中"), shown.count("际")) == (40, 12, 12)
    assert "Error" not in shown


def test_the_room_goes_to_the_texts_that_need_it_and_titles_stand_on_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    assert [line.rstrip() for line in piped(BROKERS).splitlines()] == [
        "Brokers",
        "                      Page",
        "Broker              (rows)  About",
        RULE * 44,
        "moomoo                  50  ARK funds,",
        "                            capital",
        "                            distribution and",
        "                            broker ranking",
        "                            of moomoo OpenD",
        "xxxxxxxxxxxxxxx  1,234,567  " + "中银国际" * 2,
        "xxxxxxxxxxxxxxx             " + "中银国际" * 2,
        "xxxxxxxxxx                  " + "中银国际" * 2,
        *["                            " + "中银国际" * 2] * 3,
    ]


def test_a_text_that_would_be_too_narrow_to_read_goes_below(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    titles = [line.split() for line in piped(BROKERS).splitlines() if line.startswith("Broker ")]
    assert titles == [["Broker", "(rows)"], ["Broker", "About"]]


def test_a_cell_of_any_length_is_cut_with_a_mark() -> None:
    long = Report(title="x" * 10, about={}, columns=[], shown=[Column("name", str, ["y" * 1_000_000])])
    assert piped(long).splitlines()[-1] == "y" * 1000 + "…"
    titled = Report(title="x" * 1_000_000, about={}, columns=[], shown=[Column("y" * 1000, str, ["z"])])
    assert [len(line) for line in piped(titled).splitlines()] == [4001, 301, 301, 301]
