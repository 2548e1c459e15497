"""The server's settings for tests: a folder of their own, thrown away; static files as they lie in the packages."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="coterie-web-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["COTERIE_FOLDER"] = str(_folder)

from coterie_web.site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick: tests sign in by hundreds
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
ALLOWED_HOSTS = ["*"]
