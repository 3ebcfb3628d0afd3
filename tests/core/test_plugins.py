"""Discovery that nothing can break: what is wrong with a plugin is on record, and hurts only those who ask for it."""

from __future__ import annotations

import csv
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from brokerport import InvalidRequestError, PluginError, PluginState, Registry, registry
from brokerport.plugins.claims import claims

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from brokerport import ArkProvider, UnsupportedError, hookimpl

class Good(ArkProvider):
    def __init__(self, settings):
        pass

    async def ark_dynamic(self, symbol):
        raise UnsupportedError("nothing")

@hookimpl
def register_providers(register):
    register("{name}", Good)
"""

#: of the folder "hostile": the state after each was asked for, and what is said of its fault
FAULTS = {
    "asks-itself": (PluginState.FAILED, "did not load: PluginError: plugin 'asks-itself' is asked for while its own import waits"),
    "bad-manifest": (PluginState.SKIPPED, "says nothing that can be read: "),
    "factory-reads": (PluginState.LOADED, "made no provider: FileNotFoundError: [Errno 2]"),
    "import-error": (PluginState.FAILED, "did not load: ModuleNotFoundError: No module named 'brokerport_is_not_here'"),
    "leaves": (PluginState.FAILED, "did not load: SystemExit: usage: leaves FILE"),
    "malformed": (PluginState.SKIPPED, "has an entry point that names no module, malformed = 'two words'"),
    "nonsense": (PluginState.LOADED, "the plugin raised Unspeakable, which cannot be printed"),
    "other-name": (PluginState.FAILED, "registered moomoo, not 'other-name'"),
    "slow": (PluginState.LOADED, "nothing about US.TSLA"),
    "twin": (PluginState.SKIPPED, "plugin 'twin' of twin-for-brokerport 1.2.3 have one name"),
    "unnamed": (PluginState.FAILED, "plugin 'unnamed' of a distribution without a name in "),
    "unspeakable": (PluginState.FAILED, "did not load: Unspeakable, which cannot be printed"),
    "wrong-api": (
        PluginState.SKIPPED,
        "works with the plugin API >=7.0,<8, and this brokerport has 1.0; upgrade the older of brokerport and ",
    ),
    "wrong-arguments": (PluginState.FAILED, "did not load: PluginValidationError: "),
    "wrong-hook": (PluginState.FAILED, "did not load: PluginValidationError: unknown hook 'register_provider'"),
}


@pytest.fixture
def own() -> Iterator[Registry]:
    """A registry of the test's own."""
    own = Registry()
    yield own
    own.close()


def good(name: str) -> str:
    return GOOD.replace("{name}", name)


def states(own: Registry, *names: str) -> list[PluginState]:
    return [plugin.state for plugin in own.plugins() if plugin.name in names]


# All of them at once


@pytest.mark.usefixtures("hostile")
def test_a_broker_works_with_every_hostile_plugin_installed(own: Registry) -> None:
    assert own.get("moomoo").broker == "moomoo"
    assert [each.question for each in own.capabilities("moomoo")] == [each.question for each in registry.capabilities("futu")]
    assert {"moomoo", *FAULTS} <= set(own.names())


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("name", FAULTS)
def test_each_hostile_plugin_is_told_with_its_fault(name: str) -> None:
    state, fault = FAULTS[name]
    run = registry if name == "asks-itself" else Registry()
    with pytest.raises(Exception, match=r"\w") as raised:
        run.get(name).ark_dynamic("US.TSLA")
    assert fault in str(raised.value)
    assert set(states(run, name)) == {state}
    assert {name} == {plugin.name for plugin in run.plugins() if plugin.error and plugin.name == name} or state is PluginState.LOADED
    run.close()


@pytest.mark.timeout(20)  # two processes of their own
def test_the_command_lists_each_with_its_fault_on_one_line(hostile: Path, run_python: RunPython) -> None:
    code = "import sys; from brokerport.cli import main; sys.exit(main(['brokers', '--load', '--format', {!r}]))"
    done = run_python(code.format("csv"), path=hostile)
    assert done.returncode == 8
    rows = {row["broker"]: row for row in csv.DictReader(StringIO(done.stdout))}
    assert [line.split("'")[1] for line in done.stderr.splitlines()] == [name for name, row in rows.items() if row["error"]]
    assert {"futu", "moomoo"} <= rows.keys()
    assert rows["moomoo"]["state"] == "loaded"
    for name, (state, fault) in FAULTS.items():
        assert rows[name]["state"] == state, name
        assert fault in rows[name]["error"] if state != PluginState.LOADED else rows[name]["error"] == "", name
    shown = run_python(code.format("table"), path=hostile).stdout.splitlines()[3:]
    assert len(shown) == len(Registry().plugins())


