"""Settings of every process. What differs between installations comes from the environment; see the README."""

import hmac
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

from config import env, providers, schedule
from config.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.choice("PLUMBLINE_ENV", "development", ("development", "production", "test"))
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text(
    "SECRET_KEY", hint="`make run` makes one. By hand: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# Where people reach the site: decides hosts, trusted origins and secure cookies together, so that they cannot disagree.
SITE_URL = env.text(
    "SITE_URL", f"http://{env.text('PLUMBLINE_HOST', '127.0.0.1')}:{env.text('PLUMBLINE_PORT', '8000')}"
)
SITE = urlsplit(SITE_URL)
HTTPS = SITE.scheme == "https"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else f"{SITE.hostname},127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [SITE_URL.rstrip("/")] if HTTPS else []
TRUSTED_PROXIES = env.number("TRUSTED_PROXY_COUNT", 0)

INSTALLED_APPS = [
    "config.apps.PlumblineConfig",
    "config.apps.PlumblineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "guardian",
    "simple_history",
    "pgtrigger",
    "channels",
    "notifications",
    "accounts",
    "projects",
    "files",
    "chat",
    "issues",
]

MIDDLEWARE = [
    "config.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.AgeMiddleware",
    "config.middleware.PersonMiddleware",
    "config.middleware.LoginMiddleware",
    "accounts.middleware.FactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.RefusalMiddleware",
]

# The benchmark's reference pages and its counter of statements exist only while it runs.
BENCH = env.flag("PLUMBLINE_BENCH")
if BENCH:
    MIDDLEWARE.insert(0, "bench.middleware.CountQueries")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "environment": "config.jinja.environment",
            "context_processors": ["config.jinja.page_basics", "projects.shell.page_context"],
        },
    },
    {
        # Django's own engine renders the admin and nothing else.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.Jinja2"

# --- Data -------------------------------------------------------------------------------------------------------------
# Web and worker end a statement after 5 s and a wait for a lock after 2 s (the figures of the fault plan R3c);
# manage.py lifts the first, because a migration may take longer.
STATEMENT_TIMEOUT = env.number("DATABASE_STATEMENT_TIMEOUT_MS", 5000)
LOCK_TIMEOUT = env.number("DATABASE_LOCK_TIMEOUT_MS", 2000)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **env.database(),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL_SIZE", 6, at_least=1), "timeout": 5},
            "server_side_binding": True,
            "prepare_threshold": 1,
            "connect_timeout": 2,
            "application_name": "plumbline",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
            " -c idle_in_transaction_session_timeout=30000",
        },
    }
}
REDIS_URL = env.text("REDIS_URL", hint="Start with `make run`, or give redis://host:6379/0.")
CACHES = {
    "default": {
        "BACKEND": "config.valkey.Cache",
        "LOCATION": REDIS_URL,
        "TIMEOUT": 300,
        "KEY_PREFIX": "plumbline",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # Publishing knows no databases of Redis: two installations on one server are told apart by their names.
        "CONFIG": {
            "hosts": [REDIS_URL],
            "prefix": env.text("CHANNEL_PREFIX", f"plumbline.{DATABASES['default']['NAME']}."),
        },
    }
}
# How often open pages are told where they stand, and how often it is asked whether they may still be open. A page that
# hears nothing for 45 s takes its connection for dead; whose rights ended is out within a minute, whatever was lost.
LIVE_BEAT_SECONDS = env.number("LIVE_BEAT_SECONDS", 20, at_least=1, at_most=20)
LIVE_RECHECK_SECONDS = env.number("LIVE_RECHECK_SECONDS", 50, at_least=1, at_most=50)

