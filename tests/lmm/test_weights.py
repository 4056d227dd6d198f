"""Weights larger than a file may be lie in several, and are the same."""

import json

import pytest
import torch

import lmm
from lmm import cli, weights
from motionverse.errors import MotionError
from tests.lmm import forged_weights


@pytest.fixture
def places(tmp_path, monkeypatch):
    """The same weights in one file and in several."""
    whole = forged_weights.write(tmp_path / "whole")
    monkeypatch.setattr(weights, "PIECE", 30_000)
    return whole, forged_weights.write(tmp_path / "parts")


def test_they_are_read_from_several_files_as_from_one(places):
    whole, parts = (place / weights.WEIGHTS for place in places)
    files = weights.pieces(places[1])
    assert len(files) > 2 and files[0] == parts and all(file.is_file() for file in files)
    assert weights.pieces(places[0]) == [whole]
    read, again = weights.read(whole), weights.read(parts)
    assert read[0].keys() == again[0].keys() and all(
        torch.equal(value, again[0][name]) for name, value in read[0].items()
    )
    assert (again[1].mean == read[1].mean).all() and again[2].pieces == len(files)
    sizes = [sum(v.nbytes for k, v in weights._opened(file)[0].items() if not k.startswith("stats/")) for file in files]
    largest = max(value.nbytes for value in read[0].values())
    assert max(sizes) <= max(30_000, largest) and sum(sizes) == sum(value.nbytes for value in read[0].values())


def test_a_model_of_several_files_is_loaded_listed_and_told_apart(places, capsys):
    assert lmm.load(places[1]).published.weights_hash != lmm.load(places[0]).published.weights_hash
    told = []
    for place in places:
        assert cli.main(["models", str(place), "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out)["rows"])
    assert told[0] == told[1]


@pytest.mark.parametrize("harm", ["missing", "cut", "other"])
def test_a_piece_that_is_not_as_it_was_is_named(places, harm):
    piece = weights.pieces(places[1])[1]
    if harm == "missing":
        piece.unlink()
    else:
        piece.write_bytes(piece.read_bytes()[:-40] if harm == "cut" else weights.pieces(places[1])[2].read_bytes())
    with pytest.raises(MotionError, match="model-2.safetensors"):
        lmm.load(places[1])
