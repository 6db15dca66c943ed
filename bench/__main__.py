"""`make bench`: measure, and print one table. `python -m bench import|relay|card|calls` measures a part."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from bench import imports, portal
from bench.table import rendered

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.table import Section
    from local.stack import Stack

# The last one takes the portal's event sources away.
PARTS = ("import", "relay", "card", "calls")


def measured(part: str, stack: Stack, started: ExitStack) -> Section:
    """What a part finds; the portal is started for the first that needs it."""
    if part == "import":
        return imports.measure(stack.package().artefact)
    if not stack.running():
        print("starting a portal …", file=sys.stderr, flush=True)
        started.enter_context(portal.running(stack))
    # These import the product, which has to know its stage.
    from bench import calls, card, relay

    measures: dict[str, Callable[[Stack], Section]] = {
        "relay": relay.measure,
        "card": card.measure,
        "calls": calls.measure,
    }
    return measures[part](stack)


def machine() -> str:
    """When and where this was measured."""
    moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"Karibche, {moment}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, help="one part alone")
    chosen = parser.parse_args().part
    with ExitStack() as started:
        stack = started.enter_context(portal.new_portal())
        sections = []
        for part in (chosen,) if chosen else PARTS:
            print(f"{part} …", file=sys.stderr, flush=True)
            sections.append(rendered(measured(part, stack, started)))
    print("\n\n".join([machine(), *sections]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
