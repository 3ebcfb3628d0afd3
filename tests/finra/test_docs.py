"""What the page says of the settings and the numbers is the code's."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from brokerport.kit.day_files import archive, memory
from brokerport.kit.http import client, times
from brokerport_finra import FinraSettings, day_file, settings
from brokerport_finra.files import FinraFiles

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
        f"at most {FinraFiles.page} rows",
        f"none of {FinraFiles.absent} files in a row",
        f"{FinraFiles.silent} weekdays in a row",
        f"due at {FinraFiles.posted.seconds // 3600}:00 in New York",
        f"that of {FinraFiles.since}",
        f"up to {memory.MEMORY >> 20} MiB",
        f"more than {client.LARGEST >> 20} MiB",
        f"({times.PAUSE:g} s when it does not say; for an hour at most)",
        f"{client.SILENCE:g} s without a byte",
        f"{archive.FRESH.seconds // 60} minutes",
        f"1 to {settings.MOST} |",
        f"More than {FinraFiles.missing} missing days",
        f"more than {day_file.RECORDS:,} records",
        f"more than {FinraFiles.largest >> 20} MiB, packed",
    ],
)
def test_a_number_on_the_page_is_that_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.split())
