"""How FINRA's files write a symbol, and which of theirs is meant by one that is written in another way.

::

    BRK/B     a class, US.BRK.B here; BRK-B, BRK_B and brk.b elsewhere
    ABRpD     a preferred share, US.ABRpD here; ABR-D, ABR-PD, ABR.PRD and ABR^D elsewhere
    AAC/WS    warrants, AAC/U units; AAC-WT, AAC-UN elsewhere
"""

from __future__ import annotations

import re

from brokerport import InvalidRequestError
from brokerport.logs import clean

SYMBOL = r"[!-{}~]{1,32}"  # printable, and no bar

#: what may stand in a file: capitals, a small letter for a preferred share and its like, a class behind a slash. PR of .PRD is no class
_THEIRS = re.compile(r"[A-Z0-9]+(?:[prw][A-Z]{0,2})?(?:[./](?!PR?[./]?[A-Z]$)[A-Z]+)*[a-z]?")
_ELSEWHERE = re.compile(r"(?P<root>[A-Z0-9]+)[-./^_+:](?P<kind>[-./^_A-Z]*)")
_PREFERRED = re.compile(r"(?:PR?)?([A-Z])")
_KINDS = {"WT": "WS", "WTS": "WS", "W": "WS", "UN": "U", "UT": "U"}  # warrants and units, by what others call them


def spellings(code: str) -> tuple[bytes, ...]:
    """How the files write a code: FINRA has BRK/B for BRK.B.

    Raises:
        InvalidRequestError: It can be in no file.
    """
    if not re.fullmatch(SYMBOL, code):
        raise InvalidRequestError(f"{clean(code)!r} can be no symbol of FINRA's files; write one such as 'AAPL' or 'BRK.B'")
    return tuple({code.replace(".", "/").encode(): None, code.encode(): None})


def meant(code: str, text: bytes) -> str | None:
    """The code of the one symbol in the file ``text`` that is meant by ``code``, which is in none as it is written; None where nobody
    can tell, and for a code that may be in another file.
    """
    if _THEIRS.fullmatch(code):
        return None
    found = set(re.findall(rb"^\d{8}\|(%s)\|" % _pattern(code.upper()).encode(), text, re.MULTILINE))
    return found.pop().decode().replace("/", ".") if len(found) == 1 else None


def _pattern(code: str) -> str:
    """Of all that may be meant by a code in capitals."""
    written = _ELSEWHERE.fullmatch(code)
    if written is None:
        return f"(?i:{re.escape(code)})"
    root, kind = written["root"], re.sub(r"[^A-Z]", "", written["kind"])
    preferred = _PREFERRED.fullmatch(kind)
    kinds = [f"/{_KINDS.get(kind, kind)}", f"/{kind}", *([f"p{preferred[1]}"] if preferred else []), *(["p"] if kind in ("", "PR") else [])]
    return f"{root}(?:{'|'.join(each for each in kinds if each != '/')})"
