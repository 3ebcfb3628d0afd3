"""Manifests: what they may say, what is told of those that cannot be read, and that nothing is imported for them."""

from __future__ import annotations

import logging
import os
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import attrs
import pytest
from packaging.specifiers import SpecifierSet

from brokerport import AtOnce, Bucket, Capability, InvalidRequestError, Market, PluginError, PluginState, Quota, Registry
from brokerport.models.limits import KNOWN
from brokerport.plugins.manifest import API, USUAL, Manifest, ManifestError, read
from brokerport.plugins.manifest_toml import CAPABILITY, MANIFEST

Install = Callable[..., Path]
Write = Callable[[str, str], Path]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"


@pytest.fixture
def write(site: Path) -> Write:
    """Write the manifest of a package that cannot be imported."""

    def write(package: str, text: str) -> Path:
        folder = site.joinpath(*package.split("."))
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("raise AssertionError('nothing is imported to read a manifest')", "utf-8")
        path = folder / "brokerport.toml"
        path.write_text(text, "utf-8")
        return path

    return write


HOOK = """
from brokerport import Provider, hookimpl

@hookimpl
def register_providers(register):
    register("{}", lambda settings: Provider())
"""
ALL = """
api = ">=1.0,<2"
about = "Acme, by its own files"
questions = ["borrow_fee"]
markets = ["UK"]

[capabilities.short_volume]
markets = ["US", "HK"]
quota = { requests = 30, seconds = 30 }
page_size = 50
since = 2018-08-01
example = "US.TSLA"

[capabilities.ark_dynamic]
quota = [{ per_second = 10, burst = 20, shared = "all" }, { at_once = 5 }, { requests = 1_000, seconds = 3600 }]
"""


def test_it_says_all_of_this(write: Write) -> None:
    write("acme", ALL)
    told = {
        "short_volume": Capability("short_volume", frozenset({Market.HK, Market.US}), Quota(30, 30), 50, date(2018, 8, 1), "US.TSLA"),
        "ark_dynamic": Capability("ark_dynamic", quota=(Bucket(10, 20, shared="all"), AtOnce(5), Quota(1000, 3600))),
    }
    assert read("acme") == Manifest(">=1.0,<2", "Acme, by its own files", None, ("borrow_fee",), ("UK",), told)


def test_it_may_say_nothing_and_may_be_missing(write: Write) -> None:
    write("acme", "")
    assert read("acme") == read("acme.inner") == read("no_such_package") == read("os") == read("") == read(".x") == Manifest()


def test_same_as_tells_what_is_not_told_here(write: Write) -> None:
    write("protocol", ALL)
    write("brand", 'same_as = "protocol"\nabout = "A brand"')
    shared = read("protocol")
    assert read("brand") == attrs.evolve(shared, about="A brand", same_as="protocol")


@pytest.mark.parametrize("module", ["acme", "acme.plugin", "acme.plugin.deep"])
def test_the_nearest_package_that_has_one_tells(write: Write, module: str) -> None:
    write("acme", 'about = "outer"')
    (write("acme.plugin", 'about = "inner"').parents[1] / "brokerport.toml").touch()
    assert read(module).about == ("outer" if module == "acme" else "inner")


def test_a_namespace_package_may_hold_several(write: Write, site: Path) -> None:
    write("shared.acme", 'about = "Acme"')
    write("shared.zebra", 'about = "Zebra"')
    assert not (site / "shared" / "__init__.py").exists()
    assert (read("shared.acme").about, read("shared.zebra.hooks").about, read("shared").about) == ("Acme", "Zebra", None)


