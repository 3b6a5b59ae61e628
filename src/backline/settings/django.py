"""Django's settings, derived from :mod:`backline.settings.environment`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from psycopg import conninfo

from backline.settings import environment

ENVIRONMENT = environment.current()
_SOURCE = Path(__file__).resolve().parent.parent


def _database(url: str) -> dict[str, Any]:
    """Turn a libpq address into Django's form; a unix socket folder stands in the ``host`` parameter.

    `backline` sets the address before Django starts. Tools that only read settings or models (types, migrations)
    start without one, and nothing is connected to then.
    """
    parts = conninfo.conninfo_to_dict(url or "postgresql:///backline")
    known = {key: str(parts.pop(key, "") or "") for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "OPTIONS": {key: value for key, value in parts.items() if value is not None},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def allowed_hosts(settings: environment.Environment) -> list[str]:
    """Return the names that the dashboard answers to: its own, and this machine's in the sandbox."""
    host = urlsplit(settings.web_url).hostname or ""
    own = f"[{host}]" if ":" in host else host
    here = [] if settings.is_production else ["localhost", "127.0.0.1", "[::1]"]
    return list(dict.fromkeys([own, *here]))


DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = allowed_hosts(ENVIRONMENT)
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.web_url]
DATABASES = {"default": _database(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    "backline.core",
    "backline.accounts",
    "backline.catalog",
    "backline.connections",
    "backline.billing",
    "backline.links",
    "backline.analytics",
    "backline.dashboard",
]

MIDDLEWARE = [
    "backline.server.operations.requests.Measured",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backline.dashboard.timezones.UserTimezone",
    "backline.dashboard.errors.ErrorPages",
]

ROOT_URLCONF = "backline.server.urls"
WSGI_APPLICATION = "backline.server.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_SOURCE / "dashboard" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backline.dashboard.context.shell",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "backline.accounts.sign_in.SignUpForm"
ACCOUNT_FORMS = {"login": "backline.accounts.sign_in_forms.LoginForm"}
ACCOUNT_ADAPTER = "backline.accounts.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if ENVIRONMENT.is_production else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_ADAPTER = "backline.accounts.social.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address alone opens nothing: backline.accounts.social says why
SOCIALACCOUNT_STORE_TOKENS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "backline.accounts.sign_in_forms.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "backline.accounts.sign_in_forms.SecondStepForm",
    "reauthenticate": "backline.accounts.sign_in_forms.SecondStepAgainForm",
    "add_webauthn": "backline.accounts.sign_in_forms.AddPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Backline"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s to either side: phones' clocks drift and people type (RFC 6238, section 5.2)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENVIRONMENT.is_production

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.home / "static" if ENVIRONMENT.is_production else None  # else served from the source
WHITENOISE_USE_FINDERS = not ENVIRONMENT.is_production
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT.is_production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENVIRONMENT.is_production
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
CSRF_COOKIE_SECURE = ENVIRONMENT.is_production
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "backline.dashboard.errors.form_expired"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = int(timedelta(days=730).total_seconds()) if ENVIRONMENT.is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENVIRONMENT.is_production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", ENVIRONMENT.play_url],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LOGGING_CONFIG = None  # one configuration for all programs: core.telemetry.logs

EMAIL_BACKEND = "backline.integrations.resend.mail.ResendBackend"
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail.sender
SERVER_EMAIL = ENVIRONMENT.mail.sender

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_IMPORT_PATHS = ["backline.server.maintenance"]
