"""Who comes in, and how sure the portal is of them: registration, passwords, sessions, operators."""

from chalicelib.auth.admission import SESSION, admit, session_json
from chalicelib.auth.operators import NewOperator, create_operator
from chalicelib.auth.sessions import NEW_PASSWORD, READY, authenticate
from chalicelib.auth.sign_in import confirm_password_of, end_older_sessions
from chalicelib.auth.throttle import count_towards_waiting, refuse_while_waiting

__all__ = [
    "NEW_PASSWORD",
    "READY",
    "SESSION",
    "NewOperator",
    "admit",
    "authenticate",
    "confirm_password_of",
    "count_towards_waiting",
    "create_operator",
    "end_older_sessions",
    "refuse_while_waiting",
    "session_json",
]
