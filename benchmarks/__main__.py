"""``make bench``: rounds of all contenders in turn, the median of each figure, and the ratios.

``make bench AGAINST=REV`` has one contender more: this code as it was at that commit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from statistics import median

from attrs import frozen

from benchmarks import before, discovery, gateway, healthy

ROUNDS = 5
CALLS = 400

BEFORE = "before"
STARTS = {
    "ours": "import brokerport; brokerport.registry.get('moomoo')",
    BEFORE: "import brokerport; brokerport.registry.get('moomoo')",
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
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--against", metavar="REV", help="a commit to measure beside this one")
    against: str | None = parser.parse_args().against or None
    with tempfile.TemporaryDirectory() as home, gateway.running() as port, before.checked_out(against) as earlier:
        environments = {who: {"HOME": home, **(earlier if who == BEFORE else {})} for who in STARTS if against or who != BEFORE}
        healthy_path = _run(environments["ours"], "benchmarks.healthy", str(port), str(CALLS))
        rounds = [{who: _round(who, port, each) for who, each in environments.items()} for _ in range(ROUNDS)]
    figures = {who: {name: median(each[who][name] for each in rounds) for name in rounds[0][who]} for who in environments}
    print(_heading())
    print("\n".join(_rows(figures)))
    if against:
        print("", *_beside(against, figures), sep="\n")
    found = discovery.figures()
    print("", *discovery.lines(found), sep="\n")
    print("", *healthy.lines(healthy_path), sep="\n")
    within = healthy.share(healthy_path) <= healthy.LIMIT and all(
        TARGETS[name].met(figures["ours"][name] / figures["official"][name]) for name in TARGETS
    )
    sys.exit(not (within and discovery.met(found)))


def _round(who: str, port: int, environment: Mapping[str, str]) -> dict[str, float]:
    start = _run(environment, "benchmarks.start", STARTS[who])
    return start | _run(environment, f"benchmarks.{'ours' if who == BEFORE else who}", str(port), str(CALLS))


def _run(environment: Mapping[str, str], module: str, *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False)
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


def _beside(revision: str, figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    lines = [f"| figure | {revision} | now | now / {revision} |", "| --- | ---: | ---: | ---: |"]
    for name in TARGETS:
        was, now = figures[BEFORE][name], figures["ours"][name]
        lines.append(f"| {name} | {_number(was)} | {_number(now)} | {now / was:.2f} |")
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
