"""The committed Python modules and stubs belong to the .proto sources beside them."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROTOS = Path(__file__).resolve().parents[3] / "protos"
MESSAGES = Path("src/brokerport_opend/messages")


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(PROTOS / MESSAGES, tmp_path / MESSAGES)
    shutil.copy(PROTOS / "generate.py", tmp_path)
    return tmp_path


def generate(protos: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, protos / "generate.py", *arguments], capture_output=True, text=True, check=False)


def rename_a_field(protos: Path) -> None:
    source = protos / MESSAGES / "short_volume.proto"
    source.write_text(source.read_text("utf-8").replace(" num = 3;", " rows = 3;"), "utf-8")


def test_the_generated_files_are_those_of_the_sources() -> None:
    done = generate(PROTOS, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_source_is_noticed(protos: Path) -> None:
    rename_a_field(protos)
    done = generate(protos, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "short_volume_pb2.py differs from its source",
        "short_volume_pb2.pyi differs from its source",
        "run: make messages",
    ]


def test_a_source_that_went_away_is_noticed(protos: Path) -> None:
    (protos / MESSAGES / "keep_alive.proto").unlink()
    done = generate(protos, "--check")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == ["keep_alive_pb2.py differs from its source", "keep_alive_pb2.pyi differs from its source"]


def test_writing_settles_what_the_check_found(protos: Path) -> None:
    rename_a_field(protos)
    (protos / MESSAGES / "keep_alive.proto").unlink()
    assert generate(protos).stdout.splitlines() == [
        "keep_alive_pb2.py removed",
        "keep_alive_pb2.pyi removed",
        "short_volume_pb2.py written",
        "short_volume_pb2.pyi written",
    ]
    assert generate(protos, "--check").returncode == 0


def test_a_source_that_does_not_compile_is_named(protos: Path) -> None:
    (protos / MESSAGES / "keep_alive.proto").write_text("nonsense", "utf-8")
    done = generate(protos, "--check")
    assert done.returncode == 1
    assert "keep_alive.proto:1:1" in done.stderr


def test_a_compiler_of_another_environment_is_not_used() -> None:
    beside = str(Path(sys.executable).parent)
    code = "import runpy, sys; sys.executable = '/elsewhere/python'; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code, PROTOS / "generate.py", "--check"],
        env=os.environ | {"PATH": beside},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (1, "no protoc beside /elsewhere/python; run: make messages")


@pytest.mark.parametrize("path", sorted((PROTOS / MESSAGES).glob("*_pb2.py")), ids=lambda path: path.stem)
def test_modules_are_of_the_oldest_protobuf_and_ask_for_no_other(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "# Protobuf Python Version: 4.25.5\n" in text
    assert "runtime_version" not in text


@pytest.mark.parametrize("path", sorted((PROTOS / MESSAGES).glob("*_pb2.pyi")), ids=lambda path: path.stem)
def test_stubs_are_python(path: Path) -> None:
    assert [node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
