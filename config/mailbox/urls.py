"""Addresses of the mailbox, below /_mail/."""

from django.urls import path

from config.mailbox import views

urlpatterns = [
    path("", views.mail_list, name="mailbox"),
    path("<str:name>/", views.mail, name="mailbox-mail"),
    path("<str:name>/html/", views.mail_html, name="mailbox-html"),
]
