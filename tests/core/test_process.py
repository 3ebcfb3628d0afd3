"""Whether a process is still there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from brokerport.quotas import process
from brokerport.quotas.process import UNKNOWN, birth, gone, identity


def test_this_process_is_there() -> None:
    pid, born = identity(os.getpid())
    assert pid == os.getpid()
    assert not gone(pid, born)
    assert not gone(pid, UNKNOWN)


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_a_number_that_went_to_another_process_is_not_the_one_before() -> None:
    pid, born = identity(os.getpid())
    assert gone(pid, born - 1)


def test_a_process_that_ended_is_gone_collected_or_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        born = birth(child.pid)
        assert born is not None
        assert not gone(child.pid, born)
        child.kill()
        if sys.platform == "linux":
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert gone(child.pid, born)
        child.wait()
        assert gone(child.pid, born)


def test_a_number_that_cannot_be_is_nobody() -> None:
    assert birth(2**40) is None


@pytest.mark.skipif(sys.platform == "win32", reason="no /proc there")
def test_where_nothing_is_told_the_number_alone_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_told_by_proc", lambda _: UNKNOWN)
    assert not gone(os.getpid(), 12345)
