"""The registry: names without imports, one plugin at a time, and whose fault it is when one does not load."""

from __future__ import annotations

import gc
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from brokerport import (
    ArkDynamic,
    ArkProvider,
    Capability,
    ClientClosedError,
    InvalidRequestError,
    Market,
    Plugin,
    PluginError,
    PluginState,
    Provider,
    Quota,
    Registry,
    Settings,
    Source,
    Symbol,
    UnknownBrokerError,
    registry,
)
from brokerport.client import portal

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, Source, hookimpl

class {kind}(ArkProvider):
    def __init__(self, settings):
        self.settings = settings

    async def ark_dynamic(self, symbol):
        return ArkDynamic(symbol=symbol, source=Source("{name}", datetime.now(UTC)))

@hookimpl
def register_providers(register):
    register("{name}", {kind})
"""


def good(name: str) -> str:
    return GOOD.replace("{name}", name).replace("{kind}", name.capitalize())


HOOK = "from brokerport import hookimpl\n@hookimpl\ndef register_providers(register): "
BROKEN = {
    "imports": ("import brokerport_is_not_here", ModuleNotFoundError),
    "fails": ("raise ValueError('bad day')", ValueError),
    "exits": ("import sys; sys.exit(3)", SystemExit),
    "syntax": ("def", SyntaxError),
    "recurses": ("def f(): f()\nf()", RecursionError),
    "misnames": (HOOK.replace("providers", "provider") + "pass", Exception),
    "misasks": (HOOK.replace("(register)", "(registry)") + "pass", Exception),
    "raises": (HOOK + "raise KeyError('x')", KeyError),
    "leaves": (HOOK + "raise SystemExit", SystemExit),
    "unsettled": (HOOK + "register('unsettled', dict, settings=dict)", TypeError),
    "half": (HOOK + "register('half', dict); raise OSError", OSError),
    "empty": ("", None),
    "other": (HOOK + "register('another', dict)", None),
}


class Toy(ArkProvider):
    """An application's own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closed = False

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        return ArkDynamic(symbol=symbol, source=Source("toy", datetime.now(UTC)))

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def own() -> Iterator[Registry]:
    """A registry of the test's own."""
    own = Registry()
    yield own
    own.close()


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, install: Install) -> str:
    """The name of a plugin that does not load, beside one that does."""
    name: str = request.param
    install(name, BROKEN[name][0])
    install("acme", good("acme"))
    return name


# Finding


def test_names_are_those_that_distributions_give_in_alphabetical_order(own: Registry, install: Install) -> None:
    before = own.names()
    install("zebra", "raise SystemExit")
    install("acme", "raise SystemExit")
    assert own.names() == tuple(sorted([*before, "zebra", "acme"]))


def test_looking_imports_no_plugin(run_python: RunPython, install: Install) -> None:
    install("acme", "print('imported')")
    path = install("zebra", "print('imported')")
    code = """
    import sys
    from brokerport import registry
    print({"acme", "zebra"} <= set(registry.names()) == {plugin.name for plugin in registry.plugins()})
    print([name for name in sys.modules if name.startswith("plugin_")])
    """
    assert run_python(code, path=path).stdout == "True\n[]\n"


def test_only_the_plugin_that_is_asked_for_is_imported(own: Registry, install: Install) -> None:
    install("acme", good("acme"))
    install("zebra", "raise SystemExit")
    assert own.get("acme").ark_dynamic("US.TSLA").source.broker == "acme"
    assert ("plugin_acme" in sys.modules, "plugin_zebra" in sys.modules) == (True, False)


