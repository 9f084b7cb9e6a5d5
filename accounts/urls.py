"""Addresses of a person's own pages. Logging in and registering stand in config/urls.py: they are allauth's views."""

from django.urls import path

from accounts.views import profile, tokens

app_name = "accounts"
urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/tokens/", tokens.token_list, name="token-list"),
    path("me/tokens/new/", tokens.token_new, name="token-new"),
    path("me/tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
]
