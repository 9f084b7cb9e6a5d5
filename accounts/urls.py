"""Addresses of a person's own pages. Logging in and registering stand in config/urls.py: they are allauth's views."""

from django.urls import path

from accounts.views import profile

app_name = "accounts"
urlpatterns = [
    path("me/", profile.profile, name="profile"),
]
