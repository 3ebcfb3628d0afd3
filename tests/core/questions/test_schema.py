"""JSON schemas say what the command line writes."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest

from brokerport.cli import answers, json_format
from brokerport.models import Result
from brokerport.questions import BROKER_RANKING, QUESTIONS, SHORT_VOLUME, schema
from core.cli.samples import ANSWERS

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (),
    "object": (),
}


def fits(value: Any, told: dict[str, Any]) -> bool:
    """Whether a value is as a schema of ours says."""
    if "anyOf" in told:
        return any(fits(value, each) for each in told["anyOf"])
    if "const" in told or "enum" in told:
        return value in told.get("enum", [told.get("const")])
    if isinstance(value, list) and told["type"] == "array":
        return all(fits(each, told["items"]) for each in value)
    if isinstance(value, dict) and told["type"] == "object":
        return value.keys() == told["properties"].keys() and all(fits(each, told["properties"][name]) for name, each in value.items())
    return isinstance(value, TYPES[told["type"]]) and (not isinstance(value, bool) or told["type"] == "boolean")


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_an_answer_as_json_is_as_its_schema_says(question: str, answer: Result) -> None:
    file = StringIO()
    json_format.write(answers.report(QUESTIONS[question], answer), file)
    assert fits(json.loads(file.getvalue()), schema.of_answer(QUESTIONS[question]))


def test_what_is_not_as_the_schema_says_does_not_fit() -> None:
    told = schema.of_answer(SHORT_VOLUME)
    assert not fits({"question": "short_volume"}, told)
    assert told["properties"]["rows"]["items"]["properties"]["short_volume"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}


def test_arguments_have_types_defaults_and_words() -> None:
    told = schema.of_arguments(BROKER_RANKING)
    assert told["required"] == ["symbol"]
    assert told["properties"]["days"] == {"enum": [1, 5, 20, 60], "description": "Trading days to sum up: 1, 5, 20 or 60.", "default": 1}
