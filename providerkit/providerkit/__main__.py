"""`python -m providerkit`."""

import sys

from providerkit.cli import main

if __name__ == "__main__":
    sys.exit(main())
