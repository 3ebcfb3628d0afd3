"""What to install: only what is known to be there, in words that fit a clone as well as a package index."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from brokerport import PluginError, Registry, UnknownBrokerError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "core/src").rglob("*.py"), *(ROOT / "protos/src").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")]
PROJECTS = [tomllib.loads(path.read_text("utf-8"))["project"] for path in ROOT.glob("[cp]*/**/pyproject.toml")]
WANTED = {each for project in PROJECTS for more in project.get("optional-dependencies", {}).values() for each in more}
EXTRAS = {f"{project['name']}[{extra}]" for project in PROJECTS for extra in project.get("optional-dependencies", {})}

Install = Callable[..., Path]


@pytest.fixture
def own() -> Registry:
    return Registry()


@pytest.fixture
def clone(site: Path, tmp_path: Path) -> Path:
    """A clone that this brokerport came from, as pip wrote it down: a plugin in it, and what that needs."""
    projects = {
        "core": ("brokerport", []),
        "wire": ("brokerport-wire", ["brokerport"]),
        "plugins/acme": ("brokerport-acme", ["brokerport-wire==1"]),
    }
    for folder, (name, needs) in projects.items():
        (tmp_path / "a clone" / folder).mkdir(parents=True)
        plugin = "[project.entry-points.brokerport]\nacme = 'acme'\n" if folder == "plugins/acme" else ""
        told = f"[project]\nname = {name!r}\ndependencies = {needs}\n{plugin}"
        (tmp_path / "a clone" / folder / "pyproject.toml").write_text(told)
    info = site / "brokerport-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brokerport\nVersion: 0.1.0\n")
    (info / "direct_url.json").write_text(json.dumps({"url": (tmp_path / "a clone/core").as_uri(), "dir_info": {}}))
    return tmp_path / "a clone"


def hint(own: Registry, name: str) -> str:
    with pytest.raises(UnknownBrokerError) as raised:
        own.get(name)
    return str(raised.value).rpartition("; ")[2]


@pytest.mark.parametrize("name", ["ib", "wire", "../core", "a b", "x;rm -rf ~", "zzz", "acme-2"])
def test_no_package_is_named_that_nobody_published(own: Registry, clone: Path, name: str) -> None:
    assert "pip" not in hint(own, name)


def test_a_plugin_of_the_clone_is_installed_from_there_and_what_it_needs_first(own: Registry, clone: Path) -> None:
    assert hint(own, "acme") == f"pip install '{clone}/wire' '{clone}/plugins/acme'"
    told = own.explain("acme", "ark_dynamic", "US.TSLA").first_failure
    assert told is not None
    assert told.fix == f"pip install '{clone}/wire' '{clone}/plugins/acme'"


def test_what_a_plugin_requires_is_installed_from_the_clone_too(own: Registry, clone: Path, install: Install) -> None:
    metadata = b"Metadata-Version: 2.1\nName: brokerport-lost\nVersion: 1\nRequires-Dist: brokerport-wire>=1\nRequires-Dist: elsewhere>=2\n"
    install("lost", "import brokerport_wire", files={"METADATA": metadata})
    with pytest.raises(PluginError, match=rf"pip install '{clone}/wire' 'elsewhere>=2'$"):
        own.get("lost")


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "{",
        "[]",
        "{}",
        '{"url": 7}',
        '{"url": "https://host/core", "dir_info": {}}',
        '{"url": "file:///nowhere/core", "dir_info": {}}',
    ],
)
def test_what_came_from_elsewhere_has_no_folder(own: Registry, clone: Path, site: Path, told: str | None) -> None:
    file = site / "brokerport-0.1.0.dist-info" / "direct_url.json"
    file.unlink() if told is None else file.write_text(told)
    assert hint(own, "acme") == "install the plugin that brings it, from where its author says"


def test_every_extra_is_named_beside_the_library_itself_as_the_project_has_it() -> None:
    hints = [line for path in SOURCES for line in path.read_text("utf-8").splitlines() if ": pip install 'brokerport" in line]
    assert len(hints) == 7
    for line in hints:
        assert ", or only " in line
        (extra,) = re.findall(r"pip install '(brokerport[\w-]*\[\S+\])'", line)
        assert extra in EXTRAS or "{" in extra
    bounds = {each for path in SOURCES for each in re.findall(r"['\"](\w+>=[\d.]+)['\"]", path.read_text("utf-8"))}
    assert {each for each in bounds if each.partition(">=")[0] in {known.partition(">=")[0] for known in WANTED}} <= WANTED
