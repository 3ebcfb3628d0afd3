"""What the pages say is true: their code runs, their commands exist, their tables are the code's."""

from __future__ import annotations

import inspect
import re
import shlex
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import attrs
import pytest

import brokerport
from brokerport import errors, registry
from brokerport.cli.app import app
from brokerport.cli.entry import main
from brokerport.models.limits import KINDS, limits_from
from brokerport.plugins import hookspecs
from brokerport.settings import config_file, profile, sources
from brokerport_opend import OpenDSettings
from brokerport_opend.sandbox.__main__ import _parser as sandbox_arguments
from docs.built import Built
from docs.pages import (
    BESIDE,
    BUILT,
    DOCS,
    PAGES,
    PLUGIN,
    ROOT,
    Command,
    anchors,
    blocks,
    code,
    commands,
    links,
    printed_below,
    prose,
    shown,
    spans,
    title,
)
from docs.parts.tables import hooks
from docs.printed import same

HOOKS = DOCS / "hooks.md"
NO_NAMES = ("brokerport.sandbox", "brokerport.toml")  # a logger, and a file
TOOLS = ("build", "mypy", "pytest", "ruff")

ERRORS = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.BrokerportError)]


@pytest.mark.timeout(20)  # some pages import pandas and polars
@pytest.mark.parametrize("page", [page for page in PAGES if code(page) and page not in BUILT], ids=title)
def test_the_code_of_a_page_runs_and_prints_what_it_says(page: Path, at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    expected = printed_below(page)
    for block in code(page):
        exec(compile("\n" * block.line + block.text, title(page), "exec"), names)
        actual = capsys.readouterr().out
        if block.line in expected:
            assert same(actual, expected[block.line]), actual


OTHERS = [page for page in PAGES if page not in BUILT]
RUN = [each for page in OTHERS for each in commands(page) if each.output and each.line.startswith("brokerport ")]


@pytest.mark.parametrize("command", RUN, ids=lambda each: f"{title(each.block.page)}: {each.line}")
def test_a_command_prints_what_the_page_shows(command: Command, at_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command.line)[1:]) == 0
    actual = "".join(capsys.readouterr())
    assert same(actual, command.output), actual


IN_BLOCKS = {each.line for page in (*OTHERS, PLUGIN) for each in commands(page)}
IN_TEXT = {span for page in (*OTHERS, PLUGIN) for span in spans(page) if span.startswith("brokerport ")}


@pytest.mark.parametrize("line", sorted(IN_BLOCKS | IN_TEXT))
def test_a_command_line_exists(line: str) -> None:
    program, *arguments = shlex.split(line.replace("| head", "").replace("...", "brokers"))
    KNOWN[Path(program).name](arguments)


def brokerport_command(arguments: list[str]) -> None:
    """The command line takes it; a word in capitals stands for one of the user's."""
    words = {"N": "1", "QUESTION": "short-volume", "SYMBOL": "US.TSLA"}
    app.parse_args([words.get(each, each) for each in arguments], exit_on_error=False, print_error=False)


