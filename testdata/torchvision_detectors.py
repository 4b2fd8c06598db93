#!/usr/bin/env python3
"""Writes what whole detectors of torchvision find, for the Go test TestTorchvision of training/detection.

    python3 testdata/torchvision_detectors.py FOLDER PICTURES [NAME ...]
    GORGONET_DETECTORS=FOLDER go test -v -timeout 1h -run TestTorchvision ./training/detection

needs torch and torchvision (made with 2.15 and 0.29). PICTURES is a folder of photographs. Each network has torchvision's random
weights, running statistics of the pictures, and heads whose scores lie apart. Arithmetic is float32. The files of a network are

    NAME.weights.pth   state_dict()
    NAME.expected.pth  of picture I: I.picture [H W 3] from 0 to 255; I.boxes, I.labels, I.scores; I.mask of the first
"""

import os
import sys
import time

import torch
import torchvision
from torchvision.models import detection

NAMES = ["fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "retinanet_resnet50_fpn"]


def main(folder, pictures, *names):
    paths = sorted(os.path.join(pictures, p) for p in os.listdir(pictures) if p.endswith((".jpg", ".png")))
    images = [torchvision.io.read_image(p, torchvision.io.ImageReadMode.RGB) / 255 for p in paths]
    for name in names or NAMES:
        torch.manual_seed(1)
        model = getattr(detection, name)(weights=None, weights_backbone=None)
        norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        with torch.no_grad():
            for m in norms:
                m.weight.uniform_(0.5, 1)
                m.bias.uniform_(-0.2, 0.2)
                m.momentum = 1
            for m in model.modules():
                if hasattr(m, "downsample"):
                    m.bn3.weight.uniform_(0.1, 0.3)
            model.train()
            model.backbone.body(model.transform([images[0]])[0].tensors)
            for key, t in model.named_parameters():
                if key.startswith("head.") and ".conv." in key and t.dim() == 4:
                    t *= 3  # a RetinaNet's, which start so small that nothing is found
                if key.endswith("rpn.head.cls_logits.weight"):
                    t *= 5
                if key.endswith("cls_score.weight"):
                    t *= 8
                if key.endswith(("bbox_pred.weight", "bbox_reg.weight")):
                    t *= 3
        model.eval()
        torch.save(model.state_dict(), os.path.join(folder, name + ".weights.pth"))
        expected = {}
        for i, image in enumerate(images):
            start = time.time()
            with torch.no_grad():
                found = model([image])[0]
            spent = time.time() - start
            expected[f"{i}.picture"] = (image * 255).round().permute(1, 2, 0).contiguous()
            for key in "boxes", "labels", "scores":
                expected[f"{i}.{key}"] = found[key].to(torch.float32)
            if "masks" in found:
                expected[f"{i}.mask"] = found["masks"][0, 0].clone()
            print(name, os.path.basename(paths[i]), tuple(image.shape), len(found["scores"]), "found, scores from", found["scores"][:1].tolist(),
                  "to", found["scores"][-1:].tolist(), f"{spent:.1f} s", flush=True)
        torch.save(expected, os.path.join(folder, name + ".expected.pth"))


if __name__ == "__main__":
    main(*sys.argv[1:])
