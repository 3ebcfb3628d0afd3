"""What an editor shows over a name: arguments, units and errors, as far as pyright's language server finds them without running a line."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from brokerport import AsyncClient, Client
from brokerport.questions import QUESTIONS, Question
from editors import environment, needs_pyright

ERRORS = (
    "InvalidRequestError:",
    "UnsupportedError:",
    "ConnectError, HandshakeError:",
    "DeadlineError:",
    "QuotaError, RejectedError:",
    "BadReplyError:",
    "ClientClosedError:",
)
UNITS = ("shares", "None where the broker says nothing")

PROGRAM = """\
from brokerport import registry
client = registry.get("moomoo", port=11111)
client.short_volume("HK.00700")
client.iter_short_volume("HK.00700")
registry.get_async("moomoo").broker_ranking("HK.00700")
"""


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda each: each.name)
@pytest.mark.parametrize("door", [Client, AsyncClient])
def test_every_question_tells_its_arguments_its_units_and_its_errors(door: type, question: Question[..., Any]) -> None:
    for name in (question.name, f"iter_{question.name}") if question.paged else (question.name,):
        method = getattr(door, name)
        told = inspect.getdoc(method) or ""
        arguments = [each for each in inspect.signature(method).parameters if each != "self"]
        assert [f"    {each}: " for each in arguments if f"    {each}: " not in told] == []
        assert [each for each in ERRORS if f"    {each} " not in told] == []
        assert "None where the broker says nothing" in told
        assert ("Row by row" in told) is name.startswith("iter_")


@define
class Editor:
    """Talks to a language server as an editor does."""

    folder: Path
    _server: subprocess.Popen[bytes] = field(init=False)
    _number: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        program = [sys.executable, "-m", "pyright.langserver", "--stdio"]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(program, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=self.folder, env=environment())
        uri, able = self.folder.as_uri(), {"workspace": {"configuration": True}, "textDocument": {"hover": {"contentFormat": ["markdown"]}}}
        self.ask("initialize", processId=None, rootUri=uri, capabilities=able, workspaceFolders=[{"uri": uri, "name": "program"}])
        self.tell("initialized")

    def open(self, text: str) -> str:
        where = (self.folder / "program.py").as_uri()
        self.tell("textDocument/didOpen", textDocument={"uri": where, "languageId": "python", "version": 1, "text": text})
        return where

    def hover(self, where: str, text: str, word: str) -> str:
        line = next(number for number, each in enumerate(text.splitlines()) if f"{word}" in each)
        place = {"line": line, "character": text.splitlines()[line].index(word) + 1}
        found = self.ask("textDocument/hover", textDocument={"uri": where}, position=place)
        return str(found["contents"]["value"])

    def tell(self, method: str, **params: object) -> None:
        self._send(method=method, params=params)

    def ask(self, method: str, **params: object) -> Any:
        self._number += 1
        self._send(id=self._number, method=method, params=params)
        while (reply := self._read()).get("id") != self._number or "method" in reply:
            if "method" in reply and "id" in reply:  # a question of the server's: how the editor is set, a default for each
                self._send(id=reply["id"], result=[{} for _ in reply["params"].get("items", ())])
        return reply["result"]

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()

    def _send(self, **message: object) -> None:
        assert self._server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._server.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        length = 0
        while line := self._server.stdout.readline().strip():
            length = int(line.rpartition(b":")[2]) if line.lower().startswith(b"content-length") else length
        found: dict[str, Any] = json.loads(self._server.stdout.read(length))
        return found


@needs_pyright
@pytest.mark.timeout(120)
def test_a_hover_shows_them_all(tmp_path: Path) -> None:
    python = Path(sys.executable)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"venvPath": str(python.parents[2]), "venv": python.parents[1].name}), "utf-8")
    editor = Editor(tmp_path)
    try:
        where = editor.open(PROGRAM)
        for word, arguments in {
            "short_volume(": ("limit: Limit", "timeout: float | None"),
            "iter_short_volume(": ("after: After", "Rows[ShortVolume]"),
            "broker_ranking(": ("days_before: DaysBefore", "Coroutine[Any, Any, BrokerRanking]"),
        }.items():
            told = editor.hover(where, PROGRAM, word)
            assert [each for each in (*arguments, *ERRORS, *UNITS) if each not in told] == []
        assert "Where it listens; 11111 unless it is set." in editor.hover(where, PROGRAM, "port=")
        assert "seconds that a call may take" in editor.hover(where, PROGRAM, "get(")
    finally:
        editor.close()
