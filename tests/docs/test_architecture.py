"""The page on architecture agrees with the contracts that import-linter holds, and names files that are there."""

from __future__ import annotations

import re
import tomllib

import pytest

from docs.pages import DOCS, ROOT

PAGE = (DOCS / "architecture.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
FLOORS = {each["containers"][0]: [re.split(r" [:|] ", layer) for layer in each["layers"]] for each in CONTRACTS if each["type"] == "layers"}
HOUSES = {"brokerport": ROOT / "core/src/brokerport", "brokerport_opend": ROOT / "protos/src/brokerport_opend"}


def drawn(package: str) -> list[list[str]]:
    """The rooms of each floor, as the page draws them."""
    (drawing,) = re.findall(rf"<!-- generated: rooms {package} -->\n(.*?)<!-- /generated -->", PAGE, re.DOTALL)
    return [re.findall(r"\w+", line) for line in drawing.splitlines() if line.startswith("│")]


def described(package: str) -> list[str]:
    """The rooms that have a paragraph below the drawing, in the order of the paragraphs."""
    below = PAGE.partition(f"<!-- generated: rooms {package} -->")[2].partition("<!-- /generated -->")[2]
    return re.findall(r"^\* \*\*(\w+)\*\* ", below.partition("\n## ")[0].partition("<!-- generated")[0], re.MULTILINE)


@pytest.mark.parametrize("package", FLOORS)
def test_the_rooms_that_are_drawn_are_those_of_the_contract_in_their_order(package: str) -> None:
    assert drawn(package) == FLOORS[package]


@pytest.mark.parametrize("package", HOUSES)
def test_every_room_is_drawn(package: str) -> None:
    there = {path.stem for path in HOUSES[package].iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__"} == {room for floor in FLOORS[package] for room in floor}


@pytest.mark.parametrize("package", HOUSES)
def test_every_room_has_its_paragraph(package: str) -> None:
    assert described(package) == [room for floor in FLOORS[package] for room in floor]


def test_the_way_of_a_call_goes_through_files_that_are_there() -> None:
    way = PAGE.partition("## The way of one call")[2].partition("## ")[0]
    named = re.findall(r"(?<![\w/])(?:[a-z_]+/)*(?:[a-z_]+\.py|(?<=/))(?![\w/])", way)
    assert len(named) > 20
    assert [name for name in named if not any((house / name).exists() for house in HOUSES.values())] == []


def test_the_files_in_the_text_are_there() -> None:
    named = re.findall(r"`([a-z_/]+(?:\.py|/))`", PAGE)
    assert [name for name in named if not any((house / name).exists() for house in HOUSES.values())] == []
