"""A card that is no identity card: it knows no file and no application."""

from __future__ import annotations

# A plain memory card of protocol T=0.
ATR = bytes.fromhex("3B021450")


class ForeignCard:
    """Refuses whatever is asked of it."""

    atr = ATR

    def reset(self) -> None:
        """There is nothing to lose."""

    def transmit(self, apdu: bytes) -> bytes:
        """Every selection ends in "not found", every other command is unknown."""
        return b"\x6a\x82" if apdu[1] == 0xA4 else b"\x6d\x00"
