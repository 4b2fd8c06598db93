#!/usr/bin/env python3
"""Computes what PyTorch says about narrow copies of networks that networks.py does not have, for the Go tests.

    cd testdata && python3 families.py [NAME ...]

needs torch, torchvision and numpy (made with torch 2.15 and torchvision 0.29) and writes families.safetensors beside itself;
with names, it only says how well conditioned these are. Arrays and metadata are those of networks.safetensors. DenseNets and
GoogLeNet are torchvision's classes with fewer channels. GoogLeNet with its auxiliary heads has these too:

    auxiliary   [2, N, classes]: their logits, in torchvision's order; the loss is that of all heads, weighted
"""

import copy
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import densenet
from torchvision.models.googlenet import BasicConv2d, GoogLeNet, Inception, InceptionAux

import networks
from goldens import Unit, noise, save
from networks import BATCH, CLASSES, RESNETS, UNITS, ResNet, distance, fill, flat, inference, pictures


class AlexNet(nn.Module):
    """Convolutions (channels, kernel, stride, padding; whether a pooling and response normalisation follow) and three linear
    layers, numbered as torchvision's."""

    def __init__(self, convs, hidden, ceil, classes):
        super().__init__()
        layers, channels = [], 3
        for out, kernel, stride, pad, pool, response in convs:
            layers += [nn.Conv2d(channels, out, kernel, stride, pad), nn.ReLU()]
            if pool:
                layers.append(nn.MaxPool2d(3, 2, ceil_mode=bool(ceil and response)))
            if response:
                layers.append(nn.LocalResponseNorm(5, 5e-4, 0.75, 2))
            channels = out
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Identity(), nn.Linear(36 * channels, hidden), nn.ReLU(), nn.Identity(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), 6).flatten(1))


ALEXNETS = dict(
    alexnet=([(11, 4, 2, 1, 0), (5, 1, 2, 1, 0), (3, 1, 1, 0, 0), (3, 1, 1, 0, 0), (3, 1, 1, 1, 0)], False),
    zfnet=([(7, 2, 1, 1, 1), (5, 2, 0, 1, 1), (3, 1, 1, 0, 0), (3, 1, 1, 0, 0), (3, 1, 1, 1, 0)], True),
)
DENSENETS = dict(densenet121=(6, 12, 24, 16), densenet161=(6, 12, 36, 24), densenet169=(6, 12, 32, 32), densenet201=(6, 12, 48, 32))


