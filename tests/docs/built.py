"""A plugin that a page builds."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from docs.pages import Command
from docs.printed import same


@frozen
class Built:
    """A plugin in its folder, installed beside the environment."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Run Python where the plugin is; returns what it wrote."""
        line = [sys.executable, "-W", "error", *arguments]
        environment = os.environ | {"PYTHONPATH": str(self.folder / "installed"), "HOME": str(self.folder)}
        done = subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self) -> None:
        offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--upgrade")
        line = [sys.executable, "-m", "pip", "install", "--quiet", *offline, "--target", "installed", "."]
        subprocess.run(line, cwd=self.folder, check=True)

    def check(self, shown: list[Command]) -> None:
        """Whether these commands print what the page shows."""
        for command in shown:
            actual = self.run("-m", "brokerport.cli", *shlex.split(command.line)[1:])
            assert same(actual, command.output), actual

    def keeps_the_contract(self) -> str:
        return self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio")
