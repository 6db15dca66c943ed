"""What the two commands show while they work: each step, its time, and troubles with what to do about them.

Runs under any Python 3.8 or later, because it also has to say that a Python is too old.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDTH = 58
BLINK_SECONDS = 1.0


class Trouble(Exception):
    """Something a person has to change; the message says what, and what to type."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that `name` is being done, and at its end how long it took."""
    begun = time.monotonic()
    line = f"  {name} ".ljust(WIDTH, ".")
    done = threading.Event()
    on_terminal = sys.stdout.isatty()
    print(line, end="" if on_terminal else " ", flush=True)
    if on_terminal:
        threading.Thread(target=_count, args=(line, begun, done), daemon=True).start()
    try:
        yield
    except BaseException:
        done.set()
        print("\r" + line + " failed" if on_terminal else "failed", flush=True)
        raise
    done.set()
    took = f"{time.monotonic() - begun:6.1f} s"
    print("\r" + line + took if on_terminal else took, flush=True)


def _count(line: str, begun: float, done: threading.Event) -> None:
    while not done.wait(BLINK_SECONDS):
        print(f"\r{line}{time.monotonic() - begun:6.0f} s", end="", flush=True)


def run(work: Callable[[], None]) -> int:
    """Do `work`; the exit code. A `Trouble` becomes a message instead of a traceback."""
    try:
        work()
    except Trouble as trouble:
        print(f"\n{trouble}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0
