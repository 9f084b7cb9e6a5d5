"""Addresses of projects and their settings. A key is in capitals, so that none of them meets another page's address."""

from django.urls import path

import projects.converters  # noqa: F401 (registers <key:…>)
from projects.views import activity, instance, labels, live, members, people, permissions, settings, webhooks, workflow
from projects.views import projects as listing

app_name = "projects"
urlpatterns = [
    path("projects/", listing.projects_page, name="project-list"),
    path("projects/new/", listing.project_create, name="project-create"),
    path("projects/new/key/", listing.key_suggestion, name="project-suggest-key"),
    path("projects/trash/", listing.project_trash, name="project-trash"),
    path("projects/trash/<key:key>/restore/", listing.project_restore, name="project-restore"),
    path("people/", people.directory, name="people"),
    path("instance/people/<str:username>/", instance.person, name="instance-person"),
    path("instance/people/<str:username>/permissions/", instance.permissions, name="instance-permissions"),
    path("instance/projects/", instance.projects, name="instance-projects"),
    path("instance/projects/<int:project_id>/", instance.project, name="instance-project"),
    path("instance/projects/<int:project_id>/restore/", instance.project_restore, name="instance-project-restore"),
    path("<key:key>/activity/", activity.project_activity, name="activity"),
    path("live/", live.person_feed, name="live-person"),
    path("<key:key>/live/", live.project_feed, name="live"),
    path("<key:key>/settings/", settings.project_settings, name="settings"),
    path("<key:key>/settings/archive/", settings.project_archive, name="project-archive"),
    path("<key:key>/settings/unarchive/", settings.project_unarchive, name="project-unarchive"),
    path("<key:key>/settings/delete/", settings.project_delete, name="project-delete"),
    path("<key:key>/settings/leave/", settings.project_leave, name="project-leave"),
    path("<key:key>/settings/members/", members.member_list, name="members"),
    path("<key:key>/settings/members/<str:username>/role/", members.member_change, name="member-change"),
    path("<key:key>/settings/members/<str:username>/remove/", members.member_remove, name="member-remove"),
    path(
        "<key:key>/settings/members/<str:username>/permissions/",
        permissions.member_permissions,
        name="member-permissions",
    ),
    path("<key:key>/settings/labels/", labels.label_list, name="labels"),
    path("<key:key>/settings/labels/<int:pk>/", labels.label_change, name="label-change"),
    path("<key:key>/settings/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("<key:key>/settings/webhooks/<int:webhook>/", webhooks.webhook_detail, name="webhook-detail"),
    path("<key:key>/settings/webhooks/<int:webhook>/<slug:act>/", webhooks.webhook_act, name="webhook-act"),
    path(
        "<key:key>/settings/webhooks/<int:webhook>/deliveries/<int:delivery>/",
        webhooks.webhook_delivery,
        name="webhook-delivery",
    ),
    path("<key:key>/settings/workflow/", workflow.workflow_settings, name="workflow"),
    path("<key:key>/settings/workflow/<slug:slug>/", workflow.state_change, name="state-change"),
    path("<key:key>/settings/workflow/<slug:slug>/shift/", workflow.state_shift, name="state-shift"),
    path("<key:key>/settings/workflow/steps/<slug:here>/<slug:there>/", workflow.step_change, name="step-change"),
    path(
        "<key:key>/settings/workflow/steps/<slug:here>/<slug:there>/remove/", workflow.step_remove, name="step-remove"
    ),
]
