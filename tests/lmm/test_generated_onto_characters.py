"""What the published weights generate, put into the files of characters: feet stay planted, left stays left.

Each character is a glTF file with a mesh and a skin, its joints' axes crooked; what is judged is read back from the file
that was written. `pytest -s` prints the reports.
"""

import numpy as np
import pytest

pytest.importorskip("torch")
from lmm import generate
from motionverse import formats, onto
from motionverse.retarget.report import Report
from tests.motionverse.formats import heroes
from tests.motionverse.retarget import rigs
from tests.motionverse.retarget.characters import mixamo, named, proportioned, resting, vrm

SENTENCES = ("a person walks forward", "a person waves with the left hand")


def child():
    """VRM's names, 1.1 m tall, short legs, a long trunk."""
    small = vrm()
    return small.with_offsets(0.9 * small.offsets)


def long_armed():
    """Names that say nothing, arms a third longer, legs shorter, resting in an A-pose."""
    body = resting(proportioned(legs=0.9, arms=1.33, feet=1.2), rigs.a_pose(40))
    return named(body, {name: f"bone_{k:03}" for k, name in enumerate(body.names)})


CHARACTERS = {
    "Mixamo's names, an A-pose, long legs, big feet": lambda: heroes.hero(mixamo(), armature=0.01),
    "a child as a VRM": lambda: heroes.vrm1(heroes.hero(child())),
    "names that say nothing, long arms, an A-pose": lambda: heroes.hero(long_armed()),
}


@pytest.fixture(scope="module")
def motions():
    """3 s of each sentence."""
    return dict(zip(SENTENCES, generate.load("nano").batch(SENTENCES, (0, 0), seconds=3.0), strict=True))


@pytest.fixture(params=CHARACTERS)
def placed(request, motions, tmp_path):
    """Sentence -> the source, the character as it plays in the file that was written, and the report."""
    hero = CHARACTERS[request.param]().rig.save(tmp_path / "hero.glb")
    made = {}
    for sentence, motion in motions.items():
        out = tmp_path / f"{sentence.split()[2]}.glb"
        turned, report = onto.onto(motion, out, hero)
        _, called = onto.save(turned, out, report, tmp_path / "report.html", hero)
        print(f"\n{sentence}: {request.param}\n{report.text()}")
        made[sentence] = motion, formats.load(out, animation=called), report
    return made


def at(motion, report: Report, part: str) -> np.ndarray:
    """(T, 3) where the joint that plays `part` is [m]."""
    return motion.joints()[:, motion.skeleton.index(dict(report.onto)[part])]


def slide(toes: np.ndarray, fps: float) -> float:
    """[m/s] how fast toes (T, 2, 3) move over the floor in the frames in which they are within 2 cm of their lowest."""
    low = toes[:-1, :, 1] < np.percentile(toes[..., 1], 1) + 0.02
    return float((np.linalg.norm(np.diff(toes, axis=0)[..., ::2], axis=-1) * fps)[low].mean())


def test_feet_slide_no_more_than_the_source_s_and_stand_on_the_floor(placed):
    for sentence, (motion, made, report) in placed.items():
        assert report.skate[1] <= report.skate[0] * 1.02 + 1e-4, sentence
        toes = np.stack([at(made, report, f"{side}_foot") for side in ("left", "right")], 1)
        theirs = motion.joints()[:, [motion.skeleton.index(f"{side}_foot") for side in ("left", "right")]]
        assert slide(toes, 30.0) <= 1.05 * slide(report.scale * theirs, 30.0) + 0.005, sentence
        assert abs(np.percentile(toes[..., 1].min(-1), 5)) < 0.04, sentence
        assert not report.backwards


def test_left_stays_left_and_ahead_stays_ahead(placed):
    walk, walking, report = placed[SENTENCES[0]]
    way = at(walking, report, "pelvis")[-1] - at(walking, report, "pelvis")[0]
    truth = report.scale * (walk.root[-1] - walk.root[0])
    assert truth[2] > 0.5 * report.scale and np.linalg.norm((way - truth)[::2]) < 0.1 * np.linalg.norm(truth[::2])
    for motion, made, told in placed.values():
        across = at(made, told, "left_hip") - at(made, told, "right_hip")
        assert ((across * motion.globals()[:, 0, :, 0]).sum(-1) > 0.03).all()
    wave, waving, report = placed[SENTENCES[1]]
    high = {
        side: (at(waving, report, f"{side}_wrist")[:, 1] - at(waving, report, "head")[:, 1]).max()
        for side in ("left", "right")
    }
    assert high["left"] > -0.1 > high["right"], high
    moves = {side: np.ptp(at(waving, report, f"{side}_wrist"), axis=0).max() for side in ("left", "right")}
    assert moves["left"] > 2 * moves["right"]


def test_limbs_point_where_the_source_s_do_and_the_file_says_what_the_report_says(placed):
    for sentence, (motion, made, report) in placed.items():
        assert report.direction_deg[0] < 2, sentence
        assert made.frames == motion.frames and made.fps == pytest.approx(motion.fps)
