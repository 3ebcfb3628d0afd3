"""What holds for every provider, as tests."""

from brokerport.testing.cases import Case, cases_of
from brokerport.testing.contract.answers import Answers
from brokerport.testing.contract.asking import Make
from brokerport.testing.contract.calls import Calls
from brokerport.testing.contract.failures import Broken, Failure, Failures
from brokerport.testing.contract.installed import Installed
from brokerport.testing.contract.pages import Pages
from brokerport.testing.contract.past_days import PastDays
from brokerport.testing.contract.values import Values
from brokerport.testing.golden import Expected

__all__ = ["CASES", "Broken", "Expected", "Failure", "Make", "ProviderContract"]


class ProviderContract(
    Failures, Pages, Calls, Installed, PastDays, Values, Answers
):  # pytest runs the last first, and what others need has to come before them
    """What callers rely on, whoever the broker is. Make it yours with a subclass::

        class TestAcme(ProviderContract):
            symbols = {"short_volume": ["US.TSLA"]}
            expected = {("short_volume", "US.TSLA"): {"day": "2026-01-30", "short_volume": 7_500, "short_percent": 30.0}}

            @pytest.fixture
            def make(self) -> Make:
                return lambda: AcmeProvider(AcmeSettings())

    What ``symbols`` leaves out is asked about what the capability names as its example, else about US.TSLA and HK.00700, as far as it
    names their markets; a question about a market, about each that it names. They have data, ten rows of it at least for what comes in
    pages. One class is one provider: what it is asked for by one case serves others.

    ``expected`` are figures of the broker's own pages, for the one case that can tell them from others: ``brokerport.testing.golden``.
    ``questions`` are those that neither core nor an installed plugin brings, ``arguments`` what a question cannot be asked without.

    A fixture ``broken`` arranges failures of the broker, for the cases of errors: ``{"unreachable": lambda: AcmeProvider(...)}``.
    """


CASES: tuple[Case, ...] = cases_of(ProviderContract)
