"""A file for this user alone, wherever somebody else may have been first."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from brokerport.quotas import private_file
from brokerport.quotas.private_file import PrivateFile, folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there, the user's profile is closed to others")


def use(name: str = "file") -> None:
    with PrivateFile(name).locked() as held:
        assert held


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "brokerport"


def test_folder_and_file_are_the_users_alone(runtime: Path) -> None:
    previous = os.umask(0)
    try:
        use()
    finally:
        os.umask(previous)
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE((runtime / "file").stat().st_mode) == 0o600


@pytest.mark.parametrize("given", [None, "", "relative", "/nowhere/at/all"])
def test_without_a_runtime_folder_it_is_in_the_temporary_one(given: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    if given is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    use()
    assert folder() == tmp_path / f"brokerport-{os.geteuid()}"
    assert (folder() / "file").is_file()


def test_a_runtime_folder_of_somebody_elses_is_left_alone(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert folder() == Path(tempfile.gettempdir()) / f"brokerport-{tmp_path.stat().st_uid + 1}"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o755, 0o777])
def test_a_folder_that_others_can_enter_is_refused(runtime: Path, mode: int) -> None:
    runtime.mkdir()
    runtime.chmod(mode)
    with pytest.raises(PermissionError, match=rf"must be this user's alone, and has mode {mode:o}"):
        use()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_open_is_refused(runtime: Path, mode: int) -> None:
    use()
    (runtime / "file").chmod(mode)
    with pytest.raises(PermissionError, match="must be this user's alone"):
        use()


def test_a_file_of_somebody_elses_is_refused(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use()
    found = folder()
    monkeypatch.setattr(os, "geteuid", lambda: found.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="must be this user's alone"):
        private_file._open_private(found, "file")


def test_a_symbolic_link_is_not_followed(runtime: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    target.chmod(0o600)
    use("other")
    (runtime / "file").symlink_to(target)
    with pytest.raises(OSError):  # noqa: PT011  # ELOOP, in the system's own words
        use()
    assert target.read_bytes() == b"precious"


def test_nor_is_one_in_place_of_the_folder(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    runtime.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):  # noqa: PT011
        use()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_pipe_in_its_place_is_refused_and_blocks_nobody(runtime: Path) -> None:
    use("other")
    os.mkfifo(runtime / "file", 0o600)
    with pytest.raises(PermissionError, match="neither a plain file"):
        use()


def test_only_one_at_a_time_has_it(runtime: Path) -> None:
    first, second = PrivateFile("file"), PrivateFile("file")
    with first.locked() as one, second.locked() as other:
        assert (one, other) == (True, False)
    with second.locked() as other:
        assert other


def test_a_lock_that_never_comes_is_given_up(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_file, "PAUSE", 0.0)
    first, second = PrivateFile("file"), PrivateFile("file")
    with first.locked():
        for _ in range(private_file.PATIENCE):
            assert not second._acquire()
        with pytest.raises(TimeoutError, match="held by a process that hangs"):
            second._acquire()


FORK = """
import os
from brokerport.quotas.private_file import PrivateFile
file = PrivateFile("file")
with file.locked():
    child = os.fork()
    if child == 0:
        with file.locked() as held:
            print(held, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
with file.locked() as held:
    print(held)
"""


def test_a_forked_child_opens_it_anew_and_is_kept_out_like_anyone(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run_python(FORK)
    assert (done.stdout.split(), done.stderr) == (["False", "True"], "")


def test_the_file_is_closed_with_the_last_who_has_it(runtime: Path) -> None:
    file = PrivateFile("file")
    with file.locked():
        fd = file._fd
    del file
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


KILLED = """
import os, signal
from brokerport.quotas.private_file import PrivateFile
told, stay = os.pipe(), os.pipe()
holder = os.fork()
if holder == 0:
    file = PrivateFile("file")
    with file.locked():
        child = os.fork()
        if child == 0:
            os.read(stay[0], 1)
            os._exit(0)
        os.write(told[1], b"1")
        os.kill(os.getpid(), signal.SIGKILL)
os.read(told[0], 1)
os.waitpid(holder, 0)
with PrivateFile("file").locked() as held:
    print(held)
os.write(stay[1], b"1")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.usefixtures("runtime")
def test_a_child_keeps_no_lock_of_a_killed_parent(run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run_python(KILLED)
    assert (done.stdout.split(), done.stderr) == (["True"], "")
