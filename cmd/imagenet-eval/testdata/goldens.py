#!/usr/bin/env python3
"""Makes the pictures beside it and scores.json: what PyTorch's networks and torchvision's transforms say about them.

    cd cmd/imagenet-eval/testdata && python3 goldens.py

needs torch 1.13, torchvision 0.14, numpy and Pillow. The networks' tensors are a formula that the Go test repeats. The
pictures' shorter side is the one that they are resized to, so that nothing depends on how. Arithmetic is float64.
"""

import json
import math
import sys

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import functional as F

sys.path.insert(0, "../../../testdata")
from networks import ResNet

torch.set_default_dtype(torch.float64)
SIDE, CROP, CLASSES = 36, 32, 5
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def network(seed, units):
    net = ResNet(units, (16, 32, 64), "CIFAR", CLASSES, "A", block="basic").eval()
    for name, t in net.state_dict().items():
        if not t.is_floating_point():
            continue
        i, shift = np.arange(t.numel(), dtype=np.int64), seed + sum(name.encode())
        u = (i * i * 31 + i * 7 + shift) % 1009 / 1009 - 0.5
        if t.dim() > 1:
            u *= math.sqrt(24 / np.prod(t.shape[1:]))
        elif name.endswith("running_var") or name.endswith("weight"):
            u += 1
        t.copy_(torch.from_numpy(u.astype(np.float32).astype(np.float64)).reshape(t.shape))
    return net


def dense(net, x):
    """The head on every window of the feature map, averaged."""
    features, window = net.trunk(x), CROP // 4
    return torch.stack([net.head(features[:, :, i:i + window, j:j + window])
                        for i in range(features.shape[2] - window + 1) for j in range(features.shape[3] - window + 1)]).mean(0)


def main():
    y, x = np.mgrid[0:48, 0:48]
    pictures = []
    for k, (w, h) in enumerate([(45, 36), (36, 41), (36, 36)]):
        wave = np.stack([128 + 127 * np.sin(x / (3 + k) + c) * np.cos(y / (5 - k) - 2 * c) for c in range(3)], -1)
        wave[k * 7:k * 7 + 9, 20:33] = 250 - 60 * k
        pictures.append(Image.fromarray(wave[:h, :w].round().astype(np.uint8)))
        pictures[-1].save("%d.png" % k)
    nets = {"resnet8": network(1, (1, 1, 1)), "resnet14": network(2, (2, 2, 2))}
    views = {
        "1-crop": lambda p: [F.center_crop(p, CROP)],
        "10-crop": lambda p: F.ten_crop(p, CROP),
        "multi-scale": lambda p: [p, F.hflip(p)],
    }
    out = []
    with torch.no_grad():
        for protocol, cut in views.items():
            for names in ["resnet8"], ["resnet14"], ["resnet8", "resnet14"]:
                for average, of in ("logits", lambda s: s), ("probabilities", lambda s: s.softmax(1)):
                    scores = []
                    for p in pictures:
                        inputs = [F.normalize(torch.from_numpy(np.asarray(v) / 255).permute(2, 0, 1), MEAN, DEVIATION)[None] for v in cut(p)]
                        scores.append(torch.cat([of(dense(nets[n], v)) for n in names for v in inputs]).mean(0).tolist())
                    out.append(dict(protocol=protocol, networks=names, average=average, scores=scores))
    for p in pictures:  # a window of all of the picture: what the network itself says
        v = F.normalize(torch.from_numpy(np.asarray(F.center_crop(p, CROP)) / 255).permute(2, 0, 1), MEAN, DEVIATION)[None]
        with torch.no_grad():
            assert (dense(nets["resnet8"], v) - nets["resnet8"](v)).abs().max() < 1e-12
    with open("scores.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(o) for o in out) + "\n]\n")
    for o in out:
        print(o["protocol"], o["networks"], o["average"], np.round(o["scores"], 3).tolist())


main()
