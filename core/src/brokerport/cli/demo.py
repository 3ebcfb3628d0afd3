"""All questions, asked of brokers' sandboxes."""

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


def demo(*broker: str) -> int:
    """All questions, asked of the sandbox of each broker that is named; by default of every installed one that has a sandbox."""
    codes = [code for name in broker or registry.names() for code in _show(name, named=bool(broker))]
    if not codes:
        raise nobody("no broker with a sandbox")
    if exit_codes.DONE in codes:
        say("sandbox: all of this is synthetic data")
    return max(codes)


def _show(broker: str, *, named: bool) -> list[int]:
    """The exit code of every question; none of a broker without a sandbox, unless somebody asked for it."""
    try:
        client = registry.get(broker, sandbox=True)
        told = registry.capabilities(broker)
    except InvalidRequestError as error:
        why, *_ = lacks(broker, error) or (str(error),)
        if named:
            return [exit_codes.tell(InvalidRequestError(f"{why}; without a name, the demo is of every broker that has one"))]
        say(one_line(f"{broker} is skipped: {why}"))
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
