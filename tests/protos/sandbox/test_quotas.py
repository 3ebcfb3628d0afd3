from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from brokerport import QuotaError, Registry
from brokerport.testing import run_in_virtual_time
from brokerport_opend.sandbox import Sandbox
from brokerport_opend.sandbox.quotas import MOST_ENTRIES, QUOTAS, Entry, QuotaLog
from brokerport_opend.sandbox.refusals import Refused
from protos.sandbox.raw_client import HELLO, RawClient

TENCENT = {"market": 1, "code": "00700"}


@define
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def taken(log: QuotaLog, proto_id: int, times: int) -> int:
    """How many of so many requests are let through."""
    before = log.accepted[proto_id]
    for _ in range(times):
        try:
            log.take(proto_id)
        except Refused:
            continue
    return log.accepted[proto_id] - before


@pytest.mark.parametrize(("proto_id", "limit"), [(3212, 30), (3247, 30), (3248, 30), (3249, 30), (3424, 60)])
def test_a_window_takes_its_quota_and_no_more(proto_id: int, limit: int) -> None:
    log = QuotaLog(Clock())
    assert taken(log, proto_id, limit + 5) == limit
    assert (log.accepted[proto_id], log.refused[proto_id]) == (limit, 5)


def test_the_next_request_has_to_come_more_than_30_seconds_after_the_first() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    assert taken(log, 3248, 31) == 30
    clock.seconds += 30
    assert taken(log, 3248, 1) == 0
    clock.seconds += 0.001
    assert taken(log, 3248, 31) == 30


def test_the_window_slides() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    for _ in range(30):
        clock.seconds += 0.5
        assert taken(log, 3248, 1) == 1
    clock.seconds = 1000.5 + 30.25  # the first is over, the second is not
    assert taken(log, 3248, 2) == 1
    clock.seconds += 0.5
    assert taken(log, 3248, 2) == 1


def test_refused_requests_do_not_count() -> None:
    clock = Clock()
    log = QuotaLog(clock)
    assert taken(log, 3248, 30) == 30
    clock.seconds += 29
    assert taken(log, 3248, 1000) == 0
    clock.seconds += 1.5
    assert taken(log, 3248, 30) == 30


def test_every_protocol_has_a_quota_of_its_own() -> None:
    log = QuotaLog(Clock())
    assert taken(log, 3248, 31) == 30
    assert taken(log, 3249, 31) == 30


def test_every_refusal_says_what_and_how_often() -> None:
    log = QuotaLog(Clock())
    for proto_id, quota in QUOTAS.items():
        taken(log, proto_id, quota.requests)
        with pytest.raises(Refused) as refusal:
            log.take(proto_id)
        assert refusal.value.text == f"{quota.names['zh']}频率太高，请求失败，每30秒最多{quota.requests}次。"


async def test_all_clients_share_the_account_and_pages_count() -> None:
    clock = Clock()
    async with Sandbox(clock=clock) as sandbox:
        clients = [await RawClient.greet(sandbox) for _ in range(3)]
        key = ""
        for n in range(30):
            key = (await clients[n % 3].ask(3248, security=TENCENT, nextKey=key, num=1)).s2c.nextKey
        refusal = await clients[0].ask(3248, security=TENCENT)
        assert (refusal.retType, refusal.retMsg) == (-1, "获取每日卖空量频率太高，请求失败，每30秒最多30次。")
        assert not refusal.HasField("s2c")
        clock.seconds += 30.01
        assert (await clients[1].ask(3248, security=TENCENT)).retType == 0
        assert sandbox.quota_log is not None
        assert (sandbox.quota_log.accepted[3248], sandbox.quota_log.refused[3248]) == (31, 1)
        for client in clients:
            await client.close()


async def test_without_quotas_every_request_is_answered() -> None:
    async with Sandbox(quotas=False) as sandbox:
        client = await RawClient.greet(sandbox)
        assert [(await client.ask(3424, security=TENCENT)).retType for _ in range(100)] == [0] * 100
        assert sandbox.quota_log is None
        await client.close()


def test_refused_requests_count_where_the_gateway_counts_them() -> None:
    clock = Clock()
    log = QuotaLog(clock, count_refused=True)
    assert taken(log, 3248, 30) == 30
    for _ in range(60):  # one each second: never is there a window with fewer than thirty
        clock.seconds += 1
        assert taken(log, 3248, 1) == 0
    clock.seconds += 30
    assert taken(log, 3248, 40) == 29  # the last of them is thirty seconds old, and counts until it is older


