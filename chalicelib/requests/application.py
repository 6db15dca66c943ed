"""The application: bytes that are built once, seen by the citizen, sent, and never written again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 200 * 1024
MEDIA_TYPE = "application/json"


@dataclass(frozen=True)
class Application:
    """The exact bytes and their SHA-256 (lower-case hex)."""

    content: bytes
    sha256: str

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.content)


def build(
    service: tuple[str, int], addressee: str, applicant: Mapping[str, str], answers: Mapping[str, Any]
) -> Application:
    """Return the application of checked answers: UTF-8, nothing escaped that need not be."""
    document = {
        "service": {"id": service[0], "version": service[1]},
        "addressee": addressee,
        "applicant": dict(applicant),
        "answers": dict(answers),
    }
    content = json.dumps(document, ensure_ascii=False, indent=2).encode()
    return Application(content, sha256(content))


def answers_in(content: bytes) -> dict[str, Any]:
    """Return the answers that an application was built of."""
    answers: dict[str, Any] = json.loads(content)["answers"]
    return answers


def applicant_data(person: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, str]:
    """Return what a service needs to know about the applicant, and nothing more."""
    return {name: str(person[name]) for name in wanted}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, lower-case hex."""
    return hashlib.sha256(content).hexdigest()
