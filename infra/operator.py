"""Makes an operator's account and shows its secrets, once.

python -m infra.operator --stage dev --email clerk@example.ge
"""

import argparse
import json
import sys
from dataclasses import asdict

from infra.environment import adopt
from infra.stages import STAGES


def main(arguments: list[str] | None = None) -> int:
    """Make an operator in a deployed stage with the caller's credentials."""
    parser = argparse.ArgumentParser(prog="python -m infra.operator", description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--email", required=True)
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    given = parser.parse_args(arguments)
    adopt(given.stage)
    from chalicelib.auth import operators
    from chalicelib.core.tables import Refused

    try:
        made = operators.create_operator(given.email)
    except Refused:
        print(f"{given.email} is an operator already.", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(asdict(made)))
        return 0
    print(f"E-mail     {given.email}\nPassword   {made.password}\nTOTP key   {made.totp_key}\n{made.otpauth_uri}")
    print("Shown once: hand them over now.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
