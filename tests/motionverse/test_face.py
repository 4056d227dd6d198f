"""ARKit's 52 shapes in 50 slots and back, mirror images, and a linear map that is fitted and held to account."""

import numpy as np
import pytest

from motionverse import face
from motionverse.errors import MotionError
from motionverse.motion import Motion
from tests import forge


def shapes(frames: int = 50, seed: int = 0) -> np.ndarray:
    """Shapes as ARKit gives them: an eye looks up or down."""
    rng = np.random.default_rng(seed)
    made = rng.uniform(0, 1, (frames, 52))
    for side in ("Left", "Right"):
        up, down = (face.SHAPES.index(f"eyeLook{way}{side}") for way in ("Up", "Down"))
        made[::2, up] = made[1::2, down] = 0
    return made


def coefficients(motion: Motion) -> np.ndarray:
    assert motion.face is not None
    return motion.face


def test_arkits_shapes_come_back_from_fifty_slots() -> None:
    assert len(set(face.SHAPES)) == 52 and len(set(face.SLOTS)) == face.FACE_WIDTH == 50
    assert face.lost(shapes()) < 1e-15
    both = shapes(1)
    both[:] = 0
    both[0, [face.SHAPES.index("eyeLookUpLeft"), face.SHAPES.index("eyeLookDownLeft")]] = 0.5, 0.2
    assert face.lost(both) == pytest.approx(0.2)  # what no eye does is what is lost
    with pytest.raises(MotionError, match="51 shapes; ARKit has 52"):
        face.pack(np.zeros((3, 51)))


def test_the_mirror_image_of_a_face_smiles_on_the_other_side() -> None:
    left, right = (face.SLOTS.index(f"mouthSmile{side}") for side in ("Left", "Right"))
    motion = forge.motion(1).with_(face=face.pack(shapes(30)), face_source=face.ARKIT)
    mirrored = motion.mirror()
    assert np.array_equal(coefficients(mirrored)[:, left], coefficients(motion)[:, right])
    assert np.array_equal(coefficients(mirrored.mirror()), coefficients(motion))
    jaw = [face.SLOTS.index(name) for name in ("jawLeft", "jawRight", "jawOpen")]
    assert np.array_equal(coefficients(mirrored)[:, jaw], coefficients(motion)[:, [jaw[1], jaw[0], jaw[2]]])
    flame = motion.with_(face_source=face.FLAME)
    assert np.array_equal(coefficients(flame.mirror()), coefficients(motion))


def test_conventions_are_not_mixed() -> None:
    one = forge.motion(1).with_(face=np.zeros((30, 50)), face_source=face.ARKIT)
    assert coefficients(one.join(one)).shape == (60, 50) and one.resample(20).face_source == face.ARKIT
    assert one.join(one.with_(face_source=face.FLAME)).face is None
    with pytest.raises(MotionError, match="convention 'vrm'; must be one of flame, arkit"):
        one.with_(face_source="vrm")


def test_a_linear_map_states_what_it_misses_on_takes_it_has_not_seen() -> None:
    rng = np.random.default_rng(1)
    true, offset = rng.normal(size=(50, 50)) / 7, rng.normal(size=50)
    takes = [(x, x @ true + offset) for x in (face.pack(shapes(200, seed)) for seed in range(4))]
    made = face.LinearMap.fit(takes, ridge=1e-9)
    assert made.residual < 1e-3 and np.allclose(made(takes[3][0]), takes[3][1], atol=1e-3)
    unrelated = [(x, rng.normal(size=(200, 50))) for x, _ in takes]
    assert face.LinearMap.fit(unrelated).residual > 0.9
    with pytest.raises(MotionError, match="1 takes"):
        face.LinearMap.fit(takes[:1])
