"""Asking what an authority says of its certificates, over HTTP: briefly, directly, and only where we were told to.

Only addresses of the published list of authorities come here.
"""

import queue
import threading
import time

from chalicelib.auth.revocation import CannotTell

SECONDS = 2.0
_CHUNK = 64 * 1024


def fetch(url: str, limit: int, body: bytes | None = None, media_type: str = "") -> bytes:
    """Return what `url` answers to a GET, or to a POST of `body`, within two seconds in all and `limit` bytes.

    No redirect is followed and no proxy used. Raises CannotTell.
    """
    answers: queue.SimpleQueue[bytes | str] = queue.SimpleQueue()
    # Time-outs of sockets begin anew with each byte, and looking up a name has none: so somebody else waits.
    threading.Thread(target=_ask, args=(answers, url, limit, body, media_type), daemon=True).start()
    try:
        answer = answers.get(timeout=SECONDS)
    except queue.Empty:
        raise CannotTell("time-out") from None
    if isinstance(answer, str):
        raise CannotTell(answer)
    return answer


def _ask(answers: "queue.SimpleQueue[bytes | str]", url: str, limit: int, body: bytes | None, kind: str) -> None:
    """Put the answer, or a word for why there is none."""
    import urllib3

    deadline = time.monotonic() + SECONDS
    headers = {"Content-Type": kind} if kind else {}
    try:
        with urllib3.PoolManager(num_pools=1, retries=False, timeout=urllib3.Timeout(total=SECONDS)) as pool:
            response = pool.request(
                "GET" if body is None else "POST",
                url,
                body=body,
                headers=headers,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            if response.status != 200:  # noqa: PLR2004 - OK, and nothing else is an answer
                answers.put(f"status-{response.status}")
                return
            content = bytearray()
            while time.monotonic() < deadline and len(content) <= limit:
                chunk = response.read1(_CHUNK)
                if not chunk:
                    answers.put(bytes(content))
                    return
                content += chunk
            answers.put("too-large" if len(content) > limit else "time-out")
    except Exception:  # noqa: BLE001 - whatever happens in this thread is the other one's to tell
        answers.put("no-answer")
