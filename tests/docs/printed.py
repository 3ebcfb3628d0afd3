"""Whether something prints what a page shows."""

from __future__ import annotations

import re

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?: UTC|\.\d+\+00:00)")  # when an answer was fetched


def same(actual: str, expected: str) -> bool:
    """Whether they are the same but for the time of fetching, spaces at the ends of lines, and where ``...`` stands."""
    pattern = "(?s:.*)".join(map(re.escape, _bare(expected).split("...")))
    return re.fullmatch(pattern, _bare(actual)) is not None


def _bare(text: str) -> str:
    return "\n".join(line.rstrip() for line in MOMENT.sub("(now)", text).splitlines())
