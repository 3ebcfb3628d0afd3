"""The page that adds a question: its package is used through every door, and its module works within core too."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.built import Built
from docs.pages import QUESTION, ROOT, blocks, code, commands, printed_below
from docs.printed import same

FILES = {str(block.file): block.text.partition("\n")[2] for block in blocks(QUESTION) if block.file}
CORE = {name: text for name, text in FILES.items() if name.startswith("core/")}
STRANGERS = {name: text for name, text in FILES.items() if name not in CORE}
PACKAGE = {name: text for name, text in STRANGERS.items() if not name.startswith("tests/")}
MODULE = "src/brokerport_lender/borrow_fee.py"

LONGEST = 80  # lines


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The package of the page, installed."""
    built = Built(tmp_path_factory.mktemp("brokerport-lender"))
    for name, text in STRANGERS.items():
        (built.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (built.folder / name).write_text(text, "utf-8")
    built.install()
    return built


def test_the_package_is_as_short_as_the_page_says() -> None:
    lines = sum(text.count("\n") for text in PACKAGE.values())
    assert lines <= LONGEST
    assert f" {lines} lines" in QUESTION.read_text("utf-8")


@pytest.mark.timeout(60)  # each command is a process of its own
def test_the_question_is_asked_through_every_door(lender: Built) -> None:
    script = "\n".join(block.text for block in code(QUESTION))
    assert same(actual := lender.run("-c", script), "".join(printed_below(QUESTION).values())), actual
    lender.check([each for each in commands(QUESTION) if each.line.startswith("brokerport ")])


@pytest.mark.timeout(60)
def test_its_broker_keeps_the_contract(lender: Built) -> None:
    assert ": gold\n" in lender.keeps_the_contract()


@pytest.mark.timeout(30)
def test_in_core_it_is_one_module_and_one_row(tmp_path: Path) -> None:
    questions = tmp_path / "brokerport" / "questions"
    shutil.copytree(ROOT / "core" / "src" / "brokerport", tmp_path / "brokerport", ignore=shutil.ignore_patterns("__pycache__"))
    module, row = (CORE[f"core/src/brokerport/questions/{name}.py"] for name in ("borrow_fee", "table"))
    (questions / "borrow_fee.py").write_text(re.sub(r"from brokerport import .*\n", module, PACKAGE[MODULE]), "utf-8")
    table = (questions / "table.py").read_text("utf-8")
    imported, method = row.split("\n\n\nclass Table:\n")
    table = table.replace("\n__all__ = [", f'\n{imported}\n__all__ = [\n    "BORROW_FEE",')
    (questions / "table.py").write_text(re.sub(r"(class Table:\n.*\n)", rf"\1\n{method}", table), "utf-8")
    asked = "import brokerport.cli.app as cli; from brokerport import AsyncClient, BORROW_FEE, Client, registry; "
    asked += "print(Client.borrow_fee.question, AsyncClient.borrow_fee.question, *registry.questions()[:1], cli.app['borrow-fee'].help)"
    done = subprocess.run([sys.executable, "-c", asked], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    told = "<Question borrow_fee>"
    assert (done.stdout, done.stderr) == (f"{told} {told} {told} What it costs to borrow a stock, percent a year.\n", "")
