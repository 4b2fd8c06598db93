"""Makes corpus.zip: small pictures of each kind that is read, and beside each of them
what Pillow makes of it, as NAME.ppm; where Pillow refuses a file there is none. Run in
this folder with Pillow 9.4 and numpy."""
import io
import random
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

random.seed(1)
rng = np.random.default_rng(1)
W, H = 13, 9
y, x = np.mgrid[0:H, 0:W]
photo = np.stack([128 + 120 * np.sin(x / 3), 128 + 120 * np.cos(y / 2 + x / 5), (x * 19 + y * 31) % 256], -1).round().astype(np.uint8)
rgb = Image.fromarray(photo)
gray = rgb.convert("L")
alpha = ((x * 40 + y * 7) % 256).astype(np.uint8)
rgba = Image.fromarray(np.dstack([photo, alpha]))
la = Image.fromarray(np.dstack([np.asarray(gray), alpha]), "LA")
pal = rgb.quantize(16)
bits = gray.convert("1")
files = {}


def saved(name, image, **options):
    f = io.BytesIO()
    image.save(f, **options)
    files[name] = f.getvalue()
    return f.getvalue()


# ---- PNG, chunk by chunk
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name, data, crc=None):
    return struct.pack(">I", len(data)) + name + data + (struct.pack(">I", zlib.crc32(name + data)) if crc is None else crc)


def header(depth, kind, interlace=0, w=W, h=H, crc=None):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, interlace), crc)


CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def values(depth, kind, limit=None):
    most = (1 << depth) if limit is None else limit
    a = rng.integers(0, most, (H, W, CHANNELS[kind]))
    if depth == 16:
        a[:, ::2] %= 300
    return a


def packed(a, depth):
    """Rows of samples, as bytes."""
    rows = []
    for row in a:
        flat = row.reshape(-1)
        if depth == 16:
            rows.append(flat.astype(">u2").tobytes())
        elif depth == 8:
            rows.append(flat.astype(np.uint8).tobytes())
        else:
            text = "".join(format(v, f"0{depth}b") for v in flat)
            text += "0" * (-len(text) % 8)
            rows.append(bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8)))
    return rows


