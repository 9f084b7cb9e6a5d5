"""Addresses of the inbox, of preferences, and of the links in mails."""

from django.urls import path

from notifications.views import inbox, preferences, unsubscribing

app_name = "notifications"
urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.inbox_read, name="inbox-read"),
    path("inbox/unread/", inbox.inbox_unread, name="inbox-unread"),
    path("inbox/read-all/", inbox.inbox_read_all, name="inbox-read-all"),
    path("inbox/done/", inbox.inbox_done, name="inbox-done"),
    path("inbox/undone/", inbox.inbox_undone, name="inbox-undone"),
    path("inbox/later/", inbox.inbox_later, name="inbox-later"),
    path("inbox/watch/", inbox.inbox_watch, name="inbox-watch"),
    path("me/notifications/", preferences.preferences, name="preferences"),
    path("me/notifications/preview/", preferences.preferences_preview, name="preferences-preview"),
    path("me/notifications/reset/", preferences.preferences_reset, name="preferences-reset"),
    path("mail/unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
]
