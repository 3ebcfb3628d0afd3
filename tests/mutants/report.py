"""``make mutants``: breaks a plugin that is gold in every way of the table, and prints which case of the contract sees it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from core.testing.running import ended
from mutants.mutant import NONE
from mutants.running import judged
from mutants.table import MUTANTS


def main() -> int:
    """Print the table; the exit code is 0 where every mistake is seen, and the plugin without one is gold."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="mutants-") as folder:
        told = judged((NONE, *MUTANTS), Path(folder))
    whole = told.pop(NONE.name)
    for name, card in told.items():
        print(f"{name:52} {', '.join(f'{number:02}' for number in ended(card, 'failed')) or 'NOT SEEN'}")
    seen = [name for name, card in told.items() if ended(card, "failed")]
    alone = [name for name in seen if list(ended(told[name], "failed")) == [46]]
    print(f"\nseen: {len(seen)} of {len(told)}, {len(alone)} of them by golden answers alone")
    print(f"without a mistake: {whole['level']}; {time.monotonic() - began:.0f} s")
    return 0 if len(seen) == len(told) and whole["level"] == "gold" else 1


if __name__ == "__main__":
    sys.exit(main())
