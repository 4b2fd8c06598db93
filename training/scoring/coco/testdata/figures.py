"""What pycocotools counts, for the tests to compare with.

    python figures.py cases            > cases.json    annotations that are drawn here, results, figures
    python figures.py sample FILE.json                 figures of detections that both sides make by one rule
    python figures.py time FILE.json                   the time that forty times as many pictures take

FILE.json has COCO's annotations. Made with pycocotools 2.0.11 and numpy 2.
"""

import contextlib
import copy
import json
import os
import sys
import time

from pycocotools import mask as masks
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


class Random:
    """Numbers that the test draws too."""

    def __init__(self, seed):
        self.state = seed

    def unit(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) / 2**31

    def below(self, n):
        return int(self.unit() * n)


def figures(truth, results, kind):
    with contextlib.redirect_stdout(open(os.devnull, "w")):
        gt = COCO()
        gt.dataset = copy.deepcopy(truth)
        gt.createIndex()
        if results:
            dt = gt.loadRes(copy.deepcopy(results))
        else:
            dt = COCO()
            dt.dataset = {"images": gt.dataset["images"], "categories": gt.dataset["categories"], "annotations": []}
            dt.createIndex()
        e = COCOeval(gt, dt, kind)
        e.evaluate()
        e.accumulate()
        e.summarize()
    return [float(v) for v in e.stats]


def coded(polygons, height, width):
    rle = masks.merge(masks.frPyObjects(polygons, height, width))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def crowded(truth):
    """Every fifth annotation as a crowd of plain runs."""
    truth = copy.deepcopy(truth)
    sizes = {p["id"]: (p["height"], p["width"]) for p in truth["images"]}
    for i, a in enumerate(truth["annotations"]):
        if i % 5 == 0:
            h, w = sizes[a["image_id"]]
            rle = masks.merge(masks.frPyObjects(a["segmentation"], h, w))
            flat = masks.decode(rle).flatten(order="F")
            runs, last, n = [], 0, 0
            for v in flat.tolist():
                if v != last:
                    runs.append(n)
                    last, n = v, 0
                n += 1
            runs.append(n)
            a["segmentation"], a["iscrowd"] = {"size": [h, w], "counts": runs}, 1
    return truth


def detections(truth, rule, kind, seed):
    r = Random(seed)
    sizes = {p["id"]: (p["height"], p["width"]) for p in truth["images"]}
    categories = sorted(c["id"] for c in truth["categories"])
    by_picture = {}
    for a in truth["annotations"]:
        by_picture.setdefault(a["image_id"], []).append(a)
    out = []
    for picture in sorted(sizes):
        for a in by_picture.get(picture, []):
            for _ in range(1 if rule == "perfect" else r.below(4)):
                x, y, w, h = a["bbox"]
                dx = dy = 0
                category, score = a["category_id"], 1.0
                if rule != "perfect":
                    dx, dy = r.below(9) - 4, r.below(9) - 4
                    w, h = w * (0.8 + 0.4 * r.unit()), h * (0.8 + 0.4 * r.unit())
                    score = 0.5 if rule == "tied" else r.below(40) / 40 if rule == "few" else r.unit()
                    if r.unit() < 0.1:
                        category = categories[r.below(len(categories))]
                d = {"image_id": picture, "category_id": category, "score": score}
                if kind == "bbox":
                    d["bbox"] = [x + dx, y + dy, w, h]
                else:
                    polygons = [[v + (dy if i % 2 else dx) for i, v in enumerate(p)] for p in a["segmentation"]]
                    d["segmentation"] = coded(polygons, *sizes[picture])
                out.append(d)
    if rule == "shuffled":
        for i in range(len(out) - 1, 0, -1):
            k = r.below(i + 1)
            out[i], out[k] = out[k], out[i]
    return out


RULES = ["perfect", "empty", "random", "shuffled", "tied", "few"]


def drawn():
    """Annotations of small pictures: polygons of three to seven corners, some very small, some in several parts."""
    r = Random(5)
    truth = {
        "images": [{"id": 40 - 3 * i, "file_name": f"{i}.png", "width": 60 + 20 * i, "height": 150 - 10 * i} for i in range(8)],
        "categories": [{"id": k, "name": f"c{k}"} for k in (7, 1, 3, 9)],
        "annotations": [],
    }
    for p in truth["images"][:-1]:  # the last one has none
        for _ in range(6):
            parts = []
            for _ in range(1 + r.below(2)):
                cx, cy, size = r.unit() * p["width"], r.unit() * p["height"], 2 + 60 * r.unit() ** 2
                part = []
                for _ in range(3 + r.below(5)):
                    part += [round(cx + (r.unit() - 0.5) * size, 2), round(cy + (r.unit() - 0.5) * size, 2)]
                parts.append(part)
            xs = [v for q in parts for v in q[0::2]]
            ys = [v for q in parts for v in q[1::2]]
            area = int(masks.area(masks.merge(masks.frPyObjects(parts, p["height"], p["width"]))))
            truth["annotations"].append({
                "id": 1 + len(truth["annotations"]), "image_id": p["id"], "category_id": (1, 3, 7)[r.below(3)],
                "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)], "area": area, "iscrowd": 0, "segmentation": parts,
            })
    truth["annotations"][7]["area"] = 1024  # both small and medium
    return truth


