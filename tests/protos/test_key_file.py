"""The file of the key: the user's alone, or refused before anything is connected."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from brokerport import InvalidRequestError, registry
from brokerport_opend import key_access, key_file
from brokerport_opend.key_file import KeyFileError
from keys import PKCS1, PKCS8, key, pem, too_small, write
from mounts import in_memory, secret
from protos.conftest import OpenGateway
from protos.gateway import silent

posix = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")


def refused(path: Path) -> str:
    with pytest.raises(KeyFileError) as caught:
        key_file.read(path)
    assert not any(line in "".join(traceback.format_exception(caught.value)) for line in pem(key()).decode().splitlines()[1:-1])
    return str(caught.value)


@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_key_of_the_users_alone_is_read(form: object, tmp_path: Path) -> None:
    cipher = key_file.read(write(tmp_path, pem(key(), form)))  # type: ignore[arg-type]  # one of the two
    assert cipher.decrypt(cipher.encrypt(b"hello")) == b"hello"


def test_a_path_may_be_text_and_begin_with_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(tmp_path)
    assert key_file.read("~/key.pem").encrypt(b"hello")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_what_the_user_may_do_does_not_matter(mode: int, tmp_path: Path) -> None:
    assert key_file.read(write(tmp_path, mode=mode)).encrypt(b"hello")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o601, 0o602, 0o604, 0o610, 0o620, 0o666, 0o777])
def test_a_file_that_others_may_use_is_refused_with_the_command_that_mends_it(mode: int, tmp_path: Path) -> None:
    file = write(tmp_path, mode=mode)
    assert refused(file) == f"rsa_key: {file} can be read or changed by others (mode {mode:o}); run: chmod 600 {file}"


@posix
def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, me = write(tmp_path), os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert refused(file) == f"rsa_key: {file} belongs to another user; use a copy that is yours"


def test_where_there_are_no_modes_none_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, mode=0o644)
    monkeypatch.setattr(key_access, "POSIX", False)
    assert key_file.read(file).encrypt(b"hello")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.pem") == f"rsa_key: {tmp_path / 'none.pem'} cannot be read: No such file or directory"


@posix
@pytest.mark.parametrize("target", ["key.pem", "nowhere.pem"])
def test_a_symbolic_link_is_refused_wherever_it_leads(target: str, tmp_path: Path) -> None:
    write(tmp_path)
    link = tmp_path / "link.pem"
    link.symlink_to(tmp_path / target)
    assert refused(link) == f"rsa_key: {link} is a symbolic link; name the file itself"


@posix
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (pipe, Path("/dev/null")):
        assert refused(path) == f"rsa_key: {path} is no regular file"
    for path in (tmp_path, Path()):  # what an empty variable of the environment means
        assert refused(path) == f"rsa_key: {path} cannot be read: Is a directory"


# A secret that a container's runtime mounts


MOUNTED = "if it is a secret that this container's runtime mounts, set rsa_key_mounted=true"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a secret is mounted."""
    there = tmp_path / "secret"
    there.mkdir()
    return there


