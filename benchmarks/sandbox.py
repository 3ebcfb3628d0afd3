"""``make sandbox-load``: what the sandbox's program bears, beside what is promised; the exit code is 1 when a promise is broken.

The program runs as people run it, in a process of its own, so that its memory is its own; the clients are sockets of this process.
"""

from __future__ import annotations

import argparse
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from random import Random

from attrs import frozen

from benchmarks.promises.figure import Figure, centile, ms
from brokerport_opend.connecting import handshake
from brokerport_opend.messages import keep_alive_pb2, short_volume_pb2
from brokerport_opend.wire.frame import HEADER, Frame, encode

CONNECTIONS = 10_000
KIB = 8.0
P99 = 5.0  # milliseconds
LORISES, CLOSED_AFTER = 200, 6.0  # seconds
REQUESTS = 100_000  # on one connection, at once
ASKED = 3000

HELLO = encode(Frame(handshake.INIT_CONNECT, 1, handshake.hello()))
KEEP_ALIVE = encode(Frame(1004, 2, keep_alive_pb2.Request(c2s={"time": 0}).SerializeToString()))
QUESTION = encode(Frame(3248, 3, short_volume_pb2.Request(c2s={"security": {"market": 1, "code": "00700"}}).SerializeToString()))


@frozen
class Program:
    """The sandbox in its own process."""

    process: subprocess.Popen[str]
    port: int

    def connect(self) -> socket.socket:
        """A connection that has shaken hands."""
        return connect(self.port)

    def resident(self) -> float:
        """KiB of memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]) * 4.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("sandbox-load")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="idle ones (default: %(default)s)")
    connections = parser.parse_args().connections
    if not Path("/proc/self/statm").exists():
        sys.exit("the memory of another process is read from /proc, which this system does not have: run it under Linux")
    _raise_descriptors(connections)
    print("| promise | limit | measured | kept |\n| --- | --- | --- | --- |", flush=True)
    kept = True
    with _program(connections) as program:
        for figure in _figures(program, connections):
            print(figure, flush=True)
            kept &= figure.kept
    sys.exit(not kept)


def _figures(program: Program, connections: int) -> Iterator[Figure]:
    with ExitStack() as stack:
        client = stack.enter_context(closing(program.connect()))
        for _ in range(500):  # what is loaded and made once is not the connections'
            exchange(client, QUESTION)
        yield _asked("a healthy client, alone", client, _times(ASKED))
        before = program.resident()
        idle = [stack.enter_context(closing(program.connect())) for _ in range(connections)]
        each = (program.resident() - before) / connections
        yield Figure(f"memory of {connections:,} idle connections", f"{KIB:g} KiB each", f"{each:.1f} KiB each", each <= KIB)
        yield _asked("a healthy client beside them", client, _times(ASKED))
        yield from _lorises(program, client)
        yield from _garbage(program, client)
        yield from _flood(program, client)
        lost = len(_ended(idle))
        yield Figure("idle connections closed meanwhile", "0", f"{lost}", lost == 0)


def _lorises(program: Program, client: socket.socket) -> Iterator[Figure]:
    slow = [program.connect() for _ in range(LORISES)]
    began = time.perf_counter()
    closed: list[float] = []
    sent = 0

    def drip() -> bool:
        """A byte a second, until the last is hung up on."""
        nonlocal sent
        now = time.perf_counter() - began
        for each in _ended(slow):
            slow.remove(each)
            each.close()
            closed.append(now)
        if now >= sent:
            for each in slow:
                _send(each, KEEP_ALIVE[sent : sent + 1])
            sent += 1
        return bool(slow) and now < 3 * CLOSED_AFTER

    yield _asked(f"a healthy client beside {LORISES} slow lorises", client, drip)
    last = max(closed, default=0.0) if not slow else float("inf")
    yield Figure(f"the last of {LORISES} slow lorises closed", f"{CLOSED_AFTER:g} s", f"{last:.1f} s", last <= CLOSED_AFTER)


def _garbage(program: Program, client: socket.socket) -> Iterator[Figure]:
    random = Random(1)
    oversize = HEADER.pack(b"FT", 3248, 0, 0, 1, 2**32 - 1, bytes(20), bytes(8))
    sent = [b"XX" + random.randbytes(1000), b"GET / HTTP/1.1\r\n\r\n", oversize, KEEP_ALIVE]  # the last comes before a handshake
    open_ = [socket.create_connection(("127.0.0.1", program.port)) for _ in range(200)]
    for number, peer in enumerate(open_):
        _send(peer, sent[number % len(sent)])
    yield _asked("a healthy client beside garbage", client, _times(500))
    closed = len(_ended(open_))
    for peer in open_:
        peer.close()
    yield Figure("garbage, oversize and too early: closed", "all of 200", f"{closed}", closed == len(open_))


def _flood(program: Program, client: socket.socket) -> Iterator[Figure]:
    # In a process of its own: as threads, the two clients would wait for each other.
    greedy = get_context("spawn").Process(target=_be_greedy, args=(program.port,))
    greedy.start()
    yield _asked(f"a healthy client beside one that sends {REQUESTS:,} requests at once", client, greedy.is_alive)
    greedy.join()
    yield Figure("of those answered", f"{REQUESTS:,}", "all" if greedy.exitcode == 0 else "not all", greedy.exitcode == 0)


def _be_greedy(port: int) -> None:
    with closing(connect(port)) as greedy:
        reply = len(exchange(greedy, KEEP_ALIVE)) + HEADER.size
        sending = threading.Thread(target=greedy.sendall, args=(KEEP_ALIVE * REQUESTS,))
        sending.start()
        _read(greedy, reply * REQUESTS)
        sending.join()


def _asked(promise: str, client: socket.socket, go_on: Callable[[], bool]) -> Figure:
    """How long a question takes while ``go_on`` says so."""
    took = []
    while go_on():
        start = time.perf_counter()
        exchange(client, QUESTION)
        took.append(time.perf_counter() - start)
        time.sleep(0.0005)
    middle, most = centile(took, 50), centile(took, 99)
    measured = f"p50 {ms(middle)}, p99 {ms(most)} of {len(took):,}"
    return Figure(promise, f"p99 {P99:g} ms", measured, most * 1e3 <= P99)


def _times(number: int) -> Callable[[], bool]:
    left = iter(range(number))
    return lambda: next(left, None) is not None


def connect(port: int) -> socket.socket:
    """A connection to the sandbox there that has shaken hands."""
    peer = socket.create_connection(("127.0.0.1", port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    exchange(peer, HELLO)
    return peer


def exchange(peer: socket.socket, frame: bytes) -> bytes:
    """Send a frame, and the body of the one that comes."""
    peer.sendall(frame)
    data = b""
    while len(data) < HEADER.size or len(data) < HEADER.size + HEADER.unpack_from(data)[5]:
        if not (more := peer.recv(131072)):
            raise ConnectionError("the sandbox hung up")
        data += more
    return data[HEADER.size :]


def _read(peer: socket.socket, left: int) -> None:
    while left > 0:
        if not (data := peer.recv(1024 * 1024)):
            raise ConnectionError("the sandbox hung up")
        left -= len(data)


def _send(peer: socket.socket, data: bytes) -> None:
    with suppress(ConnectionError):  # hung up on in this moment: it is seen at the next look
        peer.sendall(data)


def _ended(peers: list[socket.socket]) -> list[socket.socket]:
    """Those that the sandbox hung up on."""
    poll = select.poll()
    for peer in peers:
        poll.register(peer, select.POLLRDHUP)
    ended = {descriptor for descriptor, _ in poll.poll(0)}
    return [peer for peer in peers if peer.fileno() in ended]


@contextmanager
def _program(connections: int) -> Iterator[Program]:
    most = str(connections + 1000)
    command = [sys.executable, "-m", "brokerport_opend.sandbox", "--port", "0", "--no-quotas", "--max-connections", most]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            found = re.search(r":(\d+);", said := process.stderr.readline())
            if found is None:
                sys.exit(f"the sandbox did not start: {said}")
            # It says why it closes each connection, and would wait for somebody to read that.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Program(process, int(found[1]))
        finally:
            process.terminate()


def _raise_descriptors(connections: int) -> None:
    import resource  # which Windows lacks, and it has been sent away

    needed, (soft, hard) = connections + 2000, resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (-1, resource.RLIM_INFINITY) and hard < needed:
        sys.exit(f"{needed:,} descriptors are needed and {hard:,} are allowed: raise the limit with ulimit -Hn, or give --connections")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


if __name__ == "__main__":
    main()
