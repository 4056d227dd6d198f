"""Configurations: defaults, overrides, one clear line for what is wrong, and a round trip."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lmm.config import DiffusionConfig, LMMConfig, as_mapping, from_mapping, read, save
from motionverse.errors import MotionError


@dataclass
class Whole:
    model: LMMConfig = field(default_factory=LMMConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    rate: float = 1.0


def written(folder: Path, text: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(text)
    return path


def test_a_file_states_only_what_differs(tmp_path: Path) -> None:
    path = written(tmp_path, "model:\n  width: 32\n  streams: {music: 12}\n")
    made = read(path, Whole, ["rate=2", "diffusion.zero_snr=false"])
    assert made.model.width == 32 and made.model.blocks == LMMConfig().blocks
    assert made.model.streams == {"text": 384, "music": 12}
    assert made.rate == 2.0 and made.diffusion.zero_snr is False


def test_saved_is_read_back(tmp_path: Path) -> None:
    made = Whole(LMMConfig(width=48), rate=0.5)
    save(made, tmp_path / "all.yaml")
    assert read(tmp_path / "all.yaml", Whole) == made
    assert from_mapping(Whole, as_mapping(made)) == made


@pytest.mark.parametrize(
    ("text", "overrides", "said"),
    [
        ("model: {widht: 3}", [], "did you mean model.width"),
        ("model: {width: wide}", [], "wide"),
        ("model: {experts: 2, experts_chosen: 3}", [], "experts_chosen"),
        ("model: {time_attention: none}", [], "templates, plain, both"),
        ("- 1\n- 2\n", [], "key: value"),
        ("model: [", [], "YAML"),
        ("", ["rate"], "key=value"),
        ("", ["diffusion.stepz=3"], "did you mean diffusion.steps"),
        ("", ["rate=[1"], "override 'rate=[1'"),
        ("", ["nowhere.yaml"], "nowhere.yaml: no such configuration file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, overrides: list[str], said: str) -> None:
    with pytest.raises(MotionError) as caught:
        read(written(tmp_path, text), Whole, overrides)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_files_and_values_lie_over_each_other_in_their_order(tmp_path: Path) -> None:
    base = written(tmp_path, "rate: 1.0\nmodel: {width: 32, streams: {text: 384, music: 37}}")
    over = tmp_path / "over.yml"
    over.write_text("rate: 2.0\nmodel: {streams: {music: 5}}")
    made = read(base, Whole, ["rate=3.0", str(over)])
    assert (made.rate, made.model.width, made.model.streams) == (2.0, 32, {"text": 384, "music": 5})
    assert read(base, Whole, [str(over), "rate=3.0"]).rate == 3.0
    over.write_text("widht: 1")
    with pytest.raises(MotionError, match="over.yml: unknown key widht"):
        read(base, Whole, [str(over)])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MotionError, match="nowhere.yaml"):
        read(tmp_path / "nowhere.yaml", Whole)
