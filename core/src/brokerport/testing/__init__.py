"""For tests of providers: the contract that each one keeps, and an event loop whose waits cost nothing. Needs pytest."""

import pytest

pytest.register_assert_rewrite("brokerport.testing.contract")

from brokerport.testing.contract import Broken, Expected, Failure, Make, ProviderContract  # noqa: E402  # its asserts are rewritten on import
from brokerport.testing.virtual_time import VirtualLoop, run_in_virtual_time  # noqa: E402

__all__ = ["Broken", "Expected", "Failure", "Make", "ProviderContract", "VirtualLoop", "run_in_virtual_time"]
