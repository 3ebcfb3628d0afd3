"""Recordings on the disk: a folder with a small file for each request and its reply.

Each is JSON: the number of the format, the protocol, the request and the reply, which are messages as protobuf has them in JSON, by the
names that OpenD gives their fields. A body of which that would lose something is the hexadecimal digits of its bytes, and so is one of a
protocol that we do not know.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from google.protobuf.json_format import Error as JsonError
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from brokerport.reading import documents, files, shown
from brokerport_opend.sandbox import numbers
from brokerport_opend.sandbox.redaction import KNOWN, packed

FORMAT = 1
LARGEST = 8 * 1024 * 1024  # bytes of a file: a reply that is recorded has 1 MiB at most
PROTOCOLS = range(2**32)
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@frozen
class Exchange:
    """A request and its reply, as bodies without secrets."""

    proto_id: int
    request: bytes
    reply: bytes


@define
class Cassette:
    """A folder that is recorded into."""

    folder: Path
    written: int = field(init=False, default=0)  #: exchanges
    _numbers: Iterator[int] = field(init=False, factory=lambda: count(1))

    @classmethod
    def new(cls, folder: Path | str) -> Cassette:
        """A recording in a new folder, or in an empty one.

        Raises:
            ValueError: It is neither, or cannot be made.
        """
        return cls(_empty_folder(Path(folder)))

    def write(self, proto_id: int, request: bytes, reply: bytes, *, unknown: bool) -> bool:
        """Keep an exchange without its secrets; False for one that is left out, as those of unknown protocols are unless wanted.

        Raises:
            OSError: The file cannot be written.
        """
        bodies = _bodies(proto_id, request, reply, unknown=unknown)
        if bodies is None:
            return False
        told = {"format": FORMAT, "protocol": proto_id, "request": bodies[0], "reply": bodies[1]}
        name = f"{next(self._numbers):06}-{proto_id}.json"
        _write(self.folder / name, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        self.written += 1
        return True


def read(folder: Path | str) -> list[Exchange]:
    """What was recorded, in the order of the requests' replies.

    Raises:
        ValueError: The folder holds no recording, or a file of it is damaged; the text names it.
    """
    try:
        files = sorted(file for file in Path(folder).expanduser().glob("*.json") if file.is_file())
    except RuntimeError as error:
        raise ValueError(f"replay: {folder} is in a home folder that nobody knows; write its whole path, or set HOME") from error
    if not files:
        raise ValueError(f"replay: {folder} holds no recording: there is no file *.json in it; record one with --record {folder}")
    return [_exchange(file) for file in files]


def _empty_folder(folder: Path) -> Path:
    try:
        folder = folder.expanduser()
        if folder.is_symlink():
            raise ValueError(f"record: {folder} is a symbolic link; name the folder itself")
        folder.mkdir(mode=0o700, exist_ok=True)
        if any(folder.iterdir()):
            raise ValueError(f"record: {folder} is not empty; name a new folder, or an empty one")
        if fault := _fault(folder):
            raise ValueError(f"record: {folder} {fault}")
    except (OSError, RuntimeError) as error:  # RuntimeError: of whose home folder there is none
        raise ValueError(f"record: {folder} cannot be recorded into: {error}") from error
    return folder


def _fault(folder: Path) -> str | None:
    """Who else could write into the folder, or put another in its place, and so read or change what is recorded."""
    if os.name != "posix":  # what others may do is told by access lists there, which are not looked at
        return None
    status = folder.stat()
    if status.st_uid != os.geteuid():
        return "belongs to another user; name a folder of your own"
    if status.st_mode & OTHERS_WRITE:
        return f"can be written by others (mode {stat.S_IMODE(status.st_mode):03o}); run: chmod 700 {folder}"
    for above in folder.resolve().parents:
        mode = above.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return f"is in {above}, where everybody can put another folder in its place; name one elsewhere"
    return None


def _bodies(proto_id: int, request: bytes, reply: bytes, *, unknown: bool) -> tuple[Any, Any] | None:
    if proto_id not in KNOWN:
        return (request.hex(), reply.hex()) if unknown else None
    asked, answered = KNOWN[proto_id].request(request), KNOWN[proto_id].reply(reply)
    # What cannot be read cannot be redacted either.
    return None if asked is None or answered is None else (_shown(asked), _shown(answered))


def _shown(message: Message) -> Any:
    """A message as people can read it, or its digits where that would lose something, such as a field that we do not know."""
    try:
        told = MessageToDict(message, preserving_proto_field_name=True)
        same = packed(ParseDict(told, type(message)())) == packed(message)
    except (JsonError, TypeError, ValueError):  # a text that is not UTF-8
        same = False
    return told if same else packed(message).hex()


def _write(file: Path, text: str) -> None:
    """Whole or not at all, and for nobody else's eyes."""
    partial = file.with_suffix(".partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:  # noqa: PTH123  # of a descriptor
        opened.write(text.encode())
    partial.rename(file)


def _exchange(file: Path) -> Exchange:
    try:
        told = documents.json(files.text(file, largest=LARGEST))
        if told["format"] != FORMAT:
            raise ValueError(f"it is of format {shown.value(told['format'])}, known is {FORMAT}")  # noqa: TRY301  # as the others are
        proto_id = numbers.whole("protocol", told["protocol"], PROTOCOLS)
        known = KNOWN.get(proto_id)
        request = _body(told["request"], known and known.messages.Request)
        return Exchange(proto_id, request, _body(told["reply"], known and known.messages.Response))
    except OSError as error:
        raise ValueError(f"replay: {file} cannot be read: {error.strerror}") from error
    except (JsonError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        damage = f"is damaged, or no recording: {shown.error(error)}"
        raise ValueError(f"replay: {file} {damage}; record it again, or remove the file to do without it") from error


def _body(told: Any, message: Any) -> bytes:
    return bytes.fromhex(told) if isinstance(told, str) else packed(ParseDict(told, message()))
