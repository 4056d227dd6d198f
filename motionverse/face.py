"""What the 50 numbers of a face mean: two conventions, which are never mixed.

"flame"  the first 50 expression coefficients of FLAME (Li et al. 2017), which SMPL-X, Motion-X and BEAT2 have. They are
         weights of principal components, about standard normal, with no meaning each by itself; the jaw is not among them.
"arkit"  the 52 blend shapes of Apple's ARKit, each in [0, 1], jawOpen among them, in 50 slots: an eye looks up or down,
         never both, so that up - down holds both; exact and invertible for what ARKit gives (`lost` measures it).

Between the two lies the geometry of FLAME, which is licensed and not here: there is no conversion, and none is made up. Who
has the same takes in both (BEAT has ARKit, BEAT2 has FLAME of the same recordings) can fit a linear one: LinearMap.fit, which
states its residual on takes that it was not fitted to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motionverse.errors import MotionError

FACE_WIDTH = 50
FLAME, ARKIT = "flame", "arkit"
FACES = (FLAME, ARKIT)
_MOUTH = (
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
)  # fmt: skip
_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
SHAPES = (  # ARKit's 52 in the order of Live Link Face
    *(f"eye{what}{side}" for side in ("Left", "Right") for what in _EYE),
    "jawForward", "jawRight", "jawLeft", "jawOpen", *_MOUTH,
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
_VERTICAL = {f"eyeLookVertical{side}": (f"eyeLookUp{side}", f"eyeLookDown{side}") for side in ("Left", "Right")}
_DOWN = {down for _, down in _VERTICAL.values()}
SLOTS = tuple(  # what each of the 50 numbers is: a shape, or up - down of an eye in the place of its LookUp
    next((name for name, (up, _) in _VERTICAL.items() if up == shape), shape) for shape in SHAPES if shape not in _DOWN
)


def pack(shapes: np.ndarray) -> np.ndarray:
    """ARKit's shapes (..., 52), in the order of SHAPES, to slots (..., 50). Raises MotionError for another width."""
    shapes = np.asarray(shapes, np.float64)
    if shapes.shape[-1] != len(SHAPES):
        raise MotionError(
            f"face: {shapes.shape[-1]} shapes; ARKit has {len(SHAPES)}, in the order of motionverse.face.SHAPES"
        )
    return shapes @ _PACKED


def unpack(slots: np.ndarray) -> np.ndarray:
    """Slots (..., 50) back to ARKit's shapes (..., 52). Raises MotionError for another width."""
    slots = np.asarray(slots, np.float64)
    if slots.shape[-1] != FACE_WIDTH:
        raise MotionError(f"face: {slots.shape[-1]} slots; must be {FACE_WIDTH}")
    found = slots @ np.abs(_PACKED).T
    for name, (up, down) in _VERTICAL.items():
        vertical = slots[..., SLOTS.index(name)]
        found[..., SHAPES.index(up)] = np.maximum(vertical, 0.0)
        found[..., SHAPES.index(down)] = np.maximum(-vertical, 0.0)
    return found


def lost(shapes: np.ndarray) -> float:
    """The largest error that packing and unpacking these shapes (..., 52) makes; 0 where no eye looks up and down at once."""
    return float(np.abs(unpack(pack(shapes)) - shapes).max(initial=0.0))


def mirrored(coefficients: np.ndarray, convention: str) -> np.ndarray:
    """The face (..., 50) of the mirror image. FLAME's components have no known mirror images: they stay as they are."""
    return coefficients[..., _MIRROR] if convention == ARKIT else coefficients


def check(convention: str) -> str:
    """`convention` where it is one, else MotionError."""
    if convention not in FACES:
        raise MotionError(f"face: convention {convention!r}; must be one of {', '.join(FACES)}")
    return convention


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A straight line from one convention's coefficients to the other's: y = x matrix + offset.

    matrix: (50, 50); offset: (50,); residual: root mean square of what it misses on held-out frames, over the standard
    deviation of the target there (0 perfect, 1 no better than the mean).
    """

    matrix: np.ndarray
    offset: np.ndarray
    residual: float

    @classmethod
    def fit(cls, takes: Sequence[tuple[np.ndarray, np.ndarray]], ridge: float = 1e-3) -> "LinearMap":
        """Fitted by ridge regression to pairs (T, 50), (T, 50) of the same frames in both conventions; every fourth take,
        at least the last, is held out for the residual. Raises MotionError for fewer than two takes."""
        if len(takes) < 2:
            raise MotionError(f"face: {len(takes)} takes to fit a map to; give at least 2, one of them is held out")
        held = [k for k in range(len(takes)) if k % 4 == 3] or [len(takes) - 1]
        x, y = (np.concatenate([take[k] for i, take in enumerate(takes) if i not in held]) for k in (0, 1))
        mean, target = x.mean(0), y.mean(0)
        square = (x - mean).T @ (x - mean) + ridge * len(x) * np.eye(x.shape[1])
        matrix = np.linalg.solve(square, (x - mean).T @ (y - target))
        made = cls(matrix, target - mean @ matrix, 0.0)
        x, y = (np.concatenate([takes[i][k] for i in held]) for k in (0, 1))
        spread = np.sqrt(((y - y.mean(0)) ** 2).mean())
        return cls(made.matrix, made.offset, float(np.sqrt(((made(x) - y) ** 2).mean()) / max(spread, 1e-12)))

    def __call__(self, coefficients: np.ndarray) -> np.ndarray:
        """Coefficients (..., 50) in the other convention."""
        return coefficients @ self.matrix + self.offset


def _packing() -> np.ndarray:
    """(52, 50) what each shape adds to each slot."""
    made = np.zeros((len(SHAPES), len(SLOTS)))
    for k, slot in enumerate(SLOTS):
        for shape, sign in zip(_VERTICAL.get(slot, (slot,)), (1.0, -1.0), strict=False):
            made[SHAPES.index(shape), k] = sign
    return made


def _other_side(name: str) -> str:
    for here, there in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(here):
            return name.removesuffix(here) + there
    return name


_PACKED = _packing()
_MIRROR = np.array([SLOTS.index(_other_side(name)) for name in SLOTS])
