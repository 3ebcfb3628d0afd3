"""A secret stays one, whatever is done with it and whoever speaks of it."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import frozen

from brokerport import (
    ArkDynamic,
    ArkProvider,
    BadReplyError,
    ConnectError,
    InvalidRequestError,
    PluginError,
    Registry,
    RejectedError,
    Settings,
    Symbol,
)
from brokerport.logs import SHORTEST_SECRET, clean, log, scrubbed
from brokerport.settings import config_file, profile, sources
from brokerport.settings.broker import Broker
from brokerport.settings.secret import Secret, is_secret
from core.conftest import Install

CANARY = "canary+in/the=mine"


@frozen(kw_only=True)
class DeskSettings(Settings):
    """One secret that is needed, one that is not."""

    token: Secret
    pin: Secret | None = None
    port: int = 1


def desk(**given: Any) -> DeskSettings:
    return sources.load(DeskSettings, profile.read("desk", config_file.read()), given)


# By itself


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{:>30}".format, "%s".__mod__, "%r".__mod__, lambda each: repr([each])])
def test_it_shows_no_text(shown: Callable[[object], str]) -> None:
    assert "***" in shown(Secret(CANARY))
    assert "canary" not in shown(Secret(CANARY))


def test_it_reveals_its_text_and_nothing_else_does() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(secret)


def test_equal_texts_are_equal_secrets() -> None:
    assert Secret(CANARY) == Secret(CANARY) == Secret(Secret(CANARY))
    assert len({Secret(CANARY), Secret(CANARY), Secret("other")}) == 2
    assert Secret(CANARY) != CANARY
    assert Secret("\udcff\udcff") != Secret("ä")


def test_it_is_not_pickled_and_copies_are_itself() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError, match="does not leave its process"):
        pickle.dumps(secret)
    assert copy.deepcopy([secret])[0] is copy.copy(secret) is secret


@pytest.mark.parametrize(("text", "error"), [("", ValueError), (7, TypeError), (None, TypeError), (b"bytes", TypeError)])
def test_what_is_no_text_is_no_secret(text: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="a secret must"):
        Secret(text)


# As a setting


def test_it_is_read_from_the_file_the_environment_and_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[brokers.desk]\ntoken = "in the file"\npin = "1234"\n', "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    assert desk() == DeskSettings(token=Secret("in the file"), pin=Secret("1234"))
    monkeypatch.setenv("BROKERPORT_DESK_TOKEN", "in the environment")
    monkeypatch.setenv("BROKERPORT_DESK_PORT", "7")
    assert desk() == DeskSettings(token=Secret("in the environment"), pin=Secret("1234"), port=7)
    assert (
        desk(token="the caller's")
        == desk(token=Secret("the caller's"))
        == DeskSettings(token=Secret("the caller's"), pin=Secret("1234"), port=7)
    )
    assert desk(pin=None).pin is None


def test_settings_with_secrets_show_none_and_are_compared_and_hashed_by_them() -> None:
    ours = desk(token=CANARY)
    assert repr(ours) == "DeskSettings(timeout=60.0, quotas=True, share=True, token=Secret('***'), pin=None, port=1)"
    assert "canary" not in repr(attrs.asdict(ours))
    assert len({ours, desk(token=CANARY), desk(token="other")}) == 2


TOY = Broker("toy", DeskSettings)


def test_clients_are_shared_by_secrets_too() -> None:
    registry = Registry()
    registry.register("toy", lambda _: Talks(""), settings=DeskSettings)
    assert registry.get(TOY, token=Secret(CANARY)) is registry.get("toy", token=CANARY)  # type: ignore[call-overload]
    assert registry.get(TOY, token=Secret(CANARY)) is not registry.get(TOY, token=Secret("other"))


@pytest.mark.parametrize(("line", "said"), [("token = 12345", "must be text"), ('token = ""', "must not be empty")])
def test_a_secret_that_cannot_be_is_refused_without_telling_it(
    line: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[brokers.desk]\n{line}\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("BROKERPORT_CONFIG", str(file))
    with pytest.raises(InvalidRequestError, match=f"settings of desk: token: a secret {said}") as raised:
        desk()
    assert "12345" not in whole(raised.value)


def test_a_validator_that_tells_a_secret_does_not_get_through() -> None:
    def refuse(_: object, __: object, value: Secret) -> None:
        raise ValueError(f"{value.reveal()} is too short")

    @frozen(kw_only=True)
    class Talkative(Settings):
        token: Secret = attrs.field(validator=refuse)

    with pytest.raises(InvalidRequestError, match=r"token: \*\*\* is too short") as raised:
        sources.load(Talkative, profile.read("desk", config_file.read()), {"token": CANARY})
    assert "canary" not in whole(raised.value)


# In the words of others


class Talks(ArkProvider):
    """Fails with words of its own."""

    def __init__(self, error: Any) -> None:
        self.error = error

    async def ark_dynamic(self, symbol: Symbol) -> ArkDynamic:
        try:
            raise KeyError(f"within: {CANARY}")
        except KeyError as error:
            raise self.error from error

    async def aclose(self) -> None:
        raise RuntimeError(f"closing with {CANARY}")


def whole(error: BaseException) -> str:
    """All that a traceback tells."""
    return "".join(traceback.format_exception(error))


def failing(error: Exception) -> BaseException:
    registry = Registry()
    registry.register("toy", lambda _: Talks(error), settings=DeskSettings)
    with registry.get(TOY, token=Secret(CANARY)) as client, pytest.raises(PluginError) as raised:
        client.ark_dynamic("US.TSLA")
    return raised.value


def test_what_a_plugin_raises_is_told_without_the_secret() -> None:
    error = failing(RuntimeError(f"GET /quote?key=canary%2Bin%2Fthe%3Dmine and {CANARY!r}"))
    assert type(error) is PluginError
    assert "RuntimeError: GET /quote?key=*** and '***'" in str(error)
    assert "canary" not in whole(error)
    assert "in ark_dynamic" in whole(error)  # where it happened is still told


def test_errors_of_ours_that_a_plugin_raises_are_scrubbed_and_so_are_their_copies() -> None:
    secret = Secret(CANARY)
    errors = ConnectError(f"it said {CANARY}"), BadReplyError(f"it said {CANARY}"), RejectedError(f"it said {CANARY}", code=1, text=CANARY)
    for error in errors:
        for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert (str(each), each.args) == ("it said ***", ("it said ***",)), secret
            assert "canary" not in str(vars(each))


def test_a_plugin_that_does_not_load_tells_no_secret(install: Install) -> None:
    secret = Secret(CANARY)
    install("talks", f"raise RuntimeError('{CANARY}')")
    with pytest.raises(PluginError, match=r"RuntimeError: \*\*\*") as raised:
        Registry().get("talks")
    assert "canary" not in whole(raised.value), secret


def test_logs_tell_no_secret_with_tracebacks_and_without(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "brokerport"):
        failing(RuntimeError("once"))
        secret = Secret(CANARY)
        log("part").warning("the token is %s", CANARY)
    assert "the provider did not close" in caplog.text
    assert "RuntimeError: closing with ***" in caplog.text
    assert "the token is ***" in caplog.text
    assert "canary" not in caplog.text, secret


def test_a_traceback_without_secrets_stays_with_its_record(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    try:
        raise ValueError("harmless")
    except ValueError:
        log().exception("it failed")
    assert caplog.records[0].exc_info, secret


def test_a_secret_is_forgotten_when_it_is_gone_and_a_short_one_hides_nothing() -> None:
    gc.collect()  # those of other tests
    secret = Secret(CANARY)
    assert clean(f"say {CANARY}") == "say ***"
    del secret
    assert clean(f"say {CANARY}") == f"say {CANARY}"
    pin = Secret("1" * (SHORTEST_SECRET - 1))
    assert scrubbed("2026-11-11 111") == "2026-11-11 111", pin


def test_of_two_secrets_of_which_one_begins_the_other_nothing_is_left() -> None:
    secrets = Secret("canary"), Secret("canary-bird")
    assert scrubbed("canary-bird and canary") == "*** and ***", secrets


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        *(
            (kind, True)
            for kind in (Secret, Secret | None, None | Secret, "Secret", "Secret | None", "brokerport.Secret", "Optional[Secret]")
        ),
        *((kind, False) for kind in (str, None, tuple[Secret, ...], "SecretStr", "tuple[Secret, ...]", "Path | None")),
    ],
)
def test_a_setting_is_a_secret_by_its_type_however_that_is_written(kind: object, held: bool) -> None:
    assert is_secret(kind) is held
