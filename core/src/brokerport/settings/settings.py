"""What every broker can be told."""

from __future__ import annotations

from attrs import Attribute, field, frozen

from brokerport.questions import arguments


def _seconds(_: object, __: object, value: float) -> None:
    arguments.seconds(value)


def _switch(_: object, setting: Attribute[bool], value: bool) -> None:  # attrs passes it so
    arguments.switch(setting.name, value)


@frozen(kw_only=True)
class Settings:
    """What every broker has; a plugin with more of its own subclasses it.

    Check a setting with a validator: a converter would get the text of the environment, not the value of its type.
    """

    timeout: float = field(default=60.0, validator=_seconds)  #: seconds that a call may take, unless the call says otherwise
    quotas: bool = field(default=True, validator=_switch)  #: wait for the broker's quotas; False sends at once and lets it refuse
    share: bool = field(default=True, validator=_switch)  #: who asks the same at the same time shares one request


class Text(str):
    """A setting given as text, by a keyword: it is read as one of the environment is."""

    __slots__ = ()
