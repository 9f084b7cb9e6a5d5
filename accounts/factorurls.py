"""Addresses of second factors, by the names that django-allauth gives them. Only what there is a page of ours for."""

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.webauthn import views as webauthn
from django.urls import path
from django.views.decorators.http import require_http_methods

from accounts.views import security

# A form of allauth's takes PUT for POST.
posted = require_http_methods(["GET", "HEAD", "POST"])
urlpatterns = [
    path("me/security/", security.overview, name="mfa_index"),
    # Where allauth's views lead back to.
    path("me/security/", security.overview, name="mfa_list_webauthn"),
    path("me/security/app/", security.activate_app, name="mfa_activate_totp"),
    path("me/security/app/remove/", security.deactivate_app, name="mfa_deactivate_totp"),
    path("me/security/codes/", security.recovery_codes, name="mfa_generate_recovery_codes"),
    path("me/security/passkeys/add/", security.add_passkey, name="mfa_add_webauthn"),
    path("me/security/passkeys/<int:pk>/edit/", security.rename_passkey, name="mfa_edit_webauthn"),
    path("me/security/passkeys/<int:pk>/remove/", security.remove_passkey, name="mfa_remove_webauthn"),
    path("accounts/factor/", security.authenticate, name="mfa_authenticate"),
    path("accounts/login/passkey/", security.passkey_login, name="mfa_login_webauthn"),
    path("accounts/again/", posted(account.reauthenticate), name="account_reauthenticate"),
    path("me/again/", security.again, name="account_again"),
    path("accounts/again/code/", base.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/again/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]
