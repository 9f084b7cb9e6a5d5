"""Password hashing."""

from django.contrib.auth import hashers


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2id at OWASP's floor (Password Storage Cheat Sheet: 19 MiB, t=2, p=1).

    Django's default takes 100 MiB and eight threads for each log-in, so that 20 at once would fill a small machine.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
