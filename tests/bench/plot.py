# SPDX-License-Identifier: Apache-2.0
"""The picture of a run, by gnuplot: what each server does with the same reviews."""

import subprocess

from figures import Figures
from report import TITLES

COLOURS = {"floor": "#9e9e9e", "hostdev-webhook": "#1565c0", "lean": "#2e7d32", "controller-runtime": "#f9a825",
           "opa": "#e65100"}
LEFT, PANEL = 0.125, 0.215

HEAD = """set terminal pngcairo size 1200,260 font 'DejaVu Sans,10' background '#ffffff' noenhanced
unset key; unset xtics; set border 2 lc rgb '#9e9e9e'; set style fill solid 0.85 noborder
set ytics nomirror scale 0 font ',10' textcolor rgb '#424242'
set tmargin at screen 0.84; set bmargin at screen 0.06
"""


def bars(title, number, rows, digits):
    """rows: (server, value), one below the other; only the first panel has their names."""
    data = "\n".join(f'{value} {-i} "{value:,.{digits}f}"' for i, (_, value) in enumerate(rows))
    plots = ", ".join(f"$data every ::{i}::{i} using (0):2:(0):1:($2-0.36):($2+0.36) with boxxyerror lc rgb "
                      f"'{COLOURS[server]}'" for i, (server, _) in enumerate(rows))
    names = ", ".join(f'"{TITLES[server] if number == 0 else ""}" {-i}' for i, (server, _) in enumerate(rows))
    left = LEFT + number * (PANEL + 0.005)
    most = max(value for _, value in rows)
    return (f"$data << END\n{data}\nEND\nset title '{title}' font ',11'\nset ytics ({names})\n"
            f"set lmargin at screen {left}; set rmargin at screen {left + PANEL - 0.03}\n"
            f"set yrange [{0.4 - len(rows)}:0.6]; set xrange [0:{most * 1.3}]\n"
            f"plot {plots}, $data using 1:2:3 with labels left offset 0.6,0 font ',10'\n")


def draw(runs, path):
    figures = Figures(runs)
    servers = [server for server in COLOURS if server in figures.servers()]

    def closed(key):
        def of(server):
            if server == "floor":
                return figures.floor_beside("hostdev-webhook", "allow", 16, key)
            return figures.value(server, "allow", 16, key)
        return of

    panels = [("reviews per second", closed("rate"), 0), ("CPU per review, µs", closed("cpu_us"), 0),
              ("99th percentile, ms", closed("p99_ms"), 1),
              ("memory under load, MiB", lambda server: figures.memory(server, "loaded", "rss"), 0)]
    script = HEAD + f"set output '{path}'\nset multiplot\n"
    for number, (title, of, digits) in enumerate(panels):
        rows = [(server, of(server).median) for server in servers if of(server)]
        script += bars(title, number, rows, digits)
    subprocess.run(["gnuplot"], input=script + "unset multiplot\n", text=True, check=True)
