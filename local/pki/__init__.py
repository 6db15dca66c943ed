"""Test authorities shaped like Georgia's, and the responders that say which certificates still count.

Nothing here is the state's: the names say so, and the keys are made in a folder of whoever needs them.
"""

from local.pki.authorities import CardFaults, Holder, Pki
from local.pki.responder import MODES, Responder

__all__ = ["MODES", "CardFaults", "Holder", "Pki", "Responder"]
