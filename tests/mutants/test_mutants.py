"""The contract sees every mistake of the table; here one of each kind is tried, ``make mutants`` tries all."""

from __future__ import annotations

import pytest

from core.testing.running import Card, ended
from mutants import table
from mutants.mutant import NONE, Mutant
from mutants.running import judged
from mutants.table import MUTANTS

KINDS = (table.DAYS, table.SIDES, table.UNITS, table.PAGES, table.ANSWERS, table.ERRORS, table.CALLS)
SOME = [kind[0] for kind in KINDS]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Card]:
    """What the contract says of some."""
    return judged([NONE, *SOME], tmp_path_factory.mktemp("mutants"))


@pytest.mark.timeout(120)  # some hundred cases, in processes of their own
def test_without_a_mistake_the_plugin_passes_every_case(told: dict[str, Card]) -> None:
    card = told[NONE.name]
    assert (card["level"], ended(card, "failed"), ended(card, "skipped"), ended(card, "not run")) == ("gold", {}, {}, {})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("mutant", SOME, ids=lambda mutant: mutant.name)
def test_a_mistake_is_seen(mutant: Mutant, told: dict[str, Card]) -> None:
    assert ended(told[mutant.name], "failed") != {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mistake_can_be_made(mutant: Mutant) -> None:
    texts, whole = dict(mutant.installed()), dict(NONE.installed())
    path = f"{mutant.package}/{mutant.file}"
    assert texts[path] != whole[f"{NONE.package}/{mutant.file}"].replace(NONE.package, mutant.package).replace(NONE.word, mutant.word)
    compile(texts[path], path, "exec")


def test_a_line_that_is_not_there_once_is_no_place_for_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"nowhere: 'no such line' stands 0 times in provider\.py"):
        list(Mutant("nowhere", "no such line", "").installed())


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 50
