#!/usr/bin/env python3
"""Computes what torchvision's detectors say, narrow ones on small pictures, for the Go tests.

    cd testdata && python3 detection_networks.py

needs torch, torchvision and numpy (made with torch 2.15 and torchvision 0.29) and writes detection_networks.safetensors beside
itself. Weights are float32 values, the arithmetic is float64, results are rounded to float32. The networks are a Mask R-CNN,
a RetinaNet and a Faster R-CNN of the C4 form on a residual network of basic blocks of 4, 8, 16 and 32 channels with frozen batch norms, of 5 classes, with 8
channels in the pyramid. Their samplers take the first anchors and regions that they may. Arrays are named network/kind/name:
weights, inference (what is in between, and what is found) and training (losses and gradients).
"""

import torch
from torchvision.models.detection import _utils, backbone_utils, faster_rcnn, image_list, mask_rcnn, retinanet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import TwoMLPHead, FastRCNNPredictor
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.ops import FrozenBatchNorm2d, roi_pool
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool, LastLevelP6P7

from goldens import exact, noise, save, uniform

CHANNELS, PYRAMID, HIDDEN, CLASSES = (4, 8, 16, 32), 8, 16, 5
arrays = {}


class First(_utils.BalancedPositiveNegativeSampler):
    """The first of each kind in place of random ones."""

    def __call__(self, labels):
        positive, negative = [], []
        for l in labels:
            of, out = torch.where(l >= 1)[0], torch.where(l == 0)[0]
            of = of[: int(self.batch_size_per_image * self.positive_fraction)]
            out = out[: self.batch_size_per_image - len(of)]
            for to, taken in (positive, of), (negative, out):
                to.append(torch.zeros_like(l, dtype=torch.uint8).index_fill(0, taken, 1))
        return positive, negative


def narrow(stages, top):
    net = ResNet(BasicBlock, [1, 1, 1, 1], norm_layer=FrozenBatchNorm2d)
    net.inplanes = CHANNELS[0]
    net.conv1, net.bn1 = torch.nn.Conv2d(3, CHANNELS[0], 7, 2, 3, bias=False), FrozenBatchNorm2d(CHANNELS[0])
    for i, c in enumerate(CHANNELS):
        setattr(net, f"layer{i + 1}", net._make_layer(BasicBlock, c, 1, stride=1 if i == 0 else 2))
    return backbone_utils.BackboneWithFPN(
        net, {f"layer{i}": str(j) for j, i in enumerate(stages)}, [CHANNELS[i - 1] for i in stages], PYRAMID, extra_blocks=top)


def randomise(network, model, scales):
    """Weights that keep what flows through them of the size that it has, and scores apart."""
    with torch.no_grad():
        for name, t in [*model.named_parameters(), *model.named_buffers()]:
            key = network + " " + name
            if name.endswith(("running_var",)) or t.dim() == 1 and name.endswith("weight"):
                v = exact(0.5 + uniform(key, *t.shape))
            elif t.dim() == 1:
                v = exact(noise(key, *t.shape) / 8)
            else:
                v = exact(noise(key, *t.shape) * (1.5 / t[0].numel()) ** 0.5)
            t.copy_(v * next((s for k, s in scales.items() if k in name), 1))
            arrays[f"{network}/weights/{ours(name)}"] = t


def ours(name):
    """The last stage of the C4 form is with the others here."""
    return name.replace("roi_heads.box_head.layer4", "backbone.layer4")


def put(case, **values):
    for k, v in values.items():
        arrays[case + "/" + k] = v.to(torch.float64)


def rows(case, name, parts):
    """Parts of different length, padded with NaN."""
    most = max(len(p) for p in parts)
    put(case, **{name: torch.stack([torch.cat([p, p.new_full((most - len(p), *p.shape[1:]), torch.nan)]) for p in parts])})


