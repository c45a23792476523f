"""One workshop for all cases of a session."""

import pytest
from hostile.kit.workshop import Workshop


@pytest.fixture(scope="session")
def workshop():
    with Workshop() as made:
        yield made