def cases():
    truth = drawn()
    crowds = crowded(truth)
    first = copy.deepcopy(truth)
    for a in first["annotations"]:
        a["id"] -= 1  # one has the id 0
    out = {"truths": {"plain": truth, "crowds": crowds, "zero": first}, "cases": []}
    for kind in ("bbox", "segm"):
        for rule in RULES:
            results = [] if rule == "empty" else detections(truth, rule, kind, 11)
            for name in ("plain", "crowds", "zero"):
                if name == "plain" or rule in ("perfect", "few"):
                    out["cases"].append({"name": rule, "truth": name, "kind": kind, "results": results if name == "plain" else None,
                                         "figures": figures(out["truths"][name], results, kind)})
    both = detections(truth, "few", "segm", 13)
    for d in both:  # boxes whose sizes count instead of the masks'
        d["bbox"] = [1, 1, 50 * d["score"], 50]
    out["cases"].append({"name": "both", "truth": "plain", "kind": "segm", "results": both, "figures": figures(truth, both, "segm")})
    boxes = detections(truth, "few", "bbox", 17)
    out["cases"].append({"name": "masks of boxes", "truth": "plain", "kind": "segm", "results": boxes, "figures": figures(truth, boxes, "segm")})
    only = detections(truth, "few", "segm", 19)
    out["cases"].append({"name": "boxes of masks", "truth": "plain", "kind": "bbox", "results": only, "figures": figures(truth, only, "bbox")})
    # Between two objects, as near to either: the later one is matched, so the next detection finds its own.
    pair = {"images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}], "categories": [{"id": 1, "name": "c"}],
            "annotations": [{"id": i + 1, "image_id": 1, "category_id": 1, "bbox": [10 + 4 * i, 10, 20, 20], "area": 400, "iscrowd": 0} for i in (0, 1)]}
    between = [{"image_id": 1, "category_id": 1, "score": 0.9 - i / 10, "bbox": [12 - 2 * i, 10, 20, 20]} for i in (0, 1)]
    out["truths"]["pair"] = pair
    out["cases"].append({"name": "between", "truth": "pair", "kind": "bbox", "results": between, "figures": figures(pair, between, "bbox")})
    json.dump(out, sys.stdout, separators=(",", ":"))
    print()


def sample(path):
    with open(path) as f:
        truth = json.load(f)
    crowds = crowded(truth)
    for kind in ("bbox", "segm"):
        for rule in RULES:
            results = [] if rule == "empty" else detections(truth, rule, kind, 3)
            for name, gt in (("plain", truth), ("crowds", crowds)):
                print(f'{{"{kind}", "{rule}", "{name}", [12]float64{{{", ".join(repr(v) for v in figures(gt, results, kind))}}}}},')


def seconds(path):
    with open(path) as f:
        truth = json.load(f)
    n = len(truth["images"])
    for kind in ("bbox", "segm"):
        results = detections(truth, "random", kind, 3)
        at = {p["id"]: i for i, p in enumerate(sorted(truth["images"], key=lambda p: p["id"]))}
        gt, dt = COCO(), COCO()
        gt.dataset = {"categories": truth["categories"], "images": [], "annotations": []}
        found = []
        for turn in range(40):
            gt.dataset["images"] += [dict(p, id=turn * n + at[p["id"]]) for p in truth["images"]]
            for a in truth["annotations"]:
                gt.dataset["annotations"].append(dict(a, id=len(gt.dataset["annotations"]) + 1, image_id=turn * n + at[a["image_id"]]))
            found += [dict(d, image_id=turn * n + at[d["image_id"]]) for d in results]
        with contextlib.redirect_stdout(open(os.devnull, "w")):
            gt.createIndex()
            dt = gt.loadRes(found)
            e = COCOeval(gt, dt, kind)
            begun = time.time()
            e.evaluate()
            e.accumulate()
            e.summarize()
        print(kind, len(gt.dataset["annotations"]), "objects", len(found), "detections", round(time.time() - begun, 2), "s", e.stats[:3])


if __name__ == "__main__":
    if sys.argv[1] == "cases":
        cases()
    else:
        {"sample": sample, "time": seconds}[sys.argv[1]](sys.argv[2])
