"""The ground and the sky behind a body, drawn in numpy: a checker floor that fades into the background, and a soft shadow.

The camera keeps its direction and its height, so all that depends on a pixel's ray is computed once.
"""

import numpy as np

from motionverse.view.camera import Camera

SKY_HIGH, SKY_LOW = np.array([0.80, 0.845, 0.89]), np.array([0.955, 0.96, 0.965])
TILE, CONTRAST = (
    np.array([0.845, 0.85, 0.855]),
    np.float32(0.06),
)  # the mean tile, and how far the two kinds are from it
SHADOW_SIDE = 256  # pixels of the shadow mask
SHADE = 0.52  # how much light the shadow takes away


def _stripes(x: np.ndarray, width: np.ndarray) -> np.ndarray:
    """A square wave of period 2 averaged over `width` around x: +1 on even cells, -1 on odd ones, 0 where it blurs out."""
    low, high = (x - width / 2) * 0.5, (x + width / 2) * 0.5
    tent_high = np.abs(high - np.floor(high) - 0.5)
    return (np.abs(low - np.floor(low) - 0.5) - tent_high) * 2 / width


class Floor:
    """The floor at height `level` [m] as one camera sees it. tile: side of a square [m]; size: (width, height) pixels;
    light: unit vector toward the light; reach: half the side [m] of the square around the target that the shadow mask covers."""

    def __init__(
        self, camera: Camera, size: tuple[int, int], level: float, tile: float, light: np.ndarray, reach: float
    ):
        width, height = size
        x = (np.arange(width) + 0.5) / width * 2 - 1
        y = 1 - (np.arange(height) + 0.5) / height * 2
        rays = (
            x[None, :, None] * camera.half[0] * camera.turn[:, 0]
            + y[:, None, None] * camera.half[1] * camera.turn[:, 1]
            - camera.turn[:, 2]
        )
        eye = camera.targets[0] + camera.eye
        above = eye[1] - level
        self.first = int(np.argmax(rays[:, width // 2, 1] < -1e-3)) if (rays[..., 1] < -1e-3).any() else height
        rays = rays[self.first :]
        distance = above / np.maximum(-rays[..., 1], 1e-3)
        # where each pixel meets the floor, from the point under the camera's target [m]
        ground = camera.eye[::2] + rays[..., ::2] * distance[..., None]
        self.tile = tile
        spread = np.zeros_like(ground)
        if len(ground) > 1:
            spread = np.abs(np.gradient(ground, axis=0)) + np.abs(np.gradient(ground, axis=1))
        self.blur = np.maximum(spread.max(-1) / tile, 1e-3).astype(np.float32)
        self.ground = (ground / tile).astype(np.float32)  # in tiles
        fade = np.exp(-((np.hypot(ground[..., 0], ground[..., 1]) / (16 * tile)) ** 2)).astype(np.float32)
        ramp = np.linspace(0, 1, height)[:, None, None] ** 0.8
        sky = np.broadcast_to(SKY_HIGH + (SKY_LOW - SKY_HIGH) * ramp, (height, width, 3))
        self.picture = (sky * 255).astype(np.float32)
        # a floor pixel is haze + light * tone, and only light (H, W) changes from frame to frame
        self.haze = self.picture[self.first :] * (1 - fade[..., None])
        self.fade = fade
        self.tone = (TILE * 255).astype(np.float32)
        self._aim(ground, light, reach, camera.targets[0, 1] - level)

    def _aim(self, ground: np.ndarray, light: np.ndarray, reach: float, above: float) -> None:
        """Where each floor pixel falls in the shadow mask, a picture taken from the light: constant, as both follow the target."""
        side = np.cross([0, 1.0, 0], light)
        side /= np.linalg.norm(side)
        self.light_turn = np.stack([side, np.cross(light, side), light], -1)
        point = np.stack([ground[..., 0], np.full(ground.shape[:2], -above), ground[..., 1]], -1)
        at = ((point @ self.light_turn[:, :2]) / reach * [1, -1] * 0.5 + 0.5) * SHADOW_SIDE
        column, row = np.moveaxis(np.clip(at.astype(np.int32), 0, SHADOW_SIDE - 1), -1, 0)
        self.shadow_at = row * SHADOW_SIDE + column

    def draw(self, target: np.ndarray, shadow: np.ndarray | None) -> np.ndarray:
        """(H, W, 3) float32 in 0..255: the picture without the body, the camera's target at `target` (3,) [m].

        shadow: (SHADOW_SIDE, SHADOW_SIDE) in 0..1, how much of the light is taken away, as the light sees the square around
        the target. The array returned is drawn over by the next call.
        """
        at = self.ground + np.asarray(target[::2], np.float32) / self.tile
        light = _stripes(at[..., 0], self.blur) * _stripes(at[..., 1], self.blur)
        light *= CONTRAST
        light += 1
        light *= self.fade
        if shadow is not None:
            light *= (1 - SHADE * shadow).reshape(-1)[self.shadow_at]
        np.multiply(light[..., None], self.tone, out=self.picture[self.first :])
        self.picture[self.first :] += self.haze
        return self.picture
