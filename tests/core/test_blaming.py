"""Whose fault it is: the author's only where nothing of what a plugin runs in is the cause. Real plugins, in Pythons of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import field, frozen

from brokerport import PluginError
from brokerport.blaming import rules
from brokerport.blaming.strangers import blamed, remedy

Install = Callable[..., Path]
RunPython = Callable[..., subprocess.CompletedProcess[str]]

HOOK = """
from pathlib import Path
from attrs import field, frozen
from brokerport import ArkProvider, Settings, hookimpl

@frozen(kw_only=True)
class AcmeSettings(Settings):
    {setting}

class Acme(ArkProvider):
    async def ark_dynamic(self, symbol): ...

def make(settings):
    {make}
    return Acme()

@hookimpl
def register_providers(register):
    register("acme", make, settings=AcmeSettings)
"""
ASK = """
from brokerport import PluginError, registry
try:
    registry.get("acme").ark_dynamic("US.TSLA")
except PluginError as error:
    print(error)
    print(error.remedy)
"""


@frozen
class Case:
    """What a plugin does when it is imported, when a provider is made, or for a setting's default; and where."""

    remedy: str | None  #: what to do; None: tell the author
    load: str = ""
    make: str = "pass"
    setting: str = "pass"
    requires: str = ""
    before: str = ""  #: that the program does first
    environment: dict[str, str] = field(factory=dict)


NO_ZONES = "import sys; sys.modules['tzdata'] = None"
NO_USER = "import pwd\ndef unknown(uid): raise KeyError(uid)\npwd.getpwuid = unknown"
NO_HOME = "set HOME to a folder that you may write"
TLS = "import httpx; httpx.Client()"

