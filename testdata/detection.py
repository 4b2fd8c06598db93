#!/usr/bin/env python3
"""Computes what torchvision says about boxes and regions of interest, for the Go tests.

    cd testdata && python3 detection.py

needs torch, torchvision and numpy (made with torch 2.15 and torchvision 0.29) and writes detection.safetensors beside itself.
Boxes are compared bit for bit, or nearly, so all is computed in float32. The array r of case c is named "c/r".
"""

import torch
from torchvision.models.detection import _utils, anchor_utils, image_list, retinanet, roi_heads
from torchvision.ops import batched_nms, box_iou, nms, poolers, roi_align, roi_pool

from goldens import noise, save

torch.set_num_threads(1)
arrays = {}


def put(case, **values):
    for k, v in values.items():
        arrays[case + "/" + k] = v if v.dtype.is_floating_point else v.to(torch.float32)


def boxes(name, n, height, width, least=1.0):
    """Boxes of all sizes, some beyond the picture."""
    u = torch.special.ndtr(noise(name, n, 4)).float()
    w, h = least + u[:, 2] ** 2 * width, least + u[:, 3] ** 2 * height
    x, y = u[:, 0] * width - w / 2, u[:, 1] * height - h / 2
    return torch.stack([x, y, x + w, y + h], 1)


objects, many = boxes("objects", 7, 90, 120), boxes("many", 300, 90, 120)
put("overlap", objects=objects, boxes=many, iou=box_iou(objects, many))
sized = torch.cat([boxes("sized", 200, 900, 900), torch.tensor([[0, 0, 112, 112], [0, 0, 111.99, 112], [0, 0, 224, 224], [5, 5, 5, 9.0]])])
put("level", boxes=sized, level=poolers.LevelMapper(2, 5)([sized]) + 2)

for name, weights in {"code": (1.0, 1.0, 1.0, 1.0), "weighted code": (10.0, 10.0, 5.0, 5.0)}.items():
    coder = _utils.BoxCoder(weights)
    anchors, codes = boxes(name + " anchors", 50, 90, 120), noise(name, 50, 4).float() * 2
    codes[:3, 2:] = 40  # beyond the largest
    put(name, weights=torch.tensor(weights), boxes=many[:50], anchors=anchors, encoded=coder.encode_single(many[:50], anchors),
        codes=codes, decoded=coder.decode_single(codes, anchors))

maps = [(25, 33), (13, 17), (7, 9), (4, 5), (2, 3)]
for name, generator in {
    "pyramid": anchor_utils.AnchorGenerator(((32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5),
    "dense pyramid": retinanet._default_anchorgen(),
}.items():
    images = image_list.ImageList(torch.zeros(1, 3, 100, 132), [(100, 132)])
    grid = generator(images, [torch.zeros(1, 1, *m) for m in maps])[0]
    put(name, cells=torch.cat([c.flatten() for c in generator.cell_anchors]), grid=grid[:: 7 if len(grid) > 9000 else 3])

for name, (high, low, best) in {"match": (0.7, 0.3, True), "strict match": (0.5, 0.5, False), "dense match": (0.5, 0.4, True)}.items():
    put(name, thresholds=torch.tensor([high, low, float(best)]), objects=objects, boxes=many,
        matches=_utils.Matcher(high, low, best)(box_iou(objects, many)))

for name, n in {"suppression": 400, "suppression of many": 1500}.items():
    # Within the picture, with scores that tie here and there.
    b, scores = boxes(name, n, 90, 120, 10).clamp(0, 110), (noise(name + " scores", n).float() * 100).round() / 100
    groups = torch.arange(n) * 7 % 5
    put(name, boxes=b, scores=scores, groups=groups, kept=nms(b, scores, 0.5), grouped=batched_nms(b, scores, groups, 0.5))

masks, placed = torch.sigmoid(noise("masks", 6, 1, 14, 14).float() * 3), boxes("placed", 6, 40, 50)
placed[5] = torch.tensor([10.2, 10.7, 10.9, 11.1])
put("paste", masks=masks[:, 0], boxes=placed, pasted=roi_heads.paste_masks_in_image(masks, placed, (40, 50))[:, 0])

features = noise("features", 2, 5, 13, 17).float()
rois = torch.cat([torch.arange(12)[:, None] % 2, boxes("rois", 12, 52, 68)], 1)
rois[10, 1:] = torch.tensor([60, 45, 90, 70.0])  # beyond the map
rois[11, 1:] = torch.tensor([20, 20, 20.4, 20.2])  # less than a pixel of it
rois[9, 1:] = torch.tensor([0, 0, 68, 52.0])
for name, (size, ratio, aligned) in {"align": (7, 2, False), "adaptive align": (3, -1, False), "aligned": (5, 3, True)}.items():
    x = features.clone().requires_grad_()
    y = roi_align(x, rois, size, 0.25, ratio, aligned)
    dy = noise(name, *y.shape).float()
    put(name, x=features, rois=rois, options=torch.tensor([size, ratio, float(aligned)]), y=y, dy=dy, dx=torch.autograd.grad(y, x, dy)[0])
x = features.clone().requires_grad_()
y = roi_pool(x, rois, 7, 0.25)
dy = noise("pool", *y.shape).float()
put("pool", x=features, rois=rois, y=y, dy=dy, dx=torch.autograd.grad(y, x, dy)[0])

save("detection.safetensors", arrays)
