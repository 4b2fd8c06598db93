#!/usr/bin/env python3
"""Computes what PyTorch says about a narrow copy of every named network, for the Go tests.

    cd testdata && python3 networks.py [dense | check]

needs torch and numpy (made with torch 1.13 and numpy 1.24) and writes networks.safetensors beside itself. A copy has its
network's depth and structure; only its stages' planes are fewer and its pictures smaller. Parameters, running statistics
and pictures come from the generator in goldens.py. The table of cases is JSON in the metadata; the array r of case c is
named "c/r":

    inference   logits from running statistics
    C2 ... C5   where the case has features: outputs of the stages, from running statistics
    logits      logits of a training step, and its loss
    gradients   [parameters, 2]: of each parameter, in order of name, the length of its gradient and the scalar product
                with noise("direction " + name). That noise has variance 1, so the product's error is as large,
                on average, as the gradient's.
    d.NAME      where the case has whole gradients: that of the parameter

Arithmetic is float64, results are rounded to float32. "float32" of a case says how far PyTorch's own float32 is from that:
relative L2 errors of the logits and of all gradients together. In networks so small, a single ReLU whose input is 0 but for
rounding can change the gradients by more than that, so pictures are taken with which none does (see pictures).

With "dense" it is dense.safetensors that is written: scores of the fully convolutional forms, of running statistics.
With "check" nothing is written: the definitions here are compared with torchvision's (0.14), at full width.
"""

import copy
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from goldens import Unit, exact, initialise, noise, save, symmetric, uniform

CLASSES, BATCH = 10, 2


