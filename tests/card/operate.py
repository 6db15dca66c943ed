"""Runs one operation of the installed agent; questions and answers go through this program's pipes, a line each.

The first line read says which operation, with its arguments; the last one written is what came of it.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any

from cardbridge.errors import CardError
from cardbridge.prompts import Pin

from cardbridge import operations

if TYPE_CHECKING:
    from cardbridge.prompts import PinQuestion


class Pipes:
    """Asks whoever started this program."""

    def ask(self, question: PinQuestion) -> bytearray | None:
        """Ask, and wait for as long as it takes."""
        say({"question": asdict(question)})
        answer = json.loads(sys.stdin.readline())
        return None if answer is None else bytearray(answer, "ascii")


def say(line: dict[str, Any]) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(line, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else bytes(value).hex()


def main() -> None:
    """Do the operation."""
    # Everything that the agent logs, the traffic below DEBUG as well.
    logging.basicConfig(level=1, stream=sys.stderr)
    wanted = json.loads(sys.stdin.readline())
    arguments = wanted["arguments"]
    if "pin" in arguments:
        arguments["pin"] = Pin(arguments["pin"])
    operations.configure(pkcs11_module=wanted["pkcs11_module"])
    if wanted["operation"] != "status":
        arguments["prompter"] = Pipes()
    try:
        result = getattr(operations, wanted["operation"])(**arguments)
    except CardError as error:
        say({"error": error.code, "tries_left": error.tries_left, "pin": error.pin})
    else:
        say({"result": [asdict(status) for status in result] if wanted["operation"] == "status" else result})


if __name__ == "__main__":
    main()