def test_one_in_a_zip_is_not_seen_and_nothing_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: Install) -> None:
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as packed:
        packed.writestr("zipped/__init__.py", HOOK.format("zipped"))
        packed.writestr("zipped/brokerport.toml", "no manifest")
        packed.writestr("zipped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: zipped\nVersion: 1.0\n")
        packed.writestr("zipped-1.0.dist-info/entry_points.txt", "[brokerport]\nzipped = zipped\n")
    monkeypatch.syspath_prepend(tmp_path / "zipped.zip")
    install("beside", "raise OSError")
    own = Registry()
    assert "zipped" in own.names()
    assert [(plugin.state, plugin.manifest) for plugin in own.plugins() if plugin.name == "zipped"] == [(PluginState.FOUND, Manifest())]
    assert own.get_async("zipped").broker == "zipped"
    del sys.modules["zipped"]


FAULTS = {
    "api = ": "Invalid value (at end of document)",
    "[" * 100_000: "line 1: tables or lists are more than 32 deep",
    "x = " + "[" * 100_000: "line 1: tables or lists are more than 32 deep",
    f"about = {'1' * 5000}": "line 1: ",
    "a." * 100_000 + "a = 1": "line 1: a key has more than 16 parts",
    "api = 1.0": "api = 1.0 must be a text",
    f'api = "{">=1," * 100}"': "api has 400 characters; 300 are the most",
    f'about = "{"x" * 301}"': "about has 301 characters; 300 are the most",
    'questions = ["\\u001b[31m"]': "'\\x1b[31m' is no name of a question; write one such as 'borrow_fee'",
    '[capabilities."short volume"]': "'short volume' is no name of a question",
    'api = "newer"': "Invalid specifier: 'newer'",
    'api = "1.0"': "Invalid specifier: '1.0'",
    'api = ">=1.0;<2"': "Invalid specifier: '>=1.0;<2'",
    "capabilities = 1": "capabilities = 1 must be a table",
    'capabilities = ["short_volume"]': "capabilities = ['short_volume'] must be a table",
    'questions = "borrow_fee"': "questions = 'borrow_fee' must be a list",
    "questions = [1]": "questions[0] = 1 must be a text",
    "markets = [['UK']]": "markets[0] = ['UK'] must be a text",
    "capabilities.short_volume = true": "[capabilities.short_volume] = True must be a table",
    "[capabilities.short_volume]\nmarkets = 'US'": "[capabilities.short_volume] markets = 'US' must be a list",
    "[capabilities.short_volume]\nmarkets = ['US', 1]": "[capabilities.short_volume] markets[1] = 1 must be a text",
    "[capabilities.short_volume]\nexample = ['US.TSLA']": "[capabilities.short_volume] example = ['US.TSLA'] must be a text",
    "[capabilities.borrow_fee]\npage_size = 'many'": "[capabilities.borrow_fee] page_size = 'many' must be a whole number",
    "[capabilities.short_volume]\nquota = 30": "[capabilities.short_volume] quota: 30 must be a table",
    "[capabilities.short_volume]\nquota = { requests = 30 }": "[capabilities.short_volume] quota: {'requests': 30} must have",
    "[capabilities.short_volume]\nquota = { requests = 0, seconds = 1 }": "quota: requests = 0 must be 1 or more",
    "[capabilities.short_volume]\nquota = { requests = '9', seconds = 1 }": "quota: requests = '9' must be a whole number",
    "[capabilities.short_volume]\nquota = { requests = 9, seconds = 0.0 }": "quota: seconds = 0.0 must be more than 0, and finite",
    "[capabilities.short_volume]\nquota = { requests = 9, seconds = inf }": "line 2: 'inf' cannot be counted with; write a finite number",
    "[capabilities.short_volume]\nquota = { requests = 9.5, seconds = 1 }": "quota: requests = 9.5 must be a whole number",
    "[capabilities.short_volume]\nquota = [{ requests = 9 }]": "[capabilities.short_volume] quota[0]: {'requests': 9} must have",
    "[capabilities.short_volume]\nquota = [9]": "[capabilities.short_volume] quota[0]: 9 must be a table",
    "[capabilities.short_volume]\npage_size = -1": "[capabilities.short_volume] page_size = -1 must be 1 or more",
    "[capabilities.short_volume]\npage_size = true": "[capabilities.short_volume] page_size = True must be a whole number",
    "[capabilities.short_volume]\nsince = '2018-08-01'": "since = '2018-08-01' must be a day, such as 2018-08-01 without quotes",
    "[capabilities.short_volume]\nsince = 2018-08-01T00:00:00": "must be a day, such as 2018-08-01 without quotes",
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[-40:])
def test_what_is_no_manifest_is_told_with_its_path_and_its_fault(write: Write, text: str) -> None:
    path = write("acme", text)
    with pytest.raises(ManifestError) as raised:
        read("acme")
    assert str(raised.value).startswith(f"{path} is no manifest: ")
    assert FAULTS[text] in str(raised.value)


