"""What a start costs: time and memory of the first line of a script, in a fresh interpreter."""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path

_BEGAN = time.perf_counter()
exec(sys.argv[1])  # the line to be measured, which comes from the benchmark itself
_TOOK = time.perf_counter() - _BEGAN


def peak_mib() -> float:
    """The most memory that this process has had; the parent's before exec, which rusage counts too, left out where it can be."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)):
        return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps({"import, ms": _TOOK * 1e3, "memory after import, MiB": peak_mib()}))
