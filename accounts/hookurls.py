"""Addresses of a team's webhooks."""

from django.urls import path

from accounts.views import webhooks

urlpatterns = [
    path("<int:pk>/webhooks/", webhooks.webhook_list, name="team-webhooks"),
    path("<int:pk>/webhooks/<int:webhook>/", webhooks.webhook_detail, name="team-webhook-detail"),
    path("<int:pk>/webhooks/<int:webhook>/<slug:act>/", webhooks.webhook_act, name="team-webhook-act"),
    path(
        "<int:pk>/webhooks/<int:webhook>/deliveries/<int:delivery>/",
        webhooks.webhook_delivery,
        name="team-webhook-delivery",
    ),
]
