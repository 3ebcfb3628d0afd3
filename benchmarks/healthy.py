"""What retry, attempts and quotas cost a blocking 3424 call when nothing goes wrong, over the same call with a deadline alone."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from benchmarks.timing import in_turns
from brokerport import Quota, Registry, registry
from brokerport.models.quota import Account
from brokerport.quotas.keeper import Keeper

T = TypeVar("T")

LIMIT = 0.15  # of the call
TURNS = 8  # of as many calls as the other figures have
QUOTA = Quota(60, 30.0)


def main(port: int, times: int) -> dict[str, float]:
    """Milliseconds of the call with a deadline alone, of the whole call, and of a slot of a quota, in memory and in the ledger."""
    with registry.get("moomoo", port=port, quotas=False) as whole_client, Registry().get("moomoo", port=port, quotas=False) as client:
        client._asking._retry = _once  # type: ignore[method-assign]  # noqa: SLF001  # as it was when a call had a deadline and nothing else
        asks = [partial(each.ark_dynamic, "US.TSLA") for each in (client, whole_client)]
        alone, whole = in_turns(asks, TURNS * times)
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", XDG_RUNTIME_DIR=str(Path(folder))):
        accounts = {"slot": Account("benchmark", local=True), "ledger": Account("benchmark")}
        return {"alone": alone, "whole": whole, **{name: asyncio.run(_slot(account, times)) for name, account in accounts.items()}}


def lines(figures: dict[str, float]) -> list[str]:
    """The figures as a table."""
    told = {
        "with a deadline alone": figures["alone"],
        "with retry and attempts": figures["whole"],
        "a slot of the quota, in memory": figures["slot"],
        "a slot of the quota, in the ledger of all processes": figures["ledger"],
    }
    rows = [f"| {name} | {milliseconds * 1e3:.0f} |" for name, milliseconds in told.items()]
    verdict = f"| more than the deadline alone, ≤ {LIMIT:.0%}: {'met' if share(figures) <= LIMIT else 'MISSED'} | {share(figures):.1%} |"
    return ["| 3424, blocking, on the healthy path | us |", "| --- | ---: |", *rows, verdict]


def share(figures: dict[str, float]) -> float:
    """What comes on top of the call with a deadline alone, a slot in the ledger included."""
    return (figures["whole"] + figures["ledger"]) / figures["alone"] - 1


async def _once(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()


async def _slot(account: Account, times: int) -> float:
    keeper = Keeper("benchmark", count(time.monotonic()).__next__)  # its clock goes a second further a look: no slot is waited for
    began = time.perf_counter()
    for _ in range(times):
        async with keeper.slot("ark_dynamic", (QUOTA,), account):
            pass
    return (time.perf_counter() - began) / times * 1e3


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
