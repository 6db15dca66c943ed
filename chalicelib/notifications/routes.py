from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.principal import Auth
from chalicelib.core.schema import page_of
from chalicelib.notifications.notices import NOTICE, to_json
from chalicelib.notifications.repository import mark_read, newest_notices

routes = Routes(__name__)


@routes.endpoint(
    "GET",
    "/v1/notices",
    auth=Auth.CITIZEN,
    summary="What the citizen was told",
    answer=page_of(NOTICE),
    paged=True,
)
def list_notices(call: Call) -> Answer:
    notices, following = newest_notices(call.caller.subject, *call.page())
    return Answer({"items": [to_json(notice) for notice in notices], "next_cursor": following})


@routes.endpoint(
    "POST", "/v1/notices/{notice_id}/read", auth=Auth.CITIZEN, summary="Mark a notice as read", status=204
)
def read_notice(call: Call) -> Answer:
    mark_read(call.caller.subject, call.params["notice_id"])
    return Answer()
