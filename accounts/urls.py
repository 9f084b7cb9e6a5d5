"""Addresses of a person's own pages and of teams. Logging in and registering stand in config/urls.py."""

from django.urls import include, path

from accounts.views import invitations, members, profile, teams, tokens

app_name = "accounts"
urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/", include("accounts.meurls")),
    path("teams/", teams.team_list, name="team-list"),
    path("teams/<int:pk>/", members.member_list, name="team"),
    path("teams/<int:pk>/members/<str:username>/role/", members.member_change, name="team-member-change"),
    path("teams/<int:pk>/members/<str:username>/remove/", members.member_remove, name="team-member-remove"),
    path("teams/<int:pk>/invitations/", invitations.invitation_list, name="team-invitations"),
    path(
        "teams/<int:pk>/invitations/<int:invitation>/resend/", invitations.invitation_resend, name="invitation-resend"
    ),
    path(
        "teams/<int:pk>/invitations/<int:invitation>/revoke/", invitations.invitation_revoke, name="invitation-revoke"
    ),
    path("teams/<int:pk>/link/", invitations.link_set, name="team-link"),
    path("teams/<int:pk>/activity/", teams.team_activity, name="team-activity"),
    path("teams/<int:pk>/settings/", teams.team_settings, name="team-settings"),
    path("teams/<int:pk>/leave/", teams.team_leave, name="team-leave"),
    path("teams/<int:pk>/transfer/", teams.team_transfer, name="team-transfer"),
    path("teams/<int:pk>/delete/", teams.team_delete, name="team-delete"),
    path("teams/<int:pk>/restore/", teams.team_restore, name="team-restore"),
    path("teams/", include("accounts.hookurls")),
    path("invitations/<str:token>/", invitations.invitation_page, name="invitation"),
    path("join/<str:code>/", invitations.join_page, name="join"),
    path("me/tokens/", tokens.token_list, name="token-list"),
    path("me/tokens/new/", tokens.token_new, name="token-new"),
    path("me/tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("instance/", include("accounts.instanceurls")),
]
