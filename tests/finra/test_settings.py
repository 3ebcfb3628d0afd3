"""The settings, and what cannot be one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from brokerport import InvalidRequestError, registry
from brokerport_finra import FinraSettings
from brokerport_finra.settings import PUBLIC


def test_the_public_address_is_the_default_and_nothing_is_kept_on_disk() -> None:
    assert FinraSettings() == FinraSettings(url=PUBLIC, cache=None, concurrency=4, timeout=60.0)


@pytest.mark.parametrize(
    "given",
    [
        {"url": "cdn.finra.org"},
        {"url": "file:///etc"},
        {"url": "http://"},
        {"url": "http://me:secret@example.com/"},
        {"url": "http://example.com:port"},
        {"url": "http://example.com/?a=b"},
        {"url": None},
        {"cache": ""},
        {"cache": 7},
        {"concurrency": 0},
        {"concurrency": 17},
        {"concurrency": True},
        {"concurrency": "4"},
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(InvalidRequestError, match=f"{name}="):
        registry.get("finra", **given)


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from brokerport.settings import config_file, profile, sources

    monkeypatch.setenv("BROKERPORT_FINRA_CACHE", "~/finra")
    monkeypatch.setenv("BROKERPORT_FINRA_CONCURRENCY", "2")
    loaded = sources.load(FinraSettings, profile.read("finra", config_file.read()), {})
    assert (loaded.cache, loaded.concurrency) == (Path("~/finra"), 2)


def test_httpx_is_imported_only_by_those_who_ask() -> None:
    code = (
        "import sys; from brokerport import registry; registry.get('finra'); registry.capabilities('finra'); print('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "False"
