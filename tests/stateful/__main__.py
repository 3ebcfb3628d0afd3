"""``make machine OPERATIONS=1000000 SEED=1``: so many random operations on the wire, each body compared with that of its own request."""

from __future__ import annotations

import argparse
import sys
from random import SystemRandom

from stateful.wire import run


def main() -> None:
    """Print what was counted; the exit code is 1 when a body went to another request than its own."""
    parser = argparse.ArgumentParser("stateful")
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=None, help="to do again what was done (default: at random)")
    options = parser.parse_args()
    seed = SystemRandom().getrandbits(32) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    done = run(seed, options.operations)
    print(f"{done.operations:,} operations, {done.delivered:,} delivered, {done.misdelivered} to another")
    sys.exit(done.misdelivered > 0)


if __name__ == "__main__":
    main()