# --- People and sessions ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    # user.has_perm(perm, project); logs nobody in.
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # django-guardian: no row for anonymous people; public projects are readable by rule.
GUARDIAN_MONKEY_PATCH_USER = False
PASSWORD_HASHERS = ["accounts.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.entering.LoginForm",
    "signup": "accounts.forms.entering.SignupForm",
    "reset_password": "accounts.forms.entering.ResetForm",
    "reset_password_from_key": "accounts.forms.entering.NewPasswordForm",
    "user_token": "accounts.forms.entering.ResetLinkForm",
    "change_password": "accounts.forms.entering.ChangePasswordForm",
    "set_password": "accounts.forms.entering.SetPasswordForm",
    "request_login_code": "accounts.forms.entering.CodeForm",
    "confirm_login_code": "accounts.forms.entering.ConfirmCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_USERNAME_VALIDATORS = "accounts.models.USERNAME_VALIDATORS"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None
# Ours stand in accounts/attempts.py, hold without Redis too, and say when one may try again. Only guesses of a second
# factor are counted by allauth.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/15m/key",
    **dict.fromkeys(("login", "signup", "reset_password", "reset_password_from_key", "request_login_code")),
    **dict.fromkeys(("confirm_email", "change_password", "manage_email", "reauthenticate")),
}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
PASSWORD_RESET_TIMEOUT = 3600
# Log-ins from elsewhere (accounts/oidc.py): an address that both sides have confirmed connects them.
SOCIALACCOUNT_ADAPTER = "accounts.oidc.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": providers.providers()}}
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# Whoever changes how one comes in says once more who they are (accounts/stepup.py).
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Where addresses are verified, nobody is in without; where they are not, a factor must not wait for it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Plumbline" if SITE.hostname in {"127.0.0.1", "localhost"} else f"Plumbline {SITE.hostname}"
# A code may come half a minute late, but never twice: accounts/forms/factors.py keeps the last one's time.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "activate_totp": "accounts.forms.factors.ActivateTOTPForm",
    "authenticate": "accounts.forms.factors.AuthenticateForm",
    "reauthenticate": "accounts.forms.factors.ReauthenticateForm",
    "add_webauthn": "accounts.forms.factors.AddPasskeyForm",
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# At most; how long a log-in lasts is for administrators to say (InstanceSettings.session_days).
SESSION_COOKIE_AGE = 90 * 24 * 3600
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errorpages.csrf_failed"

# --- Scripts: access tokens are good for a quarter of an hour, what renews them as long as the log-in lasts ----------
HEADLESS_TOKEN_STRATEGY = "accounts.jwtokens.TokenStrategy"  # noqa: S105 (a class)
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = 14 * 24 * 3600
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_JWT_ALGORITHM = "HS256"
# A key for this purpose alone.
HEADLESS_JWT_PRIVATE_KEY = hmac.new(SECRET_KEY.encode(), b"plumbline access tokens", "sha256").hexdigest()
TOKEN_DAYS = env.number("TOKEN_DAYS", 90, at_least=1, at_most=365)
TOKEN_DAYS_AT_MOST = 365
# How much more than the usual a person may do in a minute; for installations with busy scripts, and for measuring.
RATE_LIMIT_FACTOR = env.number("RATE_LIMIT_FACTOR", 1, at_least=1)
TEAM_GRACE_DAYS = env.number("TEAM_GRACE_DAYS", 14, at_least=1)
INVITATION_DAYS = env.number("INVITATION_DAYS", 7, at_least=1, at_most=10)

# --- Mail: without EMAIL_URL there is no way to reach people, and addresses are taken as given ----------------------
MAIL = env.mail()
# The local stack's own mail server, which keeps every mail and passes none on. It changes nothing about addresses.
MAILBOX = "" if MAIL or PRODUCTION else env.text("PLUMBLINE_MAILBOX", "")
MAILBOX_FOLDER = Path(env.text("PLUMBLINE_DATA", str(BASE_DIR / "var"))) / "mail"
# Without either, what people are to be told waits as it is.
CAN_MAIL = bool(MAIL or MAILBOX)
MAIL_RETRY_SECONDS = env.number("MAIL_RETRY_SECONDS", 60, at_least=1)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if CAN_MAIL else 'console'}.EmailBackend"
for name, value in (MAIL or env.mailbox(MAILBOX)).items():
    globals()[name] = value
EMAIL_TIMEOUT = 10
# News of one topic within this time make one mail.
MAIL_GATHER_SECONDS = env.number("MAIL_GATHER_SECONDS", 120)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Plumbline <plumbline@{SITE.hostname}>")
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if CAN_MAIL else "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

