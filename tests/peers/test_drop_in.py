"""The drop-in where the SDK has no answer to be compared with: it hangs there, asks too often, or knows the argument by one name only."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from brokerport import InvalidRequestError
from brokerport_opend.sandbox import Sandbox
from keys import write
from peers.gateways import environment, standing_still

EXAMPLE = Path(__file__).parents[2] / "examples" / "short_pressure.py"
METHODS = {
    "get_ark_stock_dynamic": "US.TSLA",
    "get_capital_distribution": "HK.00700",
    "get_top_ten_buy_sell_brokers": "HK.00700",
    "get_daily_short_volume": "HK.00700",
    "get_short_interest": "US.AAPL",
}
CLASSES = ["ArkDynamicType", "MarketState", "OpenQuoteContext", "ProgramStatusType", "ProtoFMT", "SecurityFirm", "SysConfig"]


@pytest.fixture(params=["futu", "moomoo"])
def brand(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def drop_in(brand: str) -> Any:
    return importlib.import_module(f"brokerport_{brand}.compat")


@pytest.fixture
def context(drop_in: Any, sandbox: Sandbox) -> Iterator[Any]:
    with drop_in.OpenQuoteContext(port=sandbox.port) as context:
        yield context


@pytest.fixture
def switches(drop_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The brand's own, which are as they were when the test is over."""
    monkeypatch.setattr(drop_in.SysConfig, "_encrypts", drop_in.SysConfig._encrypts)
    monkeypatch.setattr(drop_in.SysConfig, "_rsa_file", drop_in.SysConfig._rsa_file)
    return drop_in.SysConfig


def test_a_star_brings_what_a_script_needs_and_nothing_else(brand: str) -> None:
    names: dict[str, Any] = {}
    exec(f"from brokerport_{brand}.compat import *", names)
    assert names.keys() - {"__builtins__"} == {"RET_ERROR", "RET_OK", *CLASSES}


def test_the_import_brings_no_pandas_and_the_brands_share_no_switch() -> None:
    script = "import sys, brokerport_futu.compat as futu, brokerport_moomoo.compat as moomoo; futu.SysConfig.enable_proto_encrypt(True);"
    script += "print('pandas' in sys.modules, moomoo.SysConfig.is_proto_encrypt())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == ("False False\n", "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["code", "stock_code", "security"])
def test_a_stock_is_understood_by_each_of_its_names(method: str, name: str, context: Any) -> None:
    by_name, by_place = getattr(context, method)(**{name: METHODS[method]}), getattr(context, method)(METHODS[method])
    assert by_name[0] == 0
    assert [repr(part) for part in by_name] == [repr(part) for part in by_place]


def test_two_names_at_once_are_a_mistake_of_the_caller(context: Any) -> None:
    with pytest.raises(TypeError, match="takes one stock"):
        context.get_short_interest("US.AAPL", stock_code="US.TSLA")


def test_no_name_at_all_is_an_error_as_any_wrong_one(context: Any) -> None:
    ret, text, nothing = context.get_short_interest()
    assert (ret, nothing) == (-1, None)
    assert "a symbol is text, not None" in text


def test_the_gateways_state_is_told(context: Any, drop_in: Any) -> None:
    ret, state = context.get_global_state()
    assert ret == drop_in.RET_OK
    assert (state["qot_logined"], state["program_status_type"]) == (True, drop_in.ProgramStatusType.READY)


