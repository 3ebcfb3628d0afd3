"""The official SDK as its users have it: blocking calls, DataFrames, threads for throughput."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.timing import median_ms, per_second

THREADS = 16


def main(port: int, times: int) -> dict[str, float]:
    """The figures of one round."""
    import moomoo

    moomoo.SysConfig.enable_console_log(False)
    context = moomoo.OpenQuoteContext("127.0.0.1", port)

    def ark() -> object:
        return _ok(context.get_ark_stock_dynamic("US.TSLA"))

    def page(rows: int) -> object:
        return _ok(context.get_daily_short_volume("HK.00700", num=rows))

    def flood() -> int:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(1 for _ in pool.map(lambda _: page(50), range(times)))

    figures = {
        "3424, blocking": median_ms(ark, times),
        "3248, page of 10": median_ms(lambda: page(10), times),
        "3248, page of 50": median_ms(lambda: page(50), times),
        "pages of 50 a second": per_second(flood),
    }
    context.close()
    return figures


def _ok(answer: tuple[Any, ...]) -> object:
    if answer[0] != 0:
        raise RuntimeError(answer[1])
    return answer[-1]


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))), flush=True)
    os._exit(0)  # the SDK's threads would hold the process
