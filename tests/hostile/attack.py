"""One way to harm a program that uses brokerport, and the count of what became of each attempt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Self

from attrs import asdict, define, field, frozen

PROGRAMS = Path(__file__).with_name("programs")
TESTS = Path(__file__).parents[1]
SPELL = 60.0  # seconds that a program of one spell may take; one that is killed then has hung


@define
class Tally:
    """What became of the attempts: every one has to end in one of these ways."""

    tried: int = 0
    answered: int = 0  #: with what is true
    refused: Counter[str] = field(factory=Counter)  #: with an error of ours, by its class
    broken: list[str] = field(factory=list)  #: in any other way, in words

    def meet(self, *refusals: type[BaseException]) -> Meeting:
        """A block that makes one attempt: it may end well, or in one of these errors, and in nothing else."""
        return Meeting(self, refusals)

    def wrong(self, what: object) -> None:
        """An attempt ended as none may."""
        self.broken.append(str(what)[:300])

    def add(self, other: Tally) -> None:
        """Count another's attempts too."""
        self.tried += other.tried
        self.answered += other.answered
        self.refused += other.refused
        self.broken += other.broken

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """What ``to_json`` wrote."""
        told = json.loads(line)
        return cls(told["tried"], told["answered"], Counter(told["refused"]), told["broken"])


@define
class Meeting:
    """``with tally.meet(QuotaError): ...`` counts how the block ended, and lets nothing through but what would end the program."""

    tally: Tally
    refusals: tuple[type[BaseException], ...]

    def __enter__(self) -> None:
        self.tally.tried += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if error is None:
            self.tally.answered += 1
        elif isinstance(error, self.refusals):
            self.tally.refused[type(error).__name__] += 1
        elif isinstance(error, AssertionError):
            self.tally.wrong(error)
        else:
            self.tally.wrong(f"{type(error).__name__}: {error}")
        return True


Run = Callable[[Random, int], Tally]


@frozen
class Attack:
    """What is done, and what must come of it."""

    kind: str  #: forks, signals, drips, floods, bombs, exits, damage
    name: str
    holds: str  #: what is so all the same
    run: Run  #: with chance, so many times
    times: int = 1  #: in the test suite; ``make hostile`` makes a multiple

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def program(name: str, *arguments: object) -> Tally:
    """What a program of the folder ``programs`` counted; each line that it prints is a tally. It has its own process, and may kill it."""
    command = [sys.executable, "-W", "default", str(PROGRAMS / f"{name}.py"), *map(str, arguments)]
    tally = Tally()
    with started(command) as process:
        try:
            out, err = process.communicate(timeout=SPELL)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            tally.wrong(f"{name} did not end within {SPELL:g} s: {err[-200:]!r}")
    for line in out.splitlines():
        tally.add(Tally.from_json(line))
    if err or not out:
        tally.wrong(f"{name} ended with {process.returncode} and said {err[-250:]!r}")
    return tally


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that sees the tests, and is gone afterwards."""
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
