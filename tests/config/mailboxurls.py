"""All addresses, with those of the mailbox, which only a development has."""

from django.urls import include, path

from config import urls

urlpatterns = [*urls.urlpatterns, path("_mail/", include("config.mailbox.urls"))]
handler404 = urls.handler404