torch.set_default_dtype(torch.float64)
height, width, sizes = 64, 96, [(64, 96), (60, 80)]
images = noise("detection images", 2, 3, height, width)
images[1, :, 60:], images[1, :, :, 80:] = 0, 0
boxes = [torch.tensor([[4, 6, 40, 50.5], [30, 20, 90, 60], [50, 3, 66, 18.25]]), torch.tensor([[10, 5, 70, 58], [41.5, 30, 60, 47.0]])]
labels = [torch.tensor([1, 3, 2]), torch.tensor([4, 1])]
masks = []
for n, of in enumerate(boxes):
    y, x = torch.meshgrid(torch.arange(sizes[n][0]), torch.arange(sizes[n][1]), indexing="ij")
    # Ellipses in the boxes, which the Go tests draw again.
    masks.append(torch.stack([((x - (a + c) / 2) / (c - a) * 2) ** 2 + ((y - (b + d) / 2) / (d - b) * 2) ** 2 <= 1 for a, b, c, d in of]))
targets = [dict(boxes=b, labels=l, masks=m) for b, l, m in zip(boxes, labels, masks)]
put("pictures", images=images, sizes=torch.tensor(sizes))
rows("pictures", "boxes", boxes)
rows("pictures", "labels", [l.to(torch.float64) for l in labels])
batch = image_list.ImageList(images, sizes)


def train(network, model, losses):
    for name, value in losses.items():
        put(f"{network}/training", **{name: value[None]})
    parameters = dict(model.named_parameters())
    for name, g in zip(parameters, torch.autograd.grad(sum(losses.values()), list(parameters.values()))):
        arrays[f"{network}/training/d.{ours(name)}"] = g


# Mask R-CNN

model = mask_rcnn.MaskRCNN(
    narrow((1, 2, 3, 4), LastLevelMaxPool()), box_head=TwoMLPHead(PYRAMID * 49, HIDDEN), box_predictor=FastRCNNPredictor(HIDDEN, CLASSES),
    mask_head=mask_rcnn.MaskRCNNHeads(PYRAMID, (8,) * 4, 1), mask_predictor=mask_rcnn.MaskRCNNPredictor(8, 8, CLASSES),
    rpn_pre_nms_top_n_train=60, rpn_pre_nms_top_n_test=40, rpn_post_nms_top_n_train=50, rpn_post_nms_top_n_test=30,
    rpn_batch_size_per_image=32, box_batch_size_per_image=24, box_detections_per_img=20)
model.rpn.fg_bg_sampler, model.roi_heads.fg_bg_sampler = First(32, 0.5), First(24, 0.25)
randomise("mask", model, {"cls_score": 3, "rpn.head.cls_logits": 2, "rpn.head.bbox_pred": 0.3, "box_predictor.bbox_pred": 0.5})

model.eval()
with torch.no_grad():
    features = model.backbone(images)
    put("mask/inference", **{"level" + k: v for k, v in features.items()})
    seen = {}
    model.rpn.head.register_forward_hook(lambda _, __, y: seen.update(logits=y[0], codes=y[1]))
    model.roi_heads.box_roi_pool.register_forward_hook(lambda _, __, y: seen.update(pooled=y))
    model.roi_heads.box_predictor.register_forward_hook(lambda _, __, y: seen.update(scores=y[0], moves=y[1]))
    proposals, _ = model.rpn(batch, features)
    found, _ = model.roi_heads(features, proposals, sizes)
    for i, (l, c) in enumerate(zip(seen["logits"], seen["codes"])):
        put("mask/inference", **{f"logits{i}": l, f"codes{i}": c})
    rows("mask/inference", "proposals", proposals)
    put("mask/inference", pooled=seen["pooled"][:10], scores=seen["scores"], moves=seen["moves"])
    for k in "boxes", "labels", "scores":
        rows("mask/inference", "found " + k, [f[k].to(torch.float64) for f in found])
    put("mask/inference", **{"found masks": torch.cat([f["masks"][:4, 0] for f in found])})
    print("mask: found", [len(f["scores"]) for f in found], "of", [len(p) for p in proposals])

