"""Forked children: no byte of the parent's connections is read or written by one, and each is told so by an error of ours.

The event loop's copy goes on in the child, as no program should have it, and some have.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

RunPython = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"), pytest.mark.timeout(20)]  # whole Pythons

GATEWAY = """
import asyncio, gc, os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, about forks with threads: that is what this is about
from brokerport import BrokerportError, ClientClosedError, Registry
from brokerport_opend.sandbox import Sandbox

sandbox = Sandbox(quotas=False)
sandbox.__enter__()
registry = Registry()
settings = {"port": sandbox.port, "quotas": False, "share": False}

def child(work):
    '''Its exit code, after it did the work.'''
    number = os.fork()
    if number == 0:
        code = 1
        try:
            code = work() or 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitpid(number, 0)[1]

def told(error, number=os.getpid()):
    return str(error).endswith(
        f"the client was opened in process {number}, and this is process {os.getpid()}, forked from it: get a new client here"
    )

async def right(client, codes):
    answers = await asyncio.gather(*(client.capital_distribution(f"HK.{code:05}") for code in codes))
    return [str(answer.symbol) for answer in answers] == [f"HK.{code:05}" for code in codes]

async def refused(*calls):
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    return all(isinstance(each, ClientClosedError) and told(each) for each in outcomes) or print(*map(repr, outcomes))
"""


def run(run_python: RunPython, code: str) -> list[str]:
    """What a process printed that ended well and had nothing to complain of."""
    done = run_python(GATEWAY + code + "\nsandbox.__exit__(None, None, None)")
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.splitlines()


def test_an_async_client_answers_in_the_parent_and_is_refused_in_the_child_while_both_go_on(run_python: RunPython) -> None:
    code = """
loop = asyncio.new_event_loop()
client = registry.get_async("moomoo", **settings)
loop.run_until_complete(right(client, range(1, 4)))
start, done = os.pipe(), os.pipe()
number = os.fork()
if number == 0:
    os.read(start[0], 1)
    asked = [client.capital_distribution(f"HK.{code:05}") for code in range(500, 560)]
    print("child", loop.run_until_complete(refused(*asked)), client.closed, flush=True)
    loop.run_until_complete(client.aclose())
    os.write(done[1], b"1")
    os._exit(0)
os.write(start[1], b"1")
print(all(loop.run_until_complete(right(client, range(turn, turn + 5))) for turn in range(1, 100, 5)))
os.read(done[0], 1)
print(loop.run_until_complete(right(client, range(1, 30))), os.waitpid(number, 0)[1], client.stats().reconnects)
loop.run_until_complete(client.aclose())
loop.close()
"""
    assert sorted(run(run_python, code)) == ["True", "True 0 0", "child True True"]


def test_a_fork_with_calls_on_their_way_ends_them_in_the_child_and_answers_them_in_the_parent(run_python: RunPython) -> None:
    code = """
async def main():
    client = registry.get_async("moomoo", **settings)
    await right(client, [1])
    with sandbox.fault("delay", seconds=0.3):
        calls = [asyncio.create_task(client.capital_distribution(f"HK.{code:05}")) for code in range(1, 31)]
        while len(sandbox.requests) < 32:
            await asyncio.sleep(0)
        number = os.fork()
        if number == 0:
            # The loop goes on here: what it read or stopped watching would be missing there.
            print("child", await refused(*calls), await refused(client.capital_distribution("HK.00700")), flush=True)
            os._exit(0)
        answers = await asyncio.gather(*calls)
    print([str(answer.symbol) for answer in answers] == [f"HK.{code:05}" for code in range(1, 31)])
    print(await right(client, range(1, 9)), os.waitpid(number, 0)[1], client.stats().reconnects)
    await client.aclose()

asyncio.run(main())
"""
    assert sorted(run(run_python, code)) == ["True", "True 0 0", "child True True"]


def test_a_child_that_closes_its_copy_or_drops_it_disturbs_nobody(run_python: RunPython) -> None:
    code = """
loop = asyncio.new_event_loop()
client = registry.get_async("moomoo", **settings)
loop.run_until_complete(right(client, [1]))
async def goes():
    await client.aclose()
    await client._asking._provider.aclose()
    await asyncio.sleep(0.01)
def drops():
    loop.run_until_complete(goes())
    client.__dict__.clear()
    gc.collect()
