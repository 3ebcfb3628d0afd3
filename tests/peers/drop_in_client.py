"""Asks a gateway by the SDK's names, whoever offers them: ``drop_in_client.py PACKAGE PORT TOLD ANSWERS``.

PACKAGE is an official one or a drop-in. TOLD is a file of JSON: a list of contexts, each its own arguments and its calls, and a call is a
method, positional and keyword arguments. ANSWERS becomes a pickle of what each context was answered, what the package's constants are, and
what it has left behind.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pickle
import signal
import sys
import threading
from pathlib import Path
from typing import Any

NAMES = ("RET_OK", "RET_ERROR", "ArkDynamicType", "MarketState", "ProgramStatusType", "ProtoFMT", "SecurityFirm")


def main(package: str, port: str, told: str, answers: str) -> None:
    """Ask everything and write down what was said."""
    sdk = importlib.import_module(package)
    sdk.SysConfig.set_all_thread_daemon(True)
    sdk.SysConfig.enable_console_log(False)
    sdk.SysConfig.set_client_info("PyNormal", 300)
    given = [_answers(sdk, int(port), **each) for each in json.loads(Path(told).read_text("utf-8"))]
    constants = {name: _constant(getattr(sdk, name)) for name in NAMES}
    left = {"threads": threading.active_count() - 1, "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler}
    Path(answers).write_bytes(pickle.dumps({"answers": given, "constants": constants, "left": left}))


def _answers(sdk: Any, port: int, arguments: dict[str, Any], calls: list[Any]) -> list[Any]:
    with sdk.OpenQuoteContext(host="127.0.0.1", port=port, **arguments) as context:
        return [getattr(context, method)(*positional, **named) for method, positional, named in calls]


def _constant(value: Any) -> Any:
    """A class as its members; an enum's are told by their values, which is what a script compares with."""
    if not inspect.isclass(value):
        return value
    members = {name: getattr(value, name) for name in dir(value) if name.isidentifier() and name[0].isupper()}
    return {name: getattr(member, "value", member) for name, member in members.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
    if sys.argv[1] in ("futu", "moomoo"):
        os._exit(0)  # whatever threads the SDK has left behind