def test_every_plugin_tells_where_it_is_from_and_how_far_it_has_come(own: Registry, install: Install) -> None:
    install("acme", good("acme"))
    install("exits", BROKEN["exits"][0])
    own.register("mine", Toy)
    ours = {"acme", "exits", "mine"}
    assert [plugin for plugin in own.plugins() if plugin.name in ours] == [
        Plugin("acme", "brokerport-acme", "1.2.3", PluginState.FOUND, entry_point="plugin_acme"),
        Plugin("exits", "brokerport-exits", "1.2.3", PluginState.FOUND, entry_point="plugin_exits"),
        Plugin("mine", None, None, PluginState.LOADED),
    ]
    own.get("acme")
    with pytest.raises(PluginError) as raised:
        own.get("exits")
    assert [plugin for plugin in own.plugins() if plugin.name in ours] == [
        Plugin("acme", "brokerport-acme", "1.2.3", PluginState.LOADED, entry_point="plugin_acme"),
        Plugin("exits", "brokerport-exits", "1.2.3", PluginState.FAILED, raised.value, entry_point="plugin_exits"),
        Plugin("mine", None, None, PluginState.LOADED),
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("acne", "did you mean 'acme'?"), ("zzz", "install the plugin that brings it, from where its author says")],
)
def test_an_unknown_broker_is_answered_with_what_is_there_and_what_to_do(own: Registry, install: Install, name: str, hint: str) -> None:
    install("acme", good("acme"))
    with pytest.raises(UnknownBrokerError) as raised:
        own.get(name)
    assert str(raised.value) == f"no broker {name!r}; installed are {', '.join(own.names())}; {hint}"


