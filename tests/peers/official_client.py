"""Asks a gateway by an official SDK, as its users do: ``official_client.py BRAND PORT QUESTIONS ANSWERS [KEY ALGORITHM]``.

QUESTIONS is a file of JSON: each a method, a symbol, arguments and the number of pages to follow. ANSWERS gets a line of JSON for each: the
list of its pages, and each page what the method returned. KEY is the file of the key to encrypt with, ALGORITHM the number to ask for.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(brand: str, port: str, questions: str, answers: str, key: str = "", algorithm: str = "-1") -> None:
    """Ask everything and write down what was said."""
    sdk = importlib.import_module(brand)
    sdk.SysConfig.set_all_thread_daemon(True)
    if key:
        sdk.SysConfig.set_init_rsa_file(key)
        # The number that it always asks for; what it then speaks follows from the gateway's reply.
        messages: Any = importlib.import_module(f"{brand}.common.pb.Common_pb2")
        messages.PacketEncAlgo_AES_CBC = int(algorithm)
    context = sdk.OpenQuoteContext(host="127.0.0.1", port=int(port), is_encrypt=algorithm != "-1")
    told = [json.dumps(list(_pages(context, **question))) for question in json.loads(Path(questions).read_text("utf-8"))]
    context.close()
    Path(answers).write_text("\n".join(told), "utf-8")


def _pages(context: Any, method: str, symbol: str, arguments: dict[str, Any], pages: int) -> Iterator[list[Any]]:
    for _ in range(pages):
        answer = getattr(context, method)(symbol, **arguments)
        yield [_spelled(part) for part in answer]
        key = getattr(answer[1], "attrs", {}).get("next_key", "-1")
        if key == "-1":
            return
        arguments = {**arguments, "next_key": key}


def _spelled(part: Any) -> Any:
    """A DataFrame as its columns, rows and attrs; the rest as it is. NaN stays NaN, and an integer stays one."""
    if not hasattr(part, "to_dict"):
        return part
    return {"columns": list(part.columns), "rows": part.to_dict("records"), "attrs": part.attrs}


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)  # whatever threads the SDK has left behind
