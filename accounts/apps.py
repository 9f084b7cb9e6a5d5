"""App configuration."""

from allauth.socialaccount.signals import social_account_added
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out


class AccountsConfig(AppConfig):
    """See the package's docstring."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import audience  # noqa: F401, PLC0415 (registers who is told)
        from accounts.services.entering import note_connected  # noqa: PLC0415 (needs loaded models)
        from accounts.services.people import note_log_in, note_log_out  # noqa: PLC0415 (as above)

        # Django's own hook saves the person, which would add a row of history to every log-in.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(note_log_in, dispatch_uid="note_log_in")
        user_logged_out.connect(note_log_out, dispatch_uid="note_log_out")
        social_account_added.connect(note_connected, dispatch_uid="note_connected")
        self._keep_sessions()

    def _keep_sessions(self) -> None:
        from allauth.account.signals import user_logged_in as logged_in  # noqa: PLC0415 (needs loaded models)
        from allauth.usersessions.signals import on_user_logged_in  # noqa: PLC0415

        from accounts import exporting, instance, standing  # noqa: F401, PLC0415 (exporting registers itself)
        from accounts.services import sessions  # noqa: PLC0415
        from notifications import hooks  # noqa: PLC0415

        # Ours notes the log-ins that are not allauth's too, without a statement for each earlier session.
        logged_in.disconnect(on_user_logged_in)
        user_logged_in.connect(sessions.note_session, dispatch_uid="note_session")
        hooks.lend(
            session_seconds=instance.session_seconds, kept_out=standing.without_factor, note_seen=sessions.note_seen
        )
