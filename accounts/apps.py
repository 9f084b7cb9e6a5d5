"""App configuration."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "accounts"

    def ready(self) -> None:
        from accounts.services.people import note_log_in, note_log_out  # noqa: PLC0415 (needs loaded models)

        # Django's own hook saves the person, which would add a row of history to every log-in.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(note_log_in, dispatch_uid="note_log_in")
        user_logged_out.connect(note_log_out, dispatch_uid="note_log_out")