def test_a_gateway_that_is_not_there_is_an_error(drop_in: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with drop_in.OpenQuoteContext(port=port) as context:
        ret, text = context.get_ark_stock_dynamic("US.TSLA")
    assert ret == drop_in.RET_ERROR
    assert f"127.0.0.1:{port}" in text


def test_a_gateway_that_never_answers_is_an_error_when_the_time_is_up(drop_in: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, drop_in.OpenQuoteContext(port=server.getsockname()[1], timeout=0.2) as context:
        ret, text, nothing = context.get_daily_short_volume("US.TSLA")
        assert (ret, nothing) == (-1, None)
        assert "get_daily_short_volume('US.TSLA') had 0.2 s" in text
        assert context.get_global_state()[0] == -1


def test_a_closed_context_says_so(drop_in: Any, sandbox: Sandbox) -> None:
    context = drop_in.OpenQuoteContext(port=sandbox.port)
    assert context.get_ark_stock_dynamic("US.TSLA")[0] == 0
    context.close()
    context.close()
    ret, text = context.get_ark_stock_dynamic("US.TSLA")
    assert (ret, "closed" in text) == (-1, True)


def test_a_quota_is_kept_without_asking_the_gateway(drop_in: Any) -> None:
    with standing_still(quotas=True) as sandbox, drop_in.OpenQuoteContext(port=sandbox.port, timeout=0.5) as context:
        answers = [context.get_capital_distribution("HK.00700") for _ in range(31)]
        assert [ret for ret, _ in answers] == [0] * 30 + [-1]
        assert "the quota of 30" in answers[-1][1]
        assert sandbox.quota_log is not None
        assert sandbox.quota_log.refused[3212] == 0


def test_without_quotas_the_gateways_refusal_comes_at_once(drop_in: Any) -> None:
    with standing_still(quotas=True) as sandbox, drop_in.OpenQuoteContext(port=sandbox.port, quotas=False) as context:
        answers = [context.get_capital_distribution("HK.00700") for _ in range(31)]
        assert [ret for ret, _ in answers] == [0] * 30 + [-1]
        assert "频率太高" in answers[-1][1]


def test_threads_share_a_context(context: Any) -> None:
    codes = [f"US.T{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(context.get_ark_stock_dynamic, codes))
    assert together == [context.get_ark_stock_dynamic(code) for code in codes]


async def test_a_context_works_inside_a_running_loop(context: Any) -> None:
    assert context.get_ark_stock_dynamic("US.TSLA")[0] == 0


@pytest.mark.parametrize("by_argument", [True, False])
def test_the_switches_or_the_argument_say_that_it_is_encrypted(by_argument: bool, switches: Any, drop_in: Any, tmp_path: Path) -> None:
    key = write(tmp_path)
    switches.set_init_rsa_file(str(key))
    switches.enable_proto_encrypt(not by_argument)
    with standing_still(quotas=False, rsa_key=key) as sandbox:
        with drop_in.OpenQuoteContext(port=sandbox.port, is_encrypt=by_argument or None) as context:
            assert context.get_ark_stock_dynamic("US.TSLA")[0] == 0
        with drop_in.OpenQuoteContext(port=sandbox.port, is_encrypt=False) as context:
            assert context.get_ark_stock_dynamic("US.TSLA")[0] == -1  # the gateway hangs up on who speaks in the clear


def test_what_cannot_be_is_refused_when_the_context_is_made(drop_in: Any) -> None:
    for wrong, words in (({"is_encrypt": True}, "set_init_rsa_file"), ({"port": 0}, "port=0"), ({"security_firm": "X"}, "FUTUSECURITIES")):
        with pytest.raises(InvalidRequestError, match=words):
            drop_in.OpenQuoteContext(**wrong)


def test_other_methods_of_the_sdk_are_not_there_and_it_says_which_are(context: Any) -> None:
    with pytest.raises(AttributeError, match="no 'get_market_snapshot': it answers five questions"):
        context.get_market_snapshot(["US.TSLA"])


def test_without_pandas_it_says_what_to_install(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'brokerport\[pandas\]'"):
        context.get_capital_distribution("HK.00700")


@pytest.mark.timeout(60)  # two processes import pandas, and one of them an SDK
def test_one_line_changed_an_example_prints_the_same(brand: str, sandbox: Sandbox, tmp_path: Path) -> None:
    if find_spec(brand) is None:
        pytest.skip(f"{brand}-api is not installed")
    official, ours = (_printed(brand, sandbox, tmp_path, package) for package in (brand, f"brokerport_{brand}.compat"))
    assert ours == official
    assert "short_share" in ours
    assert ours.endswith("-1 unknown stock HK.UNKNOWN\n")


def _printed(brand: str, sandbox: Sandbox, folder: Path, package: str) -> str:
    script = folder / "script.py"
    script.write_text(EXAMPLE.read_text("utf-8").replace("from futu import *", f"from {package} import *"), "utf-8")
    command = [sys.executable, str(script), "HK.00700", str(sandbox.port)]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
