"""All questions, asked of every installed broker's sandbox."""

from __future__ import annotations

from collections.abc import Callable

from brokerport.cli import answers, exit_codes, formats, streams
from brokerport.cli.notes import one_line, say
from brokerport.cli.options import lacks, nobody
from brokerport.client.client import Client
from brokerport.errors import BrokerportError, InvalidRequestError, UnsupportedError
from brokerport.models import Result
from brokerport.registry import registry

_ROWS = {"limit": 5}
_QUESTIONS: tuple[tuple[Callable[..., Result], str, dict[str, int]], ...] = (
    (Client.ark_dynamic, "US.TSLA", {}),
    (Client.capital_distribution, "US.TSLA", {}),
    (Client.broker_ranking, "HK.00700", {}),
    (Client.short_volume, "HK.00700", _ROWS),
    (Client.short_interest, "US.TSLA", _ROWS),
)


def demo() -> int:
    """All five questions, asked of every installed broker's sandbox."""
    codes = [code for name in registry.names() for code in _show(name)]
    if not codes:
        raise nobody("no broker with a sandbox")
    say("sandbox: all of this is synthetic data")
    return max(codes)


def _show(broker: str) -> list[int]:
    """The exit code of every question; none when there is no sandbox."""
    try:
        client = registry.get(broker, sandbox=True)
    except InvalidRequestError as error:
        why, *_ = lacks(broker, error) or (str(error),)
        say(f"{broker} is skipped: {one_line(why)}")
        return []
    except BrokerportError as error:
        return [exit_codes.tell(error)]
    with client:
        return [_ask(client, *question) for question in _QUESTIONS]


def _ask(client: Client, question: Callable[..., Result], symbol: str, arguments: dict[str, int]) -> int:
    try:
        answer = answers.ask(client, question, symbol, **arguments)
    except UnsupportedError as error:
        say(one_line(str(error)))
    except BrokerportError as error:
        return exit_codes.tell(error)
    else:
        formats.write(answers.report(question.__name__, answer), "table")
        streams.data().write("\n")
    return exit_codes.DONE
