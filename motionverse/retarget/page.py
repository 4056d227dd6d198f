"""A retarget's report as one HTML page that needs nothing else: pictures of both rest poses, and who plays whom."""

from html import escape

import numpy as np

from motionverse.retarget.report import Picture, Report

_SIZE, _MARGIN = 360, 24  # px
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em;color:#1d2530;background:#fff}
figure{display:inline-block;margin:0 1em 1em 0}figcaption{text-align:center}svg{background:#f4f6f9;border-radius:8px}
table{border-collapse:collapse}td,th{padding:.15em .8em;text-align:left;border-bottom:1px solid #dfe4ea}
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.guessed td{background:#fff3cf}
.left{--c:#c2432c}.right{--c:#2167ae}.middle{--c:#2f7d4f}.none{--c:#b4bcc6}
line{stroke:var(--c);stroke-width:2.5;stroke-linecap:round}circle{fill:var(--c)}
"""


def html(report: Report) -> str:
    """The page, self-contained: no script, no font, no picture from elsewhere."""
    facts = report.facts()
    names = ("source", "target")
    titles = [
        f"{side}: {facts[side]['family'] or 'unknown names'} (T-pose from {facts[side]['rest']})" for side in names
    ]
    drawn = "".join(
        f"<figure>{_drawing(picture)}<figcaption>{escape(title)}</figcaption></figure>"
        for picture, title in zip(report.pictures, titles, strict=False)
    )
    rows = "".join(_row(row) for row in facts["joints"])
    left = "".join(
        f"<h2>{escape(title[:1].upper() + title[1:])}</h2><p>{escape(', '.join(joints))}</p>"
        for title, joints in report.left_out().items()
    )
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Retarget report</title><style>{_STYLE}</style>\n'
        f"<h1>Retarget report</h1>\n{drawn}\n"
        '<p>As they rest, seen from the front: <b class="left" style="color:var(--c)">the subject\'s left</b>, '
        '<b class="right" style="color:var(--c)">right</b>, <b class="middle" style="color:var(--c)">trunk</b>, '
        "grey what plays no part. Rows on yellow were guessed from the shape of the skeleton: look at these first.</p>\n"
        f"{_figures(report)}\n<table><tr><th>part<th>source<th>target<th>apart, mm</tr>\n{rows}</table>\n{left}</html>\n"
    )


def _figures(report: Report) -> str:
    said = [
        f"Scale {report.scale:.3f} (target metres per source metre, by leg length).",
        f"Joints are {report.error_mm[0]:.0f} mm from the scaled source on average, {report.error_mm[1]:.0f} mm at most.",
        f"Limbs point {report.direction_deg[0]:.1f}° elsewhere on average, {report.direction_deg[1]:.1f}° at most.",
        *(f"Doubtful: {doubt}." for doubt in report.doubts),
        f"Near the floor toes slide at {report.skate[1] * 100:.1f} cm/s; the scaled source's at {report.skate[0] * 100:.1f}.",
    ]
    return f"<p>{'<br>'.join(escape(line) for line in said)}</p>"


def _row(row: dict) -> str:
    apart = "" if row["error_mm"] is None else f"{row['error_mm']:.0f}"
    cells = "".join(f"<td>{escape(row[key]) or '–'}" for key in ("part", "source", "target"))
    return f'<tr{" class=guessed" if row["guessed"] else ""}>{cells}<td class="n">{apart}</tr>\n'


def _drawing(picture: Picture) -> str:
    """An SVG of a figure from the front: its own left to the viewer's right, up to the top."""
    flat = _flat(picture)
    low, high = flat.min(0), flat.max(0)
    scale = (_SIZE - 2 * _MARGIN) / max(float((high - low).max()), 1e-9)
    at = (flat - (low + high) / 2) * [scale, -scale] + _SIZE / 2
    kinds = [_kind(part) for part in picture.parts]
    bones, dots = [], []
    for j, (x, y) in enumerate(at):
        parent = picture.parents[j]
        if parent >= 0:
            kind = kinds[j] if kinds[j] != "none" else "none"
            bones.append(
                f'<line class="{kind}" x1="{at[parent][0]:.1f}" y1="{at[parent][1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>'
            )
        title = f"<title>{escape(picture.parts[j])}</title>" if picture.parts[j] else ""
        dots.append(f'<circle class="{kinds[j]}" cx="{x:.1f}" cy="{y:.1f}" r="3">{title}</circle>')
    inside = "".join(bones + dots)
    return f'<svg viewBox="0 0 {_SIZE} {_SIZE}" width="{_SIZE}" height="{_SIZE}" role="img">{inside}</svg>'


def _kind(part: str) -> str:
    return part.split("_")[0] if part.startswith(("left_", "right_")) else "middle" if part else "none"


def _flat(picture: Picture) -> np.ndarray:
    """(J, 2) places as the viewer in front of the figure sees them: x to the figure's left, y up."""
    places = {part: picture.places[j] for j, part in enumerate(picture.parts)}
    across = places["left_hip"] - places["right_hip"]
    left = across / max(float(np.linalg.norm(across)), 1e-9)
    middle = (places["left_hip"] + places["right_hip"]) / 2
    top = places.get("head", places.get("neck", places.get("spine3", middle)))
    up = top - middle if np.linalg.norm(top - middle) > 1e-6 else np.array([0.0, 1.0, 0.0])
    up = up - (up @ left) * left
    up = up / max(float(np.linalg.norm(up)), 1e-9)
    return np.stack([picture.places @ left, picture.places @ up], -1)
