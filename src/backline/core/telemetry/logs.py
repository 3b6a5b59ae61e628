"""One way of logging for all programs: JSON lines in production, lines for people on a terminal.

Every line says when, how serious, which logger and which program, and carries the id of the request or the name of the
job that it belongs to. It passes :class:`~backline.core.telemetry.redaction.Redaction` before it is written.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Collection, Iterator, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec
import structlog
from structlog.stdlib import ProcessorFormatter

from backline.core.telemetry.redaction import Redaction
from backline.settings.environment import Environment

REQUEST_ID = "request_id"
"""The name under which a line, a job's argument and an answer's header (``X-Request-ID``) carry the request's id."""

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure(
    *,
    program: str,
    as_json: bool,
    secrets: Collection[str] = (),
    ours: int = logging.INFO,
    outside: int = logging.WARNING,
    stream: TextIO | None = None,
) -> None:
    """Log to ``stream`` (standard error): our own lines from the level ``ours`` on, libraries' from ``outside`` on."""
    where = stream or sys.stderr
    handler = logging.StreamHandler(where)
    handler.addFilter(_without_request)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[
                structlog.contextvars.merge_contextvars,
                _About(program),
                structlog.processors.format_exc_info,
                ProcessorFormatter.remove_processors_meta,
                Redaction(secrets),
                _json if as_json else _lines(where),
            ]
        )
    )
    logging.basicConfig(level=outside, handlers=[handler], force=True)
    logging.getLogger("backline").setLevel(ours)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def secrets_of(settings: Environment) -> tuple[str, ...]:
    """Return the values of this installation that no line may hold: every setting that its ``repr`` leaves out."""
    return tuple(_left_out_of_repr(settings))


def _left_out_of_repr(settings: Any) -> Iterator[str]:
    for known in dataclasses.fields(settings):
        value = getattr(settings, known.name)
        if dataclasses.is_dataclass(value):
            yield from _left_out_of_repr(value)
        elif not known.repr:
            yield from (value,) if isinstance(value, str) else value


def _without_request(record: logging.LogRecord) -> bool:
    """Take the request off Django's lines: it would be written with its query, which may hold the code of a consent."""
    vars(record).pop("request", None)
    return True


class _About:
    """Says when, how serious, from where. The record is structlog's or the standard library's alike."""

    def __init__(self, program: str) -> None:
        self._program = program

    def __call__(self, _: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        record: logging.LogRecord = event["_record"]
        known = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "program": self._program,
            "logger": record.name,
            "event": event.pop("event", ""),
        }
        if event["_from_structlog"] is False and record.exc_info:
            event.setdefault("exc_info", record.exc_info)
        return {**known, **event}


def _json(_: object, __: str, event: MutableMapping[str, Any]) -> str:
    return _encode(event).decode()


def _lines(stream: TextIO) -> structlog.types.Processor:
    """Return a renderer for people: one line, and the traceback below it where there is one."""
    pretty = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )

    def render(logger: object, name: str, event: MutableMapping[str, Any]) -> str:
        event["timestamp"] = event.pop("at")
        event.pop("program")  # `backline up` writes it in front of the line
        # A line break in what is logged must not begin a line that looks like another event.
        event["event"] = str(event["event"]).replace("\r", "\\r").replace("\n", "\\n")
        return str(pretty(logger, name, event))

    return render