def read_as(uid: int, file: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Why another user would not get the key; None where he would."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: uid)
        try:
            assert key_file.read(file, mounted=True).encrypt(b"hello")
        except KeyFileError as error:
            return str(error).removeprefix(f"rsa_key: {file} ")
    return None


@pytest.mark.parametrize("mode", [0o444, 0o644, 0o440, 0o400, 0o600])
def test_a_secret_of_kubernetes_is_read_where_the_setting_says_that_it_is_one(
    mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_memory(folder) as seal:
        file = secret(folder, "opend.pem", pem(key()), mode)
        seal()
        assert refused(file) == f"rsa_key: {file} is a symbolic link; {MOUNTED}"
        assert read_as(0, file, monkeypatch) is None
        assert read_as(4242, file, monkeypatch) is None


def test_a_file_of_docker_is_read_where_the_setting_says_that_it_is_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(folder) as seal:
        file = write(folder, mode=0o444)
        os.chown(file, 4243, 4243)
        seal()
        assert refused(file) == f"rsa_key: {file} belongs to another user; {MOUNTED}"
        assert read_as(4243, file, monkeypatch) is None
        assert read_as(4242, file, monkeypatch) is None
        with monkeypatch.context() as patch:
            patch.setattr(os, "geteuid", lambda: 4243)
            assert refused(file) == f"rsa_key: {file} can be read or changed by others (mode 444); {MOUNTED}"


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646])
def test_a_secret_that_others_may_change_is_refused_wherever_it_is(mode: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_memory(folder) as seal:
        file = secret(folder, "opend.pem", pem(key()), mode)
        seal()
        assert read_as(0, file, monkeypatch) == f"can be changed by others (mode {mode:o}); mount it with mode 400 or 440"


def test_the_setting_opens_nothing_to_others_where_they_could_change_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = secret(folder, "opend.pem", pem(key()), 0o444)
    fault = "can be read by others (mode 444), and its mount is not read-only; mount it read-only, or with mode 400"
    assert read_as(os.geteuid(), file, monkeypatch) == fault
    file.resolve().chmod(0o400)
    assert read_as(os.geteuid(), file, monkeypatch) is None


@posix
def test_a_way_that_others_can_change_is_refused(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, me = secret(folder, "opend.pem", pem(key()), 0o400), os.geteuid()
    assert read_as(me, file, monkeypatch) is None
    folder.chmod(0o777)
    assert read_as(me, file, monkeypatch) == f"is reached by {folder}, which others can change; mount it below a folder of root's or yours"
    folder.chmod(0o1777)  # each can change his own there, and all that leads to the key is ours
    assert read_as(me, file, monkeypatch) is None
    link = tmp_path / "to" / "opend.pem"
    link.parent.mkdir(mode=0o755)
    link.symlink_to(file)
    assert read_as(me, link, monkeypatch) is None
    folder.chmod(0o770)
    assert (read_as(me, link, monkeypatch) or "").startswith(f"is reached by {folder}, ")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only the superuser can give a link to somebody else")
def test_a_link_of_another_user_on_the_way_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = secret(folder, "opend.pem", pem(key()), 0o400)
    os.chown(folder / "..data", 4243, 4243, follow_symlinks=False)
    assert (read_as(0, file, monkeypatch) or "").startswith(f"is reached by {folder / '..data'}, which others can change")


@posix
def test_links_that_lead_in_a_circle_or_nowhere_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.pem").symlink_to("b.pem")
    (folder / "b.pem").symlink_to("a.pem")
    (folder / "c.pem").symlink_to("gone.pem")
    assert read_as(os.geteuid(), folder / "a.pem", monkeypatch) == "cannot be read: Too many levels of symbolic links"
    assert read_as(os.geteuid(), folder / "c.pem", monkeypatch) == "cannot be read: No such file or directory"


@posix
def test_a_secret_that_is_mounted_for_another_user_is_told_how_to_mount_it(folder: Path) -> None:
    file = write(folder, mode=0o400)
    denied = PermissionError(errno.EACCES, "Permission denied", str(file))
    told = key_file._unread(file, denied, mounted=True)
    mend = f"mount it for user {os.geteuid()} with mode 400, or for group {os.getegid()} with mode 440"
    assert told == f"cannot be read: Permission denied; {mend}"


async def test_the_setting_reaches_client_and_embedded_sandbox(folder: Path) -> None:
    file = secret(folder, "opend.pem", pem(key()), 0o400)
    async with registry.get_async("futu", sandbox=True, rsa_key=file, rsa_key_mounted=True) as futu:
        assert (await futu.short_volume("HK.00700", limit=1)).source.sandbox
    async with registry.get_async("futu", sandbox=True, rsa_key=file) as futu:
        with pytest.raises(InvalidRequestError, match="is a symbolic link; name the file itself"):
            await futu.short_volume("HK.00700")


# What is in it


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: pem(key(), PKCS1, BestAvailableEncryption(b"phrase")), "has a pass phrase; OpenD's keys have none"),
        (lambda: pem(key(), PKCS8, BestAvailableEncryption(b"phrase")), "has a pass phrase; OpenD's keys have none"),
        (lambda: pem(too_small()), "is an RSA key of 512 bits; it takes 1024 or more"),
        (lambda: pem(elliptic(SECP256R1()), PKCS8), "is a key of another kind than RSA"),  # type: ignore[arg-type]  # that is the point
        (lambda: b"", "is no private key in PEM, PKCS#1 or PKCS#8"),
        (lambda: b"\xff" * 100, "is no private key in PEM, PKCS#1 or PKCS#8"),
        (lambda: b" " * 2**17 + pem(key()), "is no private key in PEM, PKCS#1 or PKCS#8"),  # it is not read that far
    ],
)
def test_what_is_no_key_of_ours_is_told(content: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    file = write(tmp_path, content())
    assert refused(file) == f"rsa_key: {file} {words}"


@pytest.mark.parametrize("path", ["nul\0byte", "~nobody-of-this-name/key.pem"])
def test_a_path_that_cannot_be_is_told(path: str) -> None:
    assert refused(Path(path)).startswith(f"rsa_key: {path} ")


def test_without_cryptography_the_text_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    text = "rsa_key: encryption needs the package cryptography: pip install 'brokerport-opend[encryption]', or only 'cryptography>=42'"
    assert refused(file) == text


@posix
async def test_a_client_is_made_without_the_file_and_the_first_call_asks_for_it_before_any_socket(
    gateway: OpenGateway, tmp_path: Path
) -> None:
    there = await gateway(silent)
    file = tmp_path / "key.pem"
    async with registry.get_async("moomoo", port=there.port, rsa_key=file) as moomoo:
        with pytest.raises(InvalidRequestError, match="cannot be read"):
            await moomoo.ark_dynamic("US.TSLA")
        write(tmp_path, mode=0o644)
        with pytest.raises(InvalidRequestError, match=f"run: chmod 600 {file}"):
            await moomoo.ark_dynamic("US.TSLA")
    assert there.visits == []
