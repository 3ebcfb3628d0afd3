"""``python -m brokerport_opend.sandbox``, also ``opend-sandbox``: the sandbox for other programs."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence

from brokerport_opend.sandbox.server import Sandbox


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until interrupted or terminated; exit with 1 when the port cannot be had, with 2 for wrong arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        sandbox = Sandbox(**vars(options))
    except ValueError as error:
        parser.error(str(error))
    logging.basicConfig(format="%(message)s")  # warnings, on stderr: to a program its log is said aloud
    try:
        asyncio.run(_serve(sandbox))
    except (OSError, OverflowError) as error:
        sys.exit(f"the sandbox cannot listen on {options.host}:{options.port}: {error}; choose another --port, 0 takes a free one")


async def _serve(sandbox: Sandbox) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not loop.add_signal_handler, which Windows lacks.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with sandbox:
        sys.stderr.write(f"brokerport sandbox listens on {sandbox.host}:{sandbox.port}; all its data are synthetic\n")
        sys.stderr.flush()
        await stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("opend-sandbox", description="A gateway that speaks OpenD's protocol, with synthetic data.")
    parser.add_argument("--host", default="127.0.0.1", help="address of the loopback interface (default: %(default)s)")
    parser.add_argument("--port", type=int, default=11111, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another world (default: %(default)s)")
    parser.add_argument("--rsa-key", metavar="PATH", help="file of a private RSA key: speak to clients that encrypt with it only")
    parser.add_argument("--no-quotas", dest="quotas", action="store_false", help="answer however often it is asked")
    return parser


if __name__ == "__main__":
    main()
