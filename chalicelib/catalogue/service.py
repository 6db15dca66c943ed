"""A service as the portal uses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Bilingual = Mapping[str, str]
_ASSURANCE = ("low", "substantial", "high")


@dataclass(frozen=True)
class Service:
    """A version of a service; `definition` is the data that `catalogue/service.schema.json` describes."""

    service_id: str
    version: int
    definition: Mapping[str, Any]

    @property
    def title(self) -> Bilingual:
        """Return the service's name, by language."""
        title: Bilingual = self.definition["title"]
        return title

    @property
    def assurance(self) -> str:
        """Return how sure the portal has to be of the citizen."""
        return str(self.definition["assurance"])

    @property
    def needs_signature(self) -> bool:
        """Tell whether an application has to be signed or sealed."""
        return bool(self.definition["signature"] != "none")

    def addressee_name(self, provider: str) -> Bilingual | None:
        """Return the name of one of the addressees, by language."""
        for page in self.definition["form"]["pages"]:
            for field in page["fields"]:
                if field["widget"] == "addressee":
                    names = {option["value"]: option["label"] for option in field.get("options", [])}
                    return names.get(provider)
        return None


def missing_for(assurance: str, service_assurance: str, *, needs_signature: bool) -> list[str]:
    """Return what a citizen lacks for a service: `card`, `signature` (R2.6)."""
    missing = []
    if _ASSURANCE.index(assurance) < _ASSURANCE.index(service_assurance):
        missing.append("card")
    if needs_signature:
        missing.append("signature")
    return missing
