"""A body on a floor, off-screen: pyrender (EGL) shades the body, numpy draws the floor and the shadow behind it.

The only file that knows pyrender and OpenGL. Needs a Mesa or a vendor's EGL; says which packages where there is none.
"""

import os
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.view.body import Body
from motionverse.view.camera import Camera
from motionverse.view.floor import SHADOW_SIDE, Floor

# direction from the light toward the body in camera axes (right, up, back), linear colour, strength: key, fill, rim
LIGHTS = (
    ((0.55, 0.75, 0.70), (1.0, 0.96, 0.90), 3.6),
    ((-0.85, 0.15, 0.60), (0.80, 0.88, 1.0), 1.25),
    ((-0.25, 0.55, -0.95), (1.0, 1.0, 1.0), 2.4),
)
AMBIENT = 0.22
SUN = np.array([0.30, 0.88, 0.22])  # camera axes on the floor: where the shadow comes from
PACKAGES = "apt install libegl1 libegl-mesa0 libgl1-mesa-dri"


def _load() -> ModuleType:
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")  # must be there before the import
    try:
        import pyrender
    except ImportError as error:
        if "GL" in str(error) and "pyrender" not in str(error):
            raise MotionError(f"view: no OpenGL for off-screen pictures ({error}); {PACKAGES}") from error
        raise MotionError(f"view: {error}; pip install 'large-motion-model[view]'") from error
    except Exception as error:  # PyOpenGL raises what its platform raises: AttributeError, RuntimeError, OSError
        raise MotionError(f"view: no EGL for off-screen pictures ({error}); {PACKAGES}") from error
    return pyrender


def _looking(direction: np.ndarray) -> np.ndarray:
    """(4, 4) pose whose +Z is `direction` (lights and cameras look along -Z)."""
    back = direction / np.linalg.norm(direction)
    right = np.cross([0, 1.0, 0], back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(back, right), back], -1)
    return pose


class Stage:
    """Draws poses of one body through one camera. A context manager: it holds an OpenGL context.

    size: (width, height) pixels; level: height of the floor [m]; height: the body's [m].
    """

    def __init__(self, body: Body, camera: Camera, size: tuple[int, int], level: float, height: float):
        self.body, self.camera = body, camera
        self._pyrender = _load()
        try:
            self._renderer = self._pyrender.OffscreenRenderer(*size)
        except Exception as error:  # EGL's own exceptions are many; without a context nothing can be drawn
            raise MotionError(f"view: EGL gives no OpenGL context ({error}); {PACKAGES}") from error
        self._renderer._renderer._read_main_framebuffer = self._read_colour
        sun = camera.turn @ np.array([SUN[0], 0, SUN[2]]) * [1, 0, 1] + [0, SUN[1], 0]
        self._reach = 1.35 * height
        tile = 0.5 if 0.5 < height < 4 else 0.3 * height
        self.floor = Floor(camera, size, level, tile, sun / np.linalg.norm(sun), self._reach)
        self._build_scene()

    def _build_scene(self) -> None:
        pyrender, body = self._pyrender, self.body
        self._scene = pyrender.Scene(bg_color=[0.0, 0.0, 0.0, 0.0], ambient_light=[AMBIENT] * 3)
        colours = np.concatenate([body.colours, np.ones((len(body.colours), 1), np.float32)], -1)
        material = pyrender.MetallicRoughnessMaterial(
            baseColorFactor=[1.0] * 4, metallicFactor=0.0, roughnessFactor=0.62
        )
        self._skin = pyrender.Primitive(
            positions=body.vertices, normals=body.normals, color_0=colours, indices=body.faces, material=material
        )
        self._buffer = np.concatenate([body.vertices, body.normals, colours], -1).astype(np.float32)
        self._scene.add(pyrender.Mesh([self._skin]))
        half, far = self.camera.half, float(np.linalg.norm(self.camera.eye)) * 3
        lens = pyrender.PerspectiveCamera(2 * np.arctan(half[1]), 0.02 * far, far, half[0] / half[1])
        self._camera = self._scene.add(lens)
        for direction, colour, strength in LIGHTS:
            light = pyrender.DirectionalLight(color=colour, intensity=strength)
            self._scene.add(light, pose=_looking(self.camera.turn @ np.array(direction)))

    def draw(self, frame: int, positions: np.ndarray, rotations: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: the pose positions (J, 3) [m], world rotations (J, 3, 3), as the camera sees it at `frame`."""
        vertices, normals = self.body.pose(positions, rotations)
        self._upload(vertices, normals)
        flags: Any = self._pyrender.RenderFlags
        target = self.camera.targets[frame]
        self._scene.set_pose(self._camera, self.camera.pose(frame))
        colour = self._render(flags.RGBA)
        return _over(colour, self.floor.draw(target, self._shadow(vertices - target)))

    def _shadow(self, vertices: np.ndarray) -> np.ndarray:
        """Soft mask (S, S) in 0..1 of what vertices (V, 3), from the target [m], keep from the light.

        A picture of dots: a body's vertices lie closer together than the mask's pixels, and a second OpenGL pass would cost as
        much as the first.
        """
        from PIL import Image, ImageFilter

        at = (vertices @ self.floor.light_turn[:, :2] / self._reach * [0.5, -0.5] + 0.5) * SHADOW_SIDE
        column, row = np.clip(at, 0, SHADOW_SIDE - 1).astype(np.int32).T
        mask = np.zeros((SHADOW_SIDE, SHADOW_SIDE), np.uint8)
        mask[row, column] = 255
        mask[[0, -1]] = mask[:, [0, -1]] = 0  # what is outside was clipped to the border
        closed = Image.fromarray(mask).filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(2.0))
        return np.asarray(closed, np.float32) / 255

    def _render(self, flags: int) -> np.ndarray:
        """(H, W, 4) uint8, premultiplied by alpha."""
        result: Any = self._renderer.render(self._scene, flags)
        return result

    def _upload(self, vertices: np.ndarray, normals: np.ndarray) -> None:
        """Overwrite the skin's vertex buffer: a new mesh every frame would cost three times as much."""
        self._buffer[:, :3], self._buffer[:, 3:6] = vertices, normals
        self._skin.positions, self._skin.normals = self._buffer[:, :3], self._buffer[:, 3:6]
        if self._skin._vaid is None:  # not yet on the device: the first render uploads it
            return
        from OpenGL import GL

        self._renderer._platform.make_current()
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._skin._buffers[0])
        GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, self._buffer.nbytes, self._buffer)

    def _read_colour(self, _scene: object, _flags: int) -> np.ndarray:
        """In place of pyrender's own: it also fetches and converts the depth, half of a frame's time, which nobody needs."""
        from OpenGL import GL

        inner = self._renderer._renderer
        width, height = inner._main_fb_dims
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, inner._main_fb_ms)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, inner._main_fb)
        GL.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, inner._main_fb)
        pixels: Any = GL.glReadPixels(0, 0, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE)
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[::-1]

    def close(self) -> None:
        self._renderer.delete()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _over(colour: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """A premultiplied picture (H, W, 4) uint8 over another (H, W, 3) in 0..255, as (H, W, 3) uint8."""
    picture = behind.astype(np.uint8)
    rows, columns = np.flatnonzero(colour[..., 3].any(1)), np.flatnonzero(colour[..., 3].any(0))
    if len(rows):
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part = colour[box].astype(np.float32)
        picture[box] = np.minimum(part[..., :3] + behind[box] * (1 - part[..., 3:] / 255), 255).astype(np.uint8)
    return picture
