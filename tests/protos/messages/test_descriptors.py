"""Our messages, compared field by field with those the brokers ship."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from brokerport_opend import messages

pytestmark = pytest.mark.timeout(30)  # importing an SDK takes half a second on an idle machine

OFFICIAL = {
    "common": "Common",
    "init_connect": "InitConnect",
    "keep_alive": "KeepAlive",
    "global_state": "GetGlobalState",
    "notify": "Notify",
    "quote": "Qot_Common",
    "ark_dynamic": "Qot_GetArkStockDynamic",
    "capital_distribution": "Qot_GetCapitalDistribution",
    "broker_ranking": "Qot_GetTopTenBuySellBrokers",
    "short_volume": "Qot_GetDailyShortVolume",
    "short_interest": "Qot_GetShortInterest",
}
ELSEWHERE = {"init_websocket"}  # only the JavaScript SDK has it; compared in tests/peers/test_javascript.py
SHARED = {"common", "quote"}  # the brokers' hold far more; what we declare of them has to agree

DUMP = """
import importlib, json, sys
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.json_format import MessageToDict

def described(module):
    file = FileDescriptorProto()
    importlib.import_module(module).DESCRIPTOR.CopyToProto(file)
    return MessageToDict(file)

print(json.dumps([described(module) for module in sys.argv[1:]]))
"""

RunPython = Callable[..., CompletedProcess[str]]
Described = dict[str, dict[str, Any]]  # what each file's descriptor says, by our name of the file


@pytest.fixture(scope="session")
def ours(run_python: RunPython) -> Described:
    return dump(run_python, "brokerport_opend.messages.{}_pb2", list(OFFICIAL))


@pytest.fixture(scope="session", params=["futu", "moomoo"])
def theirs(run_python: RunPython, request: pytest.FixtureRequest) -> Described:
    return dump(run_python, f"{request.param}.common.pb.{{}}_pb2", list(OFFICIAL.values()))


def dump(run_python: RunPython, module: str, names: list[str]) -> Described:
    """The descriptors of the named modules, with the types of other files under our names for them."""
    done = run_python("-c", DUMP, *map(module.format, names))
    assert done.returncode == 0, done.stderr
    text = done.stdout
    for stem, name in OFFICIAL.items():
        text = text.replace(f'".{name}.', f'".brokerport_opend.{stem}.')
    return dict(zip(OFFICIAL, json.loads(text), strict=True))


def declared(file: dict[str, Any], kind: str) -> dict[str, Any]:
    """A file's messages or enums by name, and their fields by name: the order of fields means nothing."""
    found = {each["name"]: dict(each) for each in file.get(kind, [])}
    for each in found.values():
        each["field"] = {field["name"]: field for field in each.get("field", [])}
    return found


@pytest.mark.parametrize("kind", ["messageType", "enumType"])
@pytest.mark.parametrize("stem", OFFICIAL)
def test_names_numbers_types_labels_and_defaults_are_the_brokers(ours: Described, theirs: Described, stem: str, kind: str) -> None:
    mine, official = declared(ours[stem], kind), declared(theirs[stem], kind)
    if stem in SHARED:
        official = {name: each for name, each in official.items() if name in mine}
    assert mine == official


def test_every_source_is_compared() -> None:
    sources = {path.stem for folder in messages.__path__ for path in Path(folder).glob("*.proto")}
    assert sources == OFFICIAL.keys() | ELSEWHERE


@pytest.mark.parametrize("stem", OFFICIAL)
def test_no_file_or_package_of_ours_bears_a_brokers_name(ours: Described, stem: str) -> None:
    assert ours[stem]["name"] == f"brokerport_opend/messages/{stem}.proto"
    assert ours[stem]["package"] == f"brokerport_opend.{stem}"


@pytest.mark.parametrize("stem", OFFICIAL)
def test_messages_are_proto2_as_the_brokers_are(ours: Described, theirs: Described, stem: str) -> None:
    assert ours[stem].get("syntax", "proto2") == theirs[stem].get("syntax", "proto2") == "proto2"


@pytest.mark.parametrize("stem", OFFICIAL.keys() - SHARED)
def test_a_reply_without_a_return_type_reads_as_unknown(ours: Described, stem: str) -> None:
    response = declared(ours[stem], "messageType")["Response"]
    assert response["field"]["retType"]["defaultValue"] == "-400"
