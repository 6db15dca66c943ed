"""Documents: bytes in S3 exactly as they came, facts about them in a table, sealed."""

import base64
import hashlib
from urllib.parse import quote

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core import aws, clock
from chalicelib.core.crypto import data_key, seal_json, unseal_json
from chalicelib.core.errors import NotFound
from chalicelib.core.names import DOCUMENTS
from chalicelib.core.settings import settings
from chalicelib.core.tables import Refused, Table, create, find, table_name
from chalicelib.privacy import Kept, kept_until

_LINK_SECONDS = 60


class DocumentTable(Table):
    """A document of a citizen; its name and media type are sealed."""

    thing = "documents"

    class Meta:
        """Where it lies."""

        table_name = table_name("documents")

    citizen_id = UnicodeAttribute(hash_key=True)
    document_id = UnicodeAttribute(range_key=True)
    request_id = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    size = NumberAttribute()
    sha256 = UnicodeAttribute()
    created_at = UnicodeAttribute()
    expires_at = NumberAttribute()
    schema = UnicodeAttribute(default="1")


def document_id_of(message_id: str, index: int) -> str:
    """Return the id of an attachment: the same whenever the message is handled again."""
    return "doc_" + hashlib.sha256(f"{message_id}\0{index}".encode()).hexdigest()[:32]


def store(  # noqa: PLR0913, PLR0917 - a document has this many facts
    citizen_id: str, document_id: str, request_id: str, name: str, media_type: str, content: bytes
) -> None:
    """Keep a document; a repeat changes nothing."""
    digest = hashlib.sha256(content)
    aws.s3().put_object(
        Bucket=settings().vault_bucket,
        Key=_key(citizen_id, document_id),
        Body=content,
        ContentType="application/octet-stream",
        ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=settings().data_key_arn,
    )
    facts, moment = {"name": name, "media_type": media_type}, clock.now()
    item = DocumentTable(
        citizen_id=citizen_id,
        document_id=document_id,
        request_id=request_id,
        sealed=seal_json(data_key(citizen_id), facts, "document", citizen_id, document_id),
        size=len(content),
        sha256=digest.hexdigest(),
        created_at=clock.iso(moment),
        expires_at=clock.epoch(kept_until(Kept.CLOSED_REQUEST, moment)),
    )
    try:
        create(item)
    except Refused:
        return


def link(citizen_id: str, document_id: str) -> str:
    """Return a link of one minute to a document of this citizen; the browser saves it under its name."""
    item = find(DocumentTable, citizen_id, document_id)
    if item is None or clock.has_passed(item.expires_at):
        raise NotFound
    facts = unseal_json(data_key(citizen_id), item.sealed, "document", citizen_id, document_id)
    params = {
        "Bucket": settings().vault_bucket,
        "Key": _key(citizen_id, document_id),
        "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(facts['name'], safe='')}",
        "ResponseContentType": facts["media_type"],
    }
    return aws.s3().generate_presigned_url("get_object", Params=params, ExpiresIn=_LINK_SECONDS)


def _key(citizen_id: str, document_id: str) -> str:
    return f"{DOCUMENTS}/{citizen_id}/{document_id}"
