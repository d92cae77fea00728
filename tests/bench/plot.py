"""The plot of throughput over round-trip time, as SVG; readable on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 46, 56
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222 }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #bbb; stroke-width: 1; stroke-dasharray: 2 4 }
.axis { stroke: #444; stroke-width: 1.2 }
.line { fill: none; stroke-width: 2.5 }
.s0 { stroke: #0b63c5 } .s1 { stroke: #c2410c } .s2 { stroke: #6b7280; stroke-dasharray: 5 4 }
.d0 { fill: #0b63c5 } .d1 { fill: #c2410c } .d2 { fill: #6b7280 }
.ground { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e6e6 } .grid { stroke: #555 } .axis { stroke: #bbb } .ground { fill: #16181d }
  .s0 { stroke: #6cb2ff } .s1 { stroke: #ff9a5c } .s2 { stroke: #a3a9b3 }
  .d0 { fill: #6cb2ff } .d1 { fill: #ff9a5c } .d2 { fill: #a3a9b3 }
}
"""


def plot(rtts: Sequence[float], lines: Mapping[str, Sequence[float]], title: str) -> str:
    """``lines``: MB/s by title, one for each round-trip time in milliseconds; both axes begin at 0."""
    step = nice_step(max(max(values) for values in lines.values()))
    top = step * math.ceil(max(max(values) for values in lines.values()) * 1.02 / step)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x_of(rtt: float) -> float:
        return LEFT + (right - LEFT) * rtt / max(rtts)

    def y_of(rate: float) -> float:
        return bottom - (bottom - TOP) * rate / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escaped(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        text(LEFT, 26, title, "title"),
    ]
    for number in range(round(top / step) + 1):
        y = y_of(number * step)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(text(LEFT - 8, y + 4, f"{number * step:g}", anchor="end"))
    labelled = -100.0
    for rtt in rtts:
        x = x_of(rtt)
        parts.append(f'<line class="axis" x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 5}"/>')
        if x - labelled >= 24:  # those of short round trips would lie on each other
            parts.append(text(x, bottom + 20, f"{rtt:g}", anchor="middle"))
            labelled = x
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>')
    parts.append(text((LEFT + right) / 2, HEIGHT - 14, "round-trip time, ms", anchor="middle"))
    middle = (TOP + bottom) / 2
    turned = f' transform="rotate(-90 20 {middle:.0f})"'
    parts.append(text(20, middle, "throughput, MB/s", anchor="middle", more=turned))
    label_ys: list[float] = []
    for number, (name, values) in enumerate(lines.items()):
        points = [(x_of(rtt), y_of(rate)) for rtt, rate in zip(rtts, values, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        parts += [f'<circle class="d{number}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in points]
        y = points[-1][1] + 4
        while any(abs(y - other) < 17 for other in label_ys):
            y -= 17 if y > TOP + 17 else -17
        label_ys.append(y)
        parts.append(text(right + 12, y, name))
    return "\n".join([*parts, "</svg>", ""])


def nice_step(top: float) -> float:
    """A round number of which some five make the axis."""
    rough = top / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= rough)


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;")


def text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start", more: str = "") -> str:
    shown = escaped(words)
    class_ = f' class="{kind}"' if kind else ""
    return f'<text{class_} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{shown}</text>'