def test_listing_alone_imports_none(hostile: Path, run_python: RunPython) -> None:
    code = "import sys; from brokerport.cli import main; main(['brokers']); print(sorted({'slow', 'leaves', 'twin'} & sys.modules.keys()))"
    assert run_python(code, path=hostile).stdout.splitlines()[-1] == "[]"


# What distributions say of themselves


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"no equals sign", "no equals sign"),
        (b" = plugin_good", ""),
        (b"my broker = plugin_good", "my broker"),
        (b"a.b = plugin_good", "a.b"),
        (b"a,b = plugin_good", "a,b"),
        (b"-a = plugin_good", "-a"),
        (b"a\x1b]0;x\x07 = plugin_good", "a ]0;x "),
        (b"a\xc2\x9bb = plugin_good", "a b"),
        ("a\u202eb = plugin_good".encode(), "a b"),
        ("富途 = plugin_good".encode(), "富途"),
        (b"a\xff = plugin_good", "a\ufffd"),
        (b"a" * 65 + b" = plugin_good", "a" * 65),
        (b"a" * 500_000 + b" = plugin_good", "a" * 300 + "…"),
    ],
    ids=str,
)
def test_a_name_that_no_broker_can_have_is_told_once_and_ends_nothing(
    own: Registry, install: Install, caplog: pytest.LogCaptureFixture, line: bytes, shown: str
) -> None:
    install("acme", good("acme"))
    install("good", good("good"), files={"entry_points.txt": b"[brokerport]\n" + line + b"\n"})
    for _ in range(2):
        assert own.names() == ("acme", "finra", "futu", "moomoo")
        assert [*own.capabilities()] == [*own.names()]
    (plugin,) = (each for each in own.plugins() if each.distribution == "brokerport-good")
    assert (plugin.name, plugin.state) == (shown, PluginState.SKIPPED)
    (told,) = caplog.messages
    assert told == str(plugin.error)
    text = "has a name that no broker can have, which is of up to 64 letters, digits and hyphens; tell its author"
    assert told == f"plugin {shown!r} of brokerport-good 1.2.3 {text}"
    assert told.isprintable()


