"""What fuzzing starts from and what it has found: the golden frames, each cut and changed in one place, and every input kept since.

The fuzzer itself has no wheels for some Pythons; these inputs are run on all of them.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from fuzz.__main__ import FOUND
from fuzz.targets import GOLDEN, TARGETS, seeds

ROOT = Path(__file__).resolve().parents[2]


def found(target: str) -> list[bytes]:
    return [file.read_bytes() for file in sorted((ROOT / FOUND).glob(f"{target}-*"))]


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_bytes_come_only_documented_errors_come_out(target: str) -> None:
    random = Random(1)
    for seed in [b"", *seeds(target), *found(target)]:
        TARGETS[target](seed)
        TARGETS[target](seed[: random.randint(0, len(seed))])
        TARGETS[target](changed(seed, random))


def changed(seed: bytes, random: Random) -> bytes:
    """One byte of it is another."""
    at = random.randrange(len(seed) or 1)
    return seed[:at] + random.randbytes(1) + seed[at + 1 :]


def test_the_corpus_is_the_golden_frames() -> None:
    assert len(GOLDEN) > 20
    assert [len(seeds(target)) for target in TARGETS] == [len(GOLDEN)] * len(TARGETS)