# --- Webhooks: where they may lead, besides the public internet. Networks in CIDR, such as 10.1.0.0/16 ----------------
WEBHOOK_PORTS = [int(port) for port in env.words("WEBHOOK_PORTS", "80,443,8080,8443")]
WEBHOOK_NETWORKS = env.words("WEBHOOK_NETWORKS")

# --- Files: PostgreSQL knows all about them, an S3 bucket holds their bytes ------------------------------------------
# Without a bucket there are no files. Without an endpoint it is Amazon's; without keys, the role of the machine.
S3_BUCKET = env.text("S3_BUCKET", "")
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL", "")
# Where browsers reach it, if by another name than this server. Addresses are signed for this one.
S3_PUBLIC_URL = env.text("S3_PUBLIC_URL", S3_ENDPOINT_URL or f"https://s3.{S3_REGION}.amazonaws.com")
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID", "")
S3_SECRET_ACCESS_KEY = env.text("S3_SECRET_ACCESS_KEY", "")
# The key of AWS KMS that the bucket encrypts with; without one, AES-256 with S3's own.
S3_KMS_KEY_ID = env.text("S3_KMS_KEY_ID", "")
# Before every key, so that two installations may share a bucket.
S3_PREFIX = env.text("S3_PREFIX", "")
S3_ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(S3_PUBLIC_URL))
# What a page may show, send to and frame besides ours: nothing where there are no files.
FROM_S3 = [S3_ORIGIN] if S3_BUCKET else []
MEGABYTE = 1024 * 1024
FILE_LIMIT_BYTES = env.number("FILE_LIMIT_MB", 25, at_least=1, at_most=5000) * MEGABYTE
FILES_PER_MESSAGE = env.number("FILES_PER_MESSAGE", 10, at_least=1, at_most=50)
FILES_PER_DAY = env.number("FILES_PER_DAY", 1000, at_least=1)
FILE_DAY_BYTES = env.number("FILE_DAY_MB", 2048, at_least=1) * MEGABYTE
FILE_PROJECT_BYTES = env.number("FILE_PROJECT_MB", 20_480, at_least=1) * MEGABYTE
# What Windows starts at a double click is not taken; endings without their dot.
FILE_REFUSED_ENDINGS = env.words("FILE_REFUSED_ENDINGS", "bat,cmd,com,cpl,exe,hta,lnk,msi,pif,ps1,reg,scr,vbs,wsf")
# So long a removed file, and a deleted project's files, can be brought back.
FILE_TRASH_DAYS = env.number("FILE_TRASH_DAYS", 30, at_least=1)
# host:port or the socket of a clamd that looks at every file; without one nobody does.
CLAMD_ADDRESS = env.text("CLAMD_ADDRESS", "")

# --- Answers -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS and env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, STRICT_DYNAMIC],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *FROM_S3],
        "font-src": [SELF],
        "connect-src": [SELF, *FROM_S3],
        # A file's page frames an address of ours, which leads there.
        "frame-src": [SELF, *FROM_S3],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# --- Files of the pages, words and times ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "build" / "static"]
STORAGES = {"staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"}}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
USE_I18N = True
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"

# --- Background work: PostgreSQL holds what is to be done, Celery only wakes ----------------------------------
CELERY_BROKER_URL = env.text(
    "CELERY_BROKER_URL", REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
# Nobody waits for a queue that does not answer: what was not sent is found by the next sweep.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2, "interval_step": 0, "interval_max": 0.2}
# SIGQUIT lets what runs come to its end for so long; SIGTERM waits for it in any case.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_BEAT_SCHEDULE = schedule.BEAT

# Where the fault tests let a worker die (notifications/faultpoints.py).
FAULT = env.text("PLUMBLINE_FAULT", "")
ADMIN_ENABLED = env.flag("ADMIN_ENABLED", default=True)
LOGGING = logging_config(json=PRODUCTION or env.flag("LOG_JSON"), level=env.text("LOG_LEVEL", "INFO"))
LOGGING_CONFIG = "logging.config.dictConfig"
SILENCED_SYSTEM_CHECKS = [
    # Usernames are unique by a constraint that disregards case, which the check does not see.
    "auth.W004",
    # Submitting a domain to the browsers' preload list is the owner's decision, not a default.
    "security.W021",
]
