"""A program that blocks, and is interrupted 200 times: how long until it knows. Run by ``cancelling``, which holds the replies back."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time

from benchmarks.heartbeat import Heartbeat
from brokerport import Client, Symbol, registry

ROUNDS = 200
HEAD_START = 0.02  # seconds that the call has before it is interrupted


def symbols() -> list[Symbol]:
    """A hundred to ask for."""
    return [Symbol.parse(f"HK.{number:05}") for number in range(1, 101)]


def main() -> None:
    """Say when ready, what the interrupts took, and whether what is asked afterwards is right; wait for a line before each."""
    client, beat = registry.get("moomoo", port=int(sys.argv[1]), quotas=False, timeout=60), Heartbeat()
    client.capital_distribution("HK.00700")
    print("ready", flush=True)
    sys.stdin.readline()
    ticking = threading.Thread(target=beat.tick_in_thread, daemon=True)
    ticking.start()
    rounds = [_interrupt(client) for _ in range(ROUNDS)]
    beat.stop()
    ticking.join()
    took = [ended - began for began, ended in rounds]
    net = [ended - began - beat.within(began, ended) for began, ended in rounds]
    print(json.dumps([took, net]), flush=True)
    sys.stdin.readline()
    print(json.dumps([client.capital_distribution(symbol).symbol for symbol in symbols()] == symbols()), flush=True)


def _interrupt(client: Client) -> tuple[float, float]:
    """When the signal was sent, and when the caller had it."""
    sent: list[float] = []

    def send() -> None:
        time.sleep(HEAD_START)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    try:
        sender.start()
        client.capital_distribution("HK.00700")
    except KeyboardInterrupt:
        ended = time.monotonic()
    sender.join()
    return sent[0], ended


if __name__ == "__main__":
    main()
