"""USD written: a UsdSkel skeleton, its animation, and a skinned body, for USD's viewers and the animation programs.

.usda and .usd are text, which we write ourselves; .usdc (a third of the size) and .usdz (one file to send) are made from that
text by usd-core. One stage: a SkelRoot with a Skeleton, a SkelAnimation on all joints, and a Mesh bound to them; metres,
Y up, frame k at time code k, as many time codes a second as the motion has frames. Joints are called as USD allows
(mixamorig:Hips becomes mixamorig_Hips); their own names are kept in jointNames. The root's path is the root joint's
translation. The body is the one of the glTF files. Faces and end sites are not written.
Source: the documentation of OpenUSD (UsdSkel schemas, UsdPreviewSurface, the crate and USDZ formats), by Pixar.
"""

import importlib
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.formats import gltf_write
from motionverse.motion import Motion
from motionverse.skeleton import Skeleton

if TYPE_CHECKING:
    from motionverse.view import Body

HOLDS = 4  # joints a vertex hangs on
PACKED = (".usdc", ".usdz")  # what only usd-core writes

_STAGE = """#usda 1.0
(
    defaultPrim = "motion"
    doc = "motionverse"
    endTimeCode = {last}
    framesPerSecond = {fps}
    metersPerUnit = 1
    startTimeCode = 0
    timeCodesPerSecond = {fps}
    upAxis = "Y"
)

def SkelRoot "motion" (
    prepend apiSchemas = ["SkelBindingAPI"]
)
{{
    float3[] extent = {extent}

    def Skeleton "skeleton" (
        prepend apiSchemas = ["SkelBindingAPI"]
    )
    {{
        uniform token[] joints = {joints}
        uniform token[] jointNames = {names}
        uniform matrix4d[] bindTransforms = {bind}
        uniform matrix4d[] restTransforms = {rest}
        rel skel:animationSource = </motion/animation>
    }}

    def SkelAnimation "animation"
    {{
        uniform token[] joints = {joints}
        half3[] scales = {scales}
        float3[] translations.timeSamples = {{
{translations}
        }}
        quatf[] rotations.timeSamples = {{
{rotations}
        }}
    }}
{body}}}
"""

_BODY = """
    def Mesh "body" (
        prepend apiSchemas = ["SkelBindingAPI", "MaterialBindingAPI"]
    )
    {{
        uniform bool doubleSided = 0
        float3[] extent = {extent}
        int[] faceVertexCounts = {counts}
        int[] faceVertexIndices = {indices}
        point3f[] points = {points}
        normal3f[] normals = {normals} (
            interpolation = "vertex"
        )
        color3f[] primvars:displayColor = {colours} (
            interpolation = "vertex"
        )
        int[] primvars:skel:jointIndices = {shares} (
            elementSize = {holds}
            interpolation = "vertex"
        )
        float[] primvars:skel:jointWeights = {weights} (
            elementSize = {holds}
            interpolation = "vertex"
        )
        matrix4d primvars:skel:geomBindTransform = ( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1) )
        uniform token subdivisionScheme = "none"
        rel material:binding = </motion/matte>
        rel skel:skeleton = </motion/skeleton>
    }}

    def Material "matte"
    {{
        token outputs:surface.connect = </motion/matte/surface.outputs:surface>

        def Shader "surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor.connect = </motion/matte/colour.outputs:result>
            float inputs:metallic = 0
            float inputs:roughness = 0.8
            token outputs:surface
        }}

        def Shader "colour"
        {{
            uniform token info:id = "UsdPrimvarReader_float3"
            string inputs:varname = "displayColor"
            float3 outputs:result
        }}
    }}
"""


