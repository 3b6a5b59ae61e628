"""The dashboard's WSGI application."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from backline.server import composition

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backline.settings.django")
application = get_wsgi_application()
composition.wire()
