"""Write the manifest that the brands behind OpenD share: what the table of endpoints says, for those who have not imported it."""

from pathlib import Path
from typing import Any

from brokerport import Market
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.endpoint import Endpoint

MANIFEST = Path(__file__).resolve().parent / "src" / "brokerport_opend" / "brokerport.toml"
HEAD = "# What every broker behind OpenD answers, for the manifests of the brands; protos/manifest.py writes it from the endpoints.\n"


def main() -> None:
    """Write the file."""
    MANIFEST.write_text(manifest(), "utf-8", newline="\n")


def manifest() -> str:
    """What it should hold."""
    return "\n".join([HEAD, *map(_table, ENDPOINTS)])


def _table(endpoint: Endpoint[Any]) -> str:
    markets = ", ".join(f'"{market}"' for market in Market if market in endpoint.markets)
    quota = f"{{ requests = {endpoint.quota.requests}, seconds = {endpoint.quota.seconds:g} }}"
    page = "" if endpoint.page_size is None else f"page_size = {endpoint.page_size}\n"
    return f"[capabilities.{endpoint.question}]\nmarkets = [{markets}]\nquota = {quota}\n{page}"


if __name__ == "__main__":
    main()
