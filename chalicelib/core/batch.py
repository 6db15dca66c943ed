"""Batches from queues and streams: the records that failed are named, the others are done."""

from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.core import observability


def each(
    event: str, records: Iterable[Any], name: Callable[[Any], str], work: Callable[[Any], None]
) -> dict[str, Any]:
    """Do `work` for each record and return the answer that `ReportBatchItemFailures` asks for.

    A failure is ours, so it is logged; the record comes again, and in the end lies in the dead-letter queue.
    """
    failures = []
    for record in records:
        try:
            work(record)
        except Exception as error:  # noqa: BLE001 - one bad record must not hold up the others
            observability.log_fault(f"{event}.failed", error, record=name(record))
            failures.append({"itemIdentifier": name(record)})
    return {"batchItemFailures": failures}
