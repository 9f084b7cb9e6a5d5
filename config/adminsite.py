"""The admin's site: entered through our own log-in page and its limits, open to leads and site administrators."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from config.serviceadmin import GuardedAdmin
from projects.queries import led_by

# The admin's scripts are files of Django's and ours, without nonces; everything else of the policy stays as it is.
POLICY = {"script-src": [SELF]}
# Django's own ways to change a password, to search in any related table, and to follow any object to its page.
CLOSED = {"password_change", "password_change_done", "autocomplete", "view_on_site"}


class PlumblineAdminSite(AdminSite):
    """Django's admin under our rules: only model admins that write through services are let in."""

    site_header = "Plumbline"
    site_title = "Plumbline"
    index_title = _("Administration")
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register our own admins; those that third-party apps bring would write past services and event log."""
        if admin_class and issubclass(admin_class, GuardedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may enter: site administrators, and leads of a project. Read once a request."""
        known: bool | None = getattr(request, "may_administer", None)
        if known is None:
            person = request.user
            known = person.is_active and (person.is_superuser or led_by(person).exists())
            request.may_administer = known  # type: ignore[attr-defined]
        return known

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        """Let in whom `has_permission` lets in; send anonymous people to log in, and answer 404 to all others."""
        inner = super().admin_view(view, cacheable)

        @csp_replace(POLICY)
        @wraps(inner)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404("the admin is for leads and administrators")
            return cast("HttpResponseBase", inner(request, *args, **kwargs))

        return entered

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to our own log-in page, which has the limits and the second look at every attempt."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404("the admin is for leads and administrators")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Send people to our own log-out page."""
        return redirect("account_logout")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the pages that go around our own."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in CLOSED]
