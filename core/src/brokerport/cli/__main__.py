"""``python -m brokerport.cli``."""

import sys

from brokerport.cli import main

if __name__ == "__main__":
    sys.exit(main())