model.train()
features = model.backbone(images)
proposals, losses = model.rpn(batch, features, targets)
_, more = model.roi_heads(features, proposals, sizes, targets)
losses.update(more)
train("mask", model, losses)
print({k: v.item() for k, v in losses.items()}, "positive", [(l > 0).sum().item() for l in labels])

# RetinaNet

model = retinanet.RetinaNet(narrow((2, 3, 4), LastLevelP6P7(PYRAMID, PYRAMID)), CLASSES, topk_candidates=50, detections_per_img=30)
randomise("retina", model, {"cls_logits": 0.3, "bbox_reg": 0.3})
model.eval()
with torch.no_grad():
    features = list(model.backbone(images).values())
    y = model.head(features)
    per_level = [f.shape[2] * f.shape[3] * 9 for f in features]
    anchors = model.anchor_generator(batch, features)
    put("retina/inference", logits=y["cls_logits"], codes=y["bbox_regression"])
    found = model.postprocess_detections(
        {k: list(v.split(per_level, 1)) for k, v in y.items()}, [list(a.split(per_level)) for a in anchors], sizes)
    for k in "boxes", "labels", "scores":
        rows("retina/inference", "found " + k, [f[k].to(torch.float64) for f in found])
    print("retina: found", [len(f["scores"]) for f in found])
model.train()
features = list(model.backbone(images).values())
losses = model.compute_loss(targets, model.head(features), anchors)
train("retina", model, losses)
print({k: v.item() for k, v in losses.items()})

# Faster R-CNN on the last stage but one, with the last on the largest values in the regions

class Body(torch.nn.Sequential):
    """A residual network without its last stage, under its names."""

    out_channels = CHANNELS[2]

    def __init__(self, net):
        super().__init__()
        for name in "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3":
            self.add_module(name, getattr(net, name))


class Tail(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.layer4 = net.layer4

    def forward(self, x):
        return self.layer4(x).mean((2, 3))


class Pool(torch.nn.Module):
    def forward(self, features, proposals, _):
        return roi_pool(features["0"], list(proposals), 14, 1 / 16)


net = narrow((1, 2, 3, 4), None).body
model = faster_rcnn.FasterRCNN(
    Body(net), rpn_anchor_generator=AnchorGenerator(((64, 128, 256, 512),), ((0.5, 1.0, 2.0),)), box_head=Tail(net),
    box_predictor=FastRCNNPredictor(CHANNELS[3], CLASSES), rpn_pre_nms_top_n_train=60, rpn_pre_nms_top_n_test=40, rpn_post_nms_top_n_train=50,
    rpn_post_nms_top_n_test=30, rpn_batch_size_per_image=32, box_batch_size_per_image=24, box_detections_per_img=20)
model.rpn.fg_bg_sampler, model.roi_heads.fg_bg_sampler, model.roi_heads.box_roi_pool = First(32, 0.5), First(24, 0.25), Pool()
randomise("c4", model, {"cls_score": 3, "rpn.head.cls_logits": 2, "rpn.head.bbox_pred": 0.3, "box_predictor.bbox_pred": 0.5})
model.eval()
with torch.no_grad():
    features = {"0": model.backbone(images)}
    proposals, _ = model.rpn(batch, features)
    found, _ = model.roi_heads(features, proposals, sizes)
    for k in "boxes", "labels", "scores":
        rows("c4/inference", "found " + k, [f[k].to(torch.float64) for f in found])
    print("c4: found", [len(f["scores"]) for f in found], "of", [len(p) for p in proposals])
model.train()
features = {"0": model.backbone(images)}
proposals, losses = model.rpn(batch, features, targets)
losses.update(model.roi_heads(features, proposals, sizes, targets)[1])
train("c4", model, losses)
print({k: v.item() for k, v in losses.items()})

save("detection_networks.safetensors", arrays)
