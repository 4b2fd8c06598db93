#!/usr/bin/env python3
"""Computes what torchvision says about a narrow copy of every EfficientNet and ConvNeXt, for the Go tests.

    cd testdata && python3 inverted.py

needs torch, torchvision and numpy (made with torch 2.15 and torchvision 0.29) and writes inverted.safetensors beside itself,
as networks.py does networks.safetensors: see there. The planes of an EfficientNet are the channels of its first
convolution, of its stages and of its last convolution, those of a ConvNeXt the channels of its stages. Stochastic depth
and dropout are off. The damped scales are those of the last norm of blocks.
"""

import copy

import numpy as np
import torch
from torch import nn
from torchvision.models import convnext, efficientnet

from goldens import noise, save, uniform
from networks import BATCH, CLASSES, distance, fill, flat, inference, training

SCALES = dict(b0=(1, 1), b1=(1, 1.1), b2=(1.1, 1.2), b3=(1.2, 1.4), b4=(1.4, 1.8), b5=(1.6, 2.2), b6=(1.8, 2.6), b7=(2, 3.1))
UNITS = dict(tiny=(3, 3, 9, 3), small=(3, 3, 27, 3), base=(3, 3, 27, 3), large=(3, 3, 27, 3), cifar=(2, 2, 6, 2))


def stages(name):
    """torchvision's table of an EfficientNet."""
    version = name.split("_")[1]
    scale = dict(zip(("width_mult", "depth_mult"), SCALES[version])) if version in SCALES else {}
    return efficientnet._efficientnet_conf(name, **scale)[0]


def narrow(channels):
    return max(8, channels // 16 // 8 * 8)


def make(c):
    name, planes, side = c["network"], c["planes"], c["side"]
    if name.startswith("convnext"):
        units = UNITS[name.split("_")[1]]
        setting = [convnext.CNBlockConfig(p, q, n) for p, q, n in zip(planes, planes[1:] + [None], units)]
        net = convnext.ConvNeXt(setting, 0.0, num_classes=CLASSES)
        if name == "convnext_cifar":
            net.features[0][0] = nn.Conv2d(3, planes[0], 2, 2)
        return net
    setting = stages(name)
    for s, before, out in zip(setting, planes, planes[1:]):
        s.input_channels, s.out_channels = before, out
    norm = nn.BatchNorm2d
    if name[-2:] in ("b5", "b6", "b7") or "v2" in name:
        norm = lambda channels: nn.BatchNorm2d(channels, eps=1e-3)
    net = efficientnet.EfficientNet(setting, 0.0, 0.0, CLASSES, norm, planes[-1])
    if side < 64:  # the first two strides are left out
        net.features[0][0].stride = 1, 1
        first = next(m for m in net.features[1:].modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2))
        first.stride = 1, 1
    return net


def case(network, planes=None, side=64, suffix=""):
    if planes is None:
        table = stages(network)
        planes = [8] + [narrow(s.out_channels) for s in table] + [24]
    damped = ".block.3.1.weight" if network.startswith("efficientnet") else ""
    return dict(name=network + suffix, network=network, planes=planes, side=side, damped=damped, damping=1 / 8, pictures=0)


CASES = [case("efficientnet_" + v, side=96 if v in ("b6", "b7") else 64) for v in [*SCALES, "v2_s", "v2_m", "v2_l"]]
CASES += [case("efficientnet_b0", [8, 8, 16, 16, 24, 24, 32, 40, 48], 32, ", 32x32")]
CASES += [case("convnext_" + v, [8, 16, 24, 40]) for v in ("tiny", "small", "base", "large")]
CASES += [case("convnext_cifar", [8, 12, 16, 24], 32)]


def main():
    arrays = {}
    for c in CASES:
        net = make(c).double()
        fill(net, c["damped"], c["damping"])
        x = noise("%s pictures %d" % (c["network"], c["pictures"]), BATCH, 3, c["side"], c["side"])
        labels = torch.from_numpy((uniform(c["network"] + " labels", BATCH) * CLASSES).astype(np.int64))
        out = dict(inference=inference(net, x))
        single = copy.deepcopy(net).float()
        float32 = inference(single, x.float()), flat(training(single, x.float(), labels)[2])
        out["logits"], out["loss"], gradients = training(net, x, labels)
        c["float32"] = [distance(float32[0], out["inference"]), distance(float32[1], flat(gradients))]
        directions = {name: noise("direction " + name, *g.shape) for name, g in gradients.items()}
        out["gradients"] = torch.stack([torch.stack([g.norm(), (g * directions[name]).sum()]) for name, g in gradients.items()])
        arrays.update((c["name"] + "/" + key, value.clone()) for key, value in out.items())
        print("%-24s" % c["name"], "of PyTorch's float32: logits %.1e, gradients %.1e;" % tuple(c["float32"]),
              "size of the logits %.2g, of the gradient %.2g" % (out["inference"].std(), flat(gradients).norm()), flush=True)
    save("inverted.safetensors", arrays, cases=CASES, size=dict(classes=CLASSES, batch=BATCH))


if __name__ == "__main__":
    main()
