"""What a start costs: time and memory of the first line of a script, in a fresh interpreter."""

from __future__ import annotations

import json
import resource
import sys
import time

_BEGAN = time.perf_counter()
exec(sys.argv[1])  # the line to be measured comes from the benchmark itself
_TOOK = time.perf_counter() - _BEGAN

if __name__ == "__main__":
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
    print(json.dumps({"import, ms": _TOOK * 1e3, "memory after import, MiB": peak}))
