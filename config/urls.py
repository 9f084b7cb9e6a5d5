"""Every address. Each app names its own; what is not listed in tests/surface.toml fails the build."""

from allauth.account import views as allauth
from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.views import entering
from config import gallery, health
from config.api import docs
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
    path("api/v1/openapi.json", docs.openapi, name="api-document"),
    path("api/v1/docs/", docs.overview, name="api-docs"),
    path("api/v1/docs/<slug:slug>/", docs.group_page, name="api-group"),
    path("api/v1/problems/<slug:code>", docs.problem, name="api-problem"),
    path("api/v1/", api.urls),
    path("", include("accounts.urls")),
    path("", include("accounts.factorurls")),
    # Only those of allauth's views for which there is a page of ours.
    path("accounts/login/", entering.login, name="account_login"),
    path("accounts/signup/", entering.signup, name="account_signup"),
    path("accounts/login/code/", entering.request_code, name="account_request_login_code"),
    path("accounts/login/code/confirm/", entering.confirm_code, name="account_confirm_login_code"),
    path("accounts/password/reset/", entering.reset, name="account_reset_password"),
    path("accounts/password/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        entering.reset_link,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/password/change/", entering.password_change, name="account_change_password"),
    path("accounts/password/set/", entering.password_set, name="account_set_password"),
    path("accounts/email/", entering.address, name="account_email"),
    path("accounts/elsewhere/", entering.connections, name="socialaccount_connections"),
    path("accounts/elsewhere/end/", entering.connection_end, name="connection_end"),
    path("accounts/elsewhere/cancelled/", entering.oidc_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/elsewhere/<slug:provider_id>/", entering.connection_begin, name="connection_begin"),
    path("accounts/oidc/<slug:provider_id>/login/", entering.oidc_login, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", entering.oidc_callback, name="openid_connect_callback"),
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
