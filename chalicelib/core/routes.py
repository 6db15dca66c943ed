from chalicelib.core.http import Answer, Call, Routes
from chalicelib.core.openapi import document
from chalicelib.core.principal import Auth
from chalicelib.core.schema import OPEN_OBJECT

routes = Routes(__name__)


@routes.endpoint(
    "GET", "/openapi.json", auth=Auth.PUBLIC, summary="This interface, as OpenAPI 3.1", answer=OPEN_OBJECT
)
def read_openapi(call: Call) -> Answer:  # noqa: ARG001 - every endpoint takes its call
    return Answer(document())
