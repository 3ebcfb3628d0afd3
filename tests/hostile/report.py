"""``make hostile TIMES=10 SEED=1``: every attack, so many times as often as in the test suite, and a table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from random import Random, SystemRandom

from hostile.attack import Attack, Tally
from hostile.table import ATTACKS

HEADS = ("kind", "attack", "what holds", "attempts", "answered", "refused", "broken")


def main() -> None:
    """Print the table; the exit code is 1 when an attempt ended as none may."""
    parser = argparse.ArgumentParser("hostile")
    parser.add_argument("--times", type=int, default=10, help="as often as in the test suite (default: 10)")
    parser.add_argument("--seed", type=int, default=None, help="to do again what was done (default: at random)")
    parser.add_argument("kinds", nargs="*", help="of attack (default: all)")
    options = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}\n\n{_line(*HEADS)}\n{_line(*['---'] * len(HEADS))}", flush=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, XDG_RUNTIME_DIR=home)
        broken = [each for attack in _chosen(options.kinds) for each in _made(attack, seed, options.times)]
    print("\n".join(["", *broken]))
    sys.exit(bool(broken))


def _chosen(kinds: list[str]) -> list[Attack]:
    return [attack for attack in ATTACKS if not kinds or attack.kind in kinds]


def _made(attack: Attack, seed: int, times: int) -> list[str]:
    """Its line of the table is printed; what was broken, in words."""
    tally = attack.run(Random(f"{seed} {attack}"), attack.times * times)
    print(_row(attack, tally), flush=True)
    return [f"{attack}: {each}" for each in tally.broken]


def _row(attack: Attack, tally: Tally) -> str:
    refused = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.refused.items())) or "0"
    return _line(attack.kind, attack.name, attack.holds, f"{tally.tried:,}", f"{tally.answered:,}", refused, f"{len(tally.broken):,}")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
