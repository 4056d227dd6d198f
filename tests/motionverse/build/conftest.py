"""What all tests of builds start from."""

import pytest

from tests.motionverse.build import corpora


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return corpora.write(tmp_path_factory.mktemp("corpora") / "data")
