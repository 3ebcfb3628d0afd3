"""``make bench``: rounds of all contenders in turn, the median of each figure, and the ratios."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from statistics import median

from attrs import frozen

from benchmarks import discovery, gateway, healthy

ROUNDS = 5
CALLS = 400

STARTS = {
    "ours": "import brokerport; brokerport.registry.get('moomoo')",
    "official": "import moomoo",
    "floor": "import socket, struct, hashlib",
}


@frozen
class Target:
    """What a figure must reach, as ours over the official SDK's."""

    ratio: float
    at_least: bool = False  #: more is better

    def met(self, ratio: float) -> bool:
        """Whether it does."""
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.ratio:g}"


TARGETS = {
    "import, ms": Target(0.3),
    "memory after import, MiB": Target(0.5),
    "3424, blocking": Target(1.0),
    "3248, page of 10": Target(1.0),
    "3248, page of 50": Target(0.2),
    "pages of 50 a second": Target(8.0, at_least=True),
}


def main() -> None:
    """Print the table; the exit code is 1 when a target is missed."""
    with tempfile.TemporaryDirectory() as home, gateway.running() as port:
        healthy_path = _run(home, "benchmarks.healthy", str(port), str(CALLS))
        rounds = [{who: _round(who, port, home) for who in STARTS} for _ in range(ROUNDS)]
    figures = {who: {name: median(each[who][name] for each in rounds) for name in rounds[0][who]} for who in STARTS}
    print(_heading())
    print("\n".join(_rows(figures)))
    found = discovery.figures()
    print("", *discovery.lines(found), sep="\n")
    print("", *healthy.lines(healthy_path), sep="\n")
    within = healthy.share(healthy_path) <= healthy.LIMIT and all(
        TARGETS[name].met(figures["ours"][name] / figures["official"][name]) for name in TARGETS
    )
    sys.exit(not (within and discovery.met(found)))


def _round(who: str, port: int, home: str) -> dict[str, float]:
    start = _run(home, "benchmarks.start", STARTS[who])
    return start | _run(home, f"benchmarks.{who}", str(port), str(CALLS))


def _run(home: str, module: str, *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=os.environ | {"HOME": home}, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _heading() -> str:
    releases = f"brokerport {version('brokerport')}, moomoo-api {version('moomoo-api')}, protobuf {version('protobuf')}"
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{releases}; {machine}; median of {ROUNDS} rounds of {CALLS} calls, times in ms\n"


def _rows(figures: dict[str, dict[str, float]]) -> list[str]:
    lines = ["| figure | official | ours | floor | ours / official | target | |", "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    for name, target in TARGETS.items():
        official, ours, floor = (figures[who].get(name) for who in ("official", "ours", "floor"))
        assert official is not None
        assert ours is not None
        ratio = ours / official
        lowest = "" if floor is None else f"{floor:,.3g}"
        verdict = "met" if target.met(ratio) else "MISSED"
        lines.append(f"| {name} | {_number(official)} | {_number(ours)} | {lowest} | {ratio:.2f} | {target} | {verdict} |")
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