def test_what_is_no_text_is_told(write: Write) -> None:
    write("acme", "").write_bytes(b"about = '\xff'")
    with pytest.raises(ManifestError, match="is no manifest: line 1: it is not UTF-8"):
        read("acme")


@pytest.mark.parametrize("kind", ["folder", "loop", "dangling", "pipe"])
@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there, and there are no such pipes")
def test_what_is_no_file_is_told(write: Write, kind: str) -> None:
    path = write("acme", "")
    path.unlink()
    make: dict[str, tuple[Callable[[], object], str]] = {
        "folder": (path.mkdir, "it is a folder"),
        "loop": (lambda: path.symlink_to(path.name), r"\[Errno \d+\] Too many"),
        "dangling": (lambda: path.symlink_to("nothing"), r"\[Errno 2\] No such file"),
        "pipe": (lambda: os.mkfifo(path), "it is no plain file, but a pipe"),
    }
    make[kind][0]()
    with pytest.raises(ManifestError, match=rf"brokerport\.toml is no manifest: {make[kind][1]}"):
        read("acme")


@pytest.mark.parametrize(
    ("named", "fault"),
    [
        ("brand", "same_as = 'brand', and that says same_as itself"),
        ("another", "same_as = 'another', and that says same_as itself"),
        ("no_such_package", "same_as = 'no_such_package', and no manifest is there"),
        ("os", "same_as = 'os', and no manifest is there"),
        ("", "same_as = '', and no manifest is there"),
    ],
)
def test_same_as_leads_to_a_manifest_that_tells_for_itself(write: Write, named: str, fault: str) -> None:
    write("another", 'same_as = "protocol"')
    write("protocol", "")
    write("brand", f'same_as = "{named}"')
    with pytest.raises(ManifestError, match=f"^{fault}$"):
        read("brand")


def test_a_manifest_that_cannot_be_read_is_told_with_its_plugin_and_can_be_mended(install: Install) -> None:
    site = install("acme", HOOK.format("acme"), manifest="about = 1")
    own = Registry()
    for ask in (own.get, own.get_async, own.capabilities):
        with pytest.raises(
            PluginError, match=r"plugin 'acme' of brokerport-acme 1\.2\.3 says nothing that can be read: .*about = 1 must be a text"
        ):
            ask("acme")
    assert [plugin.state for plugin in own.plugins() if plugin.name == "acme"] == [PluginState.SKIPPED]
    (site / "plugin_acme" / "brokerport.toml").write_text("[capabilities.ark_dynamic]", "utf-8")
    assert own.capabilities("acme") == (Capability("ark_dynamic"),)
    assert "plugin_acme" not in sys.modules
    assert own.get("acme").broker == "acme"


@pytest.mark.parametrize(
    ("api", "works"),
    [(None, True), ("", True), (">=1.0,<2", True), ("==1.*", True), ("~=1.0", True), (">=1.1", False), (">1.0", False), ("<1", False)],
)
def test_the_range_says_whether_it_works_here(api: str | None, works: bool) -> None:  # a parameter of the test
    assert Manifest(api).works_here() is works


# What this core does not know

LATER = """
color = "red"
[capabilities.shorts]
page_size = 5
[capabilities.short_volume]
market = "US"
markets = ["US", "MARS"]
quota = [{ requests = 9, seconds = 1 }, { tokens = 5, refill = 0.5 }]
"""


