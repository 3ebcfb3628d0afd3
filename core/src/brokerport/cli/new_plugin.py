"""The package of a new broker."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from brokerport import scaffold
from brokerport.cli import streams
from brokerport.cli.notes import say
from brokerport.terminal import visible


def new_plugin(
    name: Annotated[str, Parameter(help="Of the broker: lowercase letters, digits and hyphens.")],
    /,
    *,
    into: Annotated[Path, Parameter(help="Where to make its folder, brokerport-NAME.")] = Path(),
) -> None:
    """A package for a new broker, which installs, answers and passes its tests as it is."""
    folder = scaffold.write(name, into)
    data = streams.data()
    data.write(f"{visible(str(folder)) if data.isatty() else folder}\n")
    say(f"next: cd {shlex.quote(str(folder))}")
    say("      python -m pip install --editable '.[test]'")
    say(f"      brokerport short-volume US.TSLA --broker {name}; python -m pytest")
