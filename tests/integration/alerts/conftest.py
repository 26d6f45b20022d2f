"""What several tests of the transports need."""

from __future__ import annotations

import pytest

from tests.integration.alerts.servers import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))
