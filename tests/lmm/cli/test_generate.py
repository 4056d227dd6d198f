import json

import numpy as np
import pytest

from lmm import cli, planting
from lmm.cli.output import MOTIONS
from motionverse import formats
from motionverse.features.text import TextEncoder
from tests.lmm import forged_weights

TEXT = "a person walks"


@pytest.fixture(scope="module")
def weights_folder(tmp_path_factory):
    return forged_weights.write(tmp_path_factory.mktemp("weights") / "tiny")


@pytest.fixture(autouse=True)
def words(monkeypatch):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)


def generate(weights_folder, *arguments):
    return cli.main(["generate", *arguments, "--model", str(weights_folder), "--seconds", "0.5"])


def test_every_format_comes_out_and_reads_back(weights_folder, tmp_path):
    outs = [tmp_path / f"walk{suffix}" for suffix in (".bvh", ".npz", ".json", ".png")]
    assert generate(weights_folder, TEXT, *(f"-o{out}" for out in outs)) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["walk.bvh", "walk.json", "walk.npz", "walk.png"]
    joints = [formats.load(out).joints() for out in outs[:3]]
    assert joints[0].shape == (15, 52, 3)
    assert max(np.abs(joints[0] - other).max() for other in joints[1:]) < 1e-3


def test_whatever_is_written_of_a_body_comes_out_numbered_before_its_whole_suffix(weights_folder, tmp_path):
    assert {*MOTIONS, ".face.csv"} == set(formats.WRITTEN)
    suffixes = (".joints.npz", ".csv", ".hml263.npy", ".usda", ".GLB")
    assert generate(weights_folder, TEXT, "a person bows", *(f"-o{tmp_path / ('m.x' + end)}" for end in suffixes)) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"m.x-{k}{end}" for k in range(2) for end in suffixes}


def test_feet_are_planted_where_it_is_asked_for(weights_folder, tmp_path, monkeypatch):
    def lifted(motion):
        return motion.turned(0.0, (0.0, 1.0, 0.0))

    monkeypatch.setattr(planting, "planted", lifted)
    for name, asked in (("as-made", ()), ("planted", ("--plant-feet",))):
        assert generate(weights_folder, TEXT, "a person bows", *asked, f"-o{tmp_path / name}.npz") == 0
    for k in range(2):
        made, held = (formats.load(tmp_path / f"{name}-{k}.npz").joints() for name in ("as-made", "planted"))
        assert np.allclose(held - made, [0, 1, 0], atol=1e-4)


def test_several_motions_are_numbered_and_told(weights_folder, tmp_path, capsys):
    assert (
        generate(weights_folder, TEXT, "a person bows", "-n", "2", "--seed", "5", "--json", f"-o{tmp_path / 'm.npz'}")
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert [(m["prompt"], m["seed"]) for m in told["motions"]] == [
        (TEXT, 5),
        (TEXT, 6),
        ("a person bows", 5),
        ("a person bows", 6),
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"m-{k}.npz" for k in range(4)]
    assert told["licence"]["data"]["forged"] == "CC0 1.0"
    assert told["licence"]["use"] == "research" and len(told["model_hash"]) == 12 and told["steps"] > 0
    assert {"import", "weights", "text", "sampling", "decoding", "writing"} <= set(told["stages_s"])
    assert all(set(m["foot_skate"]) and set(m["floating"]) for m in told["motions"])
    assert told["seconds"] == 0.5 and told["fps"] == 30


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "no words"), (["x" * 501], "at most 500"), (["word " * 80], "64 tokens"), ([TEXT, "--seconds", "0"], "0.5 to 60"),
        ([TEXT, "--seconds", "1e6"], "0.5 to 60"), ([TEXT, "--seconds", "nan"], "0.5 to 60"), ([TEXT, "--fps", "0"], "1 to 240"),
        ([TEXT, "--fps", "many"], "invalid float"), ([TEXT, "-n", "0"], "-n 0"), ([TEXT, "--steps", "0"], "1 to 1000"),
        ([TEXT, "--variation", "-1"], "variation: -1"),
        ([TEXT, "--seed", "-1"], "seed"), ([TEXT, "--model", "nanoo"], "nanoo"), ([TEXT, "-o", "walk.fbx"], "unknown suffix"),
        ([TEXT, "-o", "no/such/walk.bvh"], "does not exist"), ([TEXT, "-o", "a.bvh", "-o", "a.bvh"], "same name"), ([], "TEXT"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_exit_2_and_no_file(weights_folder, tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    out = [] if "-o" in arguments else ["-o", "walk.bvh"]
    seconds = [] if "--seconds" in arguments else ["--seconds", "0.5"]
    model = [] if "--model" in arguments else ["--model", str(weights_folder)]
    try:
        code = cli.main(["generate", *arguments, *out, *seconds, *model])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and said in told and told.count("\n") == 1 and "Traceback" not in told
    assert not list(tmp_path.iterdir())


def test_missing_cut_and_foreign_weights(weights_folder, tmp_path, capsys):
    from safetensors.numpy import save_file

    whole = (weights_folder / "model.safetensors").read_bytes()
    bad = tmp_path / "bad"
    bad.mkdir()
    for content in (None, whole[: len(whole) // 2], b"not safetensors", "foreign"):
        if content == "foreign":
            save_file({"a": np.zeros(3)}, bad / "model.safetensors")
        elif content is not None:
            (bad / "model.safetensors").write_bytes(content)  # type: ignore[arg-type]
        assert cli.main(["generate", TEXT, "--model", str(bad), "-o", str(tmp_path / "w.bvh")]) == 2
        told = capsys.readouterr().err
        assert str(bad) in told and told.count("\n") == 1
    assert not (tmp_path / "w.bvh").exists()


def test_debug_shows_where(capsys):
    assert cli.main(["generate", TEXT, "--fps", "0", "-o", "walk.bvh", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_a_bad_recipe_is_one_line(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("modle: {width: 3}\n")
    for arguments in (["no.yaml"], [str(tmp_path / "bad.yaml")], [str(tmp_path / "bad.yaml"), "oops"]):
        assert cli.main(["train", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_help_has_examples(capsys):
    for command in ("generate", "train", "evaluate", "models"):
        with pytest.raises(SystemExit) as stop:
            cli.main([command, "--help"] if command != "evaluate" else ["evaluate", "-h"])
        assert stop.value.code == 0
        told = capsys.readouterr().out
        assert command == "models" or "examples:" in told
