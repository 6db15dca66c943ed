"""Who comes in, and how sure the portal is of them: registration, passwords, sessions, operators."""

from chalicelib.auth.admission import SESSION, admit, session_json
from chalicelib.auth.operators import NewOperator, create_operator
from chalicelib.auth.sessions import READY, authenticate, refuse_before_terms
from chalicelib.auth.sign_in import end_older_sessions, has_password, prove_anew_as
from chalicelib.auth.throttle import count_towards_waiting, refuse_while_waiting

__all__ = [
    "READY",
    "SESSION",
    "NewOperator",
    "admit",
    "authenticate",
    "count_towards_waiting",
    "create_operator",
    "end_older_sessions",
    "has_password",
    "prove_anew_as",
    "refuse_before_terms",
    "refuse_while_waiting",
    "session_json",
]
