"""The site's own words, so that a journey presses what a person reads, in either language."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["ka", "en"]
ROOT = Path(__file__).parents[2]
CITIZEN, OPERATOR, SHARED = "citizen/{}.json", "operator/{}.json", "i18n/shared.{}.json"


class Words:
    """`words("login.title")`; the citizen's words win over the shared ones."""

    def __init__(self, language: Language, own: str = CITIZEN) -> None:
        self.language = language
        self._texts = {**_read(SHARED.format(language)), **_read(own.format(language))}

    def __call__(self, key: str, **params: str) -> str:
        """The text of a key, its parameters filled."""
        return str(self._texts[key].format(**params))


class FormWords:
    """What a service's form says, in one language."""

    def __init__(self, service: str, language: Language) -> None:
        text = (ROOT / f"catalogue/shared/{service}.json").read_text(encoding="utf-8")
        self.definition: dict[str, Any] = json.loads(text)
        self.language = language

    @property
    def title(self) -> str:
        """The name of the service."""
        return str(self.definition["title"][self.language])

    def page(self, page_id: str) -> str:
        """The title of a page."""
        pages = {page["id"]: page["title"] for page in self.definition["form"]["pages"]}
        return str(pages[page_id][self.language])

    def label(self, path: str) -> str:
        """The label of a question."""
        return str(self._field(path)["label"][self.language])

    def option(self, path: str, value: str) -> str:
        """The label of an option."""
        options = {option["value"]: option["label"] for option in self._field(path)["options"]}
        return str(options[value][self.language])

    def _field(self, path: str) -> dict[str, Any]:
        fields = [field for page in self.definition["form"]["pages"] for field in page["fields"]]
        return next(field for field in fields if field["path"] == path)


def provider_name(provider: str, language: Language) -> str:
    """The name of an institution."""
    text = (ROOT / f"catalogue/{provider}/provider.json").read_text(encoding="utf-8")
    return str(json.loads(text)["name"][language])


@cache
def _read(name: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((ROOT / "web/src" / name).read_text(encoding="utf-8"))
    return texts