CASES = {
    "a module that is not installed": Case("pip install nothing_here", load="import nothing_here.inner"),
    "a module that is not installed, at the first call": Case("pip install nothing_here", make="import nothing_here"),
    "what it requires is not installed": Case(
        "brokerport-acme requires Nothing-Here>=6 (none is installed): pip install 'Nothing-Here>=6'",
        load="import not_called_so",
        requires="Requires-Dist: Nothing-Here>=6\nRequires-Dist: never; extra == 'x'\n",
    ),
    "what it requires is too old": Case(
        "brokerport-acme requires attrs>=999 (", load="from attrs import what_came_later", requires="Requires-Dist: attrs>=999\n"
    ),
    "a part of an installed package is missing": Case("pip install --upgrade attrs", load="import attrs.what_came_later"),
    "protobuf is older than the code that it generated": Case(
        "protobuf is of another release than the plugin was made for: pip install --upgrade protobuf",
        load="from google.protobuf import runtime_version as it\n"
        "it.ValidateProtobufRuntimeVersion(it.Domain.PUBLIC, 999, 0, 0, '', 'acme.proto')",
    ),
    "protobuf is so old that it cannot tell": Case(
        "protobuf is too old: pip install --upgrade protobuf",
        load="from google.protobuf import runtime_version",
        before="import sys, google.protobuf; sys.modules['google.protobuf.runtime_version'] = None",
    ),
    "no time zones": Case(
        "there is no database of time zones: pip install tzdata",
        make="from zoneinfo import ZoneInfo; ZoneInfo('Europe/London')",
        before=NO_ZONES,
        environment={"PYTHONTZPATH": ""},
    ),
    "a time zone that does not exist": Case(None, make="from zoneinfo import ZoneInfo; ZoneInfo('Europe/Londn')"),
    "a proxy": Case(
        "mend the proxy that HTTPS_PROXY names, or unset that", make="import httpx; httpx.Client()", environment={"HTTPS_PROXY": "x://y"}
    ),
    "a SOCKS proxy without its package": Case(
        "pip install 'httpx[socks]', or unset ALL_PROXY",
        make="import httpx; httpx.Client()",
        before="import sys; sys.modules['socksio'] = None",
        environment={"ALL_PROXY": "socks5://127.0.0.1:1"},
    ),
    "exceptions from the proxy that httpx cannot read": Case(
        "leave addresses of IPv6 in brackets, and their ranges, out of NO_PROXY",
        make="import httpx; httpx.Client()",
        environment={"NO_PROXY": "localhost,[::1]"},
    ),
    "a module of protobuf that is not there": Case("pip install --upgrade protobuf", load="import google.protobuf.what_came_later"),
    "a module of a namespace that nobody knows": Case(None, load="import google.what_nobody_has"),
    "a file of certificates that is not there": Case(
        "SSL_CERT_FILE names /not/here.pem, which is not there: mend or unset it", make=TLS, environment={"SSL_CERT_FILE": "/not/here.pem"}
    ),
    "a file of certificates that is none": Case(
        "look at the certificates that SSL_CERT_FILE names, or unset that", make=TLS, environment={"SSL_CERT_FILE": __file__}
    ),
    "nobody's home": Case(NO_HOME, make="Path.home()", before=f"import os; os.environ.pop('HOME', None)\n{NO_USER}"),
    "nobody's home, for a setting": Case(
        NO_HOME, setting="file: Path = field(factory=Path.home)", before=f"import os; os.environ.pop('HOME', None)\n{NO_USER}"
    ),
    "a home that is not set": Case(NO_HOME, make="import os; os.environ['HOME']", before="import os; os.environ.pop('HOME', None)"),
    "a home that is not there": Case(NO_HOME, make="(Path.home() / '.acme').mkdir()", environment={"HOME": "/not/here"}),
    "a full disk": Case("the disk is full: make room", make="import errno; raise OSError(errno.ENOSPC, 'No space left on device')"),
    "a part of its own that is missing": Case(None, load="import plugin_acme.inner"),
    "a file of its own that is missing": Case(None, make="Path('/not/here').read_text()"),
    "a mistake": Case(None, make="1 / 0"),
    "words about a proxy, where none is set": Case(None, make="raise ValueError('proxy')"),
    "an error that cannot be printed": Case(None, make="raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})"),
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificates of the machine that the tests run on."""
    for name in (*rules._CERTIFICATES, *rules._PROXIES, *map(str.lower, rules._PROXIES)):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", CASES)
def test_the_error_names_what_to_mend_where_the_environment_is_to_blame(name: str, install: Install, run_python: RunPython) -> None:
    case = CASES[name]
    code = f"{case.load}\n" + HOOK.format(setting=case.setting, make=case.make)
    metadata = f"Metadata-Version: 2.1\nName: brokerport-acme\nVersion: 1.2.3\n{case.requires}".encode()
    site = install("acme", code, files={"METADATA": metadata})
    done = run_python(f"{case.before}\n{ASK}", path=site, **case.environment)
    *text, told = done.stdout.splitlines()
    if case.remedy is None:
        assert told == "None"
        assert text[-1].endswith("; tell its author") or case.load
        assert "pip" not in text[-1]
    else:
        assert told.startswith(case.remedy)
        assert text[-1].endswith(f"; {told}")
        assert "author" not in "".join(text)


@pytest.mark.skipif(sys.platform != "linux", reason="there, not even the superuser may write to /sys")
def test_a_home_that_may_not_be_written(install: Install, run_python: RunPython) -> None:
    site = install("acme", HOOK.format(setting="pass", make="(Path.home() / '.acme').mkdir()"))
    told = run_python(ASK, path=site, HOME="/sys").stdout.splitlines()[-1]
    assert told == f"give yourself the right to /sys/.acme, or {NO_HOME}"


# The user's own files


SHADOWS = {
    "a requirement's name, without what it has": ("httpx.py", "import httpx; httpx.AsyncClient", "TIMEOUT = 5"),
    "a requirement's name, asked for what it has": ("httpx.py", "from httpx import AsyncClient", ""),
    "a requirement's name, asked for a part of it": ("packaging.py", "import packaging.version.inner", ""),
    "a requirement's name, and it fails": ("httpx.py", "import httpx", "print(undefined)"),
    "a requirement's name, and it cannot be read": ("httpx.py", "import httpx", "def"),
    "a requirement's name, as a package": ("httpx/__init__.py", "import httpx; httpx.AsyncClient", ""),
    "a standard module's name": ("statistics.py", "import statistics; statistics.mean([1])", ""),
    "the plugin's own name, without a hook": ("plugin_acme.py", "", "print('my script')"),
    "the plugin's own name, and it fails": ("plugin_acme.py", "", "1 / 0"),
    "a namespace's name": ("google/__init__.py", "import google.protobuf", ""),
}


@pytest.mark.parametrize("name", SHADOWS)
def test_a_file_beside_the_script_that_hides_a_module_is_named(name: str, install: Install, tmp_path: Path) -> None:
    file, load, content = SHADOWS[name]
    site = install("acme", f"{load}\n" + HOOK.format(setting="pass", make="pass"))
    folder = tmp_path / "scripts"
    own = folder / file
    own.parent.mkdir(parents=True)
    own.write_text(content, "utf-8")
    (folder / "ask.py").write_text(ASK, "utf-8")
    run = [sys.executable, str(folder / "ask.py")]
    done = subprocess.run(run, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False)
    package = file.partition("/")[0].removesuffix(".py")
    told = f"{own} is found in place of {package}, which is installed: rename that file"
    assert f"; {told}" in done.stdout, done.stdout + done.stderr
    assert "author" not in done.stdout


def test_a_script_of_a_requirements_name_is_told_to_be_renamed(install: Install, tmp_path: Path) -> None:
    site = install("acme", "from httpx import AsyncClient\n" + HOOK.format(setting="pass", make="pass"))
    script = tmp_path / "httpx.py"
    script.write_text(f"if __name__ == '__main__':\n{''.join(f'    {line}' for line in ASK.splitlines(keepends=True))}", "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    assert f"{script} is found in place of httpx, which is installed: rename that file" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("file", "content"), [("brokerport_moomoo.py", "x = 1"), ("brokerport_moomoo/__init__.py", ""), ("brokerport_opend.py", "x = 1")]
)
def test_a_file_of_the_users_that_hides_a_broker_is_named(file: str, content: str, tmp_path: Path) -> None:
    own = tmp_path / file
    own.parent.mkdir(exist_ok=True)
    own.write_text(content, "utf-8")
    (tmp_path / "ask.py").write_text(ASK.replace("acme", "moomoo"), "utf-8")
    done = subprocess.run([sys.executable, str(tmp_path / "ask.py")], capture_output=True, text=True, check=False)
    *text, remedy = done.stdout.splitlines()
    told = f"{own} is found in place of {file.partition('/')[0].removesuffix('.py')}, which is installed: rename that file"
    assert (text[-1].endswith(f"; {told}"), remedy, "author" in text[-1]) == (True, told, False), done.stdout + done.stderr


def test_a_plugin_without_its_broker_says_which_file_was_imported(install: Install, run_python: RunPython) -> None:
    site = install("acme", "")
    told = run_python(ASK, path=site).stdout.splitlines()
    assert told[0].endswith(f" registered no broker, not 'acme'; tell its author ({site / 'plugin_acme.py'} was imported)")


def test_where_the_program_works_in_a_folder_that_is_gone_the_error_is_told_nevertheless(install: Install, run_python: RunPython) -> None:
    site = install("acme", "1 / 0")
    gone = "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    assert "did not load: ZeroDivisionError: division by zero" in run_python(gone + ASK, path=site).stdout


# protobuf


@pytest.mark.parametrize("version", ["3.5.1", "3.20.3", "4.21.12", "4.24.4"])
@pytest.mark.parametrize("ask", ["registry.get('moomoo', sandbox=True).short_volume('HK.00700')", "import brokerport_opend.sandbox"])
def test_a_protobuf_that_was_put_back_is_told_with_both_versions(version: str, ask: str, tmp_path: Path) -> None:
    old = tmp_path / "google" / "protobuf"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text(f"__version__ = {version!r}", "utf-8")
    code = f"from brokerport import registry\ntry:\n    {ask}\nexcept Exception as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    said = f"protobuf {version} is too old, 4.25 or later is needed; an old SDK that was installed later may have brought it: "
    assert done.stdout.endswith(f"{said}pip install --upgrade protobuf\n"), done.stdout + done.stderr


def test_a_file_that_hides_nothing_is_not_to_blame(install: Install, run_python: RunPython, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("", "utf-8")
    site = install("acme", "import settings; settings.DEBUG\n" + HOOK.format(setting="pass", make="pass"))
    assert run_python(ASK, path=site).stdout.splitlines()[-1] == "None"


# What led to an error


def raised(by: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # whatever it is
        by()
    return caught.value


def test_what_led_to_an_error_is_looked_at_too() -> None:
    def wraps() -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise ValueError("not saved") from error

    def hides() -> None:
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            raise ValueError("not saved") from None

    assert remedy(raised(wraps)) == "the disk is full: make room"
    assert remedy(raised(hides)) is None


def test_errors_that_led_to_each_other_end() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert remedy(first) is None


def test_the_plugin_error_says_what_failed_in_whose_words_and_what_to_do() -> None:
    full = OSError(28, "No space left on device")
    assert str(blamed("acme.ask(): the plugin raised", ValueError("x"))) == "acme.ask(): the plugin raised ValueError: x; tell its author"
    assert str(blamed("it failed:", ValueError("x"), otherwise="")) == "it failed: ValueError: x"
    told = blamed("it failed:", full)
    assert (type(told), str(told)) == (PluginError, "it failed: OSError: [Errno 28] No space left on device; the disk is full: make room")
    assert told.remedy == "the disk is full: make room"
