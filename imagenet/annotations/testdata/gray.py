"""Two gray pixels of 1, 2, 4 and 8 bits, as PNG files: python gray.py"""

import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


for depth, row in ((1, bytes([0b01000000])), (2, bytes([0b00110000])), (4, bytes([0x1E])), (8, bytes([7, 255]))):
    with open(f"gray{depth}.png", "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, depth, 0, 0, 0, 0)))
        f.write(chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b""))
