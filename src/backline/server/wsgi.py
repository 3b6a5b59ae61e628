"""The dashboard's WSGI application."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler

from backline.server import bootstrap

bootstrap.start_django(program="web")
application = WSGIHandler()