def google(divisor, classes, heads):
    """torchvision's GoogLeNet with so many times fewer channels."""

    def less(*channels):
        return [c if c == 3 else c // divisor for c in channels]

    def conv(i, o, **more):
        return BasicConv2d(*less(i, o), **more)

    def inception(*channels):
        return Inception(*less(*channels))

    def auxiliary(i, classes, dropout):
        return InceptionAux(*less(i), classes, dropout=0)

    net = GoogLeNet(classes, aux_logits=heads, init_weights=False, blocks=[conv, inception, auxiliary], dropout=0)
    net.fc = nn.Linear(1024 // divisor, classes)
    return net


class SmallDenseNet(densenet.DenseNet):
    """DenseNet-BC for CIFAR: blocks of 16 layers behind a 3x3 convolution."""

    def __init__(self, growth, stem, classes):
        super().__init__(growth, (16, 16, 16), stem, num_classes=classes)
        self.features.conv0 = nn.Conv2d(3, stem, 3, 1, 1, bias=False)
        del self.features.norm0, self.features.relu0, self.features.pool0


class Averaged(Unit):
    """A unit whose projection sees averages, as timm names it."""

    def __init__(self, channels, planes, stride, shortcut, **more):
        super().__init__(channels, planes, stride, "B", **more)
        if not self.same:
            pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if stride > 1 else nn.Identity()
            self.downsample = nn.Sequential(pool, nn.Conv2d(channels, self.out, 1, bias=False), nn.BatchNorm2d(self.out))


class Tricks(ResNet):
    """ResNet-C and -D: three convolutions in the stem, and with averages units that project them."""

    def __init__(self, units, planes, classes, averages, **unit):
        before = networks.Unit
        networks.Unit = Averaged if averages else Unit
        super().__init__(units, planes, "ImageNet", classes, **unit)
        networks.Unit = before
        half = planes[0] // 2
        self.conv1 = nn.Sequential(nn.Conv2d(3, half, 3, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(), nn.Conv2d(half, half, 3, 1, 1, bias=False),
                                   nn.BatchNorm2d(half), nn.ReLU(), nn.Conv2d(half, planes[0], 3, 1, 1, bias=False))


RESNETS.update(
    resnext101_32x4d=(UNITS[101], "ImageNet", dict(block="bottleneck", groups=32, base=4)),
    resnext101_64x4d=(UNITS[101], "ImageNet", dict(block="bottleneck", groups=64, base=4)),
    seresnet101=(UNITS[101], "ImageNet", dict(block="bottleneck", gate=16)),
    seresnet152=(UNITS[152], "ImageNet", dict(block="bottleneck", gate=16)),
)
TRICKS = {"resnet%d%s" % (depth, kind): (UNITS[depth], kind == "d", dict(block="basic" if depth < 50 else "bottleneck"))
          for depth, kind in ((50, "c"), (18, "d"), (34, "d"), (50, "d"), (101, "d"), (152, "d"))}


def make(c):
    name, planes = c["network"], c["planes"]
    if name in ALEXNETS:
        convs, ceil = ALEXNETS[name]
        return AlexNet([(p, *rest) for p, rest in zip(planes, convs)], c["hidden"], ceil, CLASSES)
    if name in DENSENETS:
        return densenet.DenseNet(planes[1], DENSENETS[name], planes[0], num_classes=CLASSES)
    if name == "densenet_bc100_12":
        return SmallDenseNet(planes[1], planes[0], CLASSES)
    if name == "googlenet":
        return google(planes[0], CLASSES, c["heads"])
    if name in TRICKS:
        units, averages, unit = TRICKS[name]
        return Tricks(units, planes, CLASSES, averages, **unit)
    return networks.make(name, planes, c["side"], CLASSES)


def case(network, planes, side=64, **more):
    return dict(dict(name=network, network=network, planes=planes, side=side, damped="", damping=1 / 8), **more)


CASES = [
    case("alexnet", [4, 6, 8, 8, 4], hidden=16, whole=True),
    case("zfnet", [6, 8, 8, 8, 4], hidden=16, whole=True),
    case("googlenet", [8], heads=False),
    case("googlenet", [8], heads=True, name="googlenet with auxiliary heads", side=96),
    case("densenet121", [8, 4], features=True),
    case("densenet161", [8, 4]),
    case("densenet169", [8, 4]),
    case("densenet201", [8, 4]),
    case("densenet_bc100_12", [6, 4], side=16),
] + [networks.case(name, first) for name, first in (("resnext101_32x4d", 16), ("resnext101_64x4d", 16), ("seresnet101", 4), ("seresnet152", 4))] + [
    case(name, [4, 8, 16, 32], damped=".bn%d.weight" % (2 if unit["block"] == "basic" else 3)) for name, (_, _, unit) in TRICKS.items()
]


def training(net, x, labels):
    """One of networks.py, with the loss of auxiliary heads."""
    net.train()
    out = net(x)
    heads = list(out[1:]) if isinstance(out, tuple) and out[1] is not None else []
    logits = out[0] if isinstance(out, tuple) else out
    loss = F.cross_entropy(logits, labels) + sum(0.3 * F.cross_entropy(h, labels) for h in heads)
    names, params = zip(*sorted(net.named_parameters()))
    training.heads = heads
    return logits, loss, dict(zip(names, torch.autograd.grad(loss, params)))


def main():
    torch.set_default_dtype(torch.float64)
    networks.training = training
    arrays = {}
    for c in CASES:
        if sys.argv[1:] and c["network"] not in sys.argv[1:]:
            continue
        net = make(c)
        fill(net, c["damped"], c["damping"])
        c["pictures"], x, labels = pictures(net, c, trials=0)
        out = dict(inference=inference(net, x))
        if c.get("features"):
            y, i = x, 2
            for name, module in net.features.named_children():
                y = module(y)
                if name.startswith("denseblock"):
                    out["C%d" % i] = y.detach()
                    i += 1
        single = copy.deepcopy(net).float()
        float32 = inference(single, x.float()), flat(training(single, x.float(), labels)[2])
        out["logits"], out["loss"], gradients = training(net, x, labels)
        if training.heads:
            out["auxiliary"] = torch.stack(training.heads)
        c["float32"] = [distance(float32[0], out["inference"]), distance(float32[1], flat(gradients))]
        directions = {name: noise("direction " + name, *g.shape) for name, g in gradients.items()}
        out["gradients"] = torch.stack([torch.stack([g.norm(), (g * directions[name]).sum()]) for name, g in gradients.items()])
        if c.get("whole"):
            out.update(("d." + name, g) for name, g in gradients.items())
        arrays.update((c["name"] + "/" + key, value.detach().clone()) for key, value in out.items())
        print("%-32s" % c["name"], "of PyTorch's float32: logits %.1e, gradients %.1e; pictures %d" % (*c["float32"], c["pictures"]), flush=True)
        if not sys.argv[1:]:
            save("families.safetensors", arrays, cases=CASES[:CASES.index(c) + 1], size=dict(classes=CLASSES, batch=BATCH))


if __name__ == "__main__":
    main()
