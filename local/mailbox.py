"""The e-mails that the embedded cloud has "sent", for people and for tests."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

REFRESH_SECONDS = 5

STYLE = """
body { margin: 0 auto; max-width: 46rem; padding: 1rem; color: #1c1b1a; background: #f7f5f2;
  font: 1rem/1.5 "Noto Sans Georgian", "Noto Sans", "DejaVu Sans", sans-serif; }
article { margin: 1rem 0; padding: 1rem; background: #fff; border: 1px solid #cfc9c2; border-radius: 4px; }
h1 { font-size: 1.5rem; } h2 { margin: 0 0 .5rem; font-size: 1.125rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .75rem; margin: 0 0 .75rem; }
dt { color: #5b5650; } dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) {
  body { color: #f2efeb; background: #1b1a19; } article { background: #262422; border-color: #55504a; }
  dt { color: #b7b0a8; } a { color: #9cc4ff; }
}
"""

ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<path fill="none" stroke="#6b2033" stroke-width="1.5"
  d="M1.5 3.5h13v9h-13zl6.5 5 6.5-5"/></svg>
"""

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Mail:
    """One e-mail that was handed to SES."""

    message_id: str
    sent_at: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str


def parse(answer: bytes) -> list[Mail]:
    """The e-mails in MiniStack's `/_ministack/ses/messages`, newest first."""
    by_account: dict[str, list[dict[str, Any]]] = json.loads(answer)["messages"]
    records = [record for records in by_account.values() for record in records]
    return [_mail(record) for record in sorted(records, key=lambda record: -record["Timestamp"])]


def _mail(record: dict[str, Any]) -> Mail:
    return Mail(
        message_id=record["MessageId"],
        sent_at=datetime.fromtimestamp(record["Timestamp"], UTC).isoformat(timespec="milliseconds"),
        sender=record["Source"],
        to=tuple(record["To"]),
        subject=record["Subject"] or "",
        text=record["BodyText"] or "",
        html=record["BodyHtml"] or "",
    )


def as_json(mails: Sequence[Mail]) -> bytes:
    """The mailbox for programs: a list of e-mails, newest first."""
    return json.dumps([asdict(mail) for mail in mails], ensure_ascii=False).encode()


def as_html(mails: Sequence[Mail]) -> bytes:
    """The mailbox for people; it reloads itself."""
    articles = "\n".join(map(_article, mails)) or "<p>No e-mail has been sent yet.</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH_SECONDS}">
<title>Mailbox of the local portal ({len(mails)})</title>
<link rel="icon" type="image/svg+xml" href="/mailbox.svg">
<link rel="stylesheet" href="/mailbox.css">
</head>
<body>
<h1>Mailbox of the local portal</h1>
<p>What the portal would have e-mailed, newest first. Nothing leaves this machine.</p>
{articles}
</body>
</html>
""".encode()


def _article(mail: Mail) -> str:
    sent = datetime.fromisoformat(mail.sent_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    body = mail.text or re.sub(r"<[^>]+>", " ", mail.html)
    return f"""<article>
<h2>{escape(mail.subject)}</h2>
<dl><dt>To</dt><dd>{escape(", ".join(mail.to))}</dd><dt>From</dt><dd>{escape(mail.sender)}</dd>
<dt>Sent</dt><dd>{sent}</dd></dl>
<pre lang="ka">{_linked(body)}</pre>
</article>"""


def _linked(text: str) -> str:
    """`text` escaped, with its web addresses as links."""
    parts: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = escape(match.group(), quote=True)
        parts += [escape(text[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join([*parts, escape(text[end:])])
