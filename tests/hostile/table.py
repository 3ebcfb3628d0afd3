"""All attacks; the programs that make them are in ``programs``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from brokerport_opend.sandbox import Sandbox
from hostile.attack import Attack, Run, Tally, program


@contextmanager
def _gateway() -> Iterator[int]:
    with Sandbox(quotas=False) as sandbox:
        yield sandbox.port


def _forked(way: str) -> Run:
    def run(random: Random, times: int) -> Tally:
        del random
        with _gateway() as port:
            return program("forked", way, port, times)

    return run


def _interrupted(way: str) -> Run:
    def run(random: Random, times: int) -> Tally:
        with _gateway() as port:
            return program("interrupted", way, port, times, random.getrandbits(32))

    return run


def _sized(name: str, *arguments: str) -> Run:
    return lambda _, times: program(name, *arguments, times)


def _seeded(name: str, *arguments: str) -> Run:
    return lambda random, times: program(name, *arguments, times, random.getrandbits(32))


def _each(name: str, *arguments: str) -> Callable[[Random, int], Tally]:
    def run(random: Random, times: int) -> Tally:
        del random, times  # it takes the time that it takes, and once is enough
        return program(name, *arguments)

    return run


ATTACKS = (
    Attack("forks", "a loop with calls on their way", "the parent's answers are its own; the child is refused", _forked("same loop"), 3),
    Attack("forks", "the child closes the client", "the parent does not notice", _forked("closed by the child"), 3),
    Attack("forks", "a blocking client", "the parent's answers are its own; the child is refused", _forked("blocking"), 3),
    Attack("forks", "the child gets a client of its own", "both are answered", _forked("a client of its own"), 3),
    Attack("signals", "Ctrl-C in calls", "the next call is answered", _interrupted("calls"), 50),
    Attack("signals", "Ctrl-C in close()", "it is closed, and the registry has another", _interrupted("closing"), 50),
    Attack("signals", "aclose() cancelled", "a second aclose() closes", _interrupted("cancelled"), 50),
    Attack("drips", "a reply byte by byte", "the connection is left", _each("dripped", "in a frame")),
    Attack("drips", "a reply byte by byte, behind a whole frame", "the connection is left", _each("dripped", "behind a whole frame")),
    Attack("drips", "nothing but keep-alives", "the connection is left", _each("dripped", "only alive")),
    Attack("drips", "replies to what nobody asked", "the connection is left", _each("dripped", "to nobody")),
    Attack("floods", "replies of a million empty rows", "refused; others on the loop are answered", _sized("flooded", "replies")),
    Attack("floods", "notices of the gateway", "a few lines in the log", _sized("flooded", "notices")),
    Attack("floods", "pages and cursors of a plugin", "refused, in little memory", _sized("flooded", "plugins")),
    Attack(
        "floods",
        "visitors of the sandbox, by both doors",
        "who is in is answered; no more than may be are in",
        _sized("flooded", "visitors"),
    ),
    Attack("bombs", "the user's configuration", "refused, and the error names the file", _sized("bombed", "configuration")),
    Attack("bombs", "a scenario", "refused, and the error names the file", _sized("bombed", "scenario")),
    Attack("bombs", "a recording", "refused, and the error names the file", _sized("bombed", "recording")),
    Attack("bombs", "a plugin's manifest", "costs that plugin alone", _sized("bombed", "manifest")),
    Attack("exits", "what ends a program, everywhere in a plugin", "a PluginError; others do not notice", _sized("leaving")),
    Attack("damage", "the ledger of a quota", "begun afresh, and each call answered", _seeded("damaged", "ledger"), 3),
    Attack("damage", "an access token", "another is got", _seeded("damaged", "token"), 3),
    Attack("damage", "FINRA's files", "every row is true", _seeded("damaged", "archive"), 2),
    Attack("damage", "a recording", "refused, and the error names the file", _seeded("damaged", "recording"), 3),
)
