"""Reads texts that are made to burst a reader, as one who reads files of that kind; it prints its tally.

Arguments: the kind of file, how many times larger than the smallest bomb the bombs are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from brokerport import InvalidRequestError, Registry
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.scenario import Scenario, ScenarioError
from hostile.attack import Tally

SIZE = 2_000  # of the smallest bomb
LONGEST = 1_000  # characters of an error


def tomls(size: int) -> Iterator[tuple[str, bytes]]:
    """None of them can be right, whatever is asked of the file."""
    yield "deep lists", b"x = " + b"[" * size + b"]" * size
    yield "deep tables", b"x = " + b"{a=" * size + b"1" + b"}" * size
    yield "deep lists, left open", b"x = " + b"[" * size
    yield "a key of dots", b".".join([b"a"] * size) + b" = 1"
    yield "a table of dots", b"[" + b".".join([b"a"] * size) + b"]\n"
    yield "dots in quotes", b" . ".join([b'"a"'] * size) + b" = 1"
    yield "dots in a table", b"x = {" + b".".join([b"a"] * size) + b" = 1}"
    yield "many keys of dots", b"\n".join(b"a" * 3 + b".b" * 15 + b".c%d = 1" % number for number in range(size // 10))
    yield "many tables of dots", b"\n".join(b"[a" + b".b" * 15 + b".c%d]" % number for number in range(size // 10))
    yield "a long integer", b"x = " + b"9" * (size + 5000)
    yield "a long hex integer", b"seed = 0x" + b"f" * (size + 5000)
    yield "a large float", b"x = 1e99999"
    yield "not a number", b"seed = nan"
    yield "infinity", b"seed = inf"
    yield "a text left open", b'x = "' + b"a" * size
    yield "NUL", b"x = 1\0"
    yield "not UTF-8", b"x = '\xff\xfe'"
    yield "the same key", b"x = 1\nx = 2\n"
    yield "no TOML", b"=" * size
    yield "a day of no month", b"x = 2026-02-31"


def jsons(size: int) -> Iterator[tuple[str, bytes]]:
    """The same for JSON."""
    whole = b'{"format": 1, "protocol": 3424, "request": {"c2s": %s}, "reply": {"retType": 0}}'
    yield "deep lists", whole % (b"[" * size + b"]" * size)
    yield "deep tables", whole % (b'{"a":' * size + b"1" + b"}" * size)
    yield "left open", b"[" * size
    yield "a long integer", whole % (b"9" * (size + 5000))
    yield "a protocol that is a long integer", b'{"format": 1, "protocol": ' + b"9" * (size + 5000) + b', "request": "", "reply": ""}'
    yield "a protocol of infinity", b'{"format": 1, "protocol": 1e999, "request": "", "reply": ""}'
    yield "a protocol that is no number", b'{"format": 1, "protocol": NaN, "request": "", "reply": ""}'
    yield "a format of infinity", b'{"format": Infinity, "protocol": 3424, "request": "", "reply": ""}'
    yield "odd digits", b'{"format": 1, "protocol": 3424, "request": "' + b"f" * (size + 1 - size % 2) + b'", "reply": ""}'
    yield "NUL", b'{"format": 1}\0'
    yield "not UTF-8", b'{"format": "\xff"}'
    yield "nothing", b""


def configuration(size: int, folder: Path, tally: Tally) -> None:
    """The user's own file."""
    file = folder / "config.toml"
    os.environ["BROKERPORT_CONFIG"] = str(file)
    for name, bomb in tomls(size):
        _write(file, bomb)
        _refused(tally, name, file, lambda: Registry().get("moomoo"), InvalidRequestError)


def scenario(size: int, folder: Path, tally: Tally) -> None:
    """What the sandbox plays."""
    file = folder / "scenario.toml"
    for name, bomb in tomls(size):
        _write(file, bomb)
        _refused(tally, name, file, lambda: Scenario.read(file), ScenarioError)


def recording(size: int, folder: Path, tally: Tally) -> None:
    """What the sandbox plays back."""
    file = folder / "000001-3424.json"
    for name, bomb in jsons(size):
        _write(file, bomb)
        _refused(tally, name, file, lambda: Sandbox(replay=folder), ValueError)


def manifest(size: int, folder: Path, tally: Tally) -> None:
    """A plugin's, which costs that plugin alone."""
    sys.path.insert(0, str(folder))
    for number, (name, bomb) in enumerate(tomls(size)):
        package = folder / f"bomb{number}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "brokerport.toml").write_bytes(bomb)
        info = folder / f"bomb{number}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: bomb{number}\nVersion: 1\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[brokerport]\nbomb{number} = bomb{number}\n", "utf-8")
        with tally.meet():
            registry = Registry()
            assert {"futu", "moomoo"} <= registry.capabilities().keys(), f"{name}: the others are gone"
            assert f"bomb{number}" in {each.name for each in registry.plugins()}, f"{name}: the plugin is not told of"


def _write(file: Path, bomb: bytes) -> None:
    file.write_bytes(bomb)
    file.chmod(0o600)


def _refused(tally: Tally, name: str, file: Path, read: Callable[[], object], kind: type[Exception]) -> None:
    before = len(tally.broken)
    with tally.meet(kind):
        try:
            read()
        except kind as error:
            if file.name not in str(error) or len(str(error)) > LONGEST:
                raise AssertionError(f"the error is long, or does not name the file: {error}") from error
            raise
        raise AssertionError("it was taken")
    tally.broken[before:] = [f"{name}: {each}" for each in tally.broken[before:]]


FILES: dict[str, Callable[[int, Path, Tally], None]] = {
    "configuration": configuration,
    "scenario": scenario,
    "recording": recording,
    "manifest": manifest,
}


def main(kind: str, times: int) -> Tally:
    """All bombs of the kind, each on its own."""
    tally = Tally()
    with TemporaryDirectory() as folder:
        FILES[kind](SIZE * times, Path(folder), tally)
    return tally


if __name__ == "__main__":
    import logging

    logging.getLogger("brokerport").addHandler(logging.NullHandler())
    print(main(sys.argv[1], int(sys.argv[2])).to_json(), flush=True)
