# SPDX-License-Identifier: Apache-2.0
"""A flame graph as SVG: each function as wide as its share of the samples, above who called it."""

from html import escape

WIDTH, ROW, LETTER = 1200, 17, 6.6


class Node:
    def __init__(self):
        self.count, self.parts = 0, {}


def tree_of(counts):
    root = Node()
    for stack, count in counts.items():
        root.count += count
        at = root
        for name in stack.split(";"):
            at = at.parts.setdefault(name, Node())
            at.count += count
    return root


def depth_of(node):
    return 1 + max((depth_of(part) for part in node.parts.values()), default=0)


def colour_of(name):
    """The kernel and libraries without names in grey, the rest in warm colours that differ a little."""
    if name.startswith("["):
        return "#bdbdbd"
    mix = sum(map(ord, name))
    return f"rgb({225 + mix % 30},{120 + mix % 90},{50 + mix % 40})"


def boxes(node, x, level, height, total):
    for name, part in sorted(node.parts.items()):
        width = part.count / total * WIDTH
        if width >= 0.5:
            y = height - (level + 1) * ROW
            letters = int(width / LETTER) - 1
            label = name if len(name) <= letters else name[:max(letters - 1, 0)] + "…" if letters > 3 else ""
            yield (f'<g><title>{escape(name)}: {part.count / total:.1%}</title>'
                   f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 1}" fill="{colour_of(name)}"/>'
                   f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(label)}</text></g>')
            yield from boxes(part, x, level + 1, height, total)
        x += width


def graph(counts, title):
    root = tree_of(counts)
    height = (depth_of(root) + 1) * ROW
    body = "\n".join(boxes(root, 0, 0, height, max(root.count, 1)))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" '
            f'font-size="11"><text x="3" y="12">{escape(title)}</text>\n{body}\n</svg>\n')
