"""Addresses of a person's own pages. Logging in and registering stand in config/urls.py: they are allauth's views."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("me/", views.profile, name="profile"),
]
