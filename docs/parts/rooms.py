"""Who may import whom, from the contracts of import-linter in pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from docs.parts.markdown import code, fenced

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

_WIDTH = 72  # of a drawing
#: where walls meet: up, down, left, right
_JOINTS = {
    (False, True, False, True): "┌",
    (False, True, True, True): "┬",
    (False, True, True, False): "┐",
    (True, True, False, True): "├",
    (True, True, True, True): "┼",
    (True, True, True, False): "┤",
    (True, False, False, True): "└",
    (True, False, True, True): "┴",
    (True, False, True, False): "┘",
}


def rooms(package: str) -> str:
    """The rooms of a package, floor by floor, the highest first."""
    contract = next(each for each in _contracts() if each.get("containers") == [package])
    return fenced(_drawn([layer.split(" : ") for layer in contract["layers"]]))


def contracts() -> str:
    """The contracts that are no layers."""
    return "\n".join(f"* {_named(each)}: {_SENTENCES[each['type']](each)}." for each in _contracts() if each["type"] in _SENTENCES)


def _contracts() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return told


def _drawn(floors: list[list[str]]) -> str:
    walls = [set(), *({place * _WIDTH // len(floor) for place in range(len(floor) + 1)} for floor in floors), set()]
    lines = [_ceiling(walls[0], walls[1])]
    for floor, own, below in zip(floors, walls[1:], walls[2:], strict=False):
        cells = [right - left - 2 for left, right in pairwise(sorted(own))]
        lines += ["".join(f"│ {room:<{cell}}" for room, cell in zip(floor, cells, strict=True)) + "│", _ceiling(own, below)]
    return "\n".join(lines)


def _ceiling(above: set[int], below: set[int]) -> str:
    return "".join(_JOINTS.get((place in above, place in below, place > 0, place < _WIDTH), "─") for place in range(_WIDTH + 1))


def _named(contract: dict[str, Any]) -> str:
    return f"{contract['name'][0].upper()}{contract['name'][1:]}"


def _forbidden(contract: dict[str, Any]) -> str:
    told = f"{_listed(contract['source_modules'])} may not import {_listed(contract['forbidden_modules'])}"
    but = _listed(dict.fromkeys(map(_exception, contract.get("ignore_imports", ()))))
    return f"{told}, except {but}" if but else told


def _exception(ignored: str) -> str:
    """Who may; where that is everybody of the contract, what."""
    importer, _, imported = ignored.partition(" -> ")
    return imported.removesuffix(".*") if "*" in importer else importer


def _independent(contract: dict[str, Any]) -> str:
    return f"{_listed(contract['modules'])} may not import each other"


def _listed(modules: Iterable[str]) -> str:
    return ", ".join(map(code, modules))


_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {"forbidden": _forbidden, "independence": _independent}
