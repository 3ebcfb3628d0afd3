"""Compile the .proto sources into Python modules and type stubs beside them.

python protos/generate.py            write what differs
python protos/generate.py --check    say what differs, and exit with 1 if anything does
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCES = Path(__file__).resolve().parent / "src"  # the root of the paths by which .proto files import each other
MESSAGES = SOURCES / "brokerport_opend" / "messages"
ADVICE = "run: make messages"


def main() -> int:
    """Write the generated files, or only check them; the exit code."""
    parser = argparse.ArgumentParser(description="Compile the .proto sources into Python modules and type stubs.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a generated file differs from its source")
    if parser.parse_args().check:
        return check()
    write()
    return 0


def check() -> int:
    """Say which generated files differ from their sources."""
    names = differing(compiled(), generated(MESSAGES))
    for name in names:
        print(f"{name} differs from its source")
    if names:
        print(ADVICE)
    return int(bool(names))


def write() -> None:
    """Write the generated files that differ from their sources; remove those without a source."""
    wanted = compiled()
    for name in differing(wanted, generated(MESSAGES)):
        if name in wanted:
            (MESSAGES / name).write_text(wanted[name], "utf-8", newline="\n")
        else:
            (MESSAGES / name).unlink()
        print(f"{name} {'written' if name in wanted else 'removed'}")


def differing(wanted: dict[str, str], present: dict[str, str]) -> list[str]:
    """Names whose texts differ, or that only one of the two has."""
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def compiled() -> dict[str, str]:
    """What the generated files should hold, by file name."""
    with TemporaryDirectory() as folder:
        outputs = [f"--python_out={folder}", f"--pyi_out={folder}"]
        result = subprocess.run([protoc(), f"-I{SOURCES}", *outputs, *sorted(MESSAGES.glob("*.proto"))], check=False)
        if result.returncode:
            sys.exit("protoc refused the sources")
        texts = generated(Path(folder) / MESSAGES.relative_to(SOURCES))
    # protoc's stubs take a bare Mapping for a message, which mypy --strict refuses.
    return {name: text.replace("_Mapping]", "_Mapping[str, object]]") for name, text in texts.items()}


def generated(folder: Path) -> dict[str, str]:
    """What the generated files in ``folder`` hold, by file name."""
    return {path.name: path.read_text("utf-8") for pattern in ("*_pb2.py", "*_pb2.pyi") for path in folder.glob(pattern)}


def protoc() -> str:
    """The compiler of this environment: its version is pinned, one found elsewhere may be newer than our oldest protobuf."""
    found = shutil.which("protoc", path=str(Path(sys.executable).parent))
    return found or sys.exit(f"no protoc beside {sys.executable}; {ADVICE}")


if __name__ == "__main__":
    sys.exit(main())