class ResNet(nn.Module):
    """A residual or plain network, with torchvision's names."""

    def __init__(self, units, planes, stem, classes, shortcut="B", **unit):
        super().__init__()
        self.imagenet, self.pre = stem == "ImageNet", unit["block"].startswith("preact")
        channels = planes[0]
        self.conv1 = nn.Conv2d(3, channels, *(7, 2, 3) if self.imagenet else (3, 1, 1), bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.stages = []
        for i, (count, width) in enumerate(zip(units, planes)):
            stage = nn.Sequential()
            for j in range(count):
                stride = 2 if i > 0 and j == 0 else 1
                stage.append(Unit(channels, width, stride, shortcut, activated=i == j == 0, **unit))
                channels = stage[-1].out
            self.stages.append("layer%d" % (i + 1))
            self.add_module(self.stages[-1], stage)
        if self.pre:
            self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)

    def features(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
            yield x

    def trunk(self, x):
        *_, x = self.features(x)
        return F.relu(self.norm(x)) if self.pre else x

    def head(self, x):
        return self.fc(x.mean((2, 3)))

    def forward(self, x):
        return self.head(self.trunk(x))


class VGG(nn.Module):
    """Runs of convolutions, and three linear layers on what is left of pictures of that side. There is no dropout."""

    def __init__(self, convs, norm, planes, hidden, side, classes):
        super().__init__()
        layers, channels = [], 3
        for count, width in zip(convs, planes):
            for _ in range(count):
                layers += [nn.Conv2d(channels, width, 3, 1, 1)] + [nn.BatchNorm2d(width)] * norm + [nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        sizes = channels * (side // 32) ** 2, hidden, hidden, classes
        layers = []
        for i in range(3):
            layers += [nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU(), nn.Identity()]
        self.classifier = nn.Sequential(*layers[:-2])

    def trunk(self, x):
        return self.features(x)

    def head(self, x):
        return self.classifier(x.flatten(1))

    def forward(self, x):
        return self.head(self.trunk(x))


UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}

# Of each network: the units of its stages, its stem and its kind of unit.
RESNETS = {}
for depth, units in UNITS.items():
    kind = "basic" if depth < 50 else "bottleneck"
    RESNETS["resnet%d" % depth] = (units, "ImageNet", dict(block=kind))
    RESNETS["resnet%d_2015" % depth] = (units, "ImageNet", dict(block=kind, first=True))
    RESNETS["plain%d" % depth] = (units, "ImageNet", dict(block=kind, shortcut="none"))
    RESNETS["preact_resnet%d" % depth] = (units, "ImageNet", dict(block="preact" if depth < 50 else "preact bottleneck"))
    RESNETS["seresnet%d" % depth] = (units, "ImageNet", dict(block=kind, gate=16))
    RESNETS["wide_resnet%d_2" % depth] = (units, "ImageNet", dict(block=kind, base=128))
RESNETS.update(
    resnext50_32x4d=(UNITS[50], "ImageNet", dict(block="bottleneck", groups=32, base=4)),
    resnext101_32x8d=(UNITS[101], "ImageNet", dict(block="bottleneck", groups=32, base=8)),
    resnext29_8x64d=((3, 3, 3), "CIFAR", dict(block="bottleneck", groups=8, base=64)),
    preact_resnet110=((18, 18, 18), "CIFAR", dict(block="preact", shortcut="A")),
    preact_resnet164=((18, 18, 18), "CIFAR", dict(block="preact bottleneck")),
    preact_resnet1001=((111, 111, 111), "CIFAR", dict(block="preact bottleneck")),
    resnet56=((9, 9, 9), "CIFAR", dict(block="basic", shortcut="A")),
    plain20=((3, 3, 3), "CIFAR", dict(block="basic", shortcut="none")),
)
VGGS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def make(name, planes, side, classes, hidden=0, **options):
    if name.startswith("vgg"):
        return VGG(VGGS[int(name[3:5])], name.endswith("_bn"), planes, hidden, side, classes)
    units, stem, unit = RESNETS[name]
    return ResNet(units, planes, "CIFAR" if side < 64 else stem, classes, **dict(unit, **options))


def case(network, first=4, side=64, **more):
    """planes double from stage to stage. The last layer of a residual branch, whose weights' names end in damped, starts
    at damping times its size: without, the gradients of a hundred layers are so ill-conditioned that PyTorch's own float32
    has them wrong in the second digit."""
    c = dict(name=network, network=network, side=side, damped="", damping=1 / 8)
    stages = 5
    if network in RESNETS:
        units, _, unit = RESNETS[network]
        stages = len(units)
        if unit.get("shortcut") != "none":
            last = 3 if unit["block"].endswith("bottleneck") else 2
            c["damped"] = ".%s%d.weight" % ("conv" if unit["block"].startswith("preact") else "bn", last)
    c["planes"] = [first * 2 ** min(i, 3) for i in range(stages)]
    return dict(c, **more)


# The planes are the fewest that leave every group of a convolution and every gate a channel.
CASES = [
    case("resnet18", whole=True),
    case("resnet34"),
    case("resnet50", features=True),
    case("resnet101"),
    case("resnet152"),
    case("plain18"),
    case("plain34"),
    case("resnet50_2015"),
    case("resnet101_2015"),
    case("resnet152_2015"),
    case("preact_resnet18"),
    case("preact_resnet34"),
    case("preact_resnet50"),
    case("preact_resnet101"),
    case("preact_resnet152"),
    case("preact_resnet200"),
    case("preact_resnet110", side=16),
    case("preact_resnet164", side=16),
    case("preact_resnet1001", 2, side=8, damping=1 / 16),
    case("resnext50_32x4d", 16),
    case("resnext101_32x8d", 8),
    case("resnext29_8x64d", side=16),
    case("wide_resnet50_2"),
    case("wide_resnet101_2"),
    case("seresnet18", 16),
    case("seresnet50"),
    case("vgg16", hidden=32),
    case("vgg19", hidden=32),
    case("vgg16_bn", 2, hidden=16, whole=True),
    case("vgg19_bn", hidden=32),
    case("resnet56", side=16),
    case("plain20", side=16),
    case("resnet18", side=32, name="resnet18 with the stem for CIFAR"),
    case("resnet18", name="resnet18 with shortcut A", shortcut="A"),
    case("resnet50", name="resnet50 with shortcut C", shortcut="C"),
]


def fill(net, damped="", damping=1):
    """Sets parameters and running statistics from the generator. Training steps leave the statistics as they are."""
    initialise(net)
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 0
    with torch.no_grad():
        for name, t in net.state_dict().items():
            if name.endswith("running_mean"):
                t.copy_(exact(0.2 * symmetric(name, *t.shape)))
            elif name.endswith("running_var"):
                t.copy_(exact(1 + 0.5 * symmetric(name, *t.shape)))
            elif damped and name.startswith(("layer", "features")) and name.endswith(damped):
                t *= damping


def inference(net, x):
    net.eval()
    with torch.no_grad():
        return net(x)


def training(net, x, labels):
    net.train()
    logits = net(x)
    loss = F.cross_entropy(logits, labels)
    names, params = zip(*sorted(net.named_parameters()))
    return logits, loss, dict(zip(names, torch.autograd.grad(loss, params)))


def distance(a, b):
    """The relative L2 error of a."""
    return float((a.double() - b).norm() / b.norm())


def flat(gradients):
    return torch.cat([g.flatten() for g in gradients.values()])


def pictures(net, c, disturbance=1e-6, trials=6, limit=1e-3):
    """The number of the first batch, the pictures and the labels with which float32, and changes of the parameters several
    times its rounding, change the gradients little."""
    torch.manual_seed(0)
    for number in range(300):
        x = noise("%s pictures %d" % (c["network"], number), BATCH, 3, c["side"], c["side"])
        labels = torch.from_numpy((uniform(c["network"] + " labels", BATCH) * CLASSES).astype(np.int64))
        want = flat(training(net, x, labels)[2])
        worst = distance(flat(training(copy.deepcopy(net).float(), x.float(), labels)[2]), want)
        for _ in range(trials):
            if worst < limit:
                other = copy.deepcopy(net)
                with torch.no_grad():
                    for p in other.parameters():
                        p *= 1 + disturbance * torch.randn(p.shape)
                worst = max(worst, distance(flat(training(other, x, labels)[2]), want))
        if worst < limit:
            return number, x, labels
    raise ValueError("%s: the gradients change by %.1e" % (c["name"], worst))


def networks():
    arrays = {}
    for c in CASES:
        shape = dict(planes=c["planes"], side=c["side"], classes=CLASSES, hidden=c.get("hidden", 0))
        net = make(c["network"], **shape, **{k: c[k] for k in c if k == "shortcut"})
        fill(net, c["damped"], c["damping"])
        c["pictures"], x, labels = pictures(net, c)
        out = dict(inference=inference(net, x))
        if c.get("features"):
            out.update(("C%d" % (i + 2), y) for i, y in enumerate(net.features(x)))
        single = copy.deepcopy(net).float()
        float32 = inference(single, x.float()), flat(training(single, x.float(), labels)[2])
        out["logits"], out["loss"], gradients = training(net, x, labels)
        c["float32"] = [distance(float32[0], out["inference"]), distance(float32[1], flat(gradients))]
        directions = {name: noise("direction " + name, *g.shape) for name, g in gradients.items()}
        out["gradients"] = torch.stack([torch.stack([g.norm(), (g * directions[name]).sum()]) for name, g in gradients.items()])
        if c.get("whole"):
            out.update(("d." + name, g) for name, g in gradients.items())
        arrays.update((c["name"] + "/" + key, value.clone()) for key, value in out.items())
        print("%-36s" % c["name"], "of PyTorch's float32: logits %.1e, gradients %.1e;" % tuple(c["float32"]),
              "size of the logits %.2g, %.2g, of the gradient %.2g; pictures %d" % (out["inference"].std(), out["logits"].std(), flat(gradients).norm(), c["pictures"]), flush=True)
    save("networks.safetensors", arrays, cases=CASES, size=dict(classes=CLASSES, batch=BATCH))


# Networks made for pictures of a side, and the height and width of the pictures that they score in fully convolutional form.
DENSE = [
    case("resnet18", size=[64, 64]),
    case("resnet18", name="resnet18, whole pictures", size=[97, 130]),
    case("resnet50_2015", side=96, size=[128, 100]),
    case("preact_resnet50", size=[70, 111]),
    case("seresnet18", 16, size=[96, 80]),
    case("vgg16_bn", 2, hidden=16, size=[96, 161]),
    case("plain20", side=15, size=[20, 31]),
    case("resnet56", side=16, size=[33, 16]),
]


def dense():
    """The sliding evaluation: the head of each network on every window of the last feature map that is as large as the whole
    of a picture of that side."""
    arrays = {}
    for c in DENSE:
        net = make(c["network"], c["planes"], c["side"], CLASSES, c.get("hidden", 0))
        fill(net, c["damped"], c["damping"])
        net.eval()
        with torch.no_grad():
            window = net.trunk(torch.zeros(1, 3, c["side"], c["side"])).shape[-1]
            features = net.trunk(noise(c["name"] + " pictures", BATCH, 3, *c["size"]))
            places = [net.head(features[:, :, i:i + window, j:j + window])
                      for i in range(features.shape[2] - window + 1) for j in range(features.shape[3] - window + 1)]
        c["places"] = len(places)
        arrays[c["name"] + "/scores"] = torch.stack(places).mean(0)
        print("%-28s window %d, %d places, size of the scores %.2g, of their differences by place %.2g" %
              (c["name"], window, len(places), arrays[c["name"] + "/scores"].std(), torch.stack(places).std(0, unbiased=False).mean()))
    save("dense.safetensors", arrays, cases=DENSE, size=dict(classes=CLASSES, batch=BATCH))


def check():
    import torchvision

    planes = [64, 128, 256, 512, 512]
    for name in sorted({c["network"] for c in CASES}):
        theirs = getattr(torchvision.models, name, None)
        if theirs is None:
            continue
        side = 224 if name.startswith("vgg") else 64
        theirs = theirs(num_classes=CLASSES, **dict(dropout=0.0) if name.startswith("vgg") else {})
        fill(theirs)
        ours = make(name, planes, side, CLASSES, hidden=4096)
        ours.load_state_dict(theirs.state_dict())
        x = noise(name, BATCH, 3, side, side)
        inferred = distance(inference(ours, x), inference(theirs, x))
        ours.train(), theirs.train()
        with torch.no_grad():
            trained = distance(ours(x), theirs(x))
        print("%-18s inference %.1e, training %.1e" % (name, inferred, trained), flush=True)
        if max(inferred, trained) > 1e-12:
            sys.exit("%s differs from torchvision's" % name)


if __name__ == "__main__":
    {"": networks, "check": check, "dense": dense}["".join(sys.argv[1:])]()
