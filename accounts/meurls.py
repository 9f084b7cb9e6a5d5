"""Addresses of what a person decides about their own account: below /me/."""

from django.urls import path

from accounts.views import export, leaving, profile, sessions

urlpatterns = [
    path("theme/", profile.theme, name="theme"),
    path("data/", export.data, name="data"),
    path("data/<str:token>/", export.data_by_link, name="data-by-link"),
    path("delete/", leaving.account_delete, name="delete"),
    path("sessions/", sessions.session_list, name="session-list"),
    path("sessions/end-others/", sessions.session_end_others, name="session-end-others"),
    path("sessions/<int:session_id>/end/", sessions.session_end, name="session-end"),
]
