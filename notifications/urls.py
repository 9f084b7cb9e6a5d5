"""Addresses of the inbox, of preferences, and of the links in mails."""

from django.urls import URLPattern

app_name = "notifications"
urlpatterns: list[URLPattern] = []
