"""What holds for every provider, as tests."""

from brokerport.testing.cases import Case, cases_of
from brokerport.testing.contract.answers import Answers
from brokerport.testing.contract.asking import Make
from brokerport.testing.contract.calls import Calls
from brokerport.testing.contract.failures import Broken, Failure, Failures
from brokerport.testing.contract.installed import Installed
from brokerport.testing.contract.pages import Pages

__all__ = ["CASES", "Broken", "Failure", "Make", "ProviderContract"]


class ProviderContract(
    Failures, Pages, Calls, Installed, Answers
):  # pytest runs the last first, and what others need has to come before them
    """What callers rely on, whoever the broker is. Make it yours with a subclass::

        class TestAcme(ProviderContract):
            symbols = {"short_volume": ["US.TSLA"], "short_interest": ["US.TSLA"]}

            @pytest.fixture
            def make(self) -> Make:
                return lambda: AcmeProvider(AcmeSettings())

    A question without symbols is asked for US.TSLA and HK.00700, as far as the capabilities name their markets. The symbols have data,
    ten rows of it at least for a history. One class is one provider: what it is asked for by one case serves others.

    A fixture ``broken`` arranges failures of the broker, for the cases of errors: ``{"unreachable": lambda: AcmeProvider(...)}``.
    """


CASES: tuple[Case, ...] = cases_of(ProviderContract)