print(child(drops), loop.run_until_complete(right(client, range(1, 9))), client.stats().reconnects)
loop.run_until_complete(client.aclose())
loop.close()
"""
    assert run(run_python, code) == ["0 True 0"]


def test_no_keep_alive_and_no_new_connection_of_the_childs_reaches_the_gateway(run_python: RunPython) -> None:
    code = """
loop = asyncio.new_event_loop()
client = registry.get_async("moomoo", **settings)
loop.run_until_complete(right(client, [1]))
session = client._asking._provider._session
link = session._live.link
link.keep_alive(0.01)
def beats():
    return [each.proto_id for each in sandbox.requests].count(1004)
while not beats():
    loop.run_until_complete(asyncio.sleep(0.01))
before, made = beats(), len(sandbox._connections)
def waits():
    loop.run_until_complete(asyncio.sleep(0.1))  # as long as ten of them take
    print(session._live.link._timers["beat"].cancelled(), session._later, session._connecting.done())
print(child(waits), beats() - before, len(sandbox._connections) - made, loop.run_until_complete(right(client, [2])))
loop.run_until_complete(client.aclose())
loop.close()
"""
    assert run(run_python, code) == ["True None True", "0 0 0 True"]


def test_a_fork_amid_connecting_leaves_it_to_the_parent(run_python: RunPython) -> None:
    code = """
async def main():
    client = registry.get_async("moomoo", **settings)
    call = asyncio.create_task(client.capital_distribution("HK.00700"))
    turns = 0
    while client._asking._provider is None:
        await asyncio.sleep(0)
    while not call.done():
        turns += 1
        number = os.fork()
        if number == 0:
            os._exit(0 if await refused(call) else 1)
        status = os.waitpid(number, 0)[1]
        if status:
            print("turn", turns, status)
        await asyncio.sleep(0)
    print(turns > 5, str(call.result().symbol), client.stats().reconnects, client.stats().retries)
    await client.aclose()

asyncio.run(main())
"""
    assert run(run_python, code) == ["True HK.00700 0 0"]


def test_an_embedded_sandbox_goes_on_in_the_parent_alone(run_python: RunPython) -> None:
    code = """
async def main():
    loop, client = asyncio.get_running_loop(), registry.get_async("moomoo", sandbox=True, share=False)
    await right(client, [1])
    number = os.fork()
    if number == 0:
        print("child", await refused(client.capital_distribution("HK.00700")), flush=True)
        loop.call_later(0.2, os._exit, 0)
        await loop.create_future()
    for turn in range(8):  # within the quota
        assert await right(client, range(turn, turn + 3))
        await asyncio.sleep(0.01)
    print(os.waitpid(number, 0)[1], client.stats().failed, client.stats().retries, client.stats().reconnects)
    await client.aclose()

asyncio.run(main())
"""
    assert sorted(run(run_python, code)) == ["0 {} 0 0", "child True"]


def test_routes_and_iterators_are_refused_too(run_python: RunPython) -> None:
    code = """
loop = asyncio.new_event_loop()
client = registry.get_async("moomoo", **settings)
route = registry.route_async("moomoo", "futu", **settings)
async def begin():
    rows = client.iter_short_volume("HK.00700")
    others = route.iter_short_volume("HK.00700")
    return rows, others, await anext(rows), await anext(others)
rows, others, *_ = loop.run_until_complete(begin())
async def goes_on():
    for each in rows, others:
        try:
            print(len([await anext(each) for _ in range(149)]) + 1)
        except ClientClosedError as error:
            print(told(error))
print(child(lambda: loop.run_until_complete(goes_on()) or print(loop.run_until_complete(refused(route.short_volume("HK.00700"))))))
loop.run_until_complete(goes_on())
loop.run_until_complete(client.aclose())
loop.run_until_complete(route.aclose())
loop.close()
"""
    assert run(run_python, code) == ["True", "True", "True", "0", "150", "150"]


def test_blocking_clients_the_drop_in_and_their_children(run_python: RunPython) -> None:
    code = """
import multiprocessing
from brokerport_moomoo import compat

client = registry.get("moomoo", **settings)
context = compat.OpenQuoteContext(port=sandbox.port, quotas=False)
early = registry.get("futu", **settings)  # never asked before the fork
client.capital_distribution("HK.00700")
context.get_capital_distribution("HK.00700")