def write(motion: Motion, path: str | Path, body: bool = True) -> None:
    """Write `motion` as .usda or .usd (text), .usdc or .usdz (by usd-core); body: with a skinned mesh to look at.

    Raises MotionError where usd-core is wanted and not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix in PACKED:
        _check_usd_core(path)
    text = stage(motion, body)
    with atomic_path(path) as temporary:
        if suffix == ".usdc":
            _crate(text, temporary)
        elif suffix == ".usdz":
            _package(text, temporary, Path(path).stem)
        else:
            temporary.write_text(text, encoding="utf-8")


def stage(motion: Motion, body: bool = True) -> str:
    """The text of the stage."""
    skeleton = motion.skeleton
    rest = gltf_write.rest_places(skeleton)
    bound = rest[0] + skeleton.rest_positions()
    if body:
        from motionverse.view import body_for

        mesh, text = body_for(skeleton), ""
        reach = float(np.abs(mesh.vertices).max())
        text = _mesh(mesh, bound[0])
    else:
        reach, text = float(np.abs(skeleton.rest_positions()).max()), ""
    reach *= np.sqrt(3.0)  # however it bends, it stays this close to its root
    return _STAGE.format(
        last=len(motion) - 1,
        fps=f"{motion.fps:.10g}",
        extent=_rows(np.stack([motion.root.min(0) - reach, motion.root.max(0) + reach])),
        joints=_texts(paths(skeleton)),
        names=_texts(skeleton.names),
        bind=_matrices(bound),
        rest=_matrices(rest),
        scales=_rows(np.ones((len(skeleton), 3))),
        translations=_translations(motion.root, rest[1:]),
        rotations=_rotations(motion),
        body=text,
    )


def paths(skeleton: Skeleton) -> list[str]:
    """What USD calls each joint: its ancestors' names and its own, as identifiers, with strokes between."""
    own: list[str] = []
    for name in skeleton.names:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        plain = plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"
        free, number = plain, 2
        while free in own:
            free, number = f"{plain}_{number}", number + 1
        own.append(free)
    found: list[str] = []
    for name, parent in zip(own, skeleton.parents, strict=True):
        found.append(name if parent < 0 else f"{found[parent]}/{name}")
    return found


def _translations(root: np.ndarray, others: np.ndarray) -> str:
    """One line a frame: the root's place (T, 3), and those of the other joints on their parents, which never change."""
    still = "".join(f", {row}" for row in _each(others))
    return "\n".join(f"            {k}: [{place}{still}]," for k, place in enumerate(_each(root)))


def _rotations(motion: Motion) -> str:
    quats = rotation.continuous(rotation.to_quat(motion.rotations))
    line = ", ".join(["(%.8g, %.8g, %.8g, %.8g)"] * quats.shape[1])
    frames = np.round(quats, 9).reshape(len(quats), -1)
    return "\n".join(f"            {k}: [{line % tuple(frame)}]," for k, frame in enumerate(frames.tolist()))


def _mesh(body: "Body", root: np.ndarray) -> str:
    """The body in the rest pose, where the root stands at `root` (3,)."""
    shares, weights = body.held_by(HOLDS)
    points = body.vertices + root
    return _BODY.format(
        extent=_rows(np.stack([points.min(0), points.max(0)])),
        counts=_line(np.full(len(body.faces), 3)),
        indices=_line(body.faces),
        points=_rows(points),
        normals=_rows(body.normals),
        colours=_rows(body.colours),
        shares=_line(shares),
        weights=_line(weights),
        holds=HOLDS,
    )


def _each(rows: np.ndarray) -> list[str]:
    """(N, 3) numbers as '(x, y, z)' each."""
    return ["(%.8g, %.8g, %.8g)" % tuple(row) for row in np.round(rows, 9).tolist()]  # noqa: UP031 (three times as fast)


def _rows(rows: np.ndarray) -> str:
    return f"[{', '.join(_each(rows))}]"


def _line(values: np.ndarray) -> str:
    return f"[{', '.join(f'{value:.7g}' for value in values.reshape(-1).tolist())}]"


def _matrices(places: np.ndarray) -> str:
    """Matrices that move to places (J, 3) and turn nothing; USD's vectors are rows."""
    return f"[{', '.join(f'( (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), {row[:-1]}, 1) )' for row in _each(places))}]"


def _texts(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"


def _quoted(name: str) -> str:
    """A name between quotation marks; what would end them, or the line, becomes a stroke."""
    return '"' + re.sub(r'["\\\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]', "_", name) + '"'


def _library(name: str) -> Any:
    """A module of usd-core; they state no types."""
    return importlib.import_module(f"pxr.{name}")


def _check_usd_core(path: str | Path) -> None:
    try:
        _library("Sdf")
    except ImportError:
        raise MotionError(
            f"{path}: {Path(path).suffix} is written by usd-core; pip install usd-core, or write .usda"
        ) from None


def _crate(text: str, place: Path) -> None:
    """Write the stage as a crate file."""
    layer = _library("Sdf").Layer.CreateAnonymous("motion.usda")
    if not layer.ImportFromString(text) or not layer.Export(str(place)):
        raise MotionError(f"{place}: usd-core could not write it; write .usda")


def _package(text: str, place: Path, stem: str) -> None:
    """Write the stage as a package that holds one crate file."""
    with tempfile.TemporaryDirectory() as folder:
        crate = Path(folder) / f"{re.sub(r'[^A-Za-z0-9_-]', '_', stem)}.usdc"
        _crate(text, crate)
        if not _library("UsdUtils").CreateNewUsdzPackage(str(crate), str(place)):
            raise MotionError(f"{place}: usd-core could not write it; write .usda")
