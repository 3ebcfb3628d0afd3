"""What finding the plugins costs: their names, asked for again, and the help of the command line, from its start to its end."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from benchmarks.timing import median_ms
from brokerport import registry

#: milliseconds that each may take
LIMITS = {"registry.names(), ms": 5.0, "brokerport --help, ms": 250.0}


def figures() -> dict[str, float]:
    """Each as a median, in milliseconds."""
    return {"registry.names(), ms": median_ms(registry.names, 200), "brokerport --help, ms": median(_help() for _ in range(9))}


def lines(measured: dict[str, float]) -> list[str]:
    """A table of them beside their limits."""
    rows = [f"| {name} | {each:.3g} | ≤ {LIMITS[name]:g} | {_verdict(name, each)} |" for name, each in measured.items()]
    return ["| figure | ours | limit | |", "| --- | ---: | ---: | --- |", *rows]


def met(measured: dict[str, float]) -> bool:
    """Whether all are within their limits."""
    return all(each <= LIMITS[name] for name, each in measured.items())


def _verdict(name: str, each: float) -> str:
    return "met" if met({name: each}) else "MISSED"


def _help() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "brokerport.cli", "--help"], stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    print("\n".join(lines(figures())))
