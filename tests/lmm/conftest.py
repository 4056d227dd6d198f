"""A tiny published model of random weights, and words without an encoder."""

import pytest

import lmm
from motionverse.features.text import TextEncoder
from tests.lmm import forged_weights


@pytest.fixture(scope="module")
def weights_folder(tmp_path_factory):
    return forged_weights.write(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture
def model(weights_folder, monkeypatch):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    return lmm.load(weights_folder, precision="fp32")
