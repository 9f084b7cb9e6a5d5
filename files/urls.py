"""Addresses of files: of a project, by their uuid."""

from django.urls import path

import projects.converters  # noqa: F401 (registers <key:…>)
from files.views import keeping, listing, portraits, reading, uploads, viewing

app_name = "files"
FILE = "<key:key>/files/<uuid:uuid>/"
urlpatterns = [
    path("avatars/<uuid:avatar>/", portraits.avatar, name="avatar"),
    path("me/avatar/start/", portraits.avatar_start, name="avatar-start"),
    path("me/avatar/<uuid:own>/finish/", portraits.avatar_finish, name="avatar-finish"),
    path("me/avatar/<uuid:own>/state/", portraits.avatar_state, name="avatar-state"),
    path("me/avatar/<uuid:own>/cancel/", portraits.avatar_cancel, name="avatar-cancel"),
    path("me/avatar/remove/", portraits.avatar_remove, name="avatar-remove"),
    path("<key:key>/icon/<uuid:icon>/", portraits.icon, name="icon"),
    path("<key:key>/settings/icon/start/", portraits.icon_start, name="icon-start"),
    path("<key:key>/settings/icon/<uuid:icon>/finish/", portraits.icon_finish, name="icon-finish"),
    path("<key:key>/settings/icon/<uuid:icon>/state/", portraits.icon_state, name="icon-state"),
    path("<key:key>/settings/icon/<uuid:icon>/cancel/", portraits.icon_cancel, name="icon-cancel"),
    path("<key:key>/settings/icon/remove/", portraits.icon_remove, name="icon-remove"),
    path("<key:key>/files/", listing.files_page, name="files"),
    path("<key:key>/files/start/", uploads.upload_start, name="upload-start"),
    path(f"{FILE}finish/", uploads.upload_finish, name="upload-finish"),
    path(f"{FILE}cancel/", uploads.upload_cancel, name="upload-cancel"),
    path(f"{FILE}state/", uploads.upload_state, name="upload-state"),
    path(FILE, reading.file_download, name="file-download"),
    path(f"{FILE}raw/", reading.file_raw, name="file-raw"),
    path(f"{FILE}thumb/", reading.file_thumb, name="file-thumb"),
    path(f"{FILE}screen/", reading.file_screen, name="file-screen"),
    path(f"{FILE}view/", viewing.file_view, name="file-view"),
    path(f"{FILE}menu/", viewing.file_menu, name="file-menu"),
    path(f"{FILE}rename/", keeping.file_rename, name="file-rename"),
    path(f"{FILE}remove/", keeping.file_remove, name="file-remove"),
    path(f"{FILE}restore/", keeping.file_restore, name="file-restore"),
    path(f"{FILE}purge/", keeping.file_purge, name="file-purge"),
]
