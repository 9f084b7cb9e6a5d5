"""Addresses of the administrators' pages, below /instance/; those about projects stand in projects/urls.py."""

from django.urls import path

from accounts.views.instance import letters, log, people, settings, teams

urlpatterns = [
    path("", settings.overview, name="instance"),
    path("settings/", settings.settings_change, name="instance-settings"),
    path("people/", people.people, name="instance-people"),
    path("people-act/", people.people_act, name="instance-people-act"),
    path("people/<str:username>/role/", people.person_role, name="instance-role"),
    path("people/<str:username>/active/", people.person_active, name="instance-active"),
    path("people/<str:username>/sessions/", people.person_sessions_end, name="instance-sessions-end"),
    path("people/<str:username>/factors/", people.person_factors_reset, name="instance-factors-reset"),
    path("teams/", teams.teams, name="instance-teams"),
    path("teams/<int:team_id>/restore/", teams.team_restore, name="instance-team-restore"),
    path("log/", log.log, name="instance-log"),
    path("log/chain/", log.log_chain, name="instance-log-chain"),
    path("log/export/", log.log_export, name="instance-log-export"),
    path("letters/", letters.letters, name="instance-letters"),
    path("letters/<str:kind>/retry/", letters.letters_retry, name="instance-letters-retry"),
    path("letters/<str:kind>/drop/", letters.letters_drop, name="instance-letters-drop"),
]