def test_what_this_core_does_not_know_is_kept_as_it_stands(write: Write) -> None:
    write("acme", LATER)
    told = read("acme")
    assert told.capabilities == {
        "shorts": Capability("shorts", page_size=5),
        "short_volume": Capability("short_volume", frozenset({Market.US, Market.named("MARS")}), (Quota(9, 1),)),
    }
    assert told.unknown == {
        "color": "red",
        "[capabilities.short_volume] market": "US",
        "[capabilities.short_volume] quota[1]": {"tokens": 5, "refill": 0.5},
    }


def test_a_quota_of_which_any_part_is_not_known_is_none_that_could_be_kept(write: Write) -> None:
    write("acme", "[capabilities.short_volume]\nquota = { requests = 9, seconds = 1, per = 'address' }")
    assert read("acme").capabilities == {"short_volume": Capability("short_volume")}
    assert read("acme").unknown == {"[capabilities.short_volume] quota": {"requests": 9, "seconds": 1, "per": "address"}}


def test_a_market_that_nobody_has_registered_is_only_its_code(write: Write) -> None:
    write("acme", LATER)
    (capability,) = (each for each in (read("acme").capabilities or {}).values() if each.markets)
    (mars,) = (each for each in capability.markets or () if each == "MARS")
    assert mars not in Market
    with pytest.raises(InvalidRequestError, match="'MARS' is no market that brokerport knows"):
        mars.zone  # noqa: B018  # a property


def test_a_plugin_of_a_later_api_is_used_and_what_is_strange_is_told_once(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("later", HOOK.format("later"), manifest=LATER)
    own = Registry()
    with caplog.at_level(logging.WARNING, "brokerport"):
        for _ in range(2):
            assert [plugin.state for plugin in own.plugins() if plugin.name == "later"] == [PluginState.FOUND]
        assert [each.question for each in own.capabilities("later")] == ["shorts", "short_volume"]
        assert own.get("later").broker == "later"
    strange = "shorts, MARS, [capabilities.short_volume] market, [capabilities.short_volume] quota[1], color"
    told = f"plugin 'later' of brokerport-later 1.2.3 names what this brokerport does not know, and keeps: {strange}"
    assert caplog.messages == [f"{told}; a later one may know it"]


def test_what_another_plugin_brings_is_not_strange(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("answers", HOOK.format("answers"), manifest="[capabilities.shorts]\nmarkets = ['MARS']")
    install("brings", "", manifest="questions = ['shorts']\nmarkets = ['MARS']")
    with caplog.at_level(logging.WARNING, "brokerport"):
        assert Registry().plugins()
    assert caplog.messages == []


# What the documentation says


def test_the_page_has_a_row_for_every_key_and_every_state() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [*PluginState, *MANIFEST, "capabilities", *CAPABILITY]
    assert attrs.fields_dict(Manifest).keys() == MANIFEST.keys() | {"capabilities", "unknown"}
    assert all(f"`{key}`" in PAGE.read_text("utf-8") for key in KNOWN)
    assert CAPABILITY.keys() | {"question"} == attrs.fields_dict(Capability).keys()


def test_the_manifest_of_the_page_is_one(write: Write) -> None:
    (shown,) = re.findall(r"^```toml\n(# brokerport\.toml\n.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    write("acme", shown)
    told = read("acme")
    assert told.works_here()
    markets = frozenset({Market.US, Market.named("UK")})
    assert told.capabilities == {
        "short_volume": Capability("short_volume", markets, Quota(30, 30), 50, date(2018, 8, 1), "US.TSLA"),
        "borrow_fee": Capability("borrow_fee", quota=(Quota(10, 0.5), Quota(1000, 3600))),
    }
    assert (told.questions, told.markets, told.unknown) == (("borrow_fee",), ("UK",), {})
    assert f"now {API}." in PAGE.read_text("utf-8")


def test_the_usual_range_holds_this_core() -> None:
    assert SpecifierSet(USUAL).contains(API)
    assert Manifest(api=USUAL).works_here()
