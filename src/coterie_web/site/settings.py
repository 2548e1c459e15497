"""Django's settings, out of the server's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from coterie_web.site.configuration import ConfigurationError, from_process
from coterie_web.site.databases import database
from coterie_web.site.logs import LOGGING as LOGGING  # noqa: PLC0414 - Django reads it here

try:
    CONFIGURATION = from_process()
except ConfigurationError as error:
    raise ImproperlyConfigured(str(error)) from error

SECRET_KEY = CONFIGURATION.secret_key
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = list(CONFIGURATION.hosts)
_IS_SECURE = CONFIGURATION.public_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [CONFIGURATION.address]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "ninja",
    "coterie_web.ui",
    "coterie_web.accounts",
    "coterie_web.catalogs",
    "coterie_web.ingest",
    "coterie_web.segments",
    "coterie_web.search",
    "coterie_web.contacts",
    "coterie_web.demo",
    "coterie_web.data",
]

MIDDLEWARE = [
    "coterie_web.site.requests.EachRequest",
    "coterie_web.api.middleware.ProblemsAlways",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "coterie_web.accounts.middleware.SignInRequired",
    "coterie_web.accounts.middleware.in_their_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coterie_web.ui.errors.Refusals",
]

ROOT_URLCONF = "coterie_web.site.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": sorted(Path(__file__).parents[1].glob("*/templates")),
        "OPTIONS": {
            "environment": "coterie_web.site.templating.environment",
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    # What libraries bring is written in the language of Django's templates.
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]

LIVE_QUOTA = CONFIGURATION.live_quota

DATABASES = {"default": database(CONFIGURATION)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "segments:list"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _IS_SECURE
CSRF_COOKIE_SECURE = _IS_SECURE
CSRF_FAILURE_VIEW = "coterie_web.ui.errors.csrf_failure"
TRUSTED_PROXIES = CONFIGURATION.trusted_proxies
LINKS_ARE_ENOUGH = CONFIGURATION.demo
"""In a demo every start prints links for everybody: nobody needs a password."""
SECURE_SSL_REDIRECT = False  # the proxy in front does that
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = CONFIGURATION.static
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# A designer with 500 conditions has a few thousand fields; records come in batches of megabytes.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
