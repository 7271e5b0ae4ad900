"""A transposed convolution as a film: every input value stamps the kernel, and stamps add up (an SVG)."""

from __future__ import annotations

import numpy as np

CELL, GAP, TOP = 26, 60, 30  # pixels: of a cell's side, between the two maps, above them
SECONDS = 1.0  # of each stamp
STYLE = """<style>
.stamp {{ opacity: 0; animation: stamp {whole}s infinite step-end; }}
{delays}
@keyframes stamp {{ 0% {{ opacity: 1; }} {share:.4f}% {{ opacity: 0; }} }}
@media (prefers-reduced-motion: reduce) {{
  .stamp {{ animation: none; }} .stamp.last {{ opacity: 1; }} }}
</style>"""


def stamps(x: np.ndarray, kernel: np.ndarray, stride: int) -> list[np.ndarray]:
    """Return the output (H, W) of a transposed convolution after each value of x (P, Q)."""
    size = [(n - 1) * stride + k for n, k in zip(x.shape, kernel.shape, strict=True)]
    y, frames = np.zeros(size), []
    for p, q in np.ndindex(x.shape):
        top, left = p * stride, q * stride
        y[top : top + kernel.shape[0], left : left + kernel.shape[1]] += x[p, q] * kernel
        frames.append(y.copy())
    return frames


def film(x: np.ndarray, kernel: np.ndarray, stride: int) -> str:
    """Return the film: left the input, right the output as it grows, a frame for each stamp."""
    frames = stamps(x, kernel, stride)
    whole, most = len(frames) * SECONDS, float(frames[-1].max())
    rows, columns = frames[-1].shape
    left = x.shape[1] * CELL + GAP
    width, height = left + columns * CELL + 2, TOP + rows * CELL + 2
    delays = "\n".join(f".s{i} {{ animation-delay: {i * SECONDS - whole:g}s; }}" for i in range(len(frames)))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
        STYLE.format(whole=f"{whole:g}", share=100 / len(frames), delays=delays),
        f'<text x="0" y="18">input</text><text x="{left}" y="18">output</text>',
        _cells(x, float(x.max()), 1, TOP),
        f'<text x="{left - GAP / 2 - 8}" y="{TOP + rows * CELL / 2}" font-size="22">→</text>',
    ]
    for i, frame in enumerate(frames):
        p, q = divmod(i, x.shape[1])
        spot = _box(1 + q * CELL, TOP + p * CELL, CELL, CELL)
        sides = kernel.shape[1] * CELL, kernel.shape[0] * CELL
        under = _box(left + q * stride * CELL, TOP + p * stride * CELL, *sides)
        last = " last" if i == len(frames) - 1 else ""
        parts.append(f'<g class="stamp s{i}{last}">{_cells(frame, most, left, TOP)}{spot}{under}</g>')
    return "".join([*parts, "</svg>"])


def _cells(values: np.ndarray, most: float, left: float, top: float) -> str:
    """Return a map as squares, the darker the larger, each with its number."""
    parts = []
    for (row, column), value in np.ndenumerate(values):
        share = value / most if most else 0.0
        red, green, blue = (round(255 - share * (255 - end)) for end in (0x1F, 0x5F, 0xA8))
        x, y = left + column * CELL, top + row * CELL
        parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{CELL}" height="{CELL}" '
            f'fill="rgb({red},{green},{blue})" stroke="#c3cad3"/>'
        )
        if value:
            ink = "#fff" if share > 0.5 else "#1d2430"
            place = f'x="{x + CELL / 2:g}" y="{y + CELL / 2 + 4:g}"'
            parts.append(f'<text {place} text-anchor="middle" font-size="11" fill="{ink}">{value:.2g}</text>')
    return "".join(parts)


def _box(x: float, y: float, width: float, height: float) -> str:
    sides = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {sides} fill="none" stroke="#c0271a" stroke-width="2.5"/>'
