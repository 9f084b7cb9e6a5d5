"""Addresses that exist only while PLUMBLINE_BENCH is set."""

from django.urls import path

from bench import views

app_name = "bench"
urlpatterns = [path("constant/", views.constant, name="constant"), path("page/", views.page, name="page")]
