"""A card rig without hardware: Debian's pcscd and virtual reader, and a test card of our own in its slots."""

from rig.card import AUTHENTICATION, AUTHENTICATION_PIN, PUK, SIGNATURE, SIGNATURE_PIN, TRANSPORT_PIN, CardFile
from rig.chip import GEORGIAN_ATR, MAKERS_ATR, T0_ATR
from rig.personalise import KEYS, personalise
from rig.rig import Rig
from rig.slots import RigTrouble, Slots

__all__ = [
    "AUTHENTICATION",
    "AUTHENTICATION_PIN",
    "GEORGIAN_ATR",
    "KEYS",
    "MAKERS_ATR",
    "PUK",
    "SIGNATURE",
    "SIGNATURE_PIN",
    "T0_ATR",
    "TRANSPORT_PIN",
    "CardFile",
    "Rig",
    "RigTrouble",
    "Slots",
    "personalise",
]