async def test_pages_after_the_first_are_free_where_only_first_pages_count() -> None:
    async with Sandbox(clock=Clock(), first_page_only=True) as sandbox:
        client = await RawClient.greet(sandbox)
        key = (await client.ask(3248, security=TENCENT, num=1)).s2c.nextKey
        for _ in range(100):
            key = (await client.ask(3248, security=TENCENT, num=1, nextKey=key)).s2c.nextKey
        assert [(await client.ask(3248, security=TENCENT)).retType for _ in range(30)] == [0] * 29 + [-1]
        assert (await client.ask(3248, security=TENCENT, nextKey=key)).retType == 0
        assert (await client.answer(3249, b"\xff")).retType == -500  # what cannot be read counts as a first page
        assert sandbox.quota_log is not None
        assert sandbox.quota_log.accepted == {3248: 131, 3249: 1}
        await client.close()


async def test_a_refusal_can_be_had_in_english() -> None:
    async with Sandbox(clock=Clock(), language="en") as sandbox, Registry().get_async("moomoo", port=sandbox.port, quotas=False) as moomoo:
        client = await RawClient.greet(sandbox)
        for _ in range(30):
            assert (await client.ask(3248, security=TENCENT)).retType == 0
        refusal = await client.ask(3248, security=TENCENT)
        assert refusal.retMsg == "Get daily short volume: too frequent, the request failed; at most 30 requests in 30 seconds."
        with pytest.raises(QuotaError) as raised:  # our client understands both languages
            await moomoo.short_volume("HK.00700", timeout=1)
        assert raised.value.retry_after == 30
        await client.close()


def test_no_other_language_is_known() -> None:
    with pytest.raises(ValueError, match="language is 'fr'; it has to be one of zh, en"):
        Sandbox(language="fr")


@pytest.mark.parametrize("own", [{"count_refused": True}, {"first_page_only": True}, {"language": "en"}], ids=str)
def test_how_quotas_are_kept_is_refused_where_there_are_none(own: dict[str, Any], tmp_path: Path) -> None:
    (name,) = own
    with pytest.raises(ValueError, match=f"^quotas=False keeps none: leave {name} out$"):
        Sandbox(quotas=False, **own)
    with pytest.raises(ValueError, match=f"^replay has no quotas: leave {name} out$"):
        Sandbox(replay=tmp_path, **own)


async def test_the_log_tells_when_each_request_came_from_whom_and_what_became_of_it() -> None:
    clock = Clock()
    async with Sandbox(clock=clock) as sandbox:
        first, second = await RawClient.connect(sandbox), await RawClient.connect(sandbox)
        ids = [(await client.ask(1001, **HELLO)).s2c.connID for client in (first, second)]
        await first.ask(1004, time=0)  # falls under no quota
        await first.ask(3212, security=TENCENT)
        clock.seconds += 2.5
        for _ in range(30):
            await second.ask(3212, security=TENCENT)
        assert sandbox.quota_log is not None
        entries = sandbox.quota_log.entries
        assert len(entries) == 31
        assert entries[0] == Entry(1000.0, 3212, accepted=True, connection=ids[0])
        assert entries[29] == Entry(1002.5, 3212, accepted=True, connection=ids[1])
        assert entries[30] == Entry(1002.5, 3212, accepted=False, connection=ids[1])
        for client in (first, second):
            await client.close()


def test_the_log_keeps_the_newest_entries_and_counts_all() -> None:
    log = QuotaLog(Clock())
    taken(log, 3248, MOST_ENTRIES + 100)
    assert len(log.entries) == MOST_ENTRIES
    assert log.accepted[3248] + log.refused[3248] == MOST_ENTRIES + 100


def test_in_virtual_time_a_window_passes_at_once() -> None:
    async def work() -> list[Entry]:
        async with Sandbox(clock=asyncio.get_running_loop().time) as sandbox:
            client = await RawClient.greet(sandbox)
            for _ in range(31):
                await client.ask(3248, security=TENCENT)
            await asyncio.sleep(31)
            await client.ask(3248, security=TENCENT)
            await client.close()
            assert sandbox.quota_log is not None
            return list(sandbox.quota_log.entries)

    entries = run_in_virtual_time(work())
    assert [entry.accepted for entry in entries] == [True] * 30 + [False, True]
    assert 31 <= entries[-1].time - entries[0].time < 32


def test_in_virtual_time_our_client_waits_out_a_window_at_once() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        async with Sandbox(clock=loop.time) as sandbox, Registry().get_async("moomoo", port=sandbox.port, quotas=False) as moomoo:
            for _ in range(31):
                await moomoo.short_volume("HK.00700", timeout=60)
            assert sandbox.quota_log is not None
            assert (sandbox.quota_log.accepted[3248], sandbox.quota_log.refused[3248]) == (31, 1)
        return loop.time()

    assert run_in_virtual_time(work()) > 30
