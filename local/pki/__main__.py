"""The test authorities' responders as a program: `python -m local.pki serve --folder F --port P`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from local.pki.authorities import Pki
from local.pki.responder import Responder


def main() -> int:
    """Answer until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local.pki", description=__doc__)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--folder", type=Path, required=True, help="where the authorities' keys lie, or are made")
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    asked_to_end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_end.set())
    with Responder(Pki.open(given.folder), given.port) as responder:
        print(f"OCSP and CRL on {responder.url}", flush=True)
        asked_to_end.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
