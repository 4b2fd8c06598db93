"""Makes JPEG files of every kind and what Pillow makes of them. Run with Pillow 9.4
(libjpeg-turbo 2.1) and numpy, and with cjpeg of Debian's libjpeg-turbo-progs:

    python3 kinds.py              # kinds.tar.gz beside it, of tiny pictures
    python3 kinds.py FOLDER [N]   # a corpus: pairs of .jpg and .png, N damaged ones

The tests read the archive, and the folder in GORGONET_JPEGS. Where Pillow gives an error
there is no .png (no .rgb in the archive): then an error is wanted."""
import gzip
import io
import itertools
import os
import random
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
from PIL import Image


def picture(w, h, seed=0):
    """Smooth parts, edges, saturated corners and some noise."""
    y, x = np.mgrid[0:h, 0:w]
    r = np.random.RandomState(seed + 1000 * w + h)
    a = np.stack([128 + 127 * np.sin(x / 9), 128 + 127 * np.cos(y / 7 + x / 31), np.where((x // 4 + y // 6) % 2, 240, 12)], -1)
    return Image.fromarray(np.clip(a + r.normal(0, 2, a.shape), 0, 255).astype(np.uint8))


def cjpeg(image, *arguments, scans=None):
    ppm = io.BytesIO()
    image.save(ppm, "PPM")
    with tempfile.NamedTemporaryFile("w") as f:
        if scans:
            f.write(scans)
            f.flush()
            arguments += ("-scans", f.name)
        return subprocess.run(["cjpeg", *arguments], input=ppm.getvalue(), capture_output=True, check=True).stdout


def pillow(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def segments(data):
    """The segments up to the first scan's header, and the rest."""
    out, at = [], 2
    while data[at + 1] != 0xDA:
        n = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        out.append(data[at : at + n])
        at += n
    return out, data[at:]


def edited(data, edit):
    """The file with other segments before its first scan."""
    old, rest = segments(data)
    return data[:2] + b"".join(edit(s) for s in old) + rest


def without(*markers):
    return lambda s: b"" if s[1] in markers else s


def named(names):
    """Other names of components."""
    def edit(s):
        if s[1] in range(0xC0, 0xD0) and s[1] not in (0xC4, 0xC8, 0xCC):
            s = bytearray(s)
            for i, n in enumerate(names):
                s[10 + 3 * i] = n
        return bytes(s)
    return edit


def renamed(data, names):
    """Other names of components, in all headers of one scan; no JFIF segment."""
    data = bytearray(edited(edited(data, without(0xE0)), named(names)))
    at = bytes(data).index(b"\xff\xda")
    for i, n in enumerate(names[: data[at + 4]]):
        data[at + 5 + 2 * i] = n
    return bytes(data)


def adobe(transform):
    return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])


def marked(data, segment):
    """The file with a segment in place of JFIF's and Adobe's."""
    data = edited(data, without(0xE0, 0xEE))
    return data[:2] + segment + data[2:]


SAMPLES = [f"{h}x{v}" for h in range(1, 5) for v in range(1, 5) if h * v <= 8] + [
    "2x2,2x1,1x1", "2x2,1x2,2x1", "2x2,1x1,2x2", "1x1,2x2,1x1", "4x1,2x1,1x1", "1x4,1x2,1x1",
    "1x1,2x1,1x1", "2x1,1x2,1x1", "4x1,2x1,2x1", "1x4,1x2,1x2", "2x1,1x1,2x1", "2x2,2x2,1x1", "1x2,2x1,1x1",
]
INCOMPLETE = {
    "dc": "0 1 2: 0-0, 0, 0;",
    "dc-shifted": "0 1 2: 0-0, 0, 2;",
    "ac5": "0 1 2: 0-0, 0, 0; 0: 1-5, 0, 2; 2: 1-63, 0, 1; 1: 1-2, 0, 1;",
    "ac9": "0 1 2: 0-0, 0, 1; 0: 1-9, 0, 1; 0 1 2: 0-0, 1, 0; 0: 1-9, 1, 0;",
    "luma": "0 1 2: 0-0, 0, 0; 0: 1-63, 0, 0;",
    "some": "0 1 2: 0-0, 0, 0; 0: 1-1, 0, 0; 1: 3-63, 0, 3;",
}
SEPARATE = {"apart": "0; 1; 2;", "two-one": "0 1; 2;", "one-two": "0; 1 2;", "late": "2; 1; 0;"}


def kinds(w, h):
    """Names and files of every kind."""
    p = picture(w, h)
    for s in SAMPLES:
        name = s.replace(",", "-")
        yield f"samples-{name}", cjpeg(p, "-quality", "85", "-sample", s)
        yield f"progressive-{name}", cjpeg(p, "-quality", "85", "-progressive", "-sample", s)
    for s in ["1x1", "2x1", "1x2", "2x2", "4x4", "3x3", "2x2,2x1,1x1", "4x4,2x2,1x1", "4x3"]:
        for n, script in SEPARATE.items():
            if n == "apart" or "4" not in s and "3" not in s:
                yield f"{n}-{s.replace(',', '-')}", cjpeg(p, "-sample", s, scans=script)
    yield "apart-restarts", cjpeg(p, "-sample", "2x2", "-restart", "2B", scans=SEPARATE["apart"])
    for s in ["1x1", "2x2", "1x2", "4x1"]:
        for n, script in INCOMPLETE.items():
            yield f"incomplete-{n}-{s}", cjpeg(p, "-sample", s, "-quality", "60", scans=script)
    for r in ["1B", "3B", "1"]:
        yield f"restarts-{r}", cjpeg(p, "-restart", r)
        yield f"restarts-{r}-progressive", cjpeg(p, "-restart", r, "-progressive")
        yield f"restarts-{r}-arithmetic", cjpeg(p, "-restart", r, "-arithmetic")
        yield f"restarts-{r}-arithmetic-progressive", cjpeg(p, "-restart", r, "-arithmetic", "-progressive")
        yield f"restarts-{r}-gray", cjpeg(p, "-restart", r, "-grayscale", "-sample", "2x2")
    for s in ["1x1", "2x2", "2x1", "1x2", "4x2", "2x2,1x2,2x1"]:
        n = s.replace(",", "-")
        yield f"arithmetic-{n}", cjpeg(p, "-arithmetic", "-sample", s)
        yield f"arithmetic-progressive-{n}", cjpeg(p, "-arithmetic", "-progressive", "-sample", s)
    yield "arithmetic-apart", cjpeg(p, "-arithmetic", scans=SEPARATE["apart"])
    yield "arithmetic-gray", cjpeg(p, "-arithmetic", "-grayscale")
    yield "arithmetic-incomplete", cjpeg(p, "-arithmetic", scans=INCOMPLETE["ac5"])
    for n, o in {"gray": [], "gray-progressive": ["-progressive"], "gray-2x2": ["-sample", "2x2"], "gray-2x2-progressive": ["-sample", "2x2", "-progressive"]}.items():
        yield n, cjpeg(p, "-grayscale", *o)
    for q in [1, 5, 100]:
        yield f"quality-{q}", cjpeg(p, "-quality", str(q))
        yield f"quality-{q}-progressive", cjpeg(p, "-quality", str(q), "-progressive")
    yield "optimized", cjpeg(p, "-optimize")
    yield "extended", bytes(cjpeg(p).replace(b"\xff\xc0", b"\xff\xc1", 1))
    for s in ["1x1", "2x2", "2x1"]:
        yield f"rgb-{s}", cjpeg(p, "-rgb", "-sample", s)
        yield f"rgb-progressive-{s}", cjpeg(p, "-rgb", "-progressive", "-sample", s)
    plain = cjpeg(p)
    yield "names-rgb", renamed(plain, b"RGB")
    yield "names-0", renamed(plain, b"\0\1\2")
    yield "names-same", renamed(plain, b"\1\1\1")
    yield "names-ycc", renamed(plain, b"YCc")
    yield "names-rgb-jfif", edited(plain, lambda s: s)[:2] + segments(plain)[0][0] + renamed(plain, b"RGB")[2:]
    for t in range(4):
        yield f"adobe-{t}", marked(plain, adobe(t))
        yield f"adobe-{t}-jfif", plain[:2] + adobe(t) + plain[2:]
    inks = Image.merge("CMYK", [*p.split(), picture(w, h, 7).split()[1]])
    for s in range(3):
        for prog in [False, True]:
            c = pillow(inks, quality=90, subsampling=s, progressive=prog)
            n = f"cmyk-{s}" + "-progressive" * prog
            yield n, c
            yield n + "-plain", marked(c, b"")
            yield n + "-ycck", marked(c, adobe(2))
            yield n + "-odd", marked(c, adobe(1))
    yield "tables-huffman", edited(plain, without(0xC4))
    yield "tables-huffman-gray", edited(cjpeg(p, "-grayscale"), without(0xC4))
    yield "tables-huffman-progressive", edited(cjpeg(p, "-progressive"), without(0xC4))
    yield "tables-quantization", edited(plain, without(0xDB))
    yield "sixteen-bit-tables", cjpeg(p, "-quality", "3")
    body = plain[:-2]
    yield "end-missing", body
    yield "end-far", body + bytes(40) + b"\xff\xd9"
    yield "end-never", body + bytes(40)
    yield "end-then-more", plain + b"\xff\xd8 and more"
    yield "end-restart", body + b"\xff\xd0\xff\xd9"
    yield "end-unknown", body + b"\xff\xf3\xff\xd9"
    yield "end-lines", body + b"\xff\xdc\x00\x04\x00\x05\xff\xd9"
    yield "end-scan", body + plain[plain.index(b"\xff\xda") :]
    yield "end-fill", body + b"\xff\xff\xff\xff\xd9"
    for n, o in {"": [], "-arithmetic": ["-arithmetic"], "-progressive": ["-progressive"], "-progressive-arithmetic": ["-progressive", "-arithmetic"]}.items():
        whole = cjpeg(p, *o)
        first = whole.index(b"\xff\xda") + 14
        for k in range(1, 10, 1 if "-progressive" in o else 4):
            part = whole[: first + (len(whole) - first) * k // 10]
            yield f"cut{n}-{k}", part
            yield f"cut{n}-{k}-ended", part + b"\xff\xd9"
    lines = bytearray(plain)
    at = plain.index(b"\xff\xc0")
    lines[at + 5 : at + 7] = b"\0\0"
    yield "lines-later", bytes(lines[:-2]) + b"\xff\xdc\x00\x04" + plain[at + 5 : at + 7] + b"\xff\xd9"
    for n, marker in {"lossless": 0xC3, "hierarchical": 0xC5, "arithmetic-lossless": 0xCB}.items():
        odd = bytearray(plain)
        odd[at + 1] = marker
        yield f"refused-{n}", bytes(odd)
    odd = bytearray(plain)
    odd[at + 4] = 12
    yield "refused-bits", bytes(odd)
    odd = bytearray(plain)
    odd[at + 11] = 0x32  # three blocks beside one
    odd[at + 14] = 0x21
    yield "refused-ratio", bytes(odd)
    gap = segments(plain)
    yield "segments-gap", plain[:2] + b"".join(s + b"\0\1" for s in gap[0]) + gap[1]
    yield "segments-fill", plain[:2] + b"".join(b"\xff\xff\xff" + s for s in gap[0]) + gap[1]
    yield "segments-comment", plain[:2] + b"\xff\xfe\x00\x06abcd" + plain[2:]
    yield "segments-parameterless", plain[:2] + gap[0][0] + b"\xff\xd3" + plain[2 + len(gap[0][0]) :]
    again = bytearray(plain)
    again[plain.index(b"\xff\xda") + 11] = 3  # a sequential scan that says otherwise
    yield "scan-odd", bytes(again)
    r = bytearray(cjpeg(p, "-restart", "1B"))
    marks = [i for i in range(len(r) - 1) if r[i] == 0xFF and 0xD0 <= r[i + 1] <= 0xD7]
    for n, steps in {"skipped": 1, "ahead": 2, "far": 4, "behind": 7}.items():
        x = bytearray(r)
        for i in marks[len(marks) // 2 :]:
            x[i + 1] = 0xD0 + (x[i + 1] - 0xD0 + steps) % 8
        yield f"restarts-{n}", bytes(x)
        x = bytearray(r)
        if marks:
            i = marks[len(marks) // 2]
            x[i + 1] = 0xD0 + (x[i + 1] - 0xD0 + steps) % 8
        yield f"restarts-{n}-once", bytes(x)
    if len(marks) > 2:
        yield "restarts-lost", bytes(r[: marks[1]] + r[marks[1] + 2 :])
        yield "restarts-part-lost", bytes(r[: marks[1]] + r[marks[2] :])
        yield "restarts-twice", bytes(r[: marks[1]] + r[marks[1] : marks[1] + 2] + r[marks[1] :])
        yield "restarts-bogus", bytes(r[: marks[1]] + b"\xff\x05" + r[marks[1] :])
        yield "restarts-undeclared", edited(bytes(r), without(0xDD))
        yield "restarts-end", bytes(r[: marks[-1]]) + b"\xff\xd9"
    scan = plain.index(b"\xff\xda") + 14
    yield "restarts-extra", plain[: scan + 40] + b"\xff\xd0" + plain[scan + 40 :]


def damaged(n):
    """Files with some bytes of coded data changed, which still end."""
    rng = random.Random(1)
    for k in range(n):
        w, h = rng.randint(1, 70), rng.randint(1, 70)
        options = ["-sample", rng.choice(["1x1", "2x1", "1x2", "2x2", "4x1", "2x2,2x1,1x1"]), "-quality", str(rng.choice([30, 75, 95]))]
        options += rng.choice([[], [], ["-progressive"], ["-arithmetic"], ["-arithmetic", "-progressive"], ["-restart", "1B"], ["-restart", "1", "-progressive"]])
        data = bytearray(cjpeg(picture(w, h, k), *options))
        first = bytes(data).index(b"\xff\xda") + 14
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(min(first, len(data) - 3), len(data) - 2)
            data[at] = rng.choice([rng.randrange(256), data[at] ^ 1 << rng.randrange(8)])
        yield f"damaged-{k}", bytes(data)


def pixels(data):
    try:
        return Image.open(io.BytesIO(data)).convert("RGB")
    except Exception:
        return None


if len(sys.argv) == 1:
    files = [(name, data, pixels(data)) for name, data in kinds(27, 19)]
    files.sort(key=lambda f: f[2].tobytes() if f[2] else b"")  # equal pixels are packed once
    with open("kinds.tar.gz", "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z, tarfile.open(fileobj=z, mode="w", format=tarfile.USTAR_FORMAT) as t:
        def put(name, content):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            t.addfile(entry, io.BytesIO(content))

        for name, data, m in files:
            put(name + ".jpg", data)
            if m:
                put(name + ".rgb", m.tobytes())
else:
    folder, n = sys.argv[1], int((sys.argv[2:] or ["0"])[0])
    os.makedirs(folder, exist_ok=True)
    sizes = [(1, 1), (2, 3), (3, 2), (4, 5), (5, 4), (7, 9), (8, 8), (9, 17), (16, 16), (17, 33), (33, 17), (34, 70), (65, 47), (203, 151)]
    files = ((f"{name}-{w}x{h}", data) for w, h in sizes for name, data in kinds(w, h))
    for name, data in itertools.chain(files, damaged(n)):
        with open(f"{folder}/{name}.jpg", "wb") as f:
            f.write(data)
        m = pixels(data)
        if m:
            m.save(f"{folder}/{name}.png", compress_level=1)
