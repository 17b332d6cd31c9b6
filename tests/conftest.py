"""Hypothesis tries the same examples in every run; a file of tests runs in one process, whose cache keeps its derivations."""

from typing import Any

import pytest
from hypothesis import settings

TOGETHER = "tests/theorems/"  # whose files judge the same theorems

settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER if nodeid.startswith(TOGETHER) else nodeid.partition("::")[0]

    return ByFile(config, log)
