"""How django-allauth meets our people."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services.people import welcome_person


class AccountAdapter(DefaultAccountAdapter):
    """Saves a person who registers, with the name they gave and their own team, in one transaction."""

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 (allauth's signature)
        user.display_name = form.cleaned_data.get("display_name", "")
        user.email = (form.cleaned_data.get("email") or "").lower()
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            welcome_person(person=user)
        return user
