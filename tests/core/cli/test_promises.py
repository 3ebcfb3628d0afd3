"""What a plugin answers is looked at before it is shown: one line, and no traceback."""

from __future__ import annotations

from itertools import count

import attrs
import pytest

from brokerport.cli import promises
from brokerport.models import Result
from brokerport.questions import QUESTIONS
from core.cli.running import AddPlugin, Run
from core.cli.samples import ANSWERS

NUMBERS = count()
ANSWERING = """
    from datetime import UTC, date, datetime

    from brokerport import ArkDynamic, ArkProvider, ShortVolume, ShortVolumeHistory, ShortVolumeProvider, Source, Symbol, hookimpl

    print("heard at import")

    class Answering(ArkProvider, ShortVolumeProvider):
        async def ark_dynamic(self, symbol):
            source = Source("me", datetime.now(UTC))
            return {answer}

        async def short_volume(self, symbol, *, limit, after):
            source = Source("me", datetime.now(UTC))
            return ShortVolumeHistory(symbol=symbol, rows=({answer},), source=source)

    @hookimpl
    def register_providers(register):
        register("{name}", lambda settings: Answering())

    @hookimpl
    def on_event(event):
        print(event)
"""


def answering(add_plugin: AddPlugin, answer: str) -> str:
    """Install a broker that answers this; gives its name, which no other test has."""
    name = f"answering{next(NUMBERS)}"
    add_plugin(name, ANSWERING.replace("{name}", name).replace("{answer}", answer))
    return name


@pytest.mark.parametrize("form", ["table", "csv", "json"])
@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("short-volume", "ShortVolume(day=date(2024, 5, 2), volume='N/A')", "short_volume.rows[0].volume is 'N/A', of str"),
        ("short-volume", "ShortVolume(day='2024-05-02')", "short_volume.rows[0].day is '2024-05-02', of str"),
        ("short-volume", "ShortVolume(day=date(2024, 5, 2), close='1.5')", "short_volume.rows[0].close is '1.5', of str"),
        ("short-volume", "dict(day='2024-05-02')", "short_volume.rows[0] is {'day': '2024-05-02'}, of dict"),
        ("ark-dynamic", "ArkDynamic(symbol=symbol, kind='none', source=source)", "ark_dynamic.kind is 'none', of str"),
        ("ark-dynamic", "ArkDynamic(symbol=str(symbol), source=source)", "ark_dynamic.symbol is 'US.TSLA', of str"),
        ("ark-dynamic", "ArkDynamic(symbol=symbol, source=None)", "ark_dynamic.source is None, of NoneType"),
        ("ark-dynamic", "dict()", "ark_dynamic is {}, of dict"),
    ],
)
def test_a_field_that_is_not_as_promised_is_8_and_named(
    run: Run, add_plugin: AddPlugin, question: str, answer: str, said: str, form: str
) -> None:
    name = answering(add_plugin, answer)
    ended = run(question, "US.TSLA", "--broker", name, "--format", form)
    assert (ended.code, ended.data) == (8, "")
    assert ended.words.splitlines()[-1] == f"error: {name} broke a promise: {said}; tell the plugin's author"


def test_answers_are_looked_at_before_they_are_compared(run: Run, add_plugin: AddPlugin) -> None:
    good, bad = answering(add_plugin, "ShortVolume(day=date(2024, 5, 2))"), answering(add_plugin, "ShortVolume(day='2024-05-03')")
    ended = run("compare", good, bad, "short-volume", "US.TSLA")
    assert (ended.code, ended.data) == (8, "")
    assert f"{bad} broke a promise: short_volume.rows[0].day is '2024-05-03', of str" in ended.words


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_what_keeps_its_promises_passes(question: str, answer: Result) -> None:
    promises.check("moomoo", QUESTIONS[question], answer)
    assert attrs.has(type(answer))


def test_a_whole_number_may_stand_for_a_fraction(run: Run, add_plugin: AddPlugin) -> None:
    name = answering(add_plugin, "ShortVolume(day=date(2024, 5, 2), close=3)")
    assert run("short-volume", "US.TSLA", "--broker", name, "--format", "csv").data.splitlines()[1].split(",")[7] == "3"


def test_what_a_plugin_prints_is_kept_out_of_the_data(run: Run, add_plugin: AddPlugin) -> None:
    name = answering(add_plugin, "ShortVolume(day=date(2024, 5, 2))")
    for command in (("capabilities", name), ("short-volume", "US.TSLA", "--broker", name), ("doctor", name)):
        ended = run(*command, "--format", "csv")
        assert ended.code == 0
        assert "heard at import" not in ended.data
        assert "CallEnded" not in ended.data
    assert "CallEnded" in run("short-volume", "US.TSLA", "--broker", name).words
