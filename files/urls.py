"""Addresses of files: of a project, by their uuid."""

from django.urls import path

import projects.converters  # noqa: F401 (registers <key:…>)
from files.views import reading, uploads

app_name = "files"
urlpatterns = [
    path("<key:key>/files/start/", uploads.upload_start, name="upload-start"),
    path("<key:key>/files/<uuid:uuid>/finish/", uploads.upload_finish, name="upload-finish"),
    path("<key:key>/files/<uuid:uuid>/cancel/", uploads.upload_cancel, name="upload-cancel"),
    path("<key:key>/files/<uuid:uuid>/state/", uploads.upload_state, name="upload-state"),
    path("<key:key>/files/<uuid:uuid>/", reading.file_download, name="file-download"),
    path("<key:key>/files/<uuid:uuid>/raw/", reading.file_raw, name="file-raw"),
    path("<key:key>/files/<uuid:uuid>/thumb/", reading.file_thumb, name="file-thumb"),
    path("<key:key>/files/<uuid:uuid>/screen/", reading.file_screen, name="file-screen"),
]
