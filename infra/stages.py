"""The stages and what differs between them: values of parameters and the machine, never resources."""

import platform
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DEFAULT_REGION = "eu-central-1"

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Stage:
    """One deployment of the portal.

    An `embedded` stage lives on one machine and can be thrown away: its tables may be deleted, and its
    endpoints, on the loopback interface, have no TLS to insist on.
    """

    name: str
    embedded: bool
    public_origin: str = ""
    mail_sender: str = ""

    @property
    def architecture(self) -> str:
        """Return Lambda's name of the processor on which the functions run."""
        return host_architecture() if self.embedded else "arm64"


STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            "local", embedded=True, public_origin="http://localhost:8000", mail_sender="no-reply@karibche.example"
        ),
        Stage(
            "test", embedded=True, public_origin="http://localhost:8000", mail_sender="no-reply@karibche.example"
        ),
        Stage("dev", embedded=False),
        Stage("prod", embedded=False),
    )
}


def host_architecture() -> str:
    """Return Lambda's name of this machine's processor. Raises KeyError for one that Lambda does not know."""
    return _ARCHITECTURES[platform.machine().lower()]
