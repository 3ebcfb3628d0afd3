"""Where the code of the pages runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from brokerport_opend.sandbox import Sandbox

SHOWN_AT = datetime(2026, 11, 20, 22, 45, tzinfo=UTC)  # when the outputs on the pages were made


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in and to be at home in, and the day of the pages in every sandbox."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    defaults: dict[str, Any] = Sandbox.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "now", lambda: SHOWN_AT)
    return tmp_path
