"""What the page says of the settings and the numbers is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from brokerport_finra import FinraSettings, archive, days, download, memory, provider, settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "finra.md").read_text("utf-8")


def test_every_setting_has_a_row() -> None:
    rows = [(name, variable, default) for name, variable, default in re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \|", PAGE, re.MULTILINE)]
    assert rows == [
        (each.name, f"BROKERPORT_FINRA_{each.name.upper()}", "not set" if each.default is None else f"`{each.default}`")
        for each in attrs.fields(FinraSettings)
    ]


@pytest.mark.parametrize(
    "said",
    [
        f"at most {provider.PAGE} rows",
        f"none of {provider.ABSENT} files in a row",
        f"{provider.SILENT} weekdays in a row",
        f"due at {days.POSTED:%H:%M} in New York",
        f"that of {days.SINCE}",
        f"up to {memory.MEMORY >> 20} MiB",
        f"more than {download.LARGEST >> 20} MiB",
        f"({download.PAUSE:g} s when it does not say)",
        f"{download.SILENCE:g} s without a byte",
        f"{archive.FRESH.seconds // 60} minutes",
        f"1 to {settings.MOST} |",
    ],
)
def test_a_number_on_the_page_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.split())
