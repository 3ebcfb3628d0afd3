"""brokerport as its users have it: the blocking client, and the asyncio client for throughput."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from attrs import fields_dict

from benchmarks.timing import median_ms
from brokerport import Settings, registry

IN_FLIGHT = 64
#: each asks for itself, or there would be one request for all; an earlier commit has no such setting
EACH: dict[str, Any] = {"share": False} if "share" in fields_dict(Settings) else {}


def main(port: int, times: int) -> dict[str, float]:
    """The figures of one round."""
    with registry.get("moomoo", port=port, quotas=False) as moomoo:
        return {
            "3424, blocking": median_ms(lambda: moomoo.ark_dynamic("US.TSLA"), times),
            "3248, page of 10": median_ms(lambda: moomoo.short_volume("HK.00700", limit=10), times),
            "3248, page of 50": median_ms(lambda: moomoo.short_volume("HK.00700", limit=50), times),
            "pages of 50 a second": asyncio.run(_flood(port, times * 4)),
        }


async def _flood(port: int, times: int) -> float:
    async with registry.get_async("moomoo", port=port, quotas=False, **EACH) as moomoo:

        async def worker(pages: int) -> None:
            for _ in range(pages):
                assert len(await moomoo.short_volume("HK.00700", limit=50)) == 50

        await worker(10)
        start = time.perf_counter()
        await asyncio.gather(*(worker(times // IN_FLIGHT) for _ in range(IN_FLIGHT)))
        return times // IN_FLIGHT * IN_FLIGHT / (time.perf_counter() - start)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
