"""The chart of bytes per update, as an SVG that is read on a light page and on a dark one."""
import math

LEFT, RIGHT, TOP, ROW, FOOT = 300, 40, 74, 34, 34
WIDTH = 960
KINDS = (('gzip', 'layers (gzip)'), ('librsync', 'librsync (gzip)'), ('delta', 'our delta'))
STYLE = '''
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.small { font-size: 11px; fill: #57606a } .strong { font-weight: 600; fill: #0550ae }
.grid { stroke: #d0d7de; stroke-width: 1 } .span { stroke: #8c959f; stroke-width: 1.5 }
.gzip { fill: #57606a } .librsync { fill: #bc4c00 } .delta { fill: #0969da }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .small { fill: #9198a1 } .strong { fill: #79c0ff }
.grid { stroke: #3d444d } .span { stroke: #6e7681 }
.gzip { fill: #9198a1 } .librsync { fill: #f0883e } .delta { fill: #58a6ff } }
'''


class Scale:
    """Bytes to places, a decade as wide as the next."""

    def __init__(self, values):
        self.first, self.last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def at(self, value):
        return LEFT + (math.log10(value) - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)

    def decades(self):
        return range(self.first, self.last + 1)


def drawn(table):
    shown = [f for f in table if f['delta']]  # what costs nothing has no place on a logarithm
    scale = Scale([f[kind] for f in shown for kind, _ in KINDS])
    bottom = TOP + ROW * len(shown)
    parts = [legend(), *(decade(scale, power, bottom) for power in scale.decades())]
    parts += [line(f, scale, TOP + ROW * place + ROW / 2) for place, f in enumerate(shown)]
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Bytes per update: layers, librsync, our delta">\n<style>%s</style>\n%s</svg>\n'
            % (WIDTH, bottom + FOOT, STYLE, ''.join(parts)))


def legend():
    text, at = '<text x="12" y="24" style="font-size:15px;font-weight:600">What an update sends, in bytes (a step of the grid is ten times as many)</text>\n', LEFT
    for kind, words in KINDS:
        text += mark(kind, at, 46) + '<text x="%d" y="50">%s</text>\n' % (at + 11, words)
        at += 140
    return text


def decade(scale, power, bottom):
    at = scale.at(10 ** power)
    return '<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="small" x="%.1f" y="%d" text-anchor="middle">%s</text>\n' % (
        at, at, TOP - 8, bottom, at, bottom + 18, named(10 ** power))


def line(f, scale, y):
    places = {kind: scale.at(f[kind]) for kind, _ in KINDS}
    text = '<text x="12" y="%.1f">%s</text>' % (y + 4, escaped(f['title']))
    text += '<line class="span" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>' % (min(places.values()), max(places.values()), y, y)
    text += ''.join(mark(kind, places[kind], y) for kind, _ in KINDS)
    return text + '<text class="strong" x="%.1f" y="%.1f" text-anchor="middle">%s</text>\n' % (places['delta'], y - 8, format(f['delta'], ','))


def mark(kind, x, y):
    """A shape of its own for each, for who does not tell the colours."""
    if kind == 'gzip':
        return '<rect class="gzip" x="%.1f" y="%.1f" width="9" height="9"/>' % (x - 4.5, y - 4.5)
    if kind == 'librsync':
        return '<path class="librsync" d="M%.1f %.1fl6 6l-6 6l-6 -6z"/>' % (x, y - 6)
    return '<circle class="delta" cx="%.1f" cy="%.1f" r="5.5"/>' % (x, y)


def named(size):
    for unit in ('B', 'kB', 'MB', 'GB'):
        if size < 1000:
            return '%d %s' % (size, unit)
        size //= 1000
    return '%d TB' % size


def escaped(text):
    return text.replace('&', '&amp;').replace('<', '&lt;')
