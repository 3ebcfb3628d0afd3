"""What the contract hears of a provider's doings: what waits, what does I/O, and sockets that stay open."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from time import sleep
from zoneinfo import ZoneInfo

import pytest

from brokerport.testing.watch import is_io, noting, noting_waits, open_sockets


def test_sleeping_is_waiting_by_whatever_name() -> None:
    with noting_waits() as seen:
        time.sleep(0)
        sleep(0)
    time.sleep(0)
    assert seen == ["time.sleep", "time.sleep"]


def test_looking_up_a_host_is_waiting() -> None:
    with noting_waits() as seen:
        socket.getaddrinfo("127.0.0.1", 80)
    assert len(seen) == 1
    assert seen[0].startswith("socket.getaddrinfo('127.0.0.1'")


def test_reading_is_io_and_so_is_writing(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with noting(is_io) as seen:
        file.write_text("", "utf-8")
        file.read_text("utf-8")
        os.close(os.open(file, os.O_RDONLY))
    assert seen == [f"open({str(file)!r}, 'w')", f"open({str(file)!r}, 'r')", f"open({str(file)!r}, None)"]


@pytest.mark.parametrize("name", ["late.py", "__pycache__/late.pyc", "late-1.0.dist-info/METADATA"])
def test_what_imports_read_is_no_io_and_what_writes_it_is(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    with noting(is_io) as seen:
        file.write_text("", "utf-8")
        file.read_bytes()
    assert seen == [f"open({str(file)!r}, 'w')"]


def test_an_import_and_a_look_at_what_is_installed_are_no_io(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_late.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with noting(is_io) as seen:
        import_module("imported_late")
        list(distributions())
        ZoneInfo.no_cache("Asia/Hong_Kong")
    assert seen == []


def test_another_thread_is_not_heard() -> None:
    with noting(is_io) as seen:
        thread = threading.Thread(target=lambda: socket.socket().close())
        thread.start()
        thread.join()
    assert seen == []


def test_sockets_that_stay_open_are_told_until_they_are_closed() -> None:
    with open_sockets() as still_open, socket.socket() as one, ThreadPoolExecutor() as threads:
        two = threads.submit(socket.socket).result()
        assert still_open() == [one, two]
        two.close()
        assert still_open() == [one]


def test_sockets_of_a_server_beside_do_not_count() -> None:
    with ThreadPoolExecutor() as server:
        server.submit(int).result()  # its thread runs from here on
        with open_sockets() as still_open, server.submit(socket.socket).result():
            assert still_open() == []
