"""Our messages beside both brokers' own, in one process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.timeout(30)  # six processes, each importing both SDKs

PACKAGES = {"futu": "futu.common.pb", "moomoo": "moomoo.common.pb", "ours": "brokerport_opend.messages"}
ORDERS = list(permutations(PACKAGES))
BODY = "0a0d0a090801120530303730301803"  # HK.00700, three rows

USE = """
import importlib, pkgutil, sys

def imported(package):
    found = pkgutil.iter_modules(importlib.import_module(package).__path__, package + ".")
    return {each.name: importlib.import_module(each.name) for each in found if each.name.endswith("_pb2")}

modules = {}
for package in sys.argv[1:]:
    modules |= imported(package)

for name, module in modules.items():
    if name.endswith(("Qot_GetDailyShortVolume_pb2", "messages.short_volume_pb2")):
        body = module.Request(c2s={"security": {"market": 1, "code": "00700"}, "num": 3}).SerializeToString()
        print(name.partition(".")[0], body.hex(), module.Request.FromString(body).c2s.security.code)
"""


@pytest.fixture(scope="session")
def outcomes(run_python: Callable[..., CompletedProcess[str]]) -> dict[tuple[str, ...], CompletedProcess[str]]:
    def use(order: tuple[str, ...]) -> CompletedProcess[str]:
        return run_python("-c", USE, *(PACKAGES[name] for name in order))

    with ThreadPoolExecutor() as pool:
        return dict(zip(ORDERS, pool.map(use, ORDERS), strict=True))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_all_three_work_whatever_is_imported_first(outcomes: dict[tuple[str, ...], CompletedProcess[str]], order: tuple[str, ...]) -> None:
    done = outcomes[order]
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{PACKAGES[name].partition('.')[0]} {BODY} 00700" for name in order]
