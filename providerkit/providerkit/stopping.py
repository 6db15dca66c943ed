"""Ending on SIGTERM and SIGINT at a safe moment: never between sending a reply and noting it."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SLICE = 0.2


class _Interrupt(BaseException):
    """Breaks a wait. A BaseException, so that botocore does not take it for a network error."""


class Stopping:
    """`requested` turns true at the first signal; a wait that allows it is cut short."""

    def __init__(self) -> None:
        self.requested = False
        self._interruptible = False

    def listen(self) -> None:
        """Answer SIGTERM and SIGINT from now on."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    @contextmanager
    def may_interrupt(self) -> Iterator[None]:
        """Let a signal cut the block short; for waiting only, because what the block was doing is lost."""
        try:
            self._interruptible = not self.requested
            yield
            self._interruptible = False
        except _Interrupt:
            pass
        finally:
            self._interruptible = False

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until a signal comes."""
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
        if self._interruptible:
            self._interruptible = False
            raise _Interrupt
