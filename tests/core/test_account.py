"""Who shares a log with whom, and what happens where no file can be had."""

from __future__ import annotations

import gc
import logging
import threading
from pathlib import Path

import pytest

from brokerport import Quota
from brokerport.quotas import account
from brokerport.quotas.account import local, shared
from brokerport.quotas.leases import Lease, Log
from brokerport.quotas.rules import rule

ONE = rule(Quota(1, 10.0))


@pytest.fixture(autouse=True)
def not_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_warned", threading.Event())


def test_clients_of_one_process_share_a_log_in_memory_as_long_as_one_lives() -> None:
    log: Log = local("sandbox at 127.0.0.1:1", "3424")
    assert local("sandbox at 127.0.0.1:1", "3424") is log
    assert local("sandbox at 127.0.0.1:2", "3424") is not log
    assert isinstance(log.take(ONE, 100.0), Lease)
    del log
    gc.collect()
    assert isinstance(local("sandbox at 127.0.0.1:1", "3424").take(ONE, 100.0), Lease)


@pytest.mark.parametrize("trouble", ["no folder can be made", "no lock", "no space"])
def test_without_a_file_clients_of_one_process_still_share_and_one_warning_says_so(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> bool:
        raise OSError(trouble)

    broken = {"no folder can be made": "_open_private", "no lock": "_try_lock", "no space": "_write"}[trouble]
    monkeypatch.setattr(f"brokerport.quotas.private_file.{broken}", fails)
    first, second, other = shared("acme user 1", "3424"), shared("acme user 1", "3424"), shared("acme user 1", "3212")
    lease = first.take(ONE, 100.0)
    assert isinstance(lease, Lease)
    assert isinstance(second.take(ONE, 100.0), float)
    assert isinstance(other.take(ONE, 100.0), Lease)
    first.settle(lease, 101.0)
    first.refuse(lease, 102.0, 10.0)
    assert second.wait(ONE, 103.0) == pytest.approx(9.0)
    assert caplog.messages == [f"quotas are not shared with other processes, as the file for it cannot be used: {trouble}"]
    assert caplog.records[0].levelno == logging.WARNING


def test_a_lease_of_the_file_means_nothing_to_the_log_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    log = shared("acme user 1", "3424")
    lease = log.take(ONE, 100.0)
    assert isinstance(lease, Lease)
    with monkeypatch.context() as patch:
        patch.setattr("brokerport.quotas.private_file._try_lock", _raise)
        assert isinstance(log.take(ONE, 100.0), Lease)
    log.settle(lease, 100.0)
    assert isinstance(log.take(ONE, 200.0), float)


def _raise(_: int) -> bool:
    raise OSError("no lock")
