"""A sandbox where there is no database of time zones: it says so, and does not hang up on its clients."""

from __future__ import annotations

import os
import subprocess
import sys

NO_ZONES = "import sys; sys.modules['tzdata'] = None\n"
NEEDED = "the sandbox's days need time zones, and there is no database of time zones: pip install tzdata"


def run(code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONTZPATH": ""}
    return subprocess.run([sys.executable, "-c", NO_ZONES + code], env=environment, capture_output=True, text=True, check=False)


def test_the_program_says_what_to_install() -> None:
    done = run("sys.argv = ['opend-sandbox', '--port', '0']\nfrom brokerport_opend.sandbox.__main__ import main\nmain()")
    assert done.returncode == 2
    assert done.stderr.endswith(f"error: {NEEDED}\n")


def test_a_client_of_the_embedded_one_is_told_what_to_install() -> None:
    done = run(
        "from brokerport import PluginError, registry\n"
        "try:\n    registry.get('moomoo', sandbox=True).ark_dynamic('US.TSLA')\n"
        "except PluginError as error:\n    print(error.remedy)\n    print(error)"
    )
    remedy, text = done.stdout.splitlines()
    assert remedy == "there is no database of time zones: pip install tzdata"
    assert text == f"moomoo.ark_dynamic('US.TSLA'): the plugin raised ValueError: {NEEDED}"