def work(queue):
    try:
        client.capital_distribution("HK.00700")
    except ClientClosedError as error:
        queue.put(told(error))
    code, text = context.get_capital_distribution("HK.00700")
    queue.put((code, told(text)))
    context.close()
    client.close()
    new = registry.get("moomoo", **settings)
    queue.put((new is client, str(new.capital_distribution("HK.09988").symbol), str(early.capital_distribution("HK.00005").symbol)))

forked = multiprocessing.get_context("fork")
queue = forked.Queue()
process = forked.Process(target=work, args=(queue,))
process.start()
print(*(queue.get() for _ in range(3)))
process.join()
print(client.capital_distribution("HK.00700").symbol, context.get_capital_distribution("HK.00700")[0], client.stats().reconnects)
context.close()
registry.close()
"""
    assert run(run_python, code) == ["True (-1, True) (False, 'HK.09988', 'HK.00005')", "HK.00700 0 0"]


def test_a_child_keeps_no_connection_open_that_its_parent_closes(run_python: RunPython) -> None:
    code = """
client = registry.get("moomoo", **settings)
client.capital_distribution("HK.00700")
stay = os.pipe()
number = os.fork()
if number == 0:
    os.read(stay[0], 1)
    os._exit(0)
client.close()
while len(sandbox._connections):
    pass
os.write(stay[1], b"1")
print(os.waitpid(number, 0)[1])
"""
    assert run(run_python, code) == ["0"]


def test_a_new_loop_and_a_new_client_work_in_the_child(run_python: RunPython) -> None:
    code = """
loop = asyncio.new_event_loop()
client = registry.get_async("moomoo", **settings)
loop.run_until_complete(right(client, [1]))
async def anew():
    print(await refused(client.capital_distribution("HK.00700")))
    async with registry.get_async("moomoo", **settings) as own:
        print(await right(own, range(1, 9)))
print(child(lambda: asyncio.run(anew())), loop.run_until_complete(right(client, range(1, 9))))
loop.run_until_complete(client.aclose())
loop.close()
"""
    assert run(run_python, code) == ["True", "True", "0 True"]


@pytest.mark.parametrize("kind", ["uvloop", "debug"])
def test_other_loops(run_python: RunPython, kind: str) -> None:
    if kind == "uvloop":
        pytest.importorskip("uvloop")
    new = "__import__('uvloop').new_event_loop()" if kind == "uvloop" else "asyncio.new_event_loop()"
    code = f"""
loop = {new}
loop.set_debug({kind == "debug"})
loop.slow_callback_duration = 60
client = registry.get_async("moomoo", **settings)
loop.run_until_complete(right(client, range(1, 4)))
async def goes_on():
    print(await refused(client.capital_distribution("HK.00700")))
    await asyncio.sleep(0.05)
print(child(lambda: loop.run_until_complete(goes_on())))
print(all(loop.run_until_complete(right(client, range(turn, turn + 5))) for turn in range(1, 50, 5)), client.stats().reconnects)
loop.run_until_complete(client.aclose())
loop.close()
"""
    assert run(run_python, code) == ["True", "0", "True 0"]


HTTP = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from brokerport.kit.http import Http

class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked, go_on = threading.Event(), threading.Event()
    connections = set()
    def do_GET(self):
        self.connections.add(self.client_address)
        if self.path == "/late":
            self.asked.set()
            self.go_on.wait()
        self.send_response(200)
        self.send_header("Content-Length", "200000")
        self.end_headers()
        self.wfile.write(b"x" * 200000)
    def log_message(self, *_): pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["NO_PROXY"] = "127.0.0.1"
url = f"http://127.0.0.1:{server.server_port}/"
"""


def test_what_the_kits_http_waits_for_is_the_parents(run_python: RunPython) -> None:
    code = """
loop, http = asyncio.new_event_loop(), Http("toy")
loop.run_until_complete(http.get(url))
late = loop.create_task(http.get(url + "late"))
while not Server.asked.is_set():
    loop.run_until_complete(asyncio.sleep(0.01))
number = os.fork()
if number == 0:
    async def goes_on():
        await asyncio.sleep(0.2)
        try:
            await http.get(url)
        except ClientClosedError as error:
            print(error, flush=True)
    loop.run_until_complete(goes_on())
    os._exit(0)
Server.go_on.set()
os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
print(len(loop.run_until_complete(late).body), os.waitpid(number, 0)[1], len(Server.connections))
loop.run_until_complete(http.aclose())
loop.close()
server.shutdown()
server.server_close()
"""
    assert run(run_python, HTTP + code) == ["toy: the connections were closed", "200000 0 1"]
