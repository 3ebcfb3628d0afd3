"""Programs that PyInstaller froze: the hook in the wheel brings every plugin along, manifest, metadata and code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

APP = """
import json
from brokerport import ArkProvider, Market, registry
told = {"names": registry.names(), "zone": str(Market.HK.zone)}
told["plugins"] = {each.name: [each.distribution, each.manifest and each.manifest.about] for each in registry.plugins()}
told["capabilities"] = [each.question for each in registry.capabilities("moomoo")]
told["stranger"] = registry.get("acme").ark_dynamic("US.TSLA").net_shares
with registry.get("moomoo", sandbox=True) as moomoo:
    told["rows"] = len(moomoo.short_volume("HK.00700", limit=3))
try:
    registry.get("finra", url="http://127.0.0.1:1", timeout=1).short_volume("US.TSLA")
except Exception as error:
    told["finra"] = type(error).__name__
print(json.dumps(told))
"""
#: a plugin of nobody's that is known here, whose code nothing names
STRANGER = """
from datetime import UTC, datetime
from brokerport import ArkDynamic, ArkProvider, Source, hookimpl

class Acme(ArkProvider):
    async def ark_dynamic(self, symbol):
        from plugin_acme.figures import NET
        return ArkDynamic(symbol=symbol, net_shares=NET, source=Source("acme", datetime.now(UTC)))

@hookimpl
def register_providers(register):
    register("acme", lambda _: Acme())
"""
#: what a tester's environment has and no such program needs; without them it is built in a third of the time
LEFT_OUT = ["numpy", "rich", "jinja2", "uvloop", "websockets", "cryptography", "pygments", "click", "pytest", "hypothesis", "sqlite3"]


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder of installed packages with one plugin."""
    package, info = tmp_path / "site" / "plugin_acme", tmp_path / "site" / "brokerport_acme-1.2.3.dist-info"
    for folder in (package, info):
        folder.mkdir(parents=True)
    (package / "__init__.py").write_text(STRANGER, "utf-8")
    (package / "figures.py").write_text("NET = 7\n", "utf-8")
    (package / "brokerport.toml").write_text('about = "Acme, frozen"\n[capabilities.ark_dynamic]\n', "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brokerport-acme\nVersion: 1.2.3\n", "utf-8")
    (info / "RECORD").write_text("", "utf-8")
    (info / "entry_points.txt").write_text("[brokerport]\nacme = plugin_acme\n", "utf-8")
    return package.parent


def test_pyinstaller_finds_the_hook() -> None:
    (found,) = [each for each in entry_points(group="pyinstaller40", name="hook-dirs") if each.value.startswith("pyinstaller_brokerport")]
    (folder,) = found.load()()
    assert Path(folder, "hook-brokerport.py").is_file()


@pytest.mark.timeout(900)  # a frozen program is hundreds of files
@pytest.mark.skipif(not find_spec("PyInstaller"), reason="PyInstaller is not installed: make frozen brings it, and runs this")
def test_a_frozen_program_has_every_plugin_that_was_installed(stranger: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(dedent(APP), "utf-8")
    left_out = [word for name in LEFT_OUT for word in ("--exclude-module", name)]
    build = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *left_out, "app.py"]
    made = subprocess.run(build, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(stranger)}, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    program = tmp_path / "dist" / "app" / ("app.exe" if sys.platform == "win32" else "app")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"PYTHONTZPATH": ""}
    done = subprocess.run([program], cwd=tmp_path / "dist", env=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["names"] == ["acme", "finra", "futu", "moomoo"]
    assert told["plugins"]["acme"] == ["brokerport-acme", "Acme, frozen"]
    assert "moomoo" in told["plugins"]["moomoo"][1]
    assert told["capabilities"] == ["ark_dynamic", "capital_distribution", "broker_ranking", "short_volume", "short_interest"]
    assert (told["stranger"], told["rows"], told["zone"], told["finra"]) == (7, 3, "Asia/Hong_Kong", "ConnectError")
