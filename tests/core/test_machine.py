"""What the machine does to a program: no descriptors left, a gateway that is stopped, a clock that is set."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from brokerport import Registry

RunPython = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="neither limits nor SIGSTOP there")

NONE_LEFT = """
import gc, os, resource, sys, threading
from brokerport import BrokerportError, registry

def ask(client):
    try:
        return str(client.capital_distribution("HK.00700", timeout=1).symbol)
    except BrokerportError as error:
        return type(error).__name__, "Too many open files" in str(error)

port, limits = int(sys.argv[1] if sys.argv[1:] else os.environ["PORT"]), resource.getrlimit(resource.RLIMIT_NOFILE)
connected, new, named = (registry.get(broker, port=port, quotas=False, host=host)
                         for broker, host in (("moomoo", "127.0.0.1"), ("futu", "127.0.0.1"), ("futu", "localhost")))
registry.get("moomoo", port=port, quotas=False, timeout=58).ark_dynamic("US.TSLA")  # what is read from files on first use is there
import tenacity
{before}
resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
taken = []
try:
    while True:
        taken.append(os.dup(2))
except OSError:
    pass
outcomes = [ask(each) for each in (connected, new, named)]
for number in taken:
    os.close(number)
resource.setrlimit(resource.RLIMIT_NOFILE, limits)
print(*outcomes, sep="|")
print([ask(each) for each in (connected, new, named)])
registry.close()
gc.collect()
print(threading.active_count())
"""


@pytest.fixture
def gateway() -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "brokerport_opend.sandbox", "--port", "0", "--no-quotas"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            yield process, int(said.split(";")[0].rpartition(":")[2])
        finally:
            process.kill()


def test_without_descriptors_new_connections_fail_in_our_words_and_work_again_later(
    run_python: RunPython, gateway: tuple[subprocess.Popen[str], int]
) -> None:
    done = run_python(NONE_LEFT.replace("{before}", "ask(connected)"), PORT=str(gateway[1]))
    outcomes, later, threads = done.stdout.splitlines()
    assert outcomes.split("|")[:2] == ["HK.00700", "('ConnectError', True)"]
    assert outcomes.split("|")[2].startswith("('ConnectError'")
    assert (later, threads, done.stderr, done.returncode) == (str(["HK.00700"] * 3), "1", "", 0)


def test_a_gateway_that_is_stopped_costs_each_call_its_own_time_and_nothing_after(gateway: tuple[subprocess.Popen[str], int]) -> None:
    process, port = gateway
    with Registry().get("moomoo", port=port, quotas=False) as client, ThreadPoolExecutor(16) as pool:
        client.capital_distribution("HK.00700")
        process.send_signal(signal.SIGSTOP)
        calls = [pool.submit(client.capital_distribution, f"HK.{number:05}", timeout=0.2) for number in range(1, 17)]
        ended = [type(call.exception()).__name__ for call in calls]
        process.send_signal(signal.SIGCONT)
        assert ended == ["DeadlineError"] * 16
        asked = [f"HK.{number:05}" for number in range(17, 33)]
        assert [str(client.capital_distribution(each).symbol) for each in asked] == asked
        assert client.stats().reconnects == 0


CLOCK_IS_SET = """
import os, time
real = time.time
step = 0.0
time.time = lambda: real() + step
from brokerport import registry
with registry.get("moomoo", port=int(os.environ["PORT"])) as client:
    began = time.monotonic()
    for step in (0, 1, -1, 3600, -3600, 86400, -86400, 2.0**33, -2.0**33):
        assert str(client.capital_distribution("HK.00700", timeout=1).symbol) == "HK.00700", step
    stats = client.stats()
print(stats.calls, stats.answered, stats.retries, stats.reconnects, stats.quota_waits)
"""


def test_a_clock_that_is_set_changes_nothing_for_blocking_callers(
    run_python: RunPython, gateway: tuple[subprocess.Popen[str], int]
) -> None:
    done = run_python(CLOCK_IS_SET, PORT=str(gateway[1]))
    assert (done.stdout, done.stderr, done.returncode) == ("9 9 0 0 0\n", "", 0)
