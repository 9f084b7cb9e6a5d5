"""Addresses of conversations: the room of a project, and what is done to messages wherever they stand."""

from django.urls import URLPattern

app_name = "chat"
urlpatterns: list[URLPattern] = []
