from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from brokerport_opend.sandbox import Sandbox
from protos.sandbox.raw_client import RawClient

# Writes to a file what the five methods gave: its threads log to the terminal when they like.
PROGRAM = """
import importlib, json, sys
sdk = importlib.import_module(sys.argv[1])
sdk.SysConfig.set_all_thread_daemon(True)
context = sdk.OpenQuoteContext(host=sys.argv[2], port=int(sys.argv[3]))
state, ark = context.get_global_state(), context.get_ark_stock_dynamic("US.TSLA")
capital, brokers = context.get_capital_distribution("HK.00700"), context.get_top_ten_buy_sell_brokers("HK.00700")
past = context.get_top_ten_buy_sell_brokers("HK.00700", days_before=3)
volume, interest = context.get_daily_short_volume("HK.00700", num=50), context.get_short_interest("US.AAPL")
refused = context.get_top_ten_buy_sell_brokers("US.TSLA")
context.close()
given = {
    "returned": [answer[0] for answer in (state, ark, capital, brokers, past, volume, interest)],
    "state": state[1]["market_hk"], "ark": ark[1]["dynamic_type"], "capital": capital[1]["update_time"][0],
    "brokers": len(brokers[1]), "price": "avg_price" in brokers[1], "past": past[1]["data_time_str"][0],
    "days": list(volume[2]["timestamp_str"]), "key": volume[2].attrs["next_key"], "counted": volume[2].attrs["new_time_str"],
    "counts": len(interest[1]), "refused": refused,
}
json.dump(given, open(sys.argv[4], "w"))
"""


@pytest.mark.timeout(30)
@pytest.mark.parametrize("brand", ["futu", "moomoo"])
async def test_the_official_sdk_is_content(brand: str, sandbox: Sandbox, client: RawClient, tmp_path: Path) -> None:
    if find_spec(brand) is None:
        pytest.skip(f"{brand}-api is not installed")
    given = await _run(brand, sandbox, tmp_path)
    page = (await client.ask(3248, security={"market": 1, "code": "00700"}, num=50)).s2c
    assert given.pop("days") == [row.timestampStr for row in page.hkItemList]
    assert given.pop("ark") in {"CONSECUTIVE_SAME_DIRECTION", "RECENT_TRANSACTION", "LAST_TRANSACTION", "NO_DYNAMIC", "N/A"}
    assert given == {
        "returned": [0] * 7,
        "state": "CLOSED",
        "capital": "2026-05-08 16:00:00",
        "brokers": 20,
        "price": True,
        "past": "2026-05-05 00:00:00",
        "key": page.nextKey,
        "counted": "30/04/2026",
        "counts": 10,
        "refused": [-1, "this protocol has no data of the market US"],
    }


async def _run(brand: str, sandbox: Sandbox, home: Path) -> dict[str, Any]:
    """In a process of its own, as its constructor may block for ever; at a home of its own, as it writes logs there."""
    environment = os.environ | {"HOME": str(home), "APPDATA": str(home)}
    arguments = ("-c", PROGRAM, brand, sandbox.host, str(sandbox.port), str(home / "given.json"))
    program = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(25):
            output, _ = await program.communicate()
    except TimeoutError:
        program.kill()
        await program.communicate()
        raise
    assert program.returncode == 0, output.decode()
    given: dict[str, Any] = json.loads((home / "given.json").read_text(encoding="utf-8"))
    return given
