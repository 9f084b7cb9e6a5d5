"""What beat has done, and how often. PostgreSQL holds what is to be done: each of these only comes and looks."""

# Who is late finds the next one sent already, so these do not pile up while no worker runs.
BEAT = {
    "tell": {"task": "notifications.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "send-invitations": {"task": "accounts.send_invitations", "schedule": 10.0, "options": {"expires": 10}},
    "send-mail": {"task": "notifications.send_mail", "schedule": 5.0, "options": {"expires": 5}},
    "send-letters": {"task": "accounts.send_mails", "schedule": 5.0, "options": {"expires": 5}},
    "send-hooks": {"task": "notifications.send_hooks", "schedule": 5.0, "options": {"expires": 5}},
    "check-files": {"task": "files.check", "schedule": 5.0, "options": {"expires": 5}},
    "clean-files": {"task": "files.clean", "schedule": 30.0, "options": {"expires": 30}},
    "sweep-files": {"task": "files.sweep", "schedule": 3600.0, "options": {"expires": 3600}},
    "sweep-incoming": {"task": "files.sweep_incoming", "schedule": 24 * 3600.0},
    "remind": {"task": "issues.remind", "schedule": 3600.0, "options": {"expires": 3600}},
    "clean": {"task": "notifications.clean", "schedule": 24 * 3600.0},
    "note-uses": {"task": "accounts.note_uses", "schedule": 15.0, "options": {"expires": 15}},
    "clear-counts": {"task": "accounts.clear_counts", "schedule": 3600.0, "options": {"expires": 3600}},
    "clear-sessions": {"task": "accounts.clear_sessions", "schedule": 6 * 3600.0},
    "renew-ranks": {"task": "issues.renew_ranks", "schedule": 24 * 3600.0},
    "verify-log": {"task": "notifications.verify_log", "schedule": 24 * 3600.0},
}