def make_target(arguments: list[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert arguments[0] in targets


def test_every_target_of_make_is_told_to_who_contributes() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    told = re.findall(r"`make ([a-z-]+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert set(targets) - {"help"} <= set(told)


def python_module(arguments: list[str]) -> None:
    _, module, *rest = arguments
    if module == "brokerport_opend.sandbox":
        sandbox_arguments().parse_args(rest)
    else:
        assert module in TOOLS


def export(arguments: list[str]) -> None:
    name = arguments[0].partition("=")[0]
    assert name in {f"BROKERPORT_MOOMOO_{each.name.upper()}" for each in attrs.fields(OpenDSettings)}


def pip_install(arguments: list[str]) -> None:
    assert arguments[0] == "install"


KNOWN: dict[str, Callable[[list[str]], object]] = {
    "brokerport": brokerport_command,
    "opend-sandbox": lambda arguments: sandbox_arguments().parse_args(arguments),
    "make": make_target,
    "python": python_module,
    "export": export,
    "pip": pip_install,
    "cd": lambda arguments: None,  # run where the plugin is written
    "rm": lambda arguments: None,  # the same
}


def test_every_command_is_on_the_page_of_the_command_line() -> None:
    said = (DOCS / "command-line.md").read_text("utf-8")
    assert [name for name in app if not name.startswith("-") and f"`brokerport {name}" not in said] == []


# The plugin that is built on a page: written, and then changed


FILES = [block for block in blocks(PLUGIN) if block.file]


def commands_of_plugin(*, changed: bool) -> list[Command]:
    """Those that ask brokerport, before or after the page changes what was written."""
    asked = [each for each in commands(PLUGIN) if each.line.startswith("brokerport ")]
    return [each for each in asked if (each.block.line > FILES[0].line) is changed]


@pytest.fixture
def written(at_home: Path, capsys: pytest.CaptureFixture[str]) -> Built:
    """As ``brokerport new-plugin acme`` leaves it."""
    first = commands_of_plugin(changed=False)[0]
    assert main(shlex.split(first.line)[1:]) == 0
    assert same("".join(capsys.readouterr()), first.output)
    return Built(at_home / "brokerport-acme")


@pytest.fixture
def changed(written: Built) -> Built:
    """With what the page removes and what it shows in its place."""
    for command in commands(PLUGIN):
        if command.line.startswith("rm "):
            (written.folder / command.line.removeprefix("rm ")).unlink()
    for block in FILES:
        (written.folder / str(block.file)).write_text(block.text.partition("\n")[2], "utf-8")
    return written


@pytest.mark.timeout(60)  # it is installed, by pip, and the contract is kept in a process of its own
def test_the_plugin_as_it_is_written_does_what_the_page_shows(written: Built) -> None:
    written.install()
    written.check(commands_of_plugin(changed=False)[1:])
    assert ": gold\n" in written.keeps_the_contract()


@pytest.mark.timeout(60)  # the same
def test_the_plugin_with_the_broker_in_it_does_what_the_page_shows(changed: Built) -> None:
    changed.install()
    script = "\n".join(block.text for block in code(PLUGIN))
    assert same(changed.run("-c", script), "".join(printed_below(PLUGIN).values()))
    changed.check(commands_of_plugin(changed=True))
    assert ": silver\n" in changed.keeps_the_contract()


@pytest.mark.skipif(not find_spec("ruff"), reason="ruff is not installed: make check brings it")
def test_ruff_has_nothing_to_say_about_the_plugin_of_the_page(changed: Built) -> None:
    changed.run("-m", "ruff", "check", "--no-cache")


def test_the_table_of_files_is_what_is_written(written: Built) -> None:
    listed = {row.split("`")[1] for row in prose(PLUGIN).splitlines() if row.startswith(("| `src/", "| `tests/", "| `pyproject"))}
    there = {str(path.relative_to(written.folder)) for path in written.folder.rglob("*") if path.is_file()}
    assert there - listed == {"README.md", ".gitignore"}
    assert listed <= there


def test_every_hook_has_its_section_with_its_exact_arguments() -> None:
    specified = {name: tuple(inspect.signature(each).parameters) for name, each in hooks().items()}
    headings = re.findall(r"^## (\w+)\((.*)\)$", prose(HOOKS), re.MULTILINE)
    examples = re.findall(r"^@hookimpl\ndef (\w+)\((\w+): \w+\) -> None:", HOOKS.read_text("utf-8"), re.MULTILINE)
    assert {name: tuple(taken.split(", ")) for name, taken in headings} == specified
    assert {name: tuple(taken.split(", ")) for name, taken in examples} == specified


def test_the_plugin_of_the_page_implements_the_real_hook() -> None:
    taken = ", ".join(inspect.signature(hookspecs.register_providers).parameters)
    assert f"def register_providers({taken}: Register)" in PLUGIN.read_text("utf-8")


def test_the_page_shows_all_of_a_brand() -> None:
    ours = (ROOT / "plugins/moomoo/src/brokerport_moomoo/__init__.py").read_text("utf-8")
    assert code(PLUGIN)[-1].text.strip() in ours


# What has to be there, all of it


def test_retryable_are_the_errors_that_the_page_names() -> None:
    sentence = re.search(r"^`retryable` is True for (.+):", prose(DOCS / "errors.md"), re.MULTILINE)
    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence[1])) == {each.__name__ for each in ERRORS if each.retryable}


def test_the_toml_of_the_settings_page_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("\n".join(block.text for block in shown(DOCS / "settings.md", "toml")), "utf-8")
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    assert registry.get("desk").broker == "desk"
    moomoo = sources.load(OpenDSettings, profile.read("moomoo", config_file.read()), {})
    assert (moomoo.host, moomoo.timeout) == ("192.0.2.10", 15.0)


def test_the_quotas_of_the_page_are_read_as_limits() -> None:
    (manifest,) = (tomllib.loads(block.text) for block in shown(DOCS / "quotas.md", "toml"))
    told = [limits_from(each["quota"]) for each in manifest["capabilities"].values()]
    assert [strange for _, strange in told] == [()] * 3
    assert [list(map(str, limits)) for limits, _ in told] == [
        ["30 in 30 s"],
        ["10 a second, bursts of 20"],
        ["60 in 30 s", "5 at once"],
    ]


def test_the_table_of_limits_is_what_they_are() -> None:
    rows = [re.findall(r"`([^`]+)`", row)[:2] for row in prose(DOCS / "quotas.md").splitlines() if re.match(r"\| `\w+\(\d", row)]
    for written, table in rows:
        assert limits_from(tomllib.loads(f"quota = {table}")["quota"]) == ((eval(written, vars(brokerport).copy()),), ())
    assert {written.partition("(")[0] for written, _ in rows} == {kind.__name__ for kind in KINDS}


# Links


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_names_in_the_text_are_there(page: Path) -> None:
    for span in spans(page):
        if (named := re.match(r"brokerport(?:_\w+)?(?:\.\w+)+", span)) and named[0] not in NO_NAMES:
            resolve_name(named[0])


def test_pages_beside_the_documentation_are_there() -> None:
    assert [name for name in BESIDE if not (ROOT / name).is_file()] == []
    assert [each.name for each in (DOCS / "decisions").glob("0*.md") if f"# {each.name[:4]}: " not in each.read_text("utf-8")] == []


def test_what_is_not_run_has_a_reason() -> None:
    for page in PAGES:
        for block in shown(page, "python"):
            assert block.not_run is None or len(block.not_run.split()) > 3, block