def test_where_no_broker_is_installed_it_says_so(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert own.names() == ()
    with pytest.raises(
        UnknownBrokerError, match="no broker 'acme'; no broker is installed; install the plugin that brings it, from where its author says"
    ):
        own.get("acme")


@pytest.mark.parametrize("name", [None, "", 7])
def test_what_is_no_name_is_refused(own: Registry, name: Any) -> None:
    with pytest.raises(InvalidRequestError, match="write the name of a broker"):
        own.get(name)


def test_a_profile_is_suggested_like_a_broker(own: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "brokerport.toml"
    path.write_text('[brokers.desk]\nplugin = "mine"\n[brokers.floor]\ntimeout = 5\n', encoding="utf-8")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(path))
    monkeypatch.setenv("BROKERPORT_DEN_PLUGIN", "mine")
    own.register("mine", Toy)
    with pytest.raises(UnknownBrokerError) as raised:
        own.get("dsk")
    installed = ", ".join(own.names())
    assert str(raised.value) == f"no broker 'dsk'; installed are {installed}; profiles are den, desk; did you mean 'desk'?"
    with pytest.raises(UnknownBrokerError) as raised:
        own.get("floor")  # its table says not of what
    hint = 'write plugin = "NAME", of the broker that it is a profile of, in [brokers.floor] in'
    assert str(raised.value).endswith(f"; {hint} {path}, or install the plugin that brings it, from where its author says")


def test_a_variable_of_another_broker_is_no_setting_of_a_shorter_name(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_MINE_TWO_TIMEOUT", "5")
    own.register("mine", Toy)
    with pytest.raises(InvalidRequestError, match=r"^BROKERPORT_MINE_TWO_TIMEOUT: there is no setting 'TWO_TIMEOUT'; "):
        own.get("mine")
    own.register("mine-two", Toy)
    assert own.get("mine") is not own.get("mine-two")
    assert own.get("mine-two")._terms.timeout == 5.0


def test_it_shows_the_names_of_its_brokers_and_nothing_inside(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    own.register("mine", Toy)
    assert repr(own) == f"<Registry of {', '.join(own.names())}>"
    monkeypatch.setattr(sys, "path", [])
    assert repr(Registry()) == "<Registry of no broker>"


def test_the_way_of_a_name_is_one_pass(install: Install, run_python: RunPython, tmp_path: Path) -> None:
    path = tmp_path / "brokerport.toml"
    path.write_text('[brokers.desk]\nplugin = "acme"\ntimeout = 5\n[brokers.acme]\ntimeout = 6\n[brokers.gone]\nx = 1\n', "utf-8")
    site = install("acme", good("acme"), manifest="")
    code = f"""
    import sys
    opened = []
    # A file that is opened by its descriptor is told of twice, the second time without a mode.
    sys.addaudithook(lambda event, details: opened.append(str(details[0])) if event == "open" and details[1] else None)
    from brokerport import registry
    def times(*end): return sum(each.endswith(end) for each in opened)
    for ask in (registry.get, registry.get, registry.get_async, registry.route, registry.capabilities):
        opened.clear()
        ask("desk")
        print(opened.count({str(path)!r}), times("brokerport_acme-1.2.3.dist-info/entry_points.txt"), times("plugin_acme/brokerport.toml"))
    """
    done = run_python(code, path=site, BROKERPORT_CONFIG=str(path))
    # The TOML file, the distributions and the manifest; entry points that are what they were are not read again.
    assert (done.stdout.splitlines(), done.stderr) == (["1 1 1", "1 0 0", "1 0 0", "1 0 0", "1 0 1"], "")


# Plugins that do not load


def test_a_plugin_that_does_not_load_is_named_with_its_distribution_and_version(own: Registry, broken: str) -> None:
    with pytest.raises(PluginError, match=f"plugin '{broken}' of brokerport-{broken} 1\\.2\\.3 ") as raised:
        own.get(broken)
    cause = BROKEN[broken][1]
    assert raised.value.__cause__ is None if cause is None else isinstance(raised.value.__cause__, cause)


def test_a_plugin_that_does_not_load_hurts_only_its_caller(own: Registry, broken: str) -> None:
    with pytest.raises(PluginError):
        own.get_async(broken)
    assert own.get("acme").ark_dynamic("US.TSLA").source.broker == "acme"
    assert {"acme", broken} <= set(own.names())


def test_it_fails_again_the_same_way_and_keeps_nobodys_frames(own: Registry, broken: str) -> None:
    lengths, texts = [], set()
    for _ in range(3):
        with pytest.raises(PluginError) as raised:
            own.capabilities(broken)
        lengths.append(len(traceback.extract_tb(raised.value.__traceback__)))
        texts.add(str(raised.value))
    assert lengths[1] == lengths[2] < lengths[0]
    assert len(texts) == 1


def test_what_a_plugin_registers_instead_is_told(own: Registry, install: Install) -> None:
    install("other", BROKEN["other"][0])
    install("empty", "")
    with pytest.raises(PluginError, match=r"1\.2\.3 registered another, not 'other'; tell its author"):
        own.get("other")
    with pytest.raises(PluginError, match=r"1\.2\.3 registered no broker, not 'empty'; tell its author"):
        own.get("empty")


def test_an_interrupt_while_a_plugin_is_imported_passes(own: Registry, install: Install) -> None:
    install("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        own.get("slow")
    assert [plugin.state for plugin in own.plugins() if plugin.name == "slow"] == [PluginState.FOUND]


@pytest.mark.parametrize(
    ("factory", "text", "cause"),
    [
        ("def make(settings): raise ValueError('bad day')", "made no provider: ValueError: bad day; tell its author", ValueError),
        ("def make(settings): raise SystemExit(3)", "made no provider: SystemExit: 3; tell its author", SystemExit),
        ("def make(): pass", "made no provider: TypeError: ", TypeError),
        ("make = None", "made no provider: TypeError: ", TypeError),
        ("def make(settings): return None", "made None, which is no Provider; tell its author", None),
        ("def make(settings): return dict", "made <class 'dict'>, which is no Provider; tell its author", None),
        ("from brokerport import ArkProvider as make", "made no provider: TypeError: ", TypeError),
    ],
)
def test_a_factory_that_makes_no_provider_is_the_plugins_fault(
    own: Registry, install: Install, factory: str, text: str, cause: Any
) -> None:
    install("acme", f"from brokerport import hookimpl\n{factory}\n@hookimpl\ndef register_providers(register): register('acme', make)")
    own.register("mine", Toy)
    client = own.get("acme")
    for ask in (lambda: client.ark_dynamic("US.TSLA"), lambda: own.capabilities("acme")):
        with pytest.raises(PluginError) as raised:
            ask()
        assert str(raised.value).startswith(f"plugin 'acme' of brokerport-acme 1.2.3 {text}")
        assert raised.value.__cause__ is None if cause is None else isinstance(raised.value.__cause__, cause)
    assert own.get("mine").ark_dynamic("US.TSLA").source.broker == "toy"


def test_a_factory_may_refuse_its_settings(own: Registry) -> None:
    def make(settings: Settings) -> Provider:
        raise InvalidRequestError("not with a timeout of an hour")

    own.register("mine", make)
    with pytest.raises(InvalidRequestError, match="not with a timeout of an hour"):
        own.get("mine").ark_dynamic("US.TSLA")


def test_capabilities_that_fail_are_the_plugins_fault(own: Registry) -> None:
    class Confused(Toy):
        def capabilities(self) -> tuple[Capability, ...]:
            raise ZeroDivisionError

    own.register("mine", Confused)
    with pytest.raises(PluginError, match="the application's 'mine' told no capabilities: ZeroDivisionError"):
        own.capabilities("mine")


# Clients


def test_a_client_is_shared_by_all_who_ask_for_the_same(own: Registry) -> None:
    own.register("mine", Toy)
    client = own.get("mine")
    assert own.get("mine") is client
    assert own.get("mine", timeout=60) is client
    assert own.get("mine", timeout=5) is not client
    assert own.get("mine", timeout=5) is own.get("mine", timeout=5.0)


def test_a_client_that_was_closed_is_replaced(own: Registry) -> None:
    own.register("mine", Toy)
    client = own.get("mine")
    client.close()
    again = own.get("mine")
    assert again is not client
    assert again.ark_dynamic("US.TSLA").symbol == Symbol.parse("US.TSLA")
    assert own.get("mine") is again


async def test_clients_for_coroutines_are_not_shared(own: Registry) -> None:
    own.register("mine", Toy)
    async with own.get_async("mine") as one, own.get_async("mine") as two:
        assert one is not two
        assert (await one.ark_dynamic("US.TSLA")) == await two.ark_dynamic("US.TSLA")


def test_settings_reach_the_factory_and_the_client(own: Registry) -> None:
    @frozen(kw_only=True)
    class ToySettings(Settings):
        host: str = "here"

    seen: list[Settings] = []

    def make(settings: Settings) -> Provider:
        seen.append(settings)
        return Toy(settings)

    own.register("mine", make, settings=ToySettings)
    client = own.get("mine", host="there", timeout=7)
    client.ark_dynamic("US.TSLA")
    assert seen == [ToySettings(host="there", timeout=7.0)]
    assert client._terms.timeout == 7.0
    with pytest.raises(InvalidRequestError, match=r"there is no setting 'hots'; did you mean 'host'\?"):
        own.get("mine", hots="there")  # type: ignore[call-overload]


def test_a_profile_answers_by_its_own_name(own: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "brokerport.toml"
    path.write_text('[brokers.desk]\nplugin = "mine"\ntimeout = 5\n[brokers.lost]\nplugin = "gone"\n', encoding="utf-8")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(path))
    own.register("mine", Toy)
    assert own.get("desk").broker == "desk"
    assert own.get("desk")._terms.timeout == 5.0
    assert own.get("desk") is not own.get("mine", timeout=5)
    with pytest.raises(UnknownBrokerError, match=r"^the profile 'lost' has plugin = 'gone', and there is no broker 'gone'; installed are "):
        own.get("lost")


def test_closing_closes_every_client_and_the_registry_goes_on(own: Registry) -> None:
    own.register("mine", Toy)
    clients = [own.get("mine"), own.get("mine", timeout=5)]
    clients[0].ark_dynamic("US.TSLA")
    own.close()
    own.close()
    assert [client.closed for client in clients] == [True, True]
    with pytest.raises(ClientClosedError):
        clients[1].ark_dynamic("US.TSLA")
    assert own.get("mine").ark_dynamic("US.TSLA").symbol == Symbol.parse("US.TSLA")


def test_closing_goes_on_after_an_interrupt_in_the_wait_for_one(own: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("one", "two", "three")
    for name in names:
        own.register(name, Toy)
    clients = [own.get(name) for name in names]
    for client in clients:
        client.ark_dynamic("US.TSLA")
    wait = portal.Portal._wait
    waits: list[object] = []

    def interrupted(gate: portal.Portal, *run: Any) -> None:
        waits.append(run)
        if len(waits) == 2:
            raise KeyboardInterrupt
        wait(gate, *run)

    monkeypatch.setattr(portal.Portal, "_wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        own.close()
    assert ([client.closed for client in clients], len(waits)) == ([True, True, True], 3)


def test_a_registry_keeps_its_clients_until_it_goes() -> None:
    own = Registry()
    own.register("mine", Toy)
    client = weakref.ref(own.get("mine"))
    gc.collect()
    assert client() is not None
    del own
    gc.collect()
    assert client() is None


# An application's own providers, and capabilities


def test_an_application_offers_its_own_and_may_replace_it(own: Registry) -> None:
    class Other(Toy):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            return ArkDynamic(symbol=symbol, source=Source("other", datetime.now(UTC)))

    own.register("mine", Toy)
    assert "mine" in own.names()
    assert own.get("mine").ark_dynamic("US.TSLA").source.broker == "toy"
    own.register("mine", Other)
    assert own.get("mine").ark_dynamic("US.TSLA").source.broker == "other"


def test_an_application_cannot_take_the_name_of_a_plugin(own: Registry, install: Install) -> None:
    install("acme", "raise SystemExit")
    with pytest.raises(InvalidRequestError, match=r"the name 'acme' belongs to plugin 'acme' of brokerport-acme 1\.2\.3; register another"):
        own.register("acme", Toy)


def test_settings_are_a_subclass_of_settings(own: Registry) -> None:
    for kind in (dict, "Settings", Settings()):
        with pytest.raises(InvalidRequestError, match=r"is no subclass of brokerport\.Settings"):
            own.register("mine", Toy, settings=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["x y", "", "a,b", "a:b", "a.b", "-a", "a\n", None, 7])
def test_what_no_list_cursor_or_variable_can_hold_is_no_name(own: Registry, name: Any) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be the name of a broker; write letters, digits and hyphens, such as 'acme-eu'"):
        own.register(name, Toy)
    assert own._brokers._own == {}


def test_a_factory_is_something_to_call(own: Registry) -> None:
    with pytest.raises(InvalidRequestError, match="factory=5 cannot be called; pass the class of your provider, or a function"):
        own.register("mine", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["short-volume", "shortvolume", "Short_Volume"])
def test_a_question_that_is_misspelt_is_answered_with_the_right_name(own: Registry, question: Any) -> None:
    own.register("mine", Toy)
    for ask in (
        lambda: own.who_can(question, "US.TSLA"),
        lambda: own.explain("mine", question, "US.TSLA"),
        lambda: own.compare("mine", "mine", question, "US.TSLA"),
    ):
        with pytest.raises(
            InvalidRequestError, match=f"there is no question '{question}'; did you mean 'short_volume'\\? there are ark_dynamic, "
        ):
            ask()


def test_a_question_is_text(own: Registry) -> None:
    with pytest.raises(InvalidRequestError, match=r"there is no question \[\]; there are ark_dynamic"):
        own.who_can([], "US.TSLA")  # type: ignore[arg-type]


def test_two_brokers_are_compared_with_the_settings_of_both(own: Registry) -> None:
    class Answering(Toy):
        async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
            source = Source("toy", datetime.now(UTC))
            return ArkDynamic(symbol=symbol, transactions=int(self.settings.timeout), source=source)

    own.register("mine", Answering)
    own.register("yours", Answering)
    assert own.compare("mine", "yours", "ark_dynamic", "US.TSLA").verdict == "safe"
    own.compare("mine", "yours", "ark_dynamic", "US.TSLA", settings={"timeout": 7})
    assert own.get("yours", timeout=7).stats().calls == 2  # all who share its connection are counted together
    with pytest.raises(InvalidRequestError, match=r"registry\.get\('mine', \.\.\.\): there is no setting 'sandbox'"):
        own.compare("mine", "yours", "ark_dynamic", "US.TSLA", settings={"sandbox": True})
    with pytest.raises(InvalidRequestError, match="tolerance='x' cannot be"):
        own.compare("mine", "yours", "ark_dynamic", "US.TSLA", tolerance="x")  # type: ignore[arg-type]


def test_capabilities_are_the_methods_of_the_providers_it_subclasses(own: Registry) -> None:
    own.register("mine", Toy)
    assert own.capabilities("mine") == (Capability("ark_dynamic", markets=None, quota=None, page_size=None),)


def test_a_plugin_may_say_more_about_what_it_can(own: Registry) -> None:
    told = (Capability("ark_dynamic", frozenset({Market.US}), Quota(60, 30.0), None),)

    class Telling(Toy):
        def capabilities(self) -> tuple[Capability, ...]:
            return told

    own.register("mine", Telling)
    assert own.capabilities("mine") == told


def test_asking_for_capabilities_opens_no_client(own: Registry) -> None:
    own.register("mine", Toy)
    own.capabilities("mine")
    assert own._clients == {}


def test_registries_know_nothing_of_each_other(own: Registry) -> None:
    own.register("mine", Toy)
    assert ("mine" in own.names(), "mine" in registry.names()) == (True, False)
    assert own != registry
