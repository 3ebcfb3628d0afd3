"""What can be set for a broker behind OpenD, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from brokerport import InvalidRequestError
from brokerport.settings.profile import Profile
from brokerport.settings.settings import Text
from brokerport.settings.sources import load
from brokerport_opend import OpenDSettings


def loaded(values: Mapping[str, Any], **given: Any) -> OpenDSettings:
    return load(OpenDSettings, Profile("acme", "acme", values=dict(values)), given)


def test_the_defaults_are_the_gateways_own() -> None:
    settings = OpenDSettings()
    assert attrs.asdict(settings) == {
        "timeout": 60.0,
        "share": True,
        "host": "127.0.0.1",
        "port": 11111,
        "rsa_key": None,
        "rsa_key_mounted": False,
        "sandbox": False,
        "quotas": True,
    }


@pytest.mark.parametrize("key", [Path("key.pem"), Path("/nowhere/key.pem"), "~/key.pem"])
def test_a_key_is_a_path_and_its_file_is_not_looked_at_yet(key: Any) -> None:
    assert OpenDSettings(rsa_key=key).rsa_key == key
    assert loaded({}, rsa_key=key).rsa_key == Path(key)  # text becomes one on its way through the registry


@pytest.mark.parametrize("key", ["", " ", 7, True, b"key.pem"])
def test_a_key_that_is_no_path_is_refused(key: Any) -> None:
    with pytest.raises(InvalidRequestError, match="is no path; write that of the gateway's private key, or leave it out"):
        OpenDSettings(rsa_key=key)


def test_a_path_stays_as_written_in_the_file_and_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    link = tmp_path / "link.pem"
    link.symlink_to(tmp_path / "key.pem")
    assert loaded({"rsa_key": str(link)}).rsa_key == link  # resolved, it would hide that it is a link
    monkeypatch.setenv("BROKERPORT_ACME_RSA_KEY", "key.pem")
    assert loaded({"rsa_key": str(link)}).rsa_key == Path("key.pem")


def test_text_becomes_the_type_of_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_ACME_PORT", "22222")
    monkeypatch.setenv("BROKERPORT_ACME_QUOTAS", "false")
    assert loaded({"host": "::1", "share": False}) == OpenDSettings(host="::1", port=22222, quotas=False, share=False)


SIDE_BY_SIDE = r"^settings of acme: port means nothing beside sandbox; leave one of the two out, or set sandbox to false$"


@pytest.mark.parametrize("setting", [{"port": 5}, {"port": 11111}, {"host": "::1"}, {"host": Text("::1")}, {"port": Text("5")}], ids=str)
def test_an_address_beside_a_sandbox_is_refused(setting: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = setting
    for sandbox in (True, Text("yes")):
        with pytest.raises(InvalidRequestError, match=SIDE_BY_SIDE.replace("port", name)):
            loaded({}, sandbox=sandbox, **setting)
    with pytest.raises(InvalidRequestError, match=rf"^\[brokers\.acme\] in .*: {name} means nothing beside sandbox;"):
        loaded({name: 5 if name == "port" else "::1", "sandbox": True})
    monkeypatch.setenv("BROKERPORT_ACME_SANDBOX", "true")
    with pytest.raises(InvalidRequestError, match=f"^settings of acme: {name} means nothing beside BROKERPORT_ACME_SANDBOX;"):
        loaded({}, **setting)
    monkeypatch.setenv(f"BROKERPORT_ACME_{name.upper()}", "5")
    with pytest.raises(InvalidRequestError, match=f"^BROKERPORT_ACME_{name.upper()} means nothing beside BROKERPORT_ACME_SANDBOX;"):
        loaded({})


def test_a_sandbox_that_is_asked_for_nearer_than_the_address_beats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = OpenDSettings(sandbox=True)
    assert loaded({"port": 5, "host": "::1"}, sandbox=True) == plain
    monkeypatch.setenv("BROKERPORT_ACME_PORT", "5")
    assert loaded({"host": "::1"}, sandbox=True) == plain
    monkeypatch.delenv("BROKERPORT_ACME_PORT")
    monkeypatch.setenv("BROKERPORT_ACME_SANDBOX", "true")
    assert loaded({"port": 5}) == plain
    assert loaded({"port": 5}, sandbox=False) == OpenDSettings(port=5)
    assert loaded({"rsa_key": "a.pem"}, sandbox=True) == OpenDSettings(rsa_key=Path("a.pem"), sandbox=True)  # the sandbox has that key too


@pytest.mark.parametrize("sandbox", ["yes", 1, None])
def test_a_sandbox_that_is_neither_on_nor_off_is_refused_as_that(sandbox: Any) -> None:
    with pytest.raises(InvalidRequestError, match=r"sandbox=.* must be True or False"):
        loaded({}, sandbox=sandbox, port=5)


@pytest.mark.parametrize("host", ["", "  ", None, 7])
def test_a_host_that_is_no_text_is_refused(host: Any) -> None:
    with pytest.raises(InvalidRequestError, match="is no host; write a name or an address"):
        OpenDSettings(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0", "localhost", "gateway.example", "host_1.local", "bücher.example"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    assert OpenDSettings(host=host).host == host


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("127.0.0.1:11111", "host and port are two settings: host='127.0.0.1', port=11111"),
        ("http://gateway:11111/", "host and port are two settings: host='gateway', port=11111"),
        ("[::1]:11111", "host and port are two settings: host='::1', port=11111"),
        ("[::1]", "write host='::1'"),
        ("http://x", "write host='x'"),
        ("127.0.0.1\n", "write host='127.0.0.1'"),
        (" localhost ", "write host='localhost'"),
        ("a b", "write a name or an address, such as '127.0.0.1' or '::1'"),
        ("user@host", "write a name or an address, such as '127.0.0.1' or '::1'"),
        ("::1::2", "write a name or an address, such as '127.0.0.1' or '::1'"),
        ("http://[ ]", "write a name or an address, such as '127.0.0.1' or '::1'"),
        ("ho\x1b[31mst", "write a name or an address, such as '127.0.0.1' or '::1'"),
    ],
)
def test_what_is_more_than_a_host_is_answered_with_what_to_write(host: str, meant: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        OpenDSettings(host=host)
    assert str(raised.value) == f"host={host!r} is no host; {meant}"


@pytest.mark.parametrize(("text", "shown"), [("abc", "'abc'"), ("99999", "99999"), ("", "''")])
def test_a_port_in_the_environment_that_is_none_is_told_by_its_variable(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKERPORT_ACME_PORT", text)
    with pytest.raises(InvalidRequestError) as raised:
        loaded({})
    assert str(raised.value) == f"BROKERPORT_ACME_PORT={shown} is no port; write a number from 1 to 65535, such as 11111"


@pytest.mark.parametrize("port", [0, -1, 65536, "11111", None, 1.5, True])
def test_a_port_that_is_none_is_refused(port: Any) -> None:
    with pytest.raises(InvalidRequestError, match="port"):
        loaded({}, port=port)


@pytest.mark.parametrize("name", ["sandbox", "quotas"])
@pytest.mark.parametrize("value", [1, "yes", None])
def test_a_switch_is_true_or_false(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"settings of acme: {name}={value!r} must be True or False$"):
        loaded({}, **{name: value})


def test_settings_are_frozen_and_equal_by_value() -> None:
    assert OpenDSettings(port=1) == OpenDSettings(port=1)
    assert hash(OpenDSettings(port=1)) == hash(OpenDSettings(port=1))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        OpenDSettings().port = 2  # type: ignore[misc]  # that is the point
