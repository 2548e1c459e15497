"""The application that granian runs, in its one worker process."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from coterie_web.site.configuration import from_process
from coterie_web.site.running import start

application = get_wsgi_application()
start(from_process())
