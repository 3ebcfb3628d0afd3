"""For every test: a home of its own, and nothing left behind."""

import gc
import os
import threading
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

from brokerport import registry

_numbers = count()

# How fast an example is says something of the machine, and nothing of the rule.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither the user's configuration nor their environment decides how a test ends."""
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("BROKERPORT_")]:
            patch.delenv(name)
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        for name in ("HOME", "USERPROFILE", "APPDATA"):
            patch.setenv(name, home)
        yield


@pytest.fixture(autouse=True)
def nothing_sent_before(home_of_nobody: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a quota that another has used up."""
    folder = tmp_path_factory.getbasetemp() / f"runtime-{next(_numbers)}"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder))


@pytest.fixture(autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """A test ends with the threads that it began with; what was not closed shows as a ResourceWarning, which is an error."""
    before = set(threading.enumerate())
    yield
    registry.close()
    gc.collect()
    gc.freeze()  # what is left stays, such as a library imported meanwhile: the next collection need not look through it
    assert [thread for thread in threading.enumerate() if thread not in before and thread.name == "brokerport"] == []
