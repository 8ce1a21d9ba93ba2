#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""picture.py PROGRAM FILE: draws what a terminal of 120 columns shows of `check` on tests/readme/manifests."""

import os
import pty
import re
import sys

from PIL import Image, ImageDraw, ImageFont

COLUMNS = 120
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono%s.ttf"
BACKGROUND = (24, 26, 32)
PLAIN = (214, 216, 222)
COLOURS = {31: (240, 98, 98), 32: (120, 200, 120), 33: (236, 190, 84), 36: (92, 196, 214)}
SEQUENCE = re.compile(r"\033\[([0-9;]*)m")


def record(program, folder):
    """The program's output as it comes to a terminal, with its prompt."""
    arguments = ["check", "manifests/"]
    output = []

    def read(fd):
        data = os.read(fd, 65536)
        output.append(data)
        return data

    os.environ.update(TERM="xterm-256color")
    os.environ.pop("NO_COLOR", None)
    os.chdir(folder)
    sys.stdout.flush()
    pty.spawn([program, *arguments], read)
    return f"$ hostdev-webhook {' '.join(arguments)}\n" + b"".join(output).decode().replace("\r\n", "\n")


def cells(text):
    """(row, column, character, colour, bold) of each character, long lines going on in the next row."""
    row = column = at = 0
    colour, bold = PLAIN, False
    while at < len(text):
        sequence = SEQUENCE.match(text, at)
        if sequence:
            for code in (int(part or 0) for part in sequence[1].split(";")):
                bold = code == 1 or (bold and code != 0)
                colour = PLAIN if code == 0 else COLOURS.get(code, colour)
            at = sequence.end()
            continue
        if text[at] == "\n" or column == COLUMNS:
            row, column = row + 1, 0
        if text[at] != "\n":
            yield row, column, text[at], colour, bold
            column += 1
        at += 1


def draw(text, path):
    fonts = [ImageFont.truetype(FONT % name, 15) for name in ("", "-Bold")]
    width, height, margin = 9, 20, 14
    drawn = list(cells(text))
    rows = max(cell[0] for cell in drawn) + 1
    image = Image.new("RGB", (COLUMNS * width + 2 * margin, rows * height + 2 * margin), BACKGROUND)
    pen = ImageDraw.Draw(image)
    for row, column, character, colour, bold in drawn:
        pen.text((margin + column * width, margin + row * height), character, colour, fonts[bold])
    image.save(path, optimize=True)


program, path = (os.path.abspath(argument) for argument in sys.argv[1:])
draw(record(program, os.path.join(os.path.dirname(__file__), "")), path)
