"""The admin's site: entered through our own log-in page and its limits, open to leads and site administrators."""

from django.contrib.admin import AdminSite


class PlumblineAdminSite(AdminSite):
    """Django's admin under our rules."""
