"""The law: a gateway says nothing that the result does not tell. Walks the messages' own descriptors, so a new field is not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import frozen
from google.protobuf.descriptor import FieldDescriptor

from brokerport import Market, Source, Symbol
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.endpoint import Endpoint

SOURCE = Source("moomoo", datetime(2026, 5, 8, tzinfo=UTC))
STAMP = 1778169600  # midnight in Hong Kong; good for every number, as the timestamps are numbers too

#: what a text field holds, where not any text will do
TEXTS = {
    "timestampStr": "2026-05-08",
    "lastTransactionTime": "2026-05-08",
    "newTimeStr": "30/04/2026",
    "dataTimeStr": "2026-05-08 16:00:21",
    "updateTime": "2026-05-08 16:00:21",
}

#: fields that may be set without changing the result, and why
MAY_BE_LOST: dict[str, str] = {}

#: values that say nothing, by the documentation
SAYS_NOTHING: dict[str, tuple[str, ...]] = {"nextKey": ("-1", "", "N/A")}

#: numbers whose zero says nothing, and why
_EPOCH = "the epoch is no market's midnight, and no figure here is that old"
ZERO_SAYS_NOTHING = {"timestamp": _EPOCH, "dataTime": _EPOCH, "updateTimestamp": _EPOCH}


@frozen
class Case:
    """One field of one message of one endpoint's reply."""

    endpoint: Endpoint[Any]
    path: tuple[str, ...]  # the repeated fields that lead to the message
    field: FieldDescriptor

    def __str__(self) -> str:
        return ".".join((self.endpoint.question, *self.path, self.field.name))

    def result(self, *values: Any) -> Any:
        """What is read when the field has this value, or none, in a message that is otherwise empty."""
        s2c = empty(self.endpoint)
        message = s2c
        for name in self.path:
            message = getattr(message, name).add()
        for value in values:
            setattr(message, self.field.name, value)
        return self.endpoint.read(s2c, Symbol(Market.HK, "00700"), SOURCE)


def empty(endpoint: Endpoint[Any]) -> Any:
    """The S2C with nothing in it, but zero in its required fields."""
    s2c: Any = endpoint.response().s2c  # type: ignore[attr-defined]  # every reply has one
    for field in s2c.DESCRIPTOR.fields:
        if field.is_required:
            setattr(s2c, field.name, 0)
    return s2c


def fields(endpoint: Endpoint[Any], message: Any, path: tuple[str, ...] = ()) -> Iterator[Case]:
    for field in message.fields:
        if field.message_type is None:
            yield Case(endpoint, path, field)
        else:
            assert field.is_repeated, f"{field.full_name}: a single message within a reply is not walked yet"
            yield from fields(endpoint, field.message_type, (*path, field.name))


EVERY_FIELD = [case for endpoint in ENDPOINTS for case in fields(endpoint, endpoint.response.DESCRIPTOR.fields_by_name["s2c"].message_type)]
OPTIONAL_NUMBERS = [case for case in EVERY_FIELD if case.field.type != FieldDescriptor.TYPE_STRING and not case.field.is_required]


def a_value(field: FieldDescriptor) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return TEXTS.get(field.name, "words")
    if field.enum_type is not None or field.type == FieldDescriptor.TYPE_BOOL:
        return 1
    return STAMP


def test_every_field_of_the_five_replies_is_walked() -> None:
    counted = {endpoint.proto_id: sum(case.endpoint is endpoint for case in EVERY_FIELD) for endpoint in ENDPOINTS}
    assert counted == {3424: 4, 3212: 10, 3247: 3 + 6, 3248: 10 + 10 + 4, 3249: 8 + 6 + 1}


@pytest.mark.parametrize("case", EVERY_FIELD, ids=str)
def test_a_field_that_is_set_alone_changes_the_result(case: Case) -> None:
    lost = case.result(a_value(case.field)) == case.result()
    assert lost == (str(case) in MAY_BE_LOST), MAY_BE_LOST.get(str(case))


@pytest.mark.parametrize("case", OPTIONAL_NUMBERS, ids=str)
def test_a_zero_differs_from_nothing(case: Case) -> None:
    lost = case.result(0) == case.result()
    assert lost == (case.field.name in ZERO_SAYS_NOTHING), ZERO_SAYS_NOTHING.get(case.field.name)


@pytest.mark.parametrize("case", [case for case in EVERY_FIELD if case.field.type == FieldDescriptor.TYPE_STRING], ids=str)
def test_a_text_that_says_nothing_is_as_if_absent(case: Case) -> None:
    for value in SAYS_NOTHING.get(case.field.name, ("", "N/A")):
        assert case.result(value) == case.result()


@pytest.mark.parametrize("case", [case for case in EVERY_FIELD if case.field.name == "nextKey"], ids=str)
def test_any_other_key_is_a_cursor(case: Case) -> None:
    assert [case.result(key).cursor for key in ("-2", "0", "1", " ", "-1 ")] == ["-2", "0", "1", " ", "-1 "]
