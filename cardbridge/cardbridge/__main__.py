import sys

from cardbridge.cli import main

sys.exit(main())
