"""What is asked of all plugins costs each once, and waits for none that never ends; work is counted, and no time taken."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from brokerport import PluginError, PluginState, Registry, UnknownBrokerError
from brokerport.cli import main
from brokerport.plugins import aside, claims, look
from core.test_plugins import GOOD, Install, good

Count = Callable[[Callable[[], object]], Counter[str]]

#: how a plugin can be broken, by what becomes of it when all are asked
BROKEN = {
    "import": "raise OSError('no')",
    "leaves": "raise SystemExit",
    "hook": "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): raise OSError('no')",
    "factory": "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): register('{name}', lambda settings: 1 / 0)",
    "nobody": "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): register('another', print)",
    "silent": "",
    "number": "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): register(5, print)",
    "answers": GOOD.replace("    async", "    def capabilities(self):\n        return ['short_volume', None]\n\n    async"),
    "syntax": "def",
}
MANY = 10  # of each kind

_opened: Counter[str] = Counter()
_counting: list[bool] = []


def _hear(event: str, details: tuple[object, ...]) -> None:
    if _counting and event == "open" and isinstance(details[0], str) and details[1]:  # without a mode: its descriptor, told of already
        _opened[Path(details[0]).name] += 1


sys.addaudithook(_hear)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    """How often each file is opened, by name, and how often the distributions are listed, while something is done."""

    def looked() -> Iterator[object]:
        _opened["looks"] += 1
        return iter(distributions())

    def count(work: Callable[[], object]) -> Counter[str]:
        _opened.clear()
        _counting.append(True)
        try:
            work()
        finally:
            _counting.clear()
        return _opened.copy()

    monkeypatch.setattr(claims, "distributions", looked)
    return count


@pytest.fixture
def many(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of many broken plugins; three in ten have a manifest, which is broken, strange or for another core."""
    names = {f"{kind}-{number}": code for kind, code in BROKEN.items() for number in range(MANY)}
    for name, code in names.items():
        install(name, code.replace("{name}", name), module=f"plugin_{name.replace('-', '_')}")
    for number in range(MANY):
        for kind, told in (("torn", "api = "), ("strange", "questions = ['q']\n[capabilities.what]"), ("other", "api = '>=7'")):
            install(f"{kind}-{number}", "raise OSError", module=f"plugin_{kind}_{number}", manifest=told)
            names[f"{kind}-{number}"] = kind
    file = tmp_path / "config.toml"
    file.write_text("[brokers.moomoo]\ntimeout = 5\n", "utf-8")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    return {*names}


def once_each(told: Counter[str], many: set[str], *, config: int = 1) -> bool:
    """Whether what is installed was looked at once, and each of its files read once."""
    assert told["looks"] == 1
    assert told["METADATA"] <= 2 * len(many) + 3  # once more of one that fails: what it requires may be missing
    assert told["brokerport.toml"] <= 3 * MANY + 5  # futu and moomoo share one of their three
    assert told["config.toml"] <= config
    return told["entry_points.txt"] <= len([*distributions()])


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "ask",
    [
        Registry.names,
        Registry.plugins,
        Registry.load,
        Registry.questions,
        Registry.markets,
        Registry.announced,
        Registry.capabilities,
        lambda own: own.who_can("short_volume", "US.TSLA"),
        lambda own: own.plugins("moomoo"),
        lambda own: own.capabilities("moomoo"),
    ],
    ids=["names", "plugins", "load", "questions", "markets", "announced", "capabilities", "who_can", "one's records", "one's capabilities"],
)
def test_what_is_installed_is_looked_at_once_and_each_file_read_once(
    many: set[str], count: Count, ask: Callable[[Registry], object]
) -> None:
    own = Registry()
    assert once_each(count(lambda: ask(own)), many)
    again = count(lambda: ask(own))
    assert again["entry_points.txt"] == 0


@pytest.mark.timeout(20)
def test_every_broken_one_costs_itself_alone(many: set[str]) -> None:
    own = Registry()
    assert set(own.capabilities()) == {"finra", "futu", "moomoo", *(f"strange-{number}" for number in range(MANY))}
    assert own.who_can("short_volume", "US.TSLA") == ("finra", "futu", "moomoo")
    loaded = {each.name for each in own.plugins() if each.error is None}
    assert many - loaded == {each for each in many if each.partition("-")[0] not in ("factory", "answers", "strange")}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", ["brokers", "brokers --load", "capabilities", "doctor --no-probe"])
def test_a_command_looks_once_at_what_is_installed(many: set[str], count: Count, capsys: pytest.CaptureFixture[str], command: str) -> None:
    told = count(lambda: main([*command.split(), "--format", "csv"]))
    assert once_each(told, many, config=10 * len(many))  # it asks for each by its name, which its settings may say more of
    out = capsys.readouterr().out
    assert "moomoo" in out


