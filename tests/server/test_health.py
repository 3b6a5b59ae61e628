from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from backline.settings import environment


@pytest.mark.django_db
def test_a_running_program_says_so_to_anybody() -> None:
    for path in ("/healthz", "/readyz"):
        answer = Client().get(path)
        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-store" in answer.headers["Cache-Control"]
        assert Client().post(path).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_it_is_alive_but_not_ready_while_the_database_is_away() -> None:
    connection.close()
    known, connection.settings_dict["HOST"] = connection.settings_dict["HOST"], "/nowhere"
    try:
        assert Client().get("/healthz").status_code == 200
        assert Client().get("/readyz").status_code == 503
    finally:
        connection.close()
        connection.settings_dict["HOST"] = known


@pytest.mark.req("PP-53")
@pytest.mark.django_db(transaction=True)
def test_a_scheduler_needs_the_secret() -> None:
    secret = environment.current().sync_secret
    refused = [None, "", "Bearer ", "Bearer wrong", f"Basic {secret}", secret, f"Bearer {secret}x"]
    for header in refused:
        headers = {} if header is None else {"Authorization": header}
        answer = Client().post("/internal/sweep", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    answer = Client().post("/internal/sweep", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()) == (200, {"run_again": 0})
    assert Client().get("/internal/sweep", headers={"Authorization": f"Bearer {secret}"}).status_code == 405
