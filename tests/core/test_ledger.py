"""The log in a file: what one process sends, the others count; and what is in the file is never taken on trust."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf, nan
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from brokerport import Quota
from brokerport.models.quota import Account, AtOnce, Bucket, Limit
from brokerport.quotas import account, process
from brokerport.quotas.account import log_of
from brokerport.quotas.leases import NEVER, Lease
from brokerport.quotas.ledger import BUSY, LONGEST, Ledger, open_ledger
from brokerport.quotas.limiter import Limiter
from brokerport.quotas.private_file import folder
from brokerport.quotas.rules import MARGIN, Rule, names, rule
from brokerport.testing import run_in_virtual_time
from core.test_limiter import Gateway, Request, requests

QUOTA = Quota(3, 10.0)
ACCOUNT = Account("acme user 1")
WINDOW = 10.0 + MARGIN


@frozen
class Opened:
    """A ledger, asked for slots of one limit."""

    ledger: Ledger
    rule: Rule

    def take(self, now: float) -> Lease | float:
        return self.ledger.take(self.rule, now)

    def wait(self, now: float, ahead: int = 0) -> float:
        return self.ledger.wait(self.rule, now, ahead)

    def settle(self, lease: Lease, when: float) -> None:
        self.ledger.settle(lease, when)


def opened(limit: Limit = QUOTA) -> Opened:
    return Opened(open_ledger("acme user 1", "3424"), rule(limit))


def taken(log: Opened, now: float) -> Lease:
    lease = log.take(now)
    assert isinstance(lease, Lease)
    return lease


def the_file() -> Path:
    (path,) = folder().iterdir()
    return path


@pytest.fixture
def full() -> Opened:
    """A ledger whose slots were settled at 101, 102 and 103."""
    log = opened()
    for now in (101.0, 102.0, 103.0):
        log.settle(taken(log, now), now)
    return log


# the law


@contextmanager
def own_folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        patch.setenv("LOCALAPPDATA", folder)
        yield


@given(st.integers(1, 3), st.integers(1, 4), st.lists(requests, max_size=20))
def test_no_gateway_ever_counts_more_than_the_quota_whatever_several_processes_do(
    processes: int, number: int, every: list[Request]
) -> None:
    async def law() -> list[float]:
        quota, clock = Quota(number, 10.0), asyncio.get_running_loop().time
        gateways = [Gateway(Limiter(quota, name="3424", account=ACCOUNT, clock=clock)) for _ in range(processes)]
        await asyncio.gather(*(gateways[place % processes].ask(place, request) for place, request in enumerate(every)))
        assert all(gateway.sent == [place for place in gateway.asked if place in gateway.sent] for gateway in gateways)
        return sorted(time for gateway in gateways for time in gateway.counted)

    with own_folder():
        counted = run_in_virtual_time(law())
    too_close = [(first, later) for first, later in zip(counted, counted[number:], strict=False) if later - first <= 10.0]
    assert too_close == []


def test_what_one_settles_the_other_waits_for(full: Opened) -> None:
    assert opened().take(105.0) == pytest.approx(101 + WINDOW - 105)
    assert opened().wait(105.0, 1) == pytest.approx(102 + WINDOW - 105)
    assert isinstance(opened().take(101 + WINDOW + 1e-6), Lease)


def test_a_slot_that_was_not_used_is_free_again() -> None:
    log = opened(Quota(1, 10.0))
    log.settle(taken(log, 100.0), NEVER)
    assert isinstance(opened(Quota(1, 10.0)).take(100.0), Lease)


def test_slots_in_flight_are_waited_for_until_one_may_be_free() -> None:
    mine, other = opened(Quota(1, 10.0)), opened(Quota(1, 10.0))
    lease = taken(mine, 100.0)
    assert other.take(100.0) == pytest.approx(WINDOW)
    mine.settle(lease, 104.0)
    assert other.take(100 + WINDOW) == pytest.approx(4.0)


def test_a_larger_quota_makes_room_and_a_smaller_one_counts_all(full: Opened) -> None:
    larger = opened(Quota(5, 10.0))
    larger.settle(taken(larger, 104.0), 104.0)
    assert opened(Quota(1, 10.0)).take(105.0) == pytest.approx(104 + WINDOW - 105)
    assert full.take(105.0) == pytest.approx(102 + WINDOW - 105)
    assert isinstance(larger.take(105.0), Lease)


def test_the_tokens_of_a_bucket_come_back_one_after_the_other_whoever_looks() -> None:
    log, bucket = opened(Bucket(0.1, 4)), Bucket(0.1, 4)
    for lease in [taken(log, 100.0) for _ in range(4)]:
        log.settle(lease, 100.0)
    for when in (101.0, 104.0, 109.0):  # the last of them count from 130 on
        assert opened(bucket).take(when) == pytest.approx(110 - when, abs=0.01)
    log.settle(taken(log, 110.1), 110.1)
    assert log.take(110.1) == pytest.approx(9.9, abs=0.01)
    assert log.wait(110.1, 3) == pytest.approx(39.9, abs=0.01)


# what is gone


def test_leases_of_processes_that_are_gone_count_from_now_on(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    with monkeypatch.context() as patch:
        patch.setattr(process, "identity", lambda _: (dead.pid, 12345))
        taken(opened(Quota(1, 10.0)), 100.0)
    assert opened(Quota(1, 10.0)).take(105.0) == pytest.approx(WINDOW)
    assert opened(Quota(1, 10.0)).take(106.0) == pytest.approx(WINDOW - 1)


def test_a_lease_that_nobody_ever_settled_was_forgotten() -> None:
    log = opened(Quota(1, 10.0))
    taken(log, 100.0)
    assert log.take(100 + LONGEST) == pytest.approx(WINDOW)
    assert log.take(100 + LONGEST + 1) == pytest.approx(WINDOW)
    assert log.take(100 + LONGEST + 2) == pytest.approx(WINDOW - 1)


HOLDER = """
import sys, time
from brokerport import Quota
from brokerport.quotas.ledger import open_ledger
from brokerport.quotas.rules import names, rule
QUOTA = Quota(1, 0.2)
log = open_ledger("acme user 1", *names([QUOTA], "3424"))
print(log.take(rule(QUOTA), time.monotonic()), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_process_that_is_killed_with_a_lease_holds_nobody_up_for_long() -> None:
    quota = Quota(1, 0.2)

    async def turn() -> float:
        began = time.monotonic()
        async with Limiter(quota, name="3424", account=ACCOUNT).slot():
            return time.monotonic() - began

    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().startswith("Lease")
        log = open_ledger(ACCOUNT.name, *names([quota], "3424"))
        assert log.wait(rule(quota), time.monotonic()) == pytest.approx(0.2 + MARGIN)
        holder.send_signal(signal.SIGKILL)  # a zombie now, as nobody has collected it
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
        assert 0.2 <= asyncio.run(turn()) < 1


# what is wrong with the file


def double(at: int, value: float) -> Callable[[bytes], bytes]:
    """Another number at this place."""
    return lambda image: image[:at] + struct.pack("=d", value) + image[at + 8 :]


def slot(settled: float) -> bytes:
    """A slot, of no process."""
    return struct.pack("=ddqq", settled, 0.0, 0, 0)


HEADER, SLOT = 64, 32  # bytes
TIMES = {"refused": 24, "until": 32, "wanted": 48}
SHARE = 40
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda image: b"\xff" * len(image),
    "zeros": lambda image: bytes(len(image)),
    "text": lambda image: b'{"slots": [NaN, 1e999]}',
    "half a header": lambda image: image[: HEADER - 14],
    "half a slot": lambda image: image[:-1],
    "a byte too many": lambda image: image + b"\0",
    "huge": lambda image: b"x" * 10_000_000,
    "huge with a sound beginning": lambda image: image.ljust(HEADER + SLOT * 300_000, b"\0"),
    "a slot that is NaN": double(HEADER, nan),
    "the last slot is NaN": double(HEADER + 2 * SLOT, nan),
    "every slot is NaN": lambda image: image[:HEADER] + b"\xff" * (len(image) - HEADER),
    "NaN beside vacant and in flight": lambda image: image[:HEADER] + b"".join(map(slot, (nan, inf, -inf))),
    **{f"a share of {value}": double(SHARE, value) for value in (nan, inf, -inf, 0.0, -1.0, 0.49, 1.01)},
    **{f"{name} at {value}": double(at, value) for name, at in TIMES.items() for value in (nan, inf)},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("open_meanwhile", [True, False])
def test_a_damaged_file_is_begun_afresh_with_one_warning_and_the_quota_is_kept(
    full: Opened, damage: Callable[[bytes], bytes], open_meanwhile: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path = the_file()
    path.write_bytes(damage(path.read_bytes()))
    log = full if open_meanwhile else opened()
    for lease in [taken(log, 105.0) for _ in range(QUOTA.requests)]:
        log.settle(lease, 105.0)
    assert [log.take(105.0), opened().take(105.0), log.wait(105.0)] == [pytest.approx(WINDOW)] * 3
    assert caplog.messages == [f"{path} is damaged and begun afresh: what was sent before counts no longer"]
    assert path.stat().st_size == HEADER + 3 * SLOT


@pytest.mark.parametrize(
    "ended",
    [
        lambda image: b"",
        lambda image: b"bpquota1" + image[8:],
        lambda image: b"bpquota1 of another layout",
        lambda image: image[:8] + b"another boot 123" + image[24:],
        *(double(at, 1e9) for at in TIMES.values()),
    ],
    ids=["empty", "another version", "another layout", "another boot", *(f"{name} later" for name in TIMES)],
)
def test_a_file_of_before_is_begun_afresh_without_a_word(full: Opened, ended: Any, caplog: pytest.LogCaptureFixture) -> None:
    path = the_file()
    path.write_bytes(ended(path.read_bytes()))
    assert isinstance(full.take(105.0), Lease)
    assert isinstance(opened().take(105.0), Lease)
    assert path.stat().st_size == HEADER + 3 * SLOT
    assert caplog.messages == []


@pytest.mark.parametrize("wanted", [inf, 1e9])
def test_who_wants_a_slot_for_ever_holds_nobody_up(wanted: float) -> None:
    log = opened(AtOnce(1))
    log.settle(taken(log, 100.0), NEVER)
    path = the_file()
    by = struct.pack("=q", 99)
    path.write_bytes(double(TIMES["wanted"], wanted)(path.read_bytes()[:56] + by + path.read_bytes()[HEADER:]))
    assert isinstance(opened(AtOnce(1)).take(200.0), Lease)


@pytest.mark.parametrize("pid", [0, -1, -(2**63), 2**63 - 1])
def test_a_lease_of_what_is_no_process_counts_from_now_on(pid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process, "identity", lambda _: (pid, process.UNKNOWN))
        taken(opened(Quota(1, 10.0)), 100.0)
    assert opened(Quota(1, 10.0)).take(105.0) == pytest.approx(WINDOW)
    assert opened(Quota(1, 10.0)).take(106.0) == pytest.approx(WINDOW - 1)


@pytest.mark.parametrize("far", [1e9, 1e300])
def test_a_slot_of_the_far_future_counts_from_now_on_whoever_looks_first(full: Opened, far: float) -> None:
    path = the_file()
    path.write_bytes(path.read_bytes()[:HEADER] + slot(far) * 3)
    assert opened().wait(105.0) == pytest.approx(WINDOW)
    assert opened().wait(106.0) == pytest.approx(WINDOW - 1)


@pytest.mark.parametrize("number", range(50))
def test_no_file_is_too_damaged_to_ask(number: int) -> None:
    """Any figures at all, behind a beginning that is right: each call ends in a lease or a wait that ends."""
    random = Random(number)
    for limit in (QUOTA, AtOnce(3), Bucket(0.1, 3)):
        log = Opened(open_ledger("acme user 1", str(limit)), rule(limit))
        log.settle(taken(log, 100.0), 100.0)
    for path in folder().iterdir():
        image = path.read_bytes()
        path.write_bytes(image[:24] + random.randbytes(len(image) - 24) if number % 2 else scattered(image, random))
    for limit in (QUOTA, AtOnce(3), Bucket(0.1, 3)):
        log = Opened(open_ledger("acme user 1", str(limit)), rule(limit))
        assert 0 <= log.wait(105.0) <= 10_000
        assert isinstance(log.take(105.0 + log.wait(105.0) + 1e-3), Lease | float)


def scattered(image: bytes, random: Random) -> bytes:
    """The same, with some numbers that are strange."""
    for _ in range(4):
        image = double(random.randrange(24, len(image) - 7, 8), random.choice((nan, inf, -inf, 0.0, -1.0, 1e308, 5e-324)))(image)
    return image


@pytest.mark.parametrize("place", ["a folder", "a pipe"])
def test_what_is_no_file_is_left_alone_and_the_count_is_kept_in_memory(place: str, caplog: pytest.LogCaptureFixture) -> None:
    log_of(ACCOUNT, "3424").take(rule(QUOTA), 100.0)
    path = the_file()
    path.unlink()
    path.mkdir() if place == "a folder" else os.mkfifo(path, 0o600)
    account._warned.clear()
    log = log_of(ACCOUNT, "3424")
    leases = [log.take(rule(QUOTA), 105.0) for _ in range(QUOTA.requests + 1)]
    assert [isinstance(each, Lease) for each in leases] == [True, True, True, False]
    (warning,) = caplog.messages
    assert warning.startswith("quotas are not shared with other processes, as the file for it cannot be used: ")
    assert path.exists()


def test_times_from_the_future_count_from_now_on(full: Opened) -> None:
    """So it is after a boot, where the system does not number them."""
    assert opened().take(50.0) == pytest.approx(WINDOW)
    assert isinstance(opened().take(50 + WINDOW + 1e-6), Lease)


def test_a_file_that_was_deleted_is_made_anew(full: Opened) -> None:
    the_file().unlink()
    assert isinstance(full.take(105.0), Lease)
    assert the_file().stat().st_size == HEADER + 3 * SLOT


def test_a_lease_of_a_file_that_was_begun_afresh_settles_nobody_elses() -> None:
    mine, other = opened(Quota(1, 10.0)), opened(Quota(1, 10.0))
    old = taken(mine, 100.0)
    the_file().write_bytes(b"")
    taken(other, 101.0)
    mine.settle(old, NEVER)
    assert isinstance(other.take(101.0), float)


def test_while_another_keeps_the_lock_nobody_is_served_and_nobody_blocks(full: Opened) -> None:
    with opened().ledger.file.locked():
        began = time.monotonic()
        assert full.take(500.0) == full.wait(500.0) == BUSY
        assert time.monotonic() - began < 0.5
        full.ledger.refuse(Lease(0, 101.0), 500.0, 10.0)  # not told to others, and no harm done
    assert isinstance(full.take(500.0), Lease)


def test_the_files_name_tells_nothing_of_the_account(full: Opened) -> None:
    assert "1" * 8 not in the_file().name
    assert "acme" not in the_file().name


# for real

SENDER = """
import asyncio, socket, sys
from brokerport import Quota
from brokerport.models.quota import Account
from brokerport.quotas.limiter import Limiter

async def main():
    slots = Limiter(Quota(20, 1.0), name="3424", account=Account("acme user 1"))

    async def one():
        async with slots.slot():
            reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
            print((await reader.readline()).decode().strip())
            writer.close()

    await asyncio.gather(*(one() for _ in range(18)))

asyncio.run(main())
"""


async def test_two_real_processes_at_once_are_never_refused() -> None:
    counted: list[float] = []

    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counted.append(time.monotonic())
        writer.write(b"ok\n")
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    senders = [await asyncio.create_subprocess_exec(sys.executable, "-c", SENDER, port, stdout=asyncio.subprocess.PIPE) for _ in range(2)]
    outputs = [(await sender.communicate())[0].split() for sender in senders]
    server.close()
    await server.wait_closed()
    assert outputs == [[b"ok"] * 18] * 2
    assert [later - first for first, later in zip(counted, counted[20:], strict=False) if later - first <= 1.0] == []
    assert 1.0 < counted[-1] - counted[0] < 1.5
