"""The mistakes, a row each: to add one, write its row."""

from __future__ import annotations

from mutants.mutant import Mutant

_TIME = "fromtimestamp(stamp, symbol.market.zone)\n"  # what follows is the end of a line of the one, and of the other a date
_ASKED = "        before = None if after is None"

DAYS = (
    Mutant("reads days in utc", "symbol.market.zone).date()", "UTC).date()"),
    Mutant("tells times in utc", _TIME, "fromtimestamp(stamp, UTC)\n"),
    Mutant("tells naive times", _TIME, "fromtimestamp(stamp)\n"),
    Mutant("tells when it asked in the zone of the market", "datetime.now(UTC)", "datetime.now(Market.HK.zone)"),
    Mutant("takes the day of publication for that of the report", '_day(told["settled"]', '_day(told["published"]'),
    Mutant("ignores days before", "back=days_before", "back=0"),
    Mutant("goes back one day too few", "back=days_before", "back=max(days_before - 1, 0)"),
    Mutant("breaks at an old day", "back=days_before", "back={0: 0}[days_before]"),
    Mutant("tells an old day as real time", 'real_time=told["live"]', "real_time=True"),
    Mutant("has figures of the present day for an old one", "} if live else {", "} if True else {", file="broker.py"),
)
SIDES = (
    Mutant("swaps the sides", 'Side.BUY, each["net"]', 'Side.SELL, each["net"]'),
    Mutant("takes sellers for buyers", 'in told["bought"]]', 'in told["sold"]]'),
    Mutant("loses the sign of sellers", 'Side.SELL, -each["net"]', 'Side.SELL, each["net"]'),
    Mutant("ranks the smallest first", "rows=(*bought, *sold)", "rows=(*bought[::-1], *sold[::-1])"),
    Mutant("swaps what funds bought and sold", 'told["bought"] - told["sold"]', 'told["sold"] - told["bought"]'),
    Mutant("takes what goes out for what comes in", 'inflow=_sizes(told["in"])', 'inflow=_sizes(told["out"])'),
    Mutant("takes what comes in for what goes out", 'outflow=_sizes(told["out"])', 'outflow=_sizes(told["in"])'),
)
UNITS = (
    Mutant("tells short volume as a part of 1", '["rate"] * PERCENT,\n        average_short', '["rate"],\n        average_short'),
    Mutant("tells short interest as a part of 1", '["rate"] * PERCENT,\n        average_daily', '["rate"],\n        average_daily'),
    Mutant("tells an average as a part of 1", 'told["mean"] * PERCENT', 'told["mean"]'),
    Mutant("tells money for shares", 'short_volume=told["short"]', 'short_volume=round(told["sold"])'),
    Mutant("tells shares for money", 'short_value=told["value"] * THOUSAND', 'short_value=float(told["shares"])'),
    Mutant("tells thousands for ones", 'short_turnover=told["sold"] * THOUSAND', 'short_turnover=told["sold"]'),
    Mutant("is wrong by a power of ten", "THOUSAND = 1000.0", "THOUSAND = 10_000.0"),
    Mutant("tells the close as the open", 'open=told["open"]', 'open=told["close"]'),
    Mutant("mixes up the sizes of orders", 'small=told["S"]', 'small=told["M"]'),
    Mutant("tells figures as text", 'volume=told["total"]', 'volume=str(told["total"])'),
    Mutant("tells zero for nothing", "(told: Any) -> Any:\n    return None", "(told: Any) -> Any:\n    return 0.0"),
    Mutant("tells no money as zero", "-> float | None:\n    return None", "-> float | None:\n    return 0.0"),
    Mutant("tells nan for nothing", "(told: Any) -> Any:\n    return None", '(told: Any) -> Any:\n    return float("nan")'),
)
PAGES = (
    Mutant("keeps rows oldest first", "_short(row, symbol) for row in rows)", "_short(row, symbol) for row in rows[::-1])"),
    Mutant("ignores the limit", "count=limit or PAGE", "count=PAGE"),
    Mutant("loses a row between pages", ".timestamp())", ".timestamp()) - 86_400"),
    Mutant("doubles the row at the end of a page", ".timestamp())", ".timestamp()) + 1"),
    Mutant("has a cursor on the last page", "_cursor(days) if more else None", "_cursor(days) if days else after"),
    Mutant("has no second page", "_cursor(days) if more else None", "None"),
    Mutant("breaks at a cursor that is none", "raise InvalidRequestError(f", "raise RuntimeError(f"),
)
ANSWERS = (
    Mutant("answers for another symbol", "symbol=symbol, real_time", 'symbol=Symbol(symbol.market, "1"), real_time'),
    Mutant("names another broker", "Source(NAME, ", 'Source("golden", '),
    Mutant("answers what can be changed", "rows=(*bought, *sold)", "rows=[*bought, *sold]"),
    Mutant("asks for what the market does not have", "raise UnsupportedError(f", "str(f"),
    Mutant("answers more than it says", '            Capability("short_interest", BOTH, OFTEN, page_size=PAGE),\n', ""),
    Mutant("has another quota than its manifest", "Quota(30, 30.0)", "Quota(60, 30.0)"),
    Mutant("has a quota in words", "Quota(30, 30.0)", '"30 in 30 s"'),
)
ERRORS = (
    Mutant("lets errors of the network through", "except OSError", "except ZeroDivisionError"),
    Mutant("lets errors of the broker through", "except Refusal", "except ZeroDivisionError"),
    Mutant("lets errors of reading through", "except (LookupError, TypeError, ValueError)", "except ZeroDivisionError"),
    Mutant("takes a full quota for a no", "refusal.code == BUSY", "refusal.code == 0"),
    Mutant("does not say how long a quota is used up", "retry_after=refusal.wait", "retry_after=0.0"),
    Mutant("tells the code of a no as text", "code=refusal.code", "code=str(refusal.code)"),
    Mutant("takes the end of its time for a loss", "except OSError", 'except (OSError, __import__("asyncio").CancelledError)'),
)
CALLS = (
    Mutant("blocks the event loop", _ASKED, f"        import time\n\n        time.sleep(1e-6)\n{_ASKED}"),
    Mutant("leaves a task", _ASKED, f"        import asyncio\n\n        self._task = asyncio.create_task(asyncio.sleep(60))\n{_ASKED}"),
    Mutant("connects when it is made", "= broker()", '= broker()\n        __import__("socket").socket().close()'),
    Mutant("closes only once", "await self._broker.close()", "await self._broker.close()\n        del self._broker"),
    Mutant(
        "mixes up calls at the same time",
        "        told = await self._broker.get(page, symbol.market, symbol.code",
        '        self._code = symbol.code\n        await __import__("asyncio").sleep(0)\n'
        "        told = await self._broker.get(page, symbol.market, self._code",
    ),
)

MUTANTS = (*DAYS, *SIDES, *UNITS, *PAGES, *ANSWERS, *ERRORS, *CALLS)
