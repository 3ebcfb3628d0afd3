"""No circle among the modules of a package: imports inside functions, and those for type checkers alone, count as all others do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"brokerport": ROOT / "core" / "src", "brokerport_opend": ROOT / "protos" / "src"}

Circle = frozenset[str]  # the modules that lead to each other
Graph = Mapping[str, set[str]]  # what each module imports

#: that stand, and are to go
KNOWN: dict[str, set[Circle]] = {
    "brokerport": set(),
    "brokerport_opend": set(),
}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_leads_back_to_itself(package: str) -> None:
    assert circles(graph(sources(PACKAGES[package], package))) == KNOWN[package]


@pytest.mark.parametrize(
    "back",
    [
        "import house.room.first",
        "from house.room.first import name",
        "from house.room import first",
        "from . import first",
        "from .first import name",
        "from ..room import first",
        "def later() -> None:\n    from house.room import first",
        "if TYPE_CHECKING:\n    from house.room.first import name",
        "class Lazy:\n    def __getattr__(self, name: str) -> object:\n        import house.room.first as first",
    ],
)
def test_a_circle_is_seen_however_its_imports_are_written(back: str) -> None:
    house = {
        "house": "from house.room.first import name",
        "house.room": "",
        "house.room.first": "from house.room import second",
        "house.room.second": back,
        "house.cellar": "from house.room import first, second",
    }
    assert circles(graph(house)) == {frozenset({"house.room.first", "house.room.second"})}


def test_a_package_that_gives_out_its_modules_names_is_no_circle() -> None:
    assert circles(graph({"house": "from house.door import Door", "house.door": "from house import key", "house.key": ""})) == set()


def test_a_module_that_asks_its_package_for_what_another_module_has_is_in_a_circle() -> None:
    house = {"house": "from house.door import Door\nfrom house.key import Key", "house.door": "from house import Key", "house.key": ""}
    assert circles(graph(house)) == {frozenset({"house", "house.door"})}


def sources(folder: Path, package: str) -> dict[str, str]:
    """The text of each module, by its name; a package's own is that of its ``__init__``."""
    files = {file.relative_to(folder).with_suffix("").parts: file for file in (folder / package).rglob("*.py")}
    return {".".join(parts).removesuffix(".__init__"): file.read_text("utf-8") for parts, file in files.items()}


def graph(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """What each module imports of the others."""
    packages = {module.rpartition(".")[0] for module in texts}
    inside = {module: module if module in packages else module.rpartition(".")[0] for module in texts}
    named = {module: imported(ast.parse(text), inside[module]) for module, text in texts.items()}
    return {module: {nearest(name, texts) for name in names} & texts.keys() for module, names in named.items()}


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """The dotted names of all imports, wherever they stand; ``package`` is what relative ones start from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            yield from (".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names)


def nearest(name: str, modules: Iterable[str]) -> str:
    """The module that a dotted name is, or is in."""
    return name if name in modules else name.rpartition(".")[0]


def circles(arrows: Graph) -> set[Circle]:
    """The largest sets of modules that all lead to each other."""
    behind = {module: reached(module, arrows) for module in arrows}
    return {frozenset(each for each in behind[module] if module in behind[each]) for module in arrows if module in behind[module]}


def reached(start: str, arrows: Graph) -> set[str]:
    """All that a module leads to, by however many steps."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        further = arrows[ahead.pop()] - found
        found |= further
        ahead += further
    return found
