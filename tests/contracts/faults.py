"""What every adapter does when its service fails: say which service, in which family, and go on when it is back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.plugins.sandbox import Sandbox

from backline.core.errors import RetryLater

KINDS = ("429", "500", "hang", "reset", "half_body", "error_inside")


@dataclass(frozen=True, slots=True)
class Faulty:
    """How to make one call of an adapter fail.

    ``provider`` and ``route`` name what the sandbox breaks, ``says`` is the service's name in sentences.
    """

    provider: str
    says: str
    call: Callable[[Any], object]
    route: str = ""


class FaultContract:
    """Mixed into the suites of the ports. Subclasses give ``make`` and ``faulty``."""

    make: Any
    faulty: Faulty

    @pytest.fixture(params=KINDS)
    def kind(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    def test_a_fault_says_to_try_later_and_names_the_service(self, sandbox: Sandbox, kind: str) -> None:
        adapter = type(self).make(sandbox)
        sandbox.fault(self.faulty.provider, kind, self.faulty.route, seconds=30)
        with pytest.raises(RetryLater) as failure:
            self.faulty.call(adapter)
        assert failure.value.message.startswith(self.faulty.says)
        assert failure.value.message.endswith(".")

    def test_it_goes_on_when_the_service_is_back(self, sandbox: Sandbox, kind: str) -> None:
        before = self.faulty.call(type(self).make(sandbox))
        sandbox.fault(self.faulty.provider, kind, self.faulty.route, times=1, seconds=0)
        with contextlib.suppress(RetryLater):
            self.faulty.call(type(self).make(sandbox))
        assert self.faulty.call(type(self).make(sandbox)) == before