def filtered(rows, bpp):
    """Each row by another one of PNG's filters."""
    out, previous = b"", bytes(len(rows[0])) if rows else b""
    for number, row in enumerate(rows):
        f = number % 5
        line = bytearray()
        for i, v in enumerate(row):
            a = row[i - bpp] if i >= bpp else 0
            b = previous[i]
            c = previous[i - bpp] if i >= bpp else 0
            p = a + b - c
            paeth = min([(abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c)])[2]
            line.append((v - [0, a, b, (a + b) // 2, paeth][f]) & 255)
        out += bytes([f]) + bytes(line)
        previous = row
    return out


def pixels(a, depth, kind, interlace=0):
    bpp = max(1, CHANNELS[kind] * depth // 8)
    if not interlace:
        return filtered(packed(a, depth), bpp)
    out = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = a[y0::dy, x0::dx]
        if part.size:
            out += filtered(packed(part, depth), bpp)
    return out


PALETTE = bytes(rng.integers(0, 256, 768, dtype=np.uint8))
END = chunk(b"IEND", b"")


def png(name, depth, kind, before=b"", interlace=0, limit=None):
    if kind == 3 and not before:
        before = chunk(b"PLTE", PALETTE[: 3 << depth])
    raw = pixels(values(depth, kind, limit), depth, kind, interlace)
    files[name] = SIGNATURE + header(depth, kind, interlace) + before + chunk(b"IDAT", zlib.compress(raw)) + END
    return raw


for kind, depths in {0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]}.items():
    for depth in depths:
        png(f"png-{kind}-{depth}.png", depth, kind)
        png(f"png-{kind}-{depth}-interlaced.png", depth, kind, interlace=1)
png("png-gray-trns.png", 8, 0, chunk(b"tRNS", b"\x00\x05"))
png("png-gray16-trns.png", 16, 0, chunk(b"tRNS", b"\x00\x05"))
png("png-gray2-trns.png", 2, 0, chunk(b"tRNS", b"\x00\x01"))
png("png-rgb-trns.png", 8, 2, chunk(b"tRNS", b"\x00\x05\x00\x06\x00\x07"))
png("png-rgb-trns-short.png", 8, 2, chunk(b"tRNS", b"\x00\x05\x00\x06\x00\x07") + chunk(b"tEXt", b"a\x00b"))
png("png-rgba-trns.png", 8, 6, chunk(b"tRNS", b"\x00\x05"))
png("png-palette-trns.png", 8, 3, chunk(b"PLTE", PALETTE) + chunk(b"tRNS", bytes(range(200))))
png("png-palette-trns-long.png", 4, 3, chunk(b"PLTE", PALETTE[:12]) + chunk(b"tRNS", bytes(range(200))), limit=4)
png("png-palette-trns-first.png", 8, 3, chunk(b"tRNS", bytes(range(200))) + chunk(b"PLTE", PALETTE))
png("png-palette-twice.png", 8, 3, chunk(b"PLTE", PALETTE[::-1]) + chunk(b"PLTE", PALETTE))
png("png-palette-short.png", 8, 3, chunk(b"PLTE", PALETTE[:30]))
png("png-palette-odd.png", 8, 3, chunk(b"PLTE", PALETTE[:30]), limit=10)
png("png-palette-long.png", 2, 3, chunk(b"PLTE", PALETTE))
png("png-palette-none.png", 8, 3, chunk(b"tEXt", b"a\x00b"))
png("png-gray-palette.png", 8, 0, chunk(b"PLTE", PALETTE))
png("png-la-palette.png", 8, 4, chunk(b"PLTE", PALETTE))
png("png-rgb-palette.png", 8, 2, chunk(b"PLTE", PALETTE[:30]))
png("png-private.png", 8, 2, chunk(b"prVt", b"xx") + chunk(b"sBIT", b"\x05\x06\x05") + chunk(b"iCCP", b"n\x00\x00rubbish"))
png("png-text-crc.png", 8, 2, chunk(b"tEXt", b"a\x00b", b"oops"))

raw = pixels(values(8, 2), 8, 2)
z = zlib.compress(raw)


def broken(name, *parts):
    files[name] = SIGNATURE + b"".join(parts)


h = header(8, 2)
broken("png-crc-idat.png", h, chunk(b"IDAT", z, b"oops"), END)
broken("png-crc-iend.png", h, chunk(b"IDAT", z), chunk(b"IEND", b"", b"oops"))
broken("png-crc-ihdr.png", header(8, 2, crc=b"oops"), chunk(b"IDAT", z), END)
broken("png-crc-plte.png", header(8, 3), chunk(b"PLTE", PALETTE, b"oops"), chunk(b"IDAT", zlib.compress(pixels(values(8, 3), 8, 3))), END)
broken("png-no-iend.png", h, chunk(b"IDAT", z))
broken("png-no-crc.png", h, chunk(b"IDAT", z)[:-4])
broken("png-half-crc.png", h, chunk(b"IDAT", z)[:-2])
broken("png-no-adler.png", h, chunk(b"IDAT", z)[:-8])
broken("png-cut.png", h, chunk(b"IDAT", z)[: len(z) // 2])
broken("png-cut-chunk.png", h, chunk(b"IDAT", z[: len(z) // 2]), END)
broken("png-extra.png", h, chunk(b"IDAT", z), END, b"something else")
broken("png-extra-idat.png", h, chunk(b"IDAT", z + b"something else"), END)
broken("png-extra-pixels.png", h, chunk(b"IDAT", zlib.compress(raw + bytes(100))), END)
broken("png-adler.png", h, chunk(b"IDAT", z[:-4] + b"oops"), END)
broken("png-adler-missing.png", h, chunk(b"IDAT", z[:-4]), END)
broken("png-many.png", h, *[chunk(b"IDAT", z[i : i + 7]) for i in range(0, len(z), 7)], END)
broken("png-many-crc.png", h, *[chunk(b"IDAT", z[i : i + 7], b"oops") for i in range(0, len(z), 7)], END)
broken("png-empty-idat.png", h, chunk(b"IDAT", b""), chunk(b"IDAT", z[:9]), chunk(b"IDAT", b""), chunk(b"IDAT", z[9:]), END)
broken("png-parted.png", h, chunk(b"IDAT", z[:9]), chunk(b"tEXt", b"a\x00b"), chunk(b"IDAT", z[9:]), END)
broken("png-filter.png", h, chunk(b"IDAT", zlib.compress(b"\x07" + raw[1:])), END)
broken("png-zlib.png", h, chunk(b"IDAT", b"\x78\x00" + z[2:]), END)
broken("png-rubbish-after.png", h, chunk(b"IDAT", z), b"\x00\x00\x00\x01\x01\x02\x03\x04abcdefgh")
broken("png-text-after.png", h, chunk(b"IDAT", z), chunk(b"tEXt", b"a\x00b", b"oops"), END)
broken("png-no-idat.png", h, END)
broken("png-kind.png", header(8, 5), chunk(b"IDAT", z), END)
for name, image in [("rgb", rgb), ("rgba", rgba), ("la", la), ("p", pal), ("1", bits)]:
    saved(f"png-pillow-{name}.png", image, format="PNG")

# ---- GIF
saved("gif-palette.gif", pal, format="GIF")
saved("gif-plain.gif", pal, format="GIF", interlace=0)
saved("gif-gray.gif", gray, format="GIF")
saved("gif-bits.gif", bits, format="GIF")
saved("gif-transparent.gif", pal, format="GIF", transparency=3)
saved("gif-frames.gif", pal, format="GIF", save_all=True, append_images=[pal.transpose(0), pal.transpose(1)])


def lzw(data, size):
    """Codes without a dictionary."""
    codes = []
    for i, v in enumerate(data):
        if i % ((1 << size) - 2) == 0:
            codes.append(1 << size)
        codes.append(int(v))
    return codes + [(1 << size) + 1]


def gif(name, indices, size, frame, screen=(W, H), table=None, local=None, flags=0, extension=b"", tail=b";", end=True):
    codes = lzw(indices, size)
    if not end:
        codes = codes[:-1]
    n = sum(c << ((size + 1) * i) for i, c in enumerate(codes))
    data = n.to_bytes((len(codes) * (size + 1) + 7) // 8, "little")
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255)) + b"\x00"
    out = b"GIF89a" + struct.pack("<HH", *screen)
    out += bytes([0x80 | (len(table) // 3).bit_length() - 2, 0, 0]) + table if table else b"\x00\x00\x00"
    out += extension + b"," + struct.pack("<HHHH", *frame)
    out += bytes([flags | (0x80 | (len(local) // 3).bit_length() - 2 if local else 0)]) + (local or b"")
    files[name] = out + bytes([size]) + blocks + tail


ind = rng.integers(0, 16, W * H)
GCE = b"!\xf9\x04\x01\x00\x00\x05\x00"
T16 = PALETTE[:48]
gif("gif-codes.gif", ind, 4, (0, 0, W, H), table=T16)
gif("gif-codes8.gif", rng.integers(0, 256, W * H), 8, (0, 0, W, H), table=PALETTE)
gif("gif-local.gif", ind, 4, (0, 0, W, H), table=PALETTE[48:96], local=T16)
gif("gif-no-palette.gif", ind, 4, (0, 0, W, H))
gif("gif-short-palette.gif", ind, 4, (0, 0, W, H), table=PALETTE[:12])
gif("gif-interlaced.gif", ind, 4, (0, 0, W, H), table=T16, flags=0x40)
gif("gif-part.gif", ind[:20], 4, (3, 2, 5, 4), table=T16)
gif("gif-part-transparent.gif", ind[:20], 4, (3, 2, 5, 4), table=T16, extension=GCE)
gif("gif-part-local.gif", ind[:20], 4, (3, 2, 5, 4), table=PALETTE[48:96], local=T16, extension=GCE)
gif("gif-larger.gif", ind, 4, (2, 1, W, H), table=T16)
gif("gif-screen-0.gif", ind, 4, (0, 0, W, H), screen=(0, 0), table=T16)
gif("gif-comment.gif", ind, 4, (0, 0, W, H), table=T16, extension=b"!\xfe\x05hello\x00!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + GCE)
gif("gif-rubbish.gif", ind, 4, (0, 0, W, H), table=T16, extension=b"\x00\x01")
gif("gif-no-trailer.gif", ind, 4, (0, 0, W, H), table=T16, tail=b"")
gif("gif-extra.gif", ind, 4, (0, 0, W, H), table=T16, tail=b";more")
gif("gif-no-end-code.gif", ind, 4, (0, 0, W, H), table=T16, end=False)
gif("gif-too-many.gif", np.concatenate([ind, ind[:9]]), 4, (0, 0, W, H), table=T16)
gif("gif-too-few.gif", ind[:50], 4, (0, 0, W, H), table=T16)
gif("gif-bit.gif", ind % 2, 2, (0, 0, W, H), table=PALETTE[:6])
files["gif-cut.gif"] = files["gif-codes.gif"][:90]
files["gif-no-frame.gif"] = files["gif-codes.gif"][:61] + b";"

# ---- BMP
for name, image in [("rgb", rgb), ("rgba", rgba), ("gray", gray), ("p", pal), ("1", bits)]:
    saved(f"bmp-pillow-{name}.bmp", image, format="BMP")


def rows4(a, depth):
    out = b""
    for row in packed(a, depth):
        out += row + bytes(-len(row) % 4)
    return out


def bmp(name, depth, data, compression=0, size=40, colours=b"", masks=b"", height=H, used=0, offset=None):
    if size == 12:
        dib = struct.pack("<IHHHH", 12, W, height, 1, depth)
    else:
        dib = struct.pack("<IiiHHIIiiII", size, W, height, 1, depth, compression, len(data), 0, 0, used, 0)
        if size > 40:
            dib += (masks + bytes(size))[: size - 40]
            masks = b""
    at = 14 + len(dib) + len(masks) + len(colours) if offset is None else offset
    files[name] = b"BM" + struct.pack("<IHHI", 0, 0, 0, at) + dib + masks + colours + data


def quads(n):
    return b"".join(PALETTE[3 * i : 3 * i + 3] + b"\x00" for i in range(n))


for depth in (1, 4, 8):
    a = rng.integers(0, 1 << depth, (H, W, 1))
    bmp(f"bmp-{depth}.bmp", depth, rows4(a, depth), colours=quads(1 << depth))
    bmp(f"bmp-{depth}-os2.bmp", depth, rows4(a, depth), size=12, colours=PALETTE[: 3 << depth])
    bmp(f"bmp-{depth}-down.bmp", depth, rows4(a, depth), colours=quads(1 << depth), height=-H)
    bmp(f"bmp-{depth}-v5.bmp", depth, rows4(a, depth), size=124, colours=quads(1 << depth))
a = rng.integers(0, 256, (H, W, 1))
bmp("bmp-8-short.bmp", 8, rows4(a, 8), colours=quads(20), used=20)
bmp("bmp-8-offset.bmp", 8, rows4(a, 8), colours=quads(256), offset=54)
bmp("bmp-8-offset-0.bmp", 8, rows4(a, 8), colours=quads(256), offset=0)
bmp("bmp-8-last-row.bmp", 8, rows4(a, 8)[:-3], colours=quads(256))
bmp("bmp-8-cut.bmp", 8, rows4(a, 8)[:-20], colours=quads(256))
a = rng.integers(0, 65536, (H, W))
data16 = b"".join(row.astype("<u2").tobytes() + b"\x00\x00" for row in a)
bmp("bmp-16.bmp", 16, data16)
bmp("bmp-16-555.bmp", 16, data16, 3, masks=struct.pack("<III", 0x7C00, 0x3E0, 0x1F))
bmp("bmp-16-565.bmp", 16, data16, 3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
bmp("bmp-16-565-v4.bmp", 16, data16, 3, size=108, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
bmp("bmp-24.bmp", 24, rows4(rng.integers(0, 256, (H, W, 3)), 8))
bmp("bmp-24-os2.bmp", 24, rows4(rng.integers(0, 256, (H, W, 3)), 8), size=12)
bmp("bmp-24-down.bmp", 24, rows4(rng.integers(0, 256, (H, W, 3)), 8), height=-H)
data32 = rows4(rng.integers(0, 256, (H, W, 4)), 8)
bmp("bmp-32.bmp", 32, data32)
for name, masks in {
    "bgrx": (0xFF0000, 0xFF00, 0xFF, 0),
    "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0),
    "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
    "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
    "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    "none": (0, 0, 0, 0),
}.items():
    bmp(f"bmp-32-{name}.bmp", 32, data32, 3, size=124, masks=struct.pack("<IIII", *masks))
bmp("bmp-32-40.bmp", 32, data32, 3, masks=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF))


def rle8():
    out, a = b"", rng.integers(0, 256, (H, W))
    for row in a:
        out += bytes([4, row[0], 0, 5]) + bytes(list(row[:5])) + b"\x00" + bytes([0, 4]) + bytes(list(row[5:9])) + b"\x00\x00"
    return out + b"\x00\x01"


def rle4():
    out, a = b"", rng.integers(0, 256, (H, W))
    for row in a:
        out += bytes([5, row[0], 0, 4]) + bytes(list(row[:2])) + bytes([4, row[3]]) + b"\x00\x00"
    return out + b"\x00\x01"


bmp("bmp-rle8.bmp", 8, rle8(), 1, colours=quads(256))
bmp("bmp-rle4.bmp", 4, rle4(), 2, colours=quads(16))
bmp("bmp-rle8-full.bmp", 8, b"".join(bytes([13, i * 9, 0, 0]) for i in range(H)), 1, colours=quads(256))
bmp("bmp-rle8-long.bmp", 8, b"".join(bytes([20, i * 9, 0, 0]) for i in range(H)), 1, colours=quads(256))
bmp("bmp-rle8-delta.bmp", 8, b"\x05\x07\x00\x02\x02\x01\x03\x09" + b"\x00\x00" + b"".join(bytes([13, i * 9, 0, 0]) for i in range(H - 2)), 1, colours=quads(256))
bmp("bmp-rle8-cut.bmp", 8, rle8()[:40], 1, colours=quads(256))

# ---- portable maps
plain = lambda a: b" ".join(str(v).encode() for v in a.reshape(-1))
a1 = rng.integers(0, 2, (H, W, 1))
size = b"%d %d\n" % (W, H)
files["pnm-1.pbm"] = b"P1\n" + size + b"\n".join(b"".join(b"%d" % v for v in row.reshape(-1)) for row in a1)
files["pnm-1-spaces.pbm"] = b"P1 # bits\n" + size + plain(a1) + b"\n"
files["pnm-4.pbm"] = b"P4\n" + size + b"".join(packed(a1, 1))
for most in (1, 15, 100, 255, 256, 1000, 65535):
    g, c = rng.integers(0, most + 1, (H, W, 1)), rng.integers(0, most + 1, (H, W, 3))
    width = ">u1" if most < 256 else ">u2"
    files[f"pnm-2-{most}.pgm"] = b"P2\n#c\n" + size + b"%d\n" % most + plain(g)
    files[f"pnm-3-{most}.ppm"] = b"P3\n" + size + b"# c\n%d\n" % most + plain(c) + b"\n# end"
    files[f"pnm-5-{most}.pgm"] = b"P5\n" + size + b"%d\n" % most + g.astype(width).tobytes()
    files[f"pnm-6-{most}.ppm"] = b"P6 " + size + b"%d\t" % most + c.astype(width).tobytes()
files["pnm-comments.ppm"] = b"P6#one\n# two\r" + b"%d#three\n" % W + b" %d\n#four\n255\n" % H + photo.tobytes()
files["pnm-above.pgm"] = b"P5\n" + size + b"100\n" + bytes(range(100, 100 + W * H))
files["pnm-above-plain.pgm"] = b"P2\n" + size + b"5\n" + plain(rng.integers(0, 9, (H, W)))
files["pnm-extra.ppm"] = b"P6\n" + size + b"255\n" + photo.tobytes() + b"more"
files["pnm-cut.ppm"] = b"P6\n" + size + b"255\n" + photo.tobytes()[:-1]
files["pnm-cut-plain.pgm"] = b"P2\n" + size + b"255\n1 2 3"
files["pnm-most.ppm"] = b"P6\n" + size + b"70000\n" + photo.tobytes()
files["pnm-word.ppm"] = b"P6\n" + size + b"many\n" + photo.tobytes()

# ---- WebP
for w, h in [(1, 1), (2, 1), (1, 2), (2, 2), (3, 5), (16, 16), (17, 33), (50, 31)]:
    yy, xx = np.mgrid[0:h, 0:w]
    p = np.stack([128 + 120 * np.sin(xx / 3), 128 + 120 * np.cos(yy / 2 + xx / 5), (xx * 19 + yy * 31) % 256], -1).round().astype(np.uint8)
    for q in (20, 90):
        saved(f"webp-{w}x{h}-{q}.webp", Image.fromarray(p), format="WEBP", quality=q)
    saved(f"webp-{w}x{h}-lossless.webp", Image.fromarray(p), format="WEBP", lossless=True)
saved("webp-alpha.webp", rgba, format="WEBP", quality=80)
saved("webp-alpha-exact.webp", rgba, format="WEBP", quality=80, exact=True)
saved("webp-alpha-lossless.webp", rgba, format="WEBP", lossless=True, exact=True)
saved("webp-palette.webp", pal.convert("RGB"), format="WEBP", lossless=True)
saved("webp-gray.webp", gray.convert("RGB"), format="WEBP", quality=100, method=6)
big = rgb.resize((60, 44))
saved("webp-frames.webp", big, format="WEBP", save_all=True, append_images=[big.transpose(0)], quality=70)
saved("webp-frames-lossless.webp", rgba, format="WEBP", save_all=True, append_images=[rgba.transpose(0)], lossless=True)
saved("webp-icc.webp", rgb, format="WEBP", icc_profile=b"profile", exif=b"Exif\x00\x00MM")
flat = saved("webp-flat.webp", Image.new("RGB", (300, 200), (7, 99, 200)), format="WEBP", lossless=True)
saved("webp-flat-lossy.webp", Image.new("RGB", (300, 200), (7, 99, 200)), format="WEBP")
files["webp-cut.webp"] = files["webp-50x31-90.webp"][:-40]
files["webp-extra.webp"] = files["webp-50x31-90.webp"] + b"more"


# ---- TIFF
for name, image in [("rgb", rgb), ("rgba", rgba), ("gray", gray), ("la", la), ("p", pal), ("1", bits), ("cmyk", rgb.convert("CMYK"))]:
    for way in [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        saved(f"tiff-{name}-{way}.tif", image, format="TIFF", compression=way)
for way in ("group3", "group4"):
    saved(f"tiff-{way}.tif", bits, format="TIFF", compression=way)
    saved(f"tiff-{way}-white.tif", bits, format="TIFF", compression=way, tiffinfo={262: 0})
saved("tiff-jpeg.tif", rgb, format="TIFF", compression="jpeg")
saved("tiff-lzw-predictor.tif", rgb, format="TIFF", compression="tiff_lzw", tiffinfo={317: 2})
saved("tiff-deflate-predictor.tif", gray, format="TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2})
saved("tiff-16.tif", Image.fromarray(rng.integers(0, 400, (H, W)).astype(np.uint16)), format="TIFF")
saved("tiff-16-lzw.tif", Image.fromarray(rng.integers(0, 400, (H, W)).astype(np.uint16)), format="TIFF", compression="tiff_lzw", tiffinfo={317: 2})
saved("tiff-pages.tif", rgb, format="TIFF", save_all=True, append_images=[gray])
for o in range(1, 9):
    saved(f"tiff-orientation-{o}.tif", rgb, format="TIFF", tiffinfo={274: o})


def tif(name, order, entries, blocks, tiles=False):
    """Entries are tag: (type, numbers); blocks go behind them."""
    e = "<" if order == b"II" else ">"
    offset_tag, count_tag = (324, 325) if tiles else (273, 279)
    entries = dict(entries)
    entries[offset_tag], entries[count_tag] = (4, [0] * len(blocks)), (4, [len(b) for b in blocks])
    width, letter = {1: 1, 3: 2, 4: 4}, {1: "B", 3: "H", 4: "I"}
    for final in (False, True):
        at, extra, table = 8 + 2 + 12 * len(entries) + 4, b"", b""
        if final:
            start = at + sum(max(0, width[t] * len(v)) for t, v in entries.values() if width[t] * len(v) > 4)
            offsets = []
            for b in blocks:
                offsets.append(start)
                start += len(b)
            entries[offset_tag] = (4, offsets)
        for tag in sorted(entries):
            t, v = entries[tag]
            body = struct.pack(f"{e}{len(v)}{letter[t]}", *v)
            if len(body) <= 4:
                table += struct.pack(e + "HHI", tag, t, len(v)) + body + bytes(4 - len(body))
            else:
                table += struct.pack(e + "HHII", tag, t, len(v), at + len(extra))
                extra += body
    files[name] = order + struct.pack(e + "HI", 42, 8) + struct.pack(e + "H", len(entries)) + table + bytes(4) + extra + b"".join(blocks)


def base(depth, photometric, samples=1, **more):
    e = {256: (3, [W]), 257: (3, [H]), 258: (3, [depth] * samples), 259: (3, [1]), 262: (3, [photometric]), 277: (3, [samples])}
    e.update({int(k[1:]): v for k, v in more.items()})
    return e


for order in (b"II", b"MM"):
    o = order.decode().lower()
    for depth in (1, 2, 4, 8):
        a = rng.integers(0, 1 << depth, (H, W, 1))
        data = b"".join(packed(a, depth))
        for photometric in (0, 1):
            tif(f"tiff-{o}-{photometric}-{depth}.tif", order, base(depth, photometric), [data])
            tif(f"tiff-{o}-{photometric}-{depth}-fill.tif", order, base(depth, photometric, t266=(3, [2])), [data])
        colours = [int(v) * 257 for v in np.frombuffer(PALETTE[: 3 << depth], np.uint8)]
        tif(f"tiff-{o}-3-{depth}.tif", order, base(depth, 3, t320=(3, colours)), [data])
    two = "<u2" if o == "ii" else ">u2"
    a = rng.integers(0, 65536, (H, W, 4))
    tif(f"tiff-{o}-rgb16.tif", order, base(16, 2, 3), [a[:, :, :3].astype(two).tobytes()])
    tif(f"tiff-{o}-gray16.tif", order, base(16, 1), [(a[:, :, 0] % 500).astype(two).tobytes()])
    for extra in (0, 1, 2):
        tif(f"tiff-{o}-rgba16-{extra}.tif", order, base(16, 2, 4, t338=(3, [extra])), [a.astype(two).tobytes()])
        tif(f"tiff-{o}-rgba-{extra}.tif", order, base(8, 2, 4, t338=(3, [extra])), [(a % 256).astype(np.uint8).tobytes()])
    tif(f"tiff-{o}-cmyk.tif", order, base(8, 5, 4), [(a % 256).astype(np.uint8).tobytes()])
    tif(f"tiff-{o}-rgba-none.tif", order, base(8, 2, 4), [(a % 256).astype(np.uint8).tobytes()])
    tif(f"tiff-{o}-strips.tif", order, base(8, 2, 3, t278=(3, [4])), [photo[i : i + 4].tobytes() for i in range(0, H, 4)])
    tif(f"tiff-{o}-planes.tif", order, base(8, 2, 3, t284=(3, [2])), [photo[:, :, c].tobytes() for c in range(3)])
    tif(f"tiff-{o}-plane-strips.tif", order, base(8, 2, 3, t284=(3, [2]), t278=(3, [4])), [photo[i : i + 4, :, c].tobytes() for c in range(3) for i in range(0, H, 4)])
    for samples, photometric in ((1, 1), (3, 2)):
        w, h, t = 37, 20, 16
        a = rng.integers(0, 256, (h, w, samples)).astype(np.uint8)
        padded = np.zeros((32, 48, samples), np.uint8)
        padded[:h, :w] = a
        tiles = [padded[r : r + t, c : c + t].tobytes() for r in range(0, 32, t) for c in range(0, 48, t)]
        entries = base(8, photometric, samples, t256=(3, [w]), t257=(3, [h]), t322=(3, [t]), t323=(3, [t]))
        tif(f"tiff-{o}-tiles-{samples}.tif", order, entries, tiles, tiles=True)
        entries[259] = (3, [8])
        tif(f"tiff-{o}-tiles-{samples}-deflate.tif", order, entries, [zlib.compress(b) for b in tiles], tiles=True)
files["tiff-cut.tif"] = files["tiff-ii-strips.tif"][:-30]
files["tiff-head.tif"] = files["tiff-ii-strips.tif"][:40]

with zipfile.ZipFile("corpus.zip", "w", zipfile.ZIP_DEFLATED) as out:
    def add(name, data):
        out.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

    refused = []
    for name, data in files.items():
        add(name, data)
        try:
            with Image.open(io.BytesIO(data)) as image:
                f = io.BytesIO()
                image.convert("RGB").save(f, "PPM")
            add(name + ".ppm", f.getvalue())
        except Exception as e:
            refused.append(f"{name}: {e}")
print(len(files), "files; refused:", *refused, sep="\n")
