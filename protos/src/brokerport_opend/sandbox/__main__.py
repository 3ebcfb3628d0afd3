"""``python -m brokerport_opend.sandbox``, also ``opend-sandbox``: the sandbox for other programs."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brokerport.reading import files
from brokerport_opend.sandbox import numbers
from brokerport_opend.sandbox.address import advice
from brokerport_opend.sandbox.limits import MAX_CONNECTIONS
from brokerport_opend.sandbox.log import Warnings
from brokerport_opend.sandbox.quotas import LANGUAGE, WORDS
from brokerport_opend.sandbox.recorder import Recorder
from brokerport_opend.sandbox.server import Sandbox

Service = Sandbox | Recorder


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until interrupted or terminated; exit with 1 when the port cannot be had, with 2 for wrong arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        service = _service(parser, **vars(options))
    except ValueError as error:
        parser.error(str(error))
    logging.basicConfig(format="%(message)s")  # warnings, on stderr: to a program its log is said aloud
    try:
        asyncio.run(_serve(service))
    except OSError as error:
        sys.exit(f"the sandbox cannot listen on {options.host}:{options.port}: {error}; {advice(error)}")


async def _serve(service: Service) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(partial(_tell, Warnings()))
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not loop.add_signal_handler, which Windows lacks.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with service:
        sys.stderr.write(_greeting(service))
        sys.stderr.flush()
        await stop.wait()
    if isinstance(service, Recorder):
        sys.stderr.write(f"{service.written} replies written, {service.left_out.total()} left out\n")


def _tell(warnings: Warnings, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the system refuses, such as one more open file where a flood came, is no fault of ours: a line, and not too often."""
    if isinstance(error := context.get("exception"), OSError):
        warnings.tell("the system refuses: %s", f"{context['message']}: {error}")
    else:
        loop.default_exception_handler(context)


def _service(parser: argparse.ArgumentParser, *, record: str | None, upstream: str | None, record_unknown: bool, **options: Any) -> Service:
    """The recorder, or the sandbox with these options; ValueError for a mixture."""
    if record is None:
        if upstream is not None or record_unknown:
            raise ValueError("--upstream and --record-unknown go with --record")
        key_file = options.pop("websocket_key_file")
        return Sandbox(**options, websocket_key=None if key_file is None else _key_text(key_file))
    if upstream is None:
        raise ValueError("--record takes --upstream too: the HOST:PORT of the gateway")
    address = {name: options.pop(name) for name in ("host", "port")}
    if others := [name for name, value in options.items() if value != parser.get_default(name)]:
        raise ValueError(f"--record takes none of the sandbox's own options, and {', '.join(others)} was given")
    return Recorder(upstream, record, unknown=record_unknown, **address)


def _greeting(service: Service) -> str:
    where = f"listens on {service.host}:{service.port};"
    if isinstance(service, Recorder):
        return f"brokerport recorder {where} it hands on to {service.upstream} and writes into {service.folder}\n"
    what = "all its data are synthetic" if service.replay is None else f"it replays {service.replay}"
    door = "" if service.websocket_port is None else f"for WebSockets: ws://{service.host}:{service.websocket_port}\n"
    return f"brokerport sandbox {where} {what}\n{door}"


def _key_text(path: str) -> str:
    """The text of a key's file, without the end of its line; ValueError when there is none."""
    try:
        text = files.text(Path(path)).strip()
    except (OSError, ValueError) as error:
        raise ValueError(f"--websocket-key-file: {path} cannot be read: {error}") from error
    if not text:
        raise ValueError(f"--websocket-key-file: {path} is empty; it holds the key's text")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("opend-sandbox", description="A gateway that speaks OpenD's protocol, with synthetic data.")
    parser.add_argument("--host", "--listen", default="127.0.0.1", help="address of the loopback interface (default: %(default)s)")
    parser.add_argument("--exposed", action="store_true", help="let --host be any address, for other machines too; it takes an --rsa-key")
    parser.add_argument("--port", type=numbers.written, default=11111, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--seed", type=numbers.written, help="another seed is another world (default: the scenario's, else 0)")
    parser.add_argument("--scenario", metavar="PATH", help="TOML file of given answers and of faults")
    parser.add_argument("--rsa-key", metavar="PATH", help="file of a private RSA key: speak to clients that encrypt with it only")
    parser.add_argument("--rsa-key-mounted", action="store_true", help="that file is a secret that a container's runtime mounts")
    parser.add_argument("--no-quotas", dest="quotas", action="store_false", help="answer however often it is asked")
    parser.add_argument("--count-refused", action="store_true", help="requests refused for the quota count against it too")
    parser.add_argument("--first-page-only", action="store_true", help="pages after the first do not count")
    parser.add_argument("--language", choices=WORDS, default=LANGUAGE, help="of the refusals for the quota (default: %(default)s)")
    parser.add_argument(
        "--max-connections",
        type=numbers.written,
        default=MAX_CONNECTIONS,
        metavar="N",
        help="at once, by both doors (default: %(default)s)",
    )
    parser.add_argument(
        "--websocket-port", type=numbers.written, metavar="PORT", help="let in WebSockets too, as the JavaScript SDK's; 0 is a free one"
    )
    parser.add_argument("--websocket-key-file", metavar="PATH", help="file of the key that those have to know")
    parser.add_argument("--replay", metavar="FOLDER", help="answer from a recording, and nothing else")
    parser.add_argument("--record", metavar="FOLDER", help="be no sandbox: hand on to --upstream, and write what passes into a new folder")
    parser.add_argument("--upstream", metavar="HOST:PORT", help="the gateway to record")
    parser.add_argument("--record-unknown", action="store_true", help="write protocols too whose secrets nobody can tell here, as orders")
    return parser


if __name__ == "__main__":
    main()
