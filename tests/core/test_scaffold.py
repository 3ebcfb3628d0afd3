"""The scaffold: what it writes works with no edit, and it writes nothing that would not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.specifiers import SpecifierSet

from brokerport import InvalidRequestError, scaffold
from brokerport.plugins import manifest
from brokerport.scaffold.writer import FILES

CORE = Path(__file__).resolve().parents[2] / "core"
OFFLINE = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")

Install = Callable[..., Path]
Do = Callable[..., str]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# What it writes


@pytest.fixture(scope="module", params=["acme", "acme-2-north-western"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    name: str = request.param
    return scaffold.write(name, tmp_path_factory.mktemp("plugins"))


@pytest.fixture(scope="module")
def do(package: Path) -> Do:
    """Run a module of Python in the package's folder; it has to end well."""

    def do(*arguments: str | Path, **environment: str) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        line = [sys.executable, "-m", *arguments]
        done = subprocess.run(line, cwd=package, env=clean | environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return do


def test_every_file_is_there_and_nothing_is_left_to_fill_in(package: Path) -> None:
    word = package.name.removeprefix("brokerport-").replace("-", "_")
    written = everything(package)
    assert set(written) == {path.replace("$word", word) for path in FILES}
    assert [path for path, text in written.items() if b"${" in text or b"$word" in text or b"$Class" in text or b"$name" in text] == []


def test_its_manifest_takes_the_api_that_this_core_has(package: Path) -> None:
    (path,) = package.glob("src/*/brokerport.toml")
    told = tomllib.loads(path.read_text("utf-8"))["api"]
    major = int(manifest.API.partition(".")[0])
    assert SpecifierSet(told).contains(manifest.API)
    assert not SpecifierSet(told).contains(f"{major + 1}.0")


def test_what_it_imports_of_brokerport_is_public(package: Path) -> None:
    texts = [path.read_text("utf-8") for path in package.rglob("*.py")]
    imported = {name for text in texts for name in re.findall(r"^(?:from|import) (brokerport(?:\.[\w.]+)?) ", text, re.MULTILINE)}
    assert imported == {"brokerport", "brokerport.testing"}


def test_the_quota_that_it_shows_is_declared_before_and_after_it_is_imported(package: Path) -> None:
    (manifest,), (provider,) = package.glob("src/*/brokerport.toml"), package.glob("src/*/provider.py")
    told = tomllib.loads(manifest.read_text("utf-8"))["capabilities"]
    assert [each["quota"] for each in told.values()] == [{"requests": 60, "seconds": 30}] * 2
    assert "Quota(60, 30.0)" in provider.read_text("utf-8")


@pytest.mark.timeout(120)  # pip installs it, and the contract is kept in a process of its own
def test_it_installs_and_is_listed_and_answers_and_keeps_the_whole_contract(package: Path, do: Do, tmp_path: Path) -> None:
    name = package.name.removeprefix("brokerport-")
    do("pip", "install", *OFFLINE, "--target", tmp_path, ".")
    here = {"PYTHONPATH": str(tmp_path)}
    assert f"\n{name},brokerport-{name},0.1.0,found," in do("brokerport.cli", "brokers", "--format", "csv", **here)
    told = do("brokerport.cli", "short-volume", "US.TSLA", "--broker", name, "--limit", "1", "--format", "csv", **here)
    assert told.splitlines()[1].startswith("US.TSLA,2026-01-30,7500,25000,30.0,")
    report = do("pytest", "-p", "no:cacheprovider", "-p", "no:asyncio", "-W", "error", **here)
    assert f"({name}, brokerport-{name} 0.1.0): gold" in report


@pytest.mark.skipif(not find_spec("mypy"), reason="mypy is not installed: make check brings it")
@pytest.mark.timeout(120)  # it reads the standard library first
def test_mypy_has_nothing_to_say(do: Do, tmp_path_factory: pytest.TempPathFactory) -> None:
    do("mypy", "--cache-dir", tmp_path_factory.getbasetemp() / "mypy", MYPYPATH="src")


@pytest.mark.skipif(not find_spec("ruff"), reason="ruff is not installed: make check brings it")
def test_ruff_has_nothing_to_say(do: Do) -> None:
    do("ruff", "check", "--no-cache")
    do("ruff", "format", "--check", "--no-cache")


# What it refuses


@pytest.mark.parametrize("name", ["", "Acme", "2acme", "acme_eu", "acme.eu", "-acme", "acme-", "a--b", "../acme", "acmé", "acme\n"])
def test_what_cannot_be_a_name_is_refused_and_what_can_be_is_shown(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"write lowercase letters, digits and single hyphens.*acme-eu"):
        scaffold.write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_word_of_python_can_be_a_name(tmp_path: Path) -> None:
    folder = scaffold.write("class", tmp_path)
    compile((folder / "src/brokerport_class/provider.py").read_text("utf-8"), "provider.py", "exec")


def test_the_name_of_an_installed_broker_is_refused(install: Install, tmp_path: Path) -> None:
    install("taken", "", module="somewhere")
    with pytest.raises(InvalidRequestError, match=r"'taken' belongs to plugin 'taken' of brokerport-taken 1\.2\.3; choose another"):
        scaffold.write("taken", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_name_of_an_installed_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="a package brokerport_opend is installed"):
        scaffold.write("opend", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    scaffold.write("acme", tmp_path)
    (tmp_path / "brokerport-acme/README.md").write_text("mine")
    before = everything(tmp_path)
    with pytest.raises(InvalidRequestError, match="brokerport-acme cannot be made: File exists; nothing is overwritten"):
        scaffold.write("acme", tmp_path)
    assert everything(tmp_path) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "brokerport-acme").write_text("mine")
    with pytest.raises(InvalidRequestError, match="nothing is overwritten"):
        scaffold.write("acme", tmp_path)
    assert (tmp_path / "brokerport-acme").read_text() == "mine"


def test_the_folder_to_write_into_is_made(tmp_path: Path) -> None:
    assert scaffold.write("acme", tmp_path / "far" / "away") == tmp_path / "far/away/brokerport-acme"


# The templates


def test_every_template_is_used() -> None:
    there = {path.name.removesuffix(".tmpl") for path in (files("brokerport.scaffold") / "templates").iterdir()}
    assert there == set(FILES.values())


@pytest.mark.timeout(60)  # a wheel is built
def test_the_wheel_of_brokerport_holds_the_templates(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=CORE, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        held = set(packed.namelist())
    assert {f"brokerport/scaffold/templates/{template}.tmpl" for template in FILES.values()} <= held