@pytest.mark.parametrize("content", [b"[other]\nneither here\n", b"\xff\xfe[brokerport\0", b"[brokerport]", b"[Brokerport]\na = b\n", b""])
def test_entry_points_that_name_no_plugin_of_ours_are_nobodys_fault(
    own: Registry, install: Install, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    install("acme", good("acme"), files={"entry_points.txt": content})
    assert {each.name for each in own.plugins()} == {*own.names()} == {"finra", "futu", "moomoo"}
    assert caplog.messages == []


def test_a_line_that_is_broken_hides_neither_the_others_of_its_distribution_nor_another_of_its_name(
    own: Registry, install: Install
) -> None:
    lines = b"[console_scripts]\nx\n[brokerport]\nzebra = \xff\xfe\nacme = plugin_acme\n# z = y\nnothing\nacme = plugin_acme\n[x]\ny\n"
    install("acme", good("acme"), files={"entry_points.txt": lines})
    install("zebra", good("zebra"))
    assert own.get("acme").broker == "acme"
    assert own.get("zebra").broker == "zebra"
    told = {(each.name, each.distribution): each.state.value for each in own.plugins() if each.distribution == "brokerport-acme"}
    assert told == {
        ("acme", "brokerport-acme"): "loaded",
        ("nothing", "brokerport-acme"): "skipped",
        ("zebra", "brokerport-acme"): "skipped",
    }


def test_a_name_that_stands_twice_in_one_distribution_is_its_authors_fault(own: Registry, install: Install) -> None:
    install("acme", good("acme"), files={"entry_points.txt": b"[brokerport]\nacme = plugin_acme\nacme = plugin_other\n"})
    text = "plugin 'acme' of brokerport-acme 1.2.3 is named twice, as 'plugin_acme' and 'plugin_other'; tell its author"
    with pytest.raises(PluginError) as raised:
        own.get("acme")
    assert str(raised.value) == text
    assert states(own, "acme") == [PluginState.SKIPPED, PluginState.SKIPPED]


def test_more_plugins_than_a_distribution_can_have_are_none(own: Registry, install: Install) -> None:
    lines = "\n".join(f"acme-{number:05} = plugin_acme" for number in range(50_000))
    install("acme", good("acme"), files={"entry_points.txt": f"[brokerport]\n{lines}\n".encode()})
    assert len(own.names()) == 3 + 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(own: Registry, install: Install, file: str) -> None:
    site = install("acme", good("acme"), files={file: None})
    os.mkfifo(site / "brokerport_acme-1.2.3.dist-info" / file)
    assert ("acme" in own.names()) is (file == "METADATA")


def test_a_plugin_in_a_zip_and_one_of_an_egg_are_found(
    own: Registry, install: Install, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("acme", good("acme"))
    (site / "brokerport_acme-1.2.3.dist-info").rename(site / "brokerport_acme.egg-info")
    (site / "brokerport_acme.egg-info" / "METADATA").rename(site / "brokerport_acme.egg-info" / "PKG-INFO")
    with ZipFile(tmp_path / "zipped.zip", "w") as archive:
        archive.writestr("plugin_zipped.py", good("zipped"))
        archive.writestr("zipped-1.0.dist-info/METADATA", "Name: zipped\nVersion: 1.0\n")
        archive.writestr("zipped-1.0.dist-info/entry_points.txt", "[brokerport]\nzipped = plugin_zipped\n")
    monkeypatch.syspath_prepend(tmp_path / "zipped.zip")
    assert (own.get("acme").broker, own.get("zipped").broker) == ("acme", "zipped")
    told = {each.name: (each.distribution, each.version) for each in own.plugins()}
    assert (told["acme"], told["zipped"]) == (("brokerport-acme", "1.2.3"), ("zipped", "1.0"))


def test_a_file_that_is_written_again_is_read_again(own: Registry, install: Install) -> None:
    site = install("acme", good("acme"))
    assert "acme" in own.names()
    (site / "brokerport_acme-1.2.3.dist-info" / "entry_points.txt").write_text("[brokerport]\nzebra = plugin_acme\n", "utf-8")
    assert {"acme", "zebra"} & {*own.names()} == {"zebra"}
    (site / "brokerport_acme-1.2.3.dist-info" / "entry_points.txt").unlink()
    assert {"acme", "zebra"} & {*own.names()} == set()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_a_link_that_leads_to_itself_hides_no_other_plugin(own: Registry, install: Install) -> None:
    site = install("acme", good("acme"))
    info = site / "loop-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").symlink_to("entry_points.txt")
    assert "acme" in own.names()


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (b"Metadata-Version: 2.1\nName: acme-x\n", "acme-x of unknown version"),
        (b"Metadata-Version: 2.1\nVersion: 4.5\n", "a distribution without a name in {site} 4.5"),
        (b"Name: \xff\xff\n", "a distribution without a name in {site} of unknown version"),
        (b"", "a distribution without a name in {site} of unknown version"),
        (None, "a distribution without a name in {site} of unknown version"),
    ],
)
def test_a_distribution_that_does_not_say_who_it_is_still_brings_its_plugin(
    own: Registry, install: Install, metadata: bytes | None, said: str
) -> None:
    site = install("acme", good("acme"), files={"METADATA": metadata})
    assert own.get("acme").broker == "acme"
    (plugin,) = (each for each in own.plugins() if each.name == "acme")
    assert f"{plugin.distribution} {plugin.version}" == said.format(site=site)


def test_two_that_do_not_say_who_they_are_do_not_hide_each_other(own: Registry, install: Install) -> None:
    for name in ("acme", "zebra"):
        install(name, good(name), files={"METADATA": None})
    assert (own.get("acme").broker, own.get("zebra").broker) == ("acme", "zebra")


