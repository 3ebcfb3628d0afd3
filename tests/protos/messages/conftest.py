"""Python in a process of its own: both SDKs fill the one descriptor pool with the same names, and write logs into the home folder."""

import os
import subprocess
import sys
from collections.abc import Callable
from tempfile import mkdtemp

import pytest

RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run_python(tmp_path_factory: pytest.TempPathFactory) -> RunPython:
    homes = tmp_path_factory.mktemp("homes")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        home = mkdtemp(dir=homes)  # one each: an SDK fails to start when another creates the same folder of logs at that moment
        environment = os.environ | {"HOME": home, "APPDATA": home}
        return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)

    return run
