"""What a question takes and gives, for programs."""

from __future__ import annotations

import json
from typing import Annotated

from cyclopts import Parameter

from brokerport.cli import streams
from brokerport.cli.options import named
from brokerport.questions import schema as schemas


def schema(question: Annotated[str, Parameter(help="Such as short-volume.")], /) -> None:
    """The JSON schemas of a question's arguments, and of its answer as --format json writes it."""
    asked = named(question)
    told = {"arguments": schemas.of_arguments(asked), "answer": schemas.of_answer(asked)}
    streams.data().write(json.dumps(told, indent=2) + "\n")