def test_a_distribution_that_is_found_twice_brings_its_plugin_once(
    own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = install("acme", good("acme"))
    link = tmp_path / "again"
    link.mkdir()
    for path in site.iterdir():
        if path.is_dir():
            (link / path.name).mkdir()
            for file in path.iterdir():
                (link / path.name / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(sys, "path", [*sys.path, str(link)])
    assert [claim.name for claim in claims()].count("acme") == 1
    assert own.get("acme").broker == "acme"


@pytest.mark.parametrize(
    "value", ["two words", "", "a:b:c", "plugin_acme:", "[extra]", "plugin_acme\x01", "brokerport_opend" + ".a" * 200_000]
)
def test_an_entry_point_that_names_no_module_is_told(own: Registry, install: Install, value: str) -> None:
    install("acme", good("acme"), files={"entry_points.txt": f"[brokerport]\nacme = {value}\n".encode()})
    with pytest.raises(PluginError, match=r"1\.2\.3 has an entry point that names no module, acme = .*; write acme = 'brokerport_acme'"):
        own.get("acme")
    assert states(own, "acme") == [PluginState.SKIPPED]


@pytest.mark.parametrize("value", [".", "..x", "plugin_acme.", "plugin_acme:nothing", "no.such.module"])
def test_an_entry_point_that_leads_nowhere_is_told(own: Registry, install: Install, value: str) -> None:
    install("acme", good("acme"), files={"entry_points.txt": f"[brokerport]\nacme = {value}\n".encode()})
    assert own.plugins()
    with pytest.raises(PluginError, match=r"plugin 'acme' of brokerport-acme 1\.2\.3 did not load: "):
        own.get("acme")


def test_a_plugin_whose_own_module_is_gone_is_to_be_installed_again_and_no_package_is_made_up(own: Registry, install: Install) -> None:
    install("acme", good("acme"), value="plugin_that_is_gone.hooks")
    with pytest.raises(PluginError) as raised:
        own.get("acme")
    assert str(raised.value).endswith("; plugin_that_is_gone is a part of brokerport-acme: install that again")
    assert raised.value.remedy == "plugin_that_is_gone is a part of brokerport-acme: install that again"


def test_an_entry_point_may_name_extras_and_an_object(own: Registry, install: Install) -> None:
    holder = good("acme") + "\nclass hooks:\n    register_providers = staticmethod(register_providers)\n"
    install("acme", holder, value="plugin_acme:hooks [some]")
    assert own.get("acme").broker == "acme"


# Which of them are used


def test_two_distributions_of_one_name_are_an_error_that_names_both(own: Registry, install: Install) -> None:
    install("acme", good("acme"), distribution="brokerport-acme")
    install("acme", good("acme"), distribution="acme-for-brokerport")
    with pytest.raises(PluginError) as raised:
        own.get("acme")
    assert "plugin 'acme' of brokerport-acme 1.2.3" in str(raised.value)
    assert "plugin 'acme' of acme-for-brokerport 1.2.3" in str(raised.value)
    hint = "uninstall all but one, or choose: [brokers.acme] distribution = 'acme-for-brokerport'"
    assert str(raised.value).endswith(f"have one name; {hint}")
    assert states(own, "acme") == [PluginState.SKIPPED, PluginState.SKIPPED]


@pytest.mark.parametrize("spelling", ["acme-for-brokerport", "Acme_For.Brokerport"])
def test_the_settings_choose_among_two_of_one_name(own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    install("acme", "raise OSError('the other')", distribution="brokerport-acme", module="plugin_other")
    install("acme", good("acme"), distribution="acme-for-brokerport")
    monkeypatch.setenv("BROKERPORT_ACME_DISTRIBUTION", spelling)
    assert own.get("acme").broker == "acme"
    told = {plugin.distribution: (plugin.state, str(plugin.error)) for plugin in own.plugins() if plugin.name == "acme"}
    chosen = "plugin 'acme' of acme-for-brokerport 1.2.3"
    refused = f"plugin 'acme' of brokerport-acme 1.2.3 is not used: the settings choose {chosen}"
    assert told == {"acme-for-brokerport": (PluginState.LOADED, "None"), "brokerport-acme": (PluginState.SKIPPED, refused)}


def test_settings_that_choose_a_distribution_that_is_not_there_are_told(
    own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("acme", good("acme"))
    monkeypatch.setenv("BROKERPORT_ACME_DISTRIBUTION", "gone")
    text = "the settings of acme choose the distribution 'gone'; there is only plugin 'acme' of brokerport-acme 1.2.3"
    with pytest.raises(PluginError, match=text):
        own.get("acme")
    monkeypatch.delenv("BROKERPORT_ACME_DISTRIBUTION")
    assert own.get("acme").broker == "acme"  # nothing was imported yet, so it is no failure for good


@pytest.mark.parametrize(
    ("allowed", "left"),
    [("", []), (" ", []), ("acme", ["acme"]), (" zebra , acme,", ["acme", "zebra"]), ("acne", []), ("ACME", [])],
)
def test_the_environment_says_which_plugins_there_are(
    own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch, allowed: str, left: list[str]
) -> None:
    install("acme", good("acme"))
    install("zebra", good("zebra"))
    monkeypatch.setenv("BROKERPORT_PLUGINS", allowed)
    assert own.names() == tuple(left)
    assert list(own.capabilities()) == left
    assert {plugin.name for plugin in own.plugins() if plugin.state is PluginState.FOUND} | {*left} == {*left}
    if "zebra" not in left:
        with pytest.raises(
            PluginError, match=r"'zebra' of brokerport-zebra 1\.2\.3 is switched off: BROKERPORT_PLUGINS='.*' does not name it"
        ):
            own.get("zebra")
        monkeypatch.delenv("BROKERPORT_PLUGINS")
        assert own.get("zebra").broker == "zebra"


def test_a_plugin_for_another_core_is_listed_with_the_reason_and_the_fix(own: Registry, install: Install) -> None:
    install("acme", "raise AssertionError", manifest='api = "<1.0"\nabout = "of old"')
    (plugin,) = (each for each in own.plugins() if each.name == "acme")
    text = "plugin 'acme' of brokerport-acme 1.2.3 works with the plugin API <1.0, and this brokerport has 1.0"
    assert (plugin.state, str(plugin.error)) == (PluginState.SKIPPED, f"{text}; upgrade the older of brokerport and brokerport-acme")
    for ask in (own.get, own.get_async, own.capabilities):
        with pytest.raises(PluginError, match=r"works with the plugin API <1\.0"):
            ask("acme")


def test_a_profile_may_have_the_name_of_an_installed_broker(own: Registry, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("acme", "raise AssertionError")
    monkeypatch.setenv("BROKERPORT_ACME_PLUGIN", "moomoo")
    assert own.capabilities("acme") == own.capabilities("moomoo")
    assert own.get("acme").broker == "acme"


def test_a_profile_does_not_choose_the_distribution(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_DESK_PLUGIN", "moomoo")
    monkeypatch.setenv("BROKERPORT_DESK_DISTRIBUTION", "brokerport-moomoo")
    with pytest.raises(InvalidRequestError, match=r"which distribution the plugin is of is said in \[brokers\.moomoo\]"):
        own.get("desk")


# Loading


def test_a_failure_is_shown_once_and_is_for_good(own: Registry, install: Install, caplog: pytest.LogCaptureFixture) -> None:
    site = install("acme", "raise OSError('bad day')")
    for _ in range(3):
        with pytest.raises(PluginError, match="bad day"):
            own.get("acme")
        (site / "plugin_acme.py").write_text(good("acme"), "utf-8")
    assert caplog.messages == ["plugin 'acme' of brokerport-acme 1.2.3 did not load: OSError: bad day"]


def test_a_slow_import_is_told_to_its_author_and_to_nobody_else(own: Registry, hostile: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert (hostile / "slow.py").exists()
    caplog.set_level(logging.DEBUG, "brokerport")
    own.get("slow")
    (told,) = (record.getMessage() for record in caplog.records if "took" in record.getMessage() and record.levelno == logging.DEBUG)
    assert told.startswith("plugin 'slow' of brokerport-slow 1.2.3 took 0.")


@pytest.mark.parametrize(("ends", "loaded"), [("", True), ("raise OSError", False)])
def test_sixteen_threads_that_ask_at_once_import_it_once(
    own: Registry, install: Install, capfd: pytest.CaptureFixture[str], ends: str, loaded: bool
) -> None:
    install("acme", f"import os, time\nos.write(1, b'imported ')\ntime.sleep(0.05)\n{ends}\n{good('acme')}")
    meet = threading.Barrier(16)

    def ask(_: int) -> str:
        meet.wait()
        try:
            return own.get("acme").broker
        except PluginError as error:
            return str(error)

    with ThreadPoolExecutor(16) as threads:
        answers = set(threads.map(ask, range(16)))
    assert answers == {"acme" if loaded else "plugin 'acme' of brokerport-acme 1.2.3 did not load: OSError: "}
    assert capfd.readouterr().out == "imported "


def test_a_plugin_whose_import_hangs_holds_up_nobody_else(own: Registry, install: Install) -> None:
    gate = threading.Event()
    sys.modules["gate_of_the_test"] = gate  # type: ignore[assignment]  # any object can be a module
    install("acme", f"import gate_of_the_test as gate\ngate.wait(3)\n{good('acme')}")
    install("zebra", good("zebra"))
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(own.get, "acme")
        assert own.get("zebra").broker == "zebra"
        assert own.capabilities("moomoo")
        assert not slow.done()
        gate.set()
        assert slow.result(3).broker == "acme"
    del sys.modules["gate_of_the_test"]


ASKS = """
from brokerport import BrokerportError, registry
try:
    print("{name} asks for {other}:", registry.get_async("{other}").broker)
except BrokerportError as error:
    print("{name} is told:", error)
"""


def asks(name: str, other: str) -> str:
    return ASKS.replace("{name}", name).replace("{other}", other) + good(name)


def test_an_import_may_ask_for_another_plugin(install: Install, run_python: RunPython) -> None:
    install("zebra", good("zebra"))
    site = install("acme", asks("acme", "zebra"))
    done = run_python("from brokerport import registry; print(registry.get_async('acme').broker)", path=site)
    assert (done.stdout, done.stderr) == ("acme asks for zebra: zebra\nacme\n", "")


def test_plugins_that_ask_for_each_other_in_their_imports_are_told_and_both_load(install: Install, run_python: RunPython) -> None:
    install("zebra", asks("zebra", "acme"))
    site = install("acme", asks("acme", "zebra"))
    done = run_python("from brokerport import registry; print(registry.get_async('acme').broker)", path=site)
    told = "zebra is told: plugin 'acme' is asked for while its own import waits for the answer; its author can ask when it is first used"
    assert (done.stdout.splitlines(), done.stderr) == ([told, "acme asks for zebra: zebra", "acme"], "")


def test_two_threads_whose_plugins_ask_for_each_other_do_not_block(install: Install, run_python: RunPython) -> None:
    meet = "import sys\nsys.modules['__main__'].meet.wait()\n"
    install("zebra", meet + asks("zebra", "acme"))
    site = install("acme", meet + asks("acme", "zebra"))
    code = """
    import threading
    from concurrent.futures import ThreadPoolExecutor
    from brokerport import registry
    meet = threading.Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        print(*threads.map(lambda name: registry.get_async(name).broker, ["acme", "zebra"]))
    """
    done = run_python(code, path=site)
    first, second, both = done.stdout.splitlines()
    assert sorted([first.split()[1], second.split()[1]]) == ["asks", "is"]
    assert (both, done.stderr) == ("acme zebra", "")


def test_an_interrupt_passes_and_leaves_it_loadable(own: Registry, install: Install) -> None:
    sys.modules["main_of_the_test"] = threading.Event()  # type: ignore[assignment]  # any object can be a module
    code = "import main_of_the_test as once\nif not once.is_set():\n    once.set()\n    raise KeyboardInterrupt\n"
    install("acme", code + good("acme"))
    with pytest.raises(KeyboardInterrupt):
        own.get("acme")
    assert states(own, "acme") == [PluginState.FOUND]
    assert own.get("acme").broker == "acme"
    del sys.modules["main_of_the_test"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_while_another_thread_imports_leaves_the_child_its_brokers(install: Install, run_python: RunPython) -> None:
    install("slow", f"import sys\nmain = sys.modules['__main__']\nmain.begun.set()\nmain.gate.wait()\n{good('slow')}")
    site = install("acme", good("acme"))
    code = """
    import os, threading
    from brokerport import PluginError, registry
    begun, gate = threading.Event(), threading.Event()
    thread = threading.Thread(target=registry.get, args=["slow"])
    thread.start()
    begun.wait()
    child = os.fork()
    if not child:
        print(registry.get("acme").broker, flush=True)
        try:
            registry.get("slow")
        except PluginError as error:
            print(error, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    gate.set()
    thread.join()
    print(registry.get("slow").broker)
    """
    done = run_python(code, path=site)
    told = "plugin 'slow' was being imported when this process was forked; load it before the fork, or spawn"
    assert done.stdout.splitlines() == ["acme", told, "slow"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_while_another_thread_opens_a_client_leaves_the_child_its_registry(run_python: RunPython) -> None:
    code = """
    import os, threading
    from brokerport import registry
    begun, gate = threading.Event(), threading.Event()
    def hold():
        with registry._lock:
            begun.set()
            gate.wait()
    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    child = os.fork()
    if not child:
        print(registry.get("moomoo").broker, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    gate.set()
    thread.join()
    """
    assert run_python(code).stdout == "moomoo\n"
