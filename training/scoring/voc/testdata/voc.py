"""What the rules of the VOC challenge count, written with numpy in VOC's own coordinates, for the tests to compare with.

    python voc.py > cases.json
"""

import json
import random

import numpy as np

r = random.Random(2)
truth = []  # picture, class, xmin, ymin, xmax, ymax, difficult: whole pixels from 1, the last one inclusive
found = []  # picture, class, xmin, ymin, xmax, ymax, score
for picture in range(12):
    for _ in range(r.randint(0, 6)):
        x, y = r.randint(1, 80), r.randint(1, 60)
        o = [picture, r.randint(0, 2), x, y, x + r.randint(0, 30), y + r.randint(0, 30), int(r.random() < 0.2)]
        truth.append(o)
        for _ in range(r.randint(0, 3)):
            d = [v + r.randint(-4, 4) for v in o[2:6]]
            found.append([picture, o[1] if r.random() < 0.9 else 0, d[0], d[1], max(d[0], d[2]), max(d[1], d[3]), r.random()])


def average(recall, precision, eleven):
    if eleven:
        return float(sum(np.max(precision[recall >= t], initial=0) / 11 for t in np.arange(0, 1.1, 0.1)))
    recall = np.concatenate(([0], recall, [1]))
    precision = np.concatenate(([0], precision, [0]))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.where(recall[1:] != recall[:-1])[0]
    return float(np.sum((recall[steps + 1] - recall[steps]) * precision[steps + 1]))


def count(k, threshold, eleven):
    objects = {p: np.array([o[2:6] for o in truth if o[0] == p and o[1] == k], float).reshape(-1, 4) for p in range(12)}
    difficult = {p: [o[6] for o in truth if o[0] == p and o[1] == k] for p in range(12)}
    used = {p: [False] * len(difficult[p]) for p in range(12)}
    tp, fp = [], []
    for d in sorted((d for d in found if d[1] == k), key=lambda d: -d[6]):
        boxes, b = objects[d[0]], d[2:6]
        best, at = -np.inf, -1
        if len(boxes):
            w = np.maximum(np.minimum(boxes[:, 2], b[2]) - np.maximum(boxes[:, 0], b[0]) + 1, 0)
            h = np.maximum(np.minimum(boxes[:, 3], b[3]) - np.maximum(boxes[:, 1], b[1]) + 1, 0)
            both = w * h
            areas = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)
            overlap = both / ((b[2] - b[0] + 1) * (b[3] - b[1] + 1) + areas - both)
            best, at = overlap.max(), overlap.argmax()
        good = best > threshold
        tp.append(0)
        fp.append(0)
        if good and difficult[d[0]][at]:
            continue
        if good and not used[d[0]][at]:
            used[d[0]][at] = True
            tp[-1] = 1
        else:
            fp[-1] = 1
    tp, fp = np.cumsum(tp), np.cumsum(fp)
    positives = sum(1 for o in truth if o[1] == k and not o[6])
    return average(tp / positives, tp / np.maximum(tp + fp, np.finfo(float).eps), eleven)


cases = [{"iou": t, "eleven": e, "ap": [count(k, t, e) for k in range(3)]} for t in (0.5, 0.75) for e in (False, True)]
print(json.dumps({"truth": truth, "found": found, "cases": cases}))
