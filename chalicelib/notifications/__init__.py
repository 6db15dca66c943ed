"""What a citizen is told: in the inbox, by e-mail."""

from chalicelib.notifications.mail import enqueue
from chalicelib.notifications.notices import NOTICE, Kind, Notice, to_json
from chalicelib.notifications.repository import add_notice, count_unread, newest_notices

__all__ = ["NOTICE", "Kind", "Notice", "add_notice", "count_unread", "enqueue", "newest_notices", "to_json"]
