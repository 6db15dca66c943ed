"""The application: which areas there are, and who does what for them. Nothing else is decided here."""

from chalice.app import Chalice

from chalicelib import auth, notifications, providers
from chalicelib.auth import operator_routes
from chalicelib.auth import routes as auth_routes
from chalicelib.core import http, observability, outbox
from chalicelib.core import routes as core_routes
from chalicelib.notifications import routes as notification_routes
from chalicelib.notifications import workers as notification_workers
from chalicelib.notifications.workers import send_mail
from chalicelib.profiles import routes as profile_routes
from chalicelib.providers import workers as provider_workers
from chalicelib.providers.workers import receive_replies
from chalicelib.requests import routes as request_routes
from chalicelib.requests import workers as request_workers
from chalicelib.requests.workers import dispatch_outbox, sweep_outbox
from chalicelib.terms import routes as term_routes

__all__ = ["app", "dispatch_outbox", "receive_replies", "send_mail", "sweep_outbox"]

app = Chalice(app_name="karibche")

for routes in (
    auth_routes,
    operator_routes,
    term_routes,
    profile_routes,
    request_routes,
    notification_routes,
    core_routes,
):
    app.register_blueprint(routes.routes)
for workers in (request_workers, provider_workers, notification_workers):
    app.register_blueprint(workers.workers)

http.install(app)
http.authenticate_with(auth.authenticate)
outbox.register(
    {
        "provider": providers.deliver,
        "mail": notifications.enqueue,
        "sessions": auth.end_older_sessions,
    }
)
observability.start()