def test_the_doctor_names_a_plugin_that_nobody_can_ask_for(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("acme", "", files={"entry_points.txt": b"[brokerport]\n = plugin_acme\nmy\x1b[31m broker = plugin_acme\n"})
    assert main(["doctor", "--no-probe"]) > 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "finra: short_volume" in out
    for name in ("''", "'my [31m broker'"):
        assert f"a plugin of no broker: {name}" in out
    assert out.count("fix: tell its author") == 2


def test_the_doctor_of_nothing_but_broken_plugins_names_them(
    install: Install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install("acme", "", files={"entry_points.txt": b"[brokerport]\n = plugin_acme\n"})
    monkeypatch.setattr(look.Look, "names", lambda self: iter(()))
    assert main(["doctor", "--no-probe"]) == 8
    assert "a plugin of no broker: ''" in capsys.readouterr().out


# Imports that never end


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What an import waits for; opened at the end."""
    gate = threading.Event()
    monkeypatch.setitem(sys.modules, "gate_of_the_test", gate)
    monkeypatch.setattr(look, "PATIENCE", 0.2)
    monkeypatch.setattr(aside, "RESERVE", 0.1)
    monkeypatch.setattr(aside, "SHARE", 0.05)
    yield gate
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "brokerport-aside":
            thread.join(3)


def test_a_factory_that_does_not_end_is_left_behind_too(install: Install, gate: threading.Event) -> None:
    own = Registry()
    install("acme", good("acme").replace("        pass", "        import gate_of_the_test as gate\n        gate.wait(3)"))
    assert own.capabilities().keys() == {"finra", "futu", "moomoo"}
    with pytest.raises(PluginError, match="still being loaded"):
        own.capabilities("acme")


WAITS = "import gate_of_the_test as gate\ngate.wait(3)\n"


def test_however_many_do_not_end_all_of_them_together_have_an_end(
    install: Install, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "SHARE", 1.0)  # of which forty would take longer than this test may
    for number in range(40):
        install(f"acme-{number}", WAITS, module=f"plugin_acme_{number}")
    assert Registry().capabilities().keys() == {"finra", "futu", "moomoo"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda own: own.capabilities(),
        lambda own: own.who_can("short_volume"[:], "US.TSLA"),
        lambda own: own.questions(),
        lambda own: own.markets(),
        lambda own: own.find("no_question_of_this_name"),
        lambda own: own.load(),
    ],
    ids=["capabilities", "who_can", "questions", "markets", "find", "load"],
)
def test_an_import_that_does_not_end_is_left_behind_and_is_on_record(
    install: Install, gate: threading.Event, caplog: pytest.LogCaptureFixture, ask: Callable[[Registry], object]
) -> None:
    own = Registry()
    for name in ("acme", "bravo", "charlie"):
        install(name, WAITS + good(name))
    install("zebra", good("zebra"))
    for _ in range(2):
        ask(own)
    assert own.capabilities("zebra")
    assert {"zebra", "moomoo"} <= own.capabilities().keys()
    with pytest.raises(PluginError, match=r"^plugin 'acme' is still being loaded after 0\.\d s, and was left behind; ask again later"):
        own.capabilities("acme")
    late = [plugin.name for plugin in own.plugins() if plugin.state is PluginState.FOUND and plugin.error]
    assert late == ["acme", "bravo", "charlie"]
    assert len(caplog.messages) == 3  # once each
    gate.set()
    assert own.get("acme").broker == "acme"  # whoever asks for it waits
    assert own.capabilities("acme")
    own.close()


def test_a_command_goes_on_without_an_import_that_does_not_end(
    install: Install, gate: threading.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    install("acme-late", WAITS + good("acme-late"), module="plugin_acme_late")
    assert main(["capabilities", "--format", "csv"]) == 8
    shown = capsys.readouterr()
    assert "moomoo,short_volume" in shown.out
    assert "plugin 'acme-late' is still being loaded" in shown.err


def test_a_plugin_that_asks_for_everybody_in_its_import_does_not_wait_for_itself(install: Install, gate: threading.Event) -> None:
    own = Registry()
    sys.modules["gate_of_the_test"] = own  # type: ignore[assignment]  # any object can be a module
    ask = "import gate_of_the_test as own\nassert 'moomoo' in own.capabilities()\nassert 'acme' not in own.capabilities()\n"
    install("acme", ask + good("acme"))
    assert own.capabilities("acme")
    assert [plugin.error for plugin in own.plugins("acme")] == [None]
    with pytest.raises(UnknownBrokerError):
        own.get("nobody")
