"""What the pages hold between comments follows from the code, and all of it stands in them: they read whole as files."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest

import brokerport
from brokerport import QUESTIONS
from brokerport.cli.app import app
from brokerport_opend import OpenDSettings
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.replies import version
from docs import generate
from docs.pages import DOCS, PAGES, title
from docs.parts import tables
from docs.parts.markdown import text

REFERENCE = "\n".join(page.read_text("utf-8") for page in sorted((DOCS / "reference").glob("*.md")))


def rows(table: str) -> list[list[str]]:
    """The cells of each row, without the head."""
    return [row.strip("| ").split(" | ") for row in table.splitlines()[2:]]


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_what_is_generated_is_up_to_date(page: Path) -> None:
    written = page.read_text("utf-8")
    assert written == generate.filled(written), f"{title(page)} is out of date: {generate.MENDS}"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_a_page_reads_whole_as_a_file(page: Path) -> None:
    """Nothing comes into it only where the pages are built, but for the lists of pages."""
    assert set(re.findall(r"^```\{([\w-]+)\}", page.read_text("utf-8"), re.MULTILINE)) <= {"toctree"}


def test_every_part_has_its_page() -> None:
    used = {part.split()[0] for page in PAGES for part in generate.parts(page.read_text("utf-8"))}
    assert used == generate.PARTS.keys()


@pytest.mark.parametrize("part", ["seting", "names brokerport.Quotta", "options compair"])
def test_a_part_that_cannot_be_made_is_named(part: str) -> None:
    with pytest.raises((AttributeError, KeyError)) as refused:
        generate.filled(f"<!-- generated: {part} -->\n<!-- /generated -->\n")
    assert refused.value.__notes__ == [f"it stands in a page: <!-- generated: {part} -->"]


def test_every_public_name_is_in_the_reference() -> None:
    documented = set(re.findall(r"^(?:##+ |\| `)(\w+)", REFERENCE, re.MULTILINE))  # by a section, or a row
    named = set(re.findall(r"`(?:brokerport\.)?(\w+)`", REFERENCE))
    kinds = {name: getattr(brokerport, name) for name in brokerport.__all__}
    sections = {name for name, each in kinds.items() if inspect.isclass(each) or inspect.isfunction(each)}
    assert sorted(sections - documented) == []
    assert sorted(kinds.keys() - named - documented) == []


def test_every_field_of_a_public_value_is_in_the_reference() -> None:
    kinds = [each for name in brokerport.__all__ if inspect.isclass(each := getattr(brokerport, name)) and attrs.has(each)]
    for kind in kinds:
        (section,) = re.findall(rf"^##+ {kind.__name__}\n(.*?)(?=^#|\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
        told = set(re.findall(r"^(?:\||\*) `(\w+)`", section, re.MULTILINE))
        assert {name for name in attrs.fields_dict(kind) if not name.startswith("_")} <= told, kind


def test_a_figure_has_its_unit_and_a_value_within_a_value_that_of_its_column() -> None:
    said = (DOCS / "reference" / "questions.md").read_text("utf-8")
    assert "| `short_percent` | `float \\| None` | % | as the broker reports it; 0.56 means 0.56 % |" in said
    assert "| `large` | `float` | the market's currency |" in said


def test_every_hook_has_its_part() -> None:
    shown = {part for page in PAGES for part in generate.parts(page.read_text("utf-8")) if part.startswith("hook ")}
    assert shown == {f"hook {name}" for name in tables.hooks()}


def test_every_setting_has_a_row() -> None:
    assert [row[:2] for row in rows(tables.settings())] == [
        [f"`{each.name}`", f"`BROKERPORT_MOOMOO_{each.name.upper()}`"] for each in attrs.fields(OpenDSettings)
    ]


def test_every_endpoint_has_its_row() -> None:
    for each, row in zip(ENDPOINTS, rows(tables.endpoints()), strict=True):
        assert [row[0], row[1], row[3], row[5]] == [f"`{each.question}`", str(each.proto_id), str(each.quota), each.page]
        assert row[4] == str(each.page_size or "not paged")
        assert row[6] == version(each.since)
        assert row[2] == "all" or set(row[2].split(", ")) == each.markets


def test_every_question_has_its_command_and_every_option_of_its_own_is_told() -> None:
    for question, row in zip(QUESTIONS.values(), rows(tables.commands()), strict=True):
        assert row[0] == f"`brokerport {question.name.replace('_', '-')} SYMBOL`"
        own = [name for name in question.said.parameters if name != question.about]
        assert all(f"`--{name.replace('_', '-')}`" in row[-1] for name in own)


def test_every_option_of_every_command_is_on_a_page() -> None:
    said = "".join((DOCS / name).read_text("utf-8") for name in ("command-line.md", "doctor.md"))
    names = [name for name in app if not name.startswith("-")]
    options = {each.names for name in names for each in app[name].assemble_argument_collection() if each.show and each.index is None}
    assert [each for each in options if not any(re.search(rf"`{name}[ `]", said) for name in each)] == []


def test_a_docstring_becomes_markdown() -> None:
    def documented() -> None:
        """Asks ``twice``::

            first()
            second()

        Args:
            name: What it is called, in a
                long sentence.

        Raises:
            KeyError, ValueError: It is not there.
        """

    assert text(documented) == (
        "Asks `twice`:\n\n```text\nfirst()\nsecond()\n```\n\n"
        "**Args**\n\n* `name`: What it is called, in a\n  long sentence.\n\n"
        "**Raises**\n\n* `KeyError`, `ValueError`: It is not there."
    )
