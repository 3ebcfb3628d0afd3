"""Tables of what stands as data in the code: endpoints, settings, errors, exit codes, commands, hooks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from textwrap import dedent

import attrs
from cyclopts.argument import Argument

from brokerport import QUESTIONS, BrokerportError, Market, errors
from brokerport.cli.app import app
from brokerport.cli.exit_codes import EXIT_CODES
from brokerport.plugins import hookspecs
from brokerport_opend import OpenDSettings
from brokerport_opend.endpoints import ENDPOINTS
from brokerport_opend.endpoints.replies import version
from docs.parts.fields import fields
from docs.parts.markdown import code, fenced, summary, table, text
from docs.parts.names import signature

_ATTRIBUTE = re.compile(r"^\* (`\w+`: .+)$", re.MULTILINE)


def endpoints() -> str:
    """What OpenD is asked, by question."""
    rows = [
        (
            code(each.question),
            str(each.proto_id),
            _markets(each.markets),
            str(each.quota),
            str(each.page_size or "not paged"),
            each.page,
            version(each.since),
        )
        for each in ENDPOINTS
    ]
    return table(("Question", "Protocol", "Markets", "Quota", "Rows a page, at most", "The broker's own page", "OpenD, from"), rows)


def settings() -> str:
    """Every setting of a broker behind OpenD: those of all brokers first."""
    defaults = {each.name: each.default for each in attrs.fields(OpenDSettings)}
    rows = [
        (code(each.name), code(f"BROKERPORT_MOOMOO_{each.name.upper()}"), code(each.type), _default(defaults[each.name]), each.meaning)
        for each in fields(OpenDSettings)
    ]
    return table(("Setting", "Environment, for moomoo", "Type", "Default", "Meaning"), rows)


def error_tree() -> str:
    """The tree in the docstring of brokerport.errors."""
    return fenced(dedent((errors.__doc__ or "").partition("::")[2]))


def error_classes() -> str:
    """Every error: what it means, what it holds, and what makes one."""
    rows = [(code(each.__name__), summary(each), "<br>".join(_ATTRIBUTE.findall(text(each))), _made(each)) for each in _errors()]
    return table(("Error", "Means", "Holds", "Is made by"), rows)


def exit_codes() -> str:
    """What the command line exits with."""
    rows = [
        (str(each.number), each.meaning, ", ".join(code(error.__name__) for error in each.errors) or "nothing went wrong")
        for each in EXIT_CODES
    ]
    return table(("Exit code", "Meaning", "From"), rows)


def commands() -> str:
    """The command of each question, with the options that the others lack."""
    names = [name.replace("_", "-") for name in QUESTIONS]
    return table(("Command", "Answers", "Options of its own"), [_command(name) for name in names])


def options(command: str) -> str:
    """The options of a command."""
    rows = [(_spelt(each), each.parameter.help or "", _default(each.field_info.default)) for each in _shown(command) if each.index is None]
    return table(("Option", "Meaning", "Default"), rows)


def hooks() -> dict[str, Callable[..., None]]:
    """The hooks that are specified, by name; pluggy leaves a mark on each."""
    return {name: each for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.hookspec.project_name}_spec")}


def hook(name: str) -> str:
    """What a hook's specification says, with its arguments and their types."""
    return f"{fenced(signature(hooks()[name]), 'python')}\n\n{text(hooks()[name])}"


def _markets(markets: frozenset[Market]) -> str:
    return "all" if markets == frozenset(Market) else ", ".join(sorted(markets))


def _default(value: object) -> str:
    if value in (None, (), inspect.Parameter.empty):
        return "not set"
    return code(str(value).lower() if isinstance(value, bool) else value)


def _errors() -> Iterator[type[BrokerportError]]:
    for each in vars(errors).values():
        if inspect.isclass(each) and issubclass(each, BrokerportError):
            yield each


def _made(error: type[BrokerportError]) -> str:
    """The call that makes one, where it needs more than a message."""
    made = error.__init__
    own = made is not BrokerportError.__init__
    return code(re.sub(r"def __init__(\(.*\)).*", rf"{error.__name__}\1", signature(made))) if own else ""


def _command(name: str) -> tuple[str, str, str]:
    """What has no keys stands in the command's own signature, and not in the options of all."""
    own = [each for each in _shown(name) if not each.keys]
    subject = " ".join(each.name for each in own if each.index is not None)
    told = "<br>".join(f"{_spelt(each)}: {each.parameter.help}" for each in own if each.index is None)
    return code(f"brokerport {name} {subject}".strip()), app[name].help, told


def _shown(command: str) -> list[Argument]:
    return [each for each in app[command].assemble_argument_collection() if each.show]


def _spelt(option: Argument) -> str:
    return " or ".join(map(code, option.names))
