"""All questions, asked of every installed broker's sandbox."""

from __future__ import annotations

from typing import Any

from brokerport.cli import answers, exit_codes, formats, streams
from brokerport.cli.examples import example
from brokerport.cli.notes import one_line, say
from brokerport.cli.options import lacks, nobody
from brokerport.client.client import Client
from brokerport.errors import BrokerportError, InvalidRequestError, UnsupportedError
from brokerport.questions import Question
from brokerport.registry import registry

_ROWS = 5


def demo() -> int:
    """All questions, asked of every installed broker's sandbox."""
    codes = [code for name in registry.names() for code in _show(name)]
    if not codes:
        raise nobody("no broker with a sandbox")
    say("sandbox: all of this is synthetic data")
    return max(codes)


def _show(broker: str) -> list[int]:
    """The exit code of every question; none when there is no sandbox."""
    try:
        client = registry.get(broker, sandbox=True)
        told = registry.capabilities(broker)
    except InvalidRequestError as error:
        why, *_ = lacks(broker, error) or (str(error),)
        say(f"{broker} is skipped: {one_line(why)}")
        return []
    except BrokerportError as error:
        return [exit_codes.tell(error)]
    with client:
        return [_ask(client, question, *example(question, told)) for question in registry.questions()]


def _ask(client: Client, question: Question[..., Any], *subject: str) -> int:
    arguments = {"limit": _ROWS} if question.paged else {}
    try:
        answer = answers.ask(client, question, *subject, **arguments)
    except UnsupportedError as error:
        say(one_line(str(error)))
    except BrokerportError as error:
        return exit_codes.tell(error)
    else:
        formats.write(answers.report(question, answer), "table")
        streams.data().write("\n")
    return exit_codes.DONE
