"""Changes to files, always the same ones for the same seed."""


def lines(content, rng, share):
    """Text of which some lines are others, gone or new."""
    edited = []
    for line in content.split(b'\n'):
        if rng.random() >= share:
            edited.append(line)
            continue
        kind = rng.random()
        if kind < 0.4:
            edited.append(line[:len(line) // 2] + b'x%d' % rng.randrange(1000) + line[len(line) // 2:])
        elif kind < 0.8:
            edited += [line, b'        value_%d = %d' % (rng.randrange(100), rng.randrange(100000))]
    return b'\n'.join(edited)


def places(content, rng, count, longest):
    """Content with insertions, deletions and overwritten bytes, in so many places."""
    pieces, at = [], 0
    for place in sorted(rng.randrange(len(content)) for _ in range(count)):
        if place < at:
            continue
        pieces.append(content[at:place])
        length, kind = rng.randint(1, longest), rng.random()
        if kind < 0.7:
            pieces.append(rng.randbytes(length))
        at = place + (0 if kind < 0.4 else length)
    return b''.join(pieces) + content[at:]
