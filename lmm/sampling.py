"""How motion is sampled unless a request says otherwise: chosen with boards, not learnt. What boards keep of models hangs on it."""

import json

STEPS = 8  # denoiser calls of a sampling run
SHIFT = 3.0  # of those calls towards the noise, where the sentence decides; 1: evenly spaced
LAST = 0.03  # share of the diffusion, before that shift, at which the last call is made: feet slide less than from more
GUIDANCE = 1.5  # scale of each stream at the first, noisiest step
# Down to which share of the diffusion a stream is guided (a limited interval: Kynkaanniemi et al., arXiv 2404.07724): words say
# what is done, which the noisiest steps decide, music and speech when, which the others do.
GUIDED = {"text": 0.87, "keypoints": 0.87, "music": 0.0, "speech": 0.0}
# Towards what a stream tells of the motion by itself answers are drawn by this share, down to that share of the diffusion.
DRAWN = {"keypoints": (0.8, 0.3)}
REACH = 0.15  # [s] around a stream's tokens in which they tell
FAR = 2.0  # [s] from a pose that is given to where they tell that much: beside it they know less than it does
POSED = 0.5  # share of the body's joints that makes a pose
VARIATION = 0.5  # share of the noise to begin from where motion or keypoints settle much; else all of it
LED = 1.0  # the same where words lead on from given motion: 50 of 60 did as they were told so, 42 from half of it
OVERLAP = 1.5  # [s] of the window before that the next one is given


def stated() -> str:
    """All of the above in one line."""
    return json.dumps([STEPS, SHIFT, LAST, GUIDANCE, GUIDED, DRAWN, REACH, FAR, POSED, VARIATION, LED, OVERLAP])
