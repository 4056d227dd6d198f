"""lmm generate by actions, music, speech and keypoints: what comes out, what is told of it, and what is refused."""

import json
import shlex
import wave

import numpy as np
import pytest

from lmm import cli
from motionverse import formats, view
from motionverse.features import keypoints2d, music
from motionverse.features.text import TextEncoder
from motionverse.features.track import Track
from tests import forge
from tests.lmm import forged_weights

RATE = 22050
TEXT = "a person dances"


def write_sound(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with weights that know every stream and weights that know text, sounds and keypoints, good and bad."""
    place = tmp_path_factory.mktemp("streams")
    forged_weights.write(place / "all", timed=forged_weights.TIMED)
    forged_weights.write(place / "words")
    rng = np.random.default_rng(0)
    beat = 0.001 * rng.normal(size=4 * RATE)
    for start in np.arange(0.5, 3.9, 0.5):
        beat[int(start * RATE) : int(start * RATE) + 800] += np.exp(-np.arange(800) / 120) * rng.normal(size=800)
    write_sound(place / "beat.wav", 0.3 * beat)
    write_sound(place / "silent.wav", np.zeros(2 * RATE))
    write_sound(place / "short.wav", 0.3 * beat[: RATE // 5])
    (place / "words.wav").write_text("no sound")
    motion = forge.walk(1.0)
    seen = keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, 3))
    good = {
        "positions": seen.positions,
        "confidence": seen.confidence,
        "names": "points15",
        "fps": 30.0,
        "size": (640, 480),
    }
    for name, changes in {
        "good": {}, "keys": {"points": 1}, "nan": {"positions": seen.positions * np.nan}, "names": {"names": "coco17"},
        "size": {"size": None}, "fps": {"fps": None}, "sure": {"confidence": seen.confidence * 9}, "brief": {"fps": 200.0},
    }.items():  # fmt: skip
        np.savez(place / f"{name}.npz", **{k: v for k, v in (good | changes).items() if v is not None})
    forge.walk(1.0, 30.0).save(place / "walk.bvh")
    return place


@pytest.fixture(autouse=True)
def there(monkeypatch, place):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    monkeypatch.chdir(place)


def run(tmp_path, capsys, *arguments):
    """The manifest of a generation with the weights that know all streams, and the motions."""
    out = tmp_path / "made.npz"
    assert cli.main(["generate", f"-o{out}", *arguments, "--model", "all", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    return told, [formats.load(path) for motion in told["motions"] for path in motion["files"][:1]]


def clicked(heard):
    """In place of music.track, which takes long to start: beats where the samples are loud."""
    loud = np.flatnonzero(np.abs(heard.samples) > 0.15) / heard.rate
    beats = loud[np.concatenate([[True], np.diff(loud) > 0.3])]
    times = np.arange(round(heard.seconds * music.RATE)) / music.RATE
    values = np.ones((len(times), len(music.NAMES)), np.float32)
    return Track(times, values, music.NAMES, music.ENCODER, {"beat": beats, "onset": beats})


def test_keypoints_alone_make_a_motion_as_long_as_they_are(tmp_path, capsys):
    told, (motion,) = run(tmp_path, capsys, "--keypoints", "good.npz")
    assert len(motion) == 30 and told["seconds"] == 1 and told["motions"][0]["prompt"] == ""
    assert set(told["streams"]) == set(told["guidance"]) == {"keypoints"}
    later, _ = run(tmp_path, capsys, "--keypoints", "good.npz", "--keypoints-start", "0.4")
    assert later["seconds"] == pytest.approx(0.6) and later["streams"]["keypoints"]["start"] == 0.4


def test_music_is_heard_from_its_start_in_the_manifest_and_in_the_film(tmp_path, capsys, monkeypatch):
    """Of a sound with a click at 0.5, 1.0, ... s, from 0.7 s on: the first click is at 0.3 s."""
    shown = {}
    monkeypatch.setattr(music, "track", clicked)
    monkeypatch.setattr(view, "render", lambda motion, path, **told: shown.update(told, motion=motion))
    asked = ("--music", "beat.wav", "--music-start", "0.7", "--guidance", "text=4,music=2", "-n", "2")
    told, motions = run(tmp_path, capsys, TEXT, *asked, "-o", str(tmp_path / "made.mp4"))
    heard = told["streams"]["music"]
    assert told["seconds"] == pytest.approx(3.3) and len(motions) == 2 and len(motions[0]) == 99
    assert told["guidance"] == {"text": 4, "music": 2} and len(heard["sha256"]) == 64
    assert heard["tempo"] == pytest.approx(120, abs=4)
    assert np.abs(np.array(heard["beats"])[:, None] - np.arange(0.3, 3.3, 0.5)).min(1).max() < 0.06
    assert all(0 <= motion["beat_alignment"] <= 1 for motion in told["motions"])
    loud = np.flatnonzero(np.abs(shown["sound"].samples) > 0.1)
    assert loud[0] / shown["sound"].rate == pytest.approx(0.3, abs=0.01) and shown["title"] == TEXT


def test_an_action_is_asked_for_by_the_words_that_training_had(tmp_path, capsys):
    told, _ = run(tmp_path, capsys, "--action", "walk turn left", "--action", "wave-both-hands", "--seconds", "0.5")
    said = [motion["prompt"] for motion in told["motions"]]
    assert said == ["a person walks and turns left", "a person waves both hands"] and told["streams"] == {}


def test_a_motion_goes_on_with_music_that_runs_along_the_whole_of_it(tmp_path, capsys, monkeypatch):
    """Clicks at 0.5, 1.0, ... s; from 0.2 s on they are at 0.3, 0.8, 1.3 s, also within the second second."""
    films = []
    monkeypatch.setattr(music, "track", clicked)
    monkeypatch.setattr(view, "render", lambda motion, path, **told: films.append((motion, told["sound"])))
    asked = ["predict", "walk.bvh", "--model", "all", "--music", "beat.wav", "--music-start", "0.2", "--seconds", "1"]
    for more in ([], ["--only"]):
        assert cli.main([*asked, *more, "-o", str(tmp_path / "made.mp4"), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["guidance"] == {"music": 1.5} and told["streams"]["music"]["start"] == 0.2 and told["kept_s"] == 1
        assert np.allclose(told["streams"]["music"]["beats"], [0.3, 0.8, 1.3, 1.8], atol=0.06)
    assert [len(motion) for motion, _ in films] == [60, 30]
    for _, sound in films:
        loud = np.flatnonzero(np.abs(sound.samples) > 0.1)
        assert loud[0] / sound.rate == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("by", ["--music beat.wav", "--keypoints good.npz", "--action walk-turn-left"])
def test_arms_are_made_anew_by_what_is_heard_seen_and_named(tmp_path, capsys, monkeypatch, by):
    """Another stream, another motion: it reaches the model; what is not made anew stays to the bit."""
    monkeypatch.setattr(music, "track", clicked)
    made = []
    for asked in ([], by.split()):
        out = tmp_path / "made.npz"
        call = [
            "edit",
            "walk.bvh",
            "--parts",
            "left_arm",
            "--span",
            "0.2:0.8",
            *asked,
            "--model",
            "all",
            "-o",
            str(out),
        ]
        assert cli.main(call) == 0
        made.append(formats.load(out))
    assert np.array_equal(made[0].rotations[:, 0], made[1].rotations[:, 0])
    assert not np.allclose(made[0].rotations, made[1].rotations, atol=1e-4)
    if "good" in by:
        assert "ends" not in capsys.readouterr().err  # as long as the motion


BAD_VERBS = {
    "predict walk.bvh --text WORDS --action walk": "not allowed with argument --text",
    "predict walk.bvh --action wlak": "none of the",
    "predict walk.bvh --music no.wav": "no.wav: no such sound file",
    "predict walk.bvh --music words --model all": "words: ",
    "predict walk.bvh --music beat.wav --model words": "know text, and not music",
    "predict walk.bvh --speech-start 1": "no speech is given",
    "predict walk.bvh --guidance music=2": "no music is given",
    "predict walk.bvh --guidance text=2": "no text is given",
    "predict walk.bvh --text WORDS --guidance text=much": "neither a number",
    "loop walk.bvh --seconds 0.4 --keypoints good.npz --video good.npz": "--keypoints and --video: given twice",
    "extend walk.bvh --after 1 --keypoints-fps 30": "of --keypoints, which is not given",
    "inbetween walk.bvh --gap 0.2:0.6 --speech silent.wav": "silent.wav: silent",
    "edit walk.bvh --parts left_arm --keypoints nan.npz": "NaN",
    "edit walk.bvh --parts left_arm --keypoints good.npz -o good.npz": "good.npz: is read and would be overwritten",
}


BAD = {  # what is typed, WORDS being a sentence, and what is told
    "--keypoints good.npz --video good.npz": "--keypoints and --video: given twice",
    "--music beat.wav --music beat.wav": "--music: given twice",
    "": "nothing to go by",
    "''": "no words",
    "'?!' --keypoints good.npz": "no words",
    "--music no.wav": "no.wav: no such sound file",
    "--music words.wav": "not a sound file",
    "--music silent.wav": "silent.wav: silent",
    "--speech silent.wav": "silent.wav: silent",
    "--music short.wav": "short.wav: 0.20 s of music",
    "--music beat.wav --music-start 9": "0.00 s of music from 9 s on",
    "--music beat.wav --music-start -1": "start -1 s is out of range",
    "WORDS --music-start 3": "no music is given",
    "--music beat.wav --music-start nan": "out of range",
    "--music beat.wav --model words": "know text, and not music",
    "--keypoints good.npz --model words": "know text, and not keypoints",
    "--keypoints no.npz": "no.npz: no such file",
    "--keypoints beat.wav": "are read from .npz, .json",
    "--keypoints keys.npz": "unknown field 'points'",
    "--keypoints nan.npz": "NaN",
    "--keypoints names.npz": "(T, 17, 2)",
    "--keypoints size.npz": "no size",
    "--keypoints fps.npz": "no fps",
    "--keypoints sure.npz": "in [0, 1]",
    "--keypoints brief.npz": "0.15 s of keypoints",
    "--keypoints all": "no *_keypoints.json",
    "--keypoints size.npz --keypoints-size 640": "write it as 1280x720",
    "--keypoints size.npz --keypoints-size 0x9": "size 0 x 9",
    "--keypoints good.npz --keypoints-fps -3": "fps -3",
    "WORDS --keypoints-fps 30": "of --keypoints, which is not given",
    "WORDS --guidance music=2": "no music is given",
    "WORDS --guidance musik=2": "did you mean music",
    "WORDS --guidance text=99": "0 to 50",
    "WORDS --guidance text=1,text=2": "twice",
    "WORDS --guidance text=much": "neither a number",
    "WORDS --guidance nan": "0 to 50",
    "--keypoints good.npz --guidance text=2": "no text is given",
    "--keypoints good.npz --seconds -1": "0.5 to 60",
    "--keypoints good.npz --fps 0": "1 to 240",
    "--action wave-left-hnad": "wave-left-hand",
    "--action ''": "none of the",
    "WORDS --musik beat.wav": "did you mean --music",
    "--keypoints good.npz -o made.xyz": "unknown suffix",
}


@pytest.mark.parametrize("typed", [*(f"generate {typed}" for typed in BAD), *BAD_VERBS])
def test_what_cannot_be_asked_is_one_line_exit_2_and_no_file(tmp_path, capsys, typed):
    arguments = [TEXT if word == "WORDS" else word for word in shlex.split(typed)]
    said = BAD_VERBS[typed] if typed in BAD_VERBS else BAD[typed.removeprefix("generate ")]
    out = [] if "-o" in arguments else ["-o", str(tmp_path / "made.bvh")]
    model = [] if "--model" in arguments else ["--model", "all"]
    try:
        code = cli.main([*arguments, *out, *model])
    except SystemExit as stop:  # argparse
        code = stop.code
    told = capsys.readouterr().err
    assert code == 2 and said in told and told.count("\n") == 1 and "Traceback" not in told
    assert not list(tmp_path.iterdir())
