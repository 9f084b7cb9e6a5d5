"""Addresses of conversations: the room of a project, and what is done to messages wherever they stand."""

from django.urls import path

import projects.converters  # noqa: F401 (registers <key:…>)
from chat.views import messages, rooms, threads

app_name = "chat"
urlpatterns = [
    path("<key:key>/chat/", rooms.room_page, name="room"),
    path("<key:key>/messages/", messages.message_post, name="message-post"),
    path("<key:key>/messages/<int:message>/", messages.message_detail, name="message-detail"),
    path("<key:key>/messages/<int:message>/edit/", messages.message_edit, name="message-edit"),
    path("<key:key>/messages/<int:message>/delete/", messages.message_delete, name="message-delete"),
    path("<key:key>/messages/<int:message>/react/", messages.message_react, name="message-react"),
    path("<key:key>/messages/<int:message>/menu/", messages.message_menu, name="message-menu"),
    path("<key:key>/messages/<int:message>/versions/", messages.message_versions, name="message-versions"),
    path("<key:key>/threads/<int:thread>/messages/", threads.thread_messages, name="thread-messages"),
    path("<key:key>/threads/<int:thread>/read/", threads.thread_read, name="thread-read"),
    path("<key:key>/threads/<int:thread>/people/", threads.thread_people, name="thread-people"),
    path("refs/", threads.refs, name="refs"),
]
