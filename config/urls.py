"""Every address. Each app names its own; what is not listed in tests/surface.toml fails the build."""

from allauth.account import views as allauth
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from config import gallery, health
from config.api.site import api
from projects.views.projects import home

handler400 = "config.errorpages.bad_request"
handler403 = "config.errorpages.forbidden"
handler404 = "config.errorpages.not_found"
handler500 = "config.errorpages.server_error"
handler429 = "config.errorpages.too_many"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", home, name="home"),
    path("api/v1/", api.urls),
    path("", include("accounts.urls")),
    path("", include("accounts.factorurls")),
    # Only those of allauth's views for which there is a page of ours.
    path("accounts/login/", allauth.login, name="account_login"),
    path("accounts/signup/", allauth.signup, name="account_signup"),
    path("accounts/logout/", allauth.logout, name="account_logout"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/confirm-email/", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", allauth.confirm_email, name="account_confirm_email"),
    path("", include("notifications.urls")),
    path("", include("projects.urls")),
    path("", include("files.urls")),
    path("", include("chat.urls")),
    path("", include("issues.urls")),
]
if settings.ADMIN_ENABLED:
    urlpatterns.append(path("admin/", admin.site.urls))
if settings.ENVIRONMENT == "development":
    urlpatterns += [
        path("_components/", gallery.components, name="components"),
        path("_mail/", include("config.mailbox.urls")),
    ]
if settings.BENCH:
    urlpatterns.append(path("_bench/", include("bench.urls")))
