"""Writes the API's description, made from its endpoints, to docs/openapi.json.

python -m infra.openapi
"""

import importlib
import json
import os
import sys

from infra.stages import ROOT

FILE = ROOT / "docs/openapi.json"


def current() -> str:
    """Return the description of the endpoints as they are, as the file has it."""
    os.environ.setdefault("STAGE", "test")  # tables are named when their models are imported
    importlib.import_module("app")
    from chalicelib.core.openapi import document

    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Renew the file."""
    FILE.write_text(current(), encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)} is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
