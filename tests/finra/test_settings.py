"""The settings, and what cannot be one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from brokerport import Client, InvalidRequestError, Registry, registry
from brokerport.settings.settings import Text
from brokerport_finra import FinraSettings
from brokerport_finra.provider import FinraProvider
from brokerport_finra.settings import PUBLIC
from finra.conftest import NOW
from finra.server import FileServer


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
        {"cache_mib": 0},
        {"cache_mib": "4096"},
        {"cache_mib": 10**9},
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


@pytest.mark.parametrize("way", ["keyword", "Text", "environment", "settings"])
def test_the_folder_of_the_cache_may_be_text(way: str, server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    ways: dict[str, dict[str, Any]] = {"keyword": {"cache": "~/kept"}, "Text": {"cache": Text("~/kept")}}
    if way == "environment":
        monkeypatch.setenv("BROKERPORT_FINRA_CACHE", "~/kept")
    if way == "settings":
        settings = FinraSettings(url=server.url, cache="~/kept")  # type: ignore[arg-type]  # as people write it
        client = Client(lambda: FinraProvider(settings, now=lambda: NOW), broker="finra")
    else:
        client = Registry().get("finra", url=server.url, **ways.get(way, {}))
    with client:
        assert len(client.short_volume("US.AAPL", limit=2, after="2026-11-20")) == 2
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"CNMSshvol20261119.txt", "CNMSshvol20261118.txt"}


def test_a_folder_of_nobody_keeps_nothing_and_the_log_says_it(server: FileServer, caplog: pytest.LogCaptureFixture) -> None:
    settings = FinraSettings(url=server.url, cache=Path("~nobody-of-this-name/kept"))
    with Client(lambda: FinraProvider(settings, now=lambda: NOW), broker="finra") as client:
        assert len(client.short_volume("US.AAPL", limit=2)) == 2
    (said,) = caplog.messages
    assert said.startswith("the cache ~nobody-of-this-name/kept cannot be used, and every file is fetched: ")


def test_httpx_is_imported_only_by_those_who_ask() -> None:
    code = (
        "import sys; from brokerport import registry; registry.get('finra'); registry.capabilities('finra'); print('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "False"
