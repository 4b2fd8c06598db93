"""What pycocotools and torchvision make of masks and pictures, for the tests to compare with.

    python masks.py > masks.json

Made with pycocotools 2.0.11, numpy 2, torch 2.15 and torchvision 0.29.
"""

import json
import random

import numpy
import torch
from pycocotools import mask as masks
from torchvision.models.detection.transform import GeneralizedRCNNTransform

r = random.Random(3)


def text(rle):
    return rle["counts"].decode()


def polygons():
    out = []
    fixed = [
        [1, 1, 3, 1, 3, 3, 1, 3],
        [0.5, 0.5, 2.5, 0.5, 2.5, 2.5, 0.5, 2.5],
        [-3, -2, 30, 4, 12, 60],
        [4, 4, 4, 4, 9, 4, 9, 9, 9, 9],  # corners twice
        [2, 2, 2, 2, 2, 2],
        [1, 2, 9, 8, 1, 2, 9, 8],  # there and back
        [5.2, 5.1, 5.4, 5.1, 5.3, 5.3],  # less than a pixel
        [-1e6, 3, 1e6, 3, 1e6, 9, -1e6, 9],
    ]
    for i in range(120):
        h, w = r.randint(1, 40), r.randint(1, 40)
        if i < len(fixed):
            h, w, p = 12, 17, fixed[i]
        elif i % 3 == 0:  # whole and half numbers, on the edges of pixels
            p = [r.randint(-6, 90) / 2 for _ in range(2 * r.randint(3, 8))]
        else:
            p = [round(r.uniform(-5, 45), r.choice([1, 2, 6])) for _ in range(2 * r.randint(3, 8))]
        rle = masks.frPyObjects([p], h, w)[0]
        out.append({"size": [h, w], "polygon": p, "counts": text(rle), "area": int(masks.area(rle)), "box": masks.toBbox(rle).tolist()})
    return out


def pairs():
    out = []
    for i in range(40):
        h, w = r.randint(1, 30), r.randint(1, 30)
        a, b = (numpy.asfortranarray((numpy.random.RandomState(2 * i + k).rand(h, w) < r.choice([0, 0.1, 0.5, 0.9, 1])).astype(numpy.uint8)) for k in (0, 1))
        x, y = masks.encode(a), masks.encode(b)
        out.append({
            "size": [h, w], "a": text(x), "b": text(y), "mask": "".join(map(str, a.flatten().tolist())),
            "iou": float(masks.iou([x], [y], [0])[0][0]), "crowd": float(masks.iou([x], [y], [1])[0][0]),
            "union": text(masks.merge([x, y])), "intersection": text(masks.merge([x, y], intersect=True)),
            "box": masks.toBbox(x).tolist(), "area": int(masks.area(x)),
        })
    return out


def boxes():
    out = []
    for _ in range(60):
        a, b = ([r.uniform(0, 20), r.uniform(0, 20), r.choice([0, r.uniform(0, 20)]) if k else r.uniform(1, 20), r.uniform(0.1, 20)] for k in (0, 1))
        out.append({"a": a, "b": b, "iou": float(masks.iou([a], [b], [0])[0][0]), "crowd": float(masks.iou([a], [b], [1])[0][0])})
    return out


def sizes():
    t = GeneralizedRCNNTransform(800, 1333, [0, 0, 0], [1, 1, 1])
    t.eval()
    out = []
    for h, w in [(480, 640), (427, 640), (161, 200), (167, 167), (193, 500), (333, 1000), (640, 425), (375, 500), (612, 612), (100, 1400), (1201, 811), (97, 131)]:
        got, _ = t([torch.zeros(3, h, w)])
        out.append([h, w, *got.image_sizes[0], *got.tensors.shape[-2:]])
    return out


def inputs():
    """A batch of two small pictures through the whole transform."""
    t = GeneralizedRCNNTransform(40, 66, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    t.eval()
    pictures, targets, out = [], [], []
    for i, (h, w) in enumerate([(23, 31), (64, 37)]):
        rng = numpy.random.RandomState(i)
        bytes_ = rng.randint(0, 256, (h, w, 3), dtype=numpy.uint8)
        mask = (rng.rand(h, w) < 0.4).astype(numpy.uint8)
        pictures.append(torch.from_numpy(bytes_).permute(2, 0, 1).contiguous().float().div(255))
        box = [1.25, 2.5, w - 3.75, h - 1.5]
        targets.append({"boxes": torch.tensor([box]), "masks": torch.from_numpy(mask[None])})
        out.append({"size": [h, w], "bytes": bytes_.flatten().tolist(), "mask": "".join(map(str, mask.flatten().tolist())), "box": box})
    got, targets = t(pictures, targets)
    for o, size, target in zip(out, got.image_sizes, targets):
        o["to"], o["boxes"] = list(size), [float(v) for v in target["boxes"][0]]
        o["masks"] = "".join(map(str, target["masks"][0].flatten().tolist()))
    pixels = got.tensors.permute(0, 2, 3, 1).contiguous()
    return {"pictures": out, "shape": list(pixels.shape), "pixels": [float(v) for v in pixels.flatten()[::7]]}


torch.manual_seed(0)
print(json.dumps({"polygons": polygons(), "pairs": pairs(), "boxes": boxes(), "sizes": sizes(), "inputs": inputs()}, separators=(",", ":")))
