"""Makes pickles.zip: the fixture of the tests (see fixture_test.go) in the form of
CIFAR's Python version, as numpy and Python write it in protocols 2 to 5 (PROTOCOL/FILE),
and as Python 2 wrote the official files (0/FILE). Run in this folder with numpy."""
import pickle
import struct
import zipfile

import numpy as np

j = np.arange(1024)


def record(k):
    return np.concatenate([(31 * k + 85 * c + j + j // 256) & 255 for c in range(3)]).astype(np.uint8)


def string(s):
    """As Python 2 writes a str."""
    return (b"U" + bytes([len(s)]) if len(s) < 256 else b"T" + struct.pack("<i", len(s))) + s


def old(d):
    """A dict of strings, lists and arrays in Python 2's protocol 2."""
    out = b"\x80\x02}q\x01("
    for key, value in d.items():
        out += string(key)
        if isinstance(value, bytes):
            out += string(value)
        elif isinstance(value, list):
            out += b"]q\x02(" + b"".join(b"K" + bytes([v]) if isinstance(v, int) else string(v) for v in value) + b"e"
        else:
            n, m = value.shape
            out += b"cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85" + string(b"b") + b"\x87R"
            out += b"(K\x01M" + struct.pack("<H", n) + b"M" + struct.pack("<H", m) + b"\x86cnumpy\ndtype\n" + string(b"u1") + b"K\x00K\x01\x87R"
            out += b"(K\x03" + string(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + string(value.tobytes()) + b"tb"
    return out + b"u."


with zipfile.ZipFile("pickles.zip", "w", zipfile.ZIP_DEFLATED) as z:
    def add(name, data):
        z.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

    k = 0
    for name, n in [("a", 2), ("b", 3), ("t", 2)]:
        ks = list(range(k, k + n))
        k += n
        d = {
            b"batch_label": b"batch of " + name.encode(),
            b"labels": [i % 3 for i in ks],
            b"data": np.stack([record(i) for i in ks]),
            b"filenames": [b"%d.png" % i for i in ks],
        }
        files = {0: old(d)}
        assert pickle.loads(files[0], encoding="bytes")[b"data"].tobytes() == d[b"data"].tobytes()
        for protocol in range(2, 6):
            files[protocol] = pickle.dumps(d if protocol % 2 else {k.decode(): v for k, v in d.items()}, protocol)
        for protocol, data in files.items():
            add(f"{protocol}/{name}", data)
    meta = {b"label_names": [b"cat", b"dog", b"fox"], b"num_vis": b"3072"}
    add("0/names", old(meta))
    for protocol in range(2, 6):
        add(f"{protocol}/names", pickle.dumps({"label_names": ["cat", "dog", "fox"]} if protocol % 2 else meta, protocol))
