"""OpenD's messages: one module a subject, generated from the .proto file of the same name.

Raises:
    ImportError: protobuf is not there, or older than the code that is generated: a package that wants an older one, such as an old SDK,
        may have been installed later.
"""

from importlib import import_module as _import_module

_OLDEST = (4, 25)
_MEND = "pip install --upgrade protobuf"

try:
    _version = str(_import_module("google.protobuf").__version__)
except ImportError as error:
    raise ImportError(f"protobuf is not installed: {_MEND}", name="google.protobuf") from error

if tuple(int(each) for each in _version.split(".")[:2] if each.isdigit()) < _OLDEST:
    _needed = f"{'.'.join(map(str, _OLDEST))} or later is needed"
    _brought = "an old SDK that was installed later may have brought it"
    raise ImportError(f"protobuf {_version} is too old, {_needed}; {_brought}: {_MEND}", name="google.protobuf")
