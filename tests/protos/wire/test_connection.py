"""One connection: whose reply a frame is, and what happens to the others."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerport_opend.wire.cipher import PLAIN
from brokerport_opend.wire.connection import LAST_SERIAL, REMEMBERED, Connection, Key, Orphan, Push, Reply
from brokerport_opend.wire.frame import Frame, FrameError, encode
from brokerport_opend.wire.pushes import NOTIFY, PUSHES

ARK = 3424
CAPITAL = 3212


class Xor:
    """A cipher for tests."""

    def encrypt(self, body: bytes) -> bytes:
        return bytes(byte ^ 0x5A for byte in body)

    decrypt = encrypt


def answer(key: Key, body: bytes = b"answer") -> bytes:
    return encode(Frame(*key, body))


def received(connection: Connection, *data: bytes) -> list[Reply | Push]:
    return list(connection.receive(b"".join(data)))


def ask(connection: Connection, proto_id: int = ARK) -> Key:
    return connection.request(proto_id, b"question")[0]


def test_a_request_is_one_numbered_frame() -> None:
    key, data = Connection(last_serial=41).request(ARK, b"question")
    assert key == Key(ARK, 42)
    assert data == encode(Frame(ARK, 42, b"question"))


def test_a_reply_is_paired_by_protocol_and_serial() -> None:
    connection = Connection()
    ark, capital = ask(connection), ask(connection, CAPITAL)
    assert received(connection, answer(capital, b"c"), answer(ark, b"a")) == [Reply(capital, b"c"), Reply(ark, b"a")]
    assert not connection.orphans


def test_our_serial_with_another_protocol_is_nobodys_reply() -> None:
    connection = Connection()
    key = ask(connection)
    assert received(connection, answer(Key(CAPITAL, key.serial))) == []
    assert connection.orphans == {Orphan.UNKNOWN: 1}
    assert received(connection, answer(key)) == [Reply(key, b"answer")]


@given(st.permutations(range(8)))
def test_replies_may_come_in_any_order(order: list[int]) -> None:
    connection = Connection()
    keys = [ask(connection) for _ in order]
    expected: list[Reply] = [Reply(keys[each], b"%d" % each) for each in order]
    assert received(connection, *(answer(each.key, each.body) for each in expected)) == expected


def test_a_second_reply_is_dropped_and_counted() -> None:
    connection = Connection()
    key = ask(connection)
    assert received(connection, answer(key, b"first"), answer(key, b"second")) == [Reply(key, b"first")]
    assert connection.orphans == {Orphan.DUPLICATE: 1}


def test_a_reply_to_a_forgotten_request_is_dropped_and_counted() -> None:
    connection = Connection()
    key = ask(connection)
    connection.forget(key)
    assert received(connection, answer(key), answer(key)) == []
    assert connection.orphans == {Orphan.LATE: 2}


def test_forgetting_what_was_answered_changes_nothing() -> None:
    connection = Connection()
    key = ask(connection)
    received(connection, answer(key))
    connection.forget(key)
    received(connection, answer(key))
    assert connection.orphans == {Orphan.DUPLICATE: 1}


def test_a_reply_to_what_was_never_asked_is_dropped_and_counted() -> None:
    connection = Connection()
    assert received(connection, answer(Key(ARK, 7)), answer(Key(9999, 0))) == []
    assert connection.orphans == {Orphan.UNKNOWN: 2}


@pytest.mark.parametrize("proto_id", sorted(PUSHES))
def test_a_push_is_known_by_its_protocol(proto_id: int) -> None:
    assert received(Connection(), answer(Key(proto_id, 0), b"news")) == [Push(proto_id, b"news")]


def test_the_pushes_are_those_of_the_protocols_documentation() -> None:
    assert sorted(PUSHES) == [1003, 2208, 2218, 3005, 3007, 3009, 3011, 3013, 3015, 3019, 3261, 3310, 3450, 3451, 3452]


def test_a_push_may_reuse_our_serial() -> None:
    connection = Connection()
    key = ask(connection)
    assert received(connection, answer(Key(NOTIFY, key.serial), b"news"), answer(key)) == [Push(NOTIFY, b"news"), Reply(key, b"answer")]
    assert not connection.orphans


def test_serials_wrap_around_and_leave_out_zero() -> None:
    connection = Connection(last_serial=LAST_SERIAL - 1)
    assert [ask(connection).serial for _ in range(3)] == [LAST_SERIAL, 1, 2]


def test_serials_that_wrap_around_skip_those_that_wait() -> None:
    connection = Connection()
    first, second = ask(connection), ask(connection)
    connection.last_serial = LAST_SERIAL
    assert ask(connection).serial == 3
    received(connection, answer(first))
    connection.last_serial = LAST_SERIAL
    assert ask(connection) == first
    assert received(connection, answer(second)) == [Reply(second, b"answer")]


def test_another_protocols_serial_is_not_skipped() -> None:
    connection = Connection()
    assert ask(connection) == Key(ARK, 1)
    connection.last_serial = 0
    assert ask(connection, CAPITAL) == Key(CAPITAL, 1)


def test_a_serial_that_is_used_again_gets_its_new_reply() -> None:
    connection = Connection()
    first = ask(connection)
    connection.forget(first)
    connection.last_serial = 0
    again = ask(connection)
    assert again == first
    assert received(connection, answer(again)) == [Reply(again, b"answer")]


def test_what_is_over_is_remembered_up_to_a_bound() -> None:
    connection = Connection()
    keys = [ask(connection) for _ in range(REMEMBERED + 1)]
    for key in keys:
        connection.forget(key)
    assert len(connection._over) == REMEMBERED
    assert not connection._waiting
    received(connection, answer(keys[0]), answer(keys[1]))
    assert connection.orphans == {Orphan.UNKNOWN: 1, Orphan.LATE: 1}


def test_a_cipher_counts_from_the_next_frame_on_in_both_directions() -> None:
    connection = Connection()
    key, _ = connection.request(1001, b"")
    later = encode(Frame(NOTIFY, 0, b"secret"), Xor())
    events = connection.receive(answer(key) + later + later)
    assert next(events) == Reply(key, b"answer")
    connection.encrypt(Xor())
    assert list(events) == [Push(NOTIFY, b"secret")] * 2
    asked, data = connection.request(ARK, b"question")
    assert data == encode(Frame(ARK, asked.serial, b"question"), Xor())
    assert received(connection, encode(Frame(*asked, b"a"), Xor())) == [Reply(asked, b"a")]
    with pytest.raises(FrameError):
        received(connection, encode(Frame(NOTIFY, 0, b"in the clear"), PLAIN))


def test_a_connection_may_be_encrypted_from_its_first_frame_on() -> None:
    connection = Connection(cipher=Xor())
    key, data = connection.request(1001, b"hello")
    assert data == encode(Frame(*key, b"hello"), Xor())
    assert received(connection, encode(Frame(*key, b"welcome"), Xor())) == [Reply(key, b"welcome")]


def test_events_before_a_bad_frame_are_given_out() -> None:
    connection = Connection()
    key = ask(connection)
    events = connection.receive(answer(key) + b"X" * 44)
    assert next(events) == Reply(key, b"answer")
    with pytest.raises(FrameError):
        next(events)


def test_a_connection_starts_with_an_empty_buffer_and_nobody_waiting() -> None:
    before = Connection()
    key = ask(before)
    received(before, answer(key)[:50])
    after = Connection()
    assert received(after, answer(key)) == []
    assert after.orphans == {Orphan.UNKNOWN: 1}


@given(st.lists(st.sampled_from(["ask", "answer", "forget", "stray", "push"]), max_size=60), st.randoms(use_true_random=False))
def test_every_request_has_one_end_and_every_frame_one_account(steps: list[str], random: Random) -> None:
    connection = Connection(last_serial=LAST_SERIAL - 3)
    waiting: list[Key] = []
    over: dict[Key, Orphan] = {}
    for step in steps:
        key = random.choice(waiting) if waiting else None
        before = sum(connection.orphans.values())
        if step == "ask":
            waiting.append(ask(connection))
            assert len(set(waiting)) == len(waiting)
        elif step == "answer" and key:
            waiting.remove(key)
            over[key] = Orphan.DUPLICATE
            assert received(connection, answer(key)) == [Reply(key, b"answer")]
        elif step == "forget" and key:
            waiting.remove(key)
            over[key] = Orphan.LATE
            connection.forget(key)
        elif step == "push":
            assert received(connection, answer(Key(NOTIFY, key.serial if key else 0), b"")) == [Push(NOTIFY, b"")]
        elif step == "stray" and over:
            stray = random.choice(list(over))
            expected = connection.orphans[over[stray]] + 1
            assert received(connection, answer(stray)) == []
            assert connection.orphans[over[stray]] == expected
            assert sum(connection.orphans.values()) == before + 1
