#!/usr/bin/env python3
"""Computes what torchvision says about networks for segmentation, for the Go tests of resnet/segmentation.

    cd testdata && python3 segmentation.py
    python3 testdata/segmentation.py FOLDER [NAME ...]
    GORGONET_TORCHVISION=FOLDER go test -v -run TestTorchvision ./resnet/segmentation

needs torch and torchvision (made with 2.15 and 0.29). The first writes segmentation.safetensors beside itself, of narrow and
shallow copies for small pictures: the table of cases is JSON in the metadata, the array r of case c is "c/r". The second
writes whole networks with random weights for two pictures of 320x272, NAME.weights.pth, NAME.gradients.pth and
NAME.expected.pth, as torchvision_networks.py does. Of each there are

    x, labels   pictures [N 3 H W] and labels of their pixels, 255 for none
    s.NAME      parameters and running statistics (in the files of weights of whole networks)
    inference   logits from running statistics
    logits, auxiliary, loss   of a training step without dropout: that of classifier and half of that of aux_classifier
    d.NAME      gradients of the step (in files of their own of whole networks)
    float32     relative L2 errors of PyTorch's own float32: logits from running statistics, all gradients together

Arithmetic is float64, results are rounded to float32. Narrow networks are such that nothing near zero goes into a ReLU.
"""

import copy
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet, segmentation
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabHead, DeepLabV3
from torchvision.models.segmentation.fcn import FCN, FCNHead

from torchvision_networks import distance, separate


class Basic(resnet.BasicBlock):
    """torchvision's with dilation, which it refuses."""

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__(inplanes, planes, stride, downsample, norm_layer=norm_layer)
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, dilation, dilation, bias=False)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, dilation, dilation, bias=False)


class Narrow(resnet.ResNet):
    """A residual network with the given planes of its stages."""

    def __init__(self, block, units, planes, stride):
        self.planes = list(planes)
        super().__init__(block, units, replace_stride_with_dilation=[stride < 8, stride < 16, stride < 32])
        self.conv1 = nn.Conv2d(3, planes[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(planes[0])

    def _make_layer(self, block, planes, *args, **kwargs):
        if planes == 64:
            self.inplanes = self.planes[0]
        return super()._make_layer(block, self.planes.pop(0), *args, **kwargs)


CASES = [
    dict(name="fcn_resnet50", block="bottleneck", stride=8),
    dict(name="fcn_resnet18", block="basic", stride=16),
    dict(name="deeplabv3_resnet50", block="bottleneck", stride=8, channels=5, rates=[1, 2, 3]),
    dict(name="deeplabv3_resnet18", block="basic", stride=8, channels=5, rates=[2, 4, 6]),
]
SHAPE, CLASSES = dict(units=[1, 1, 2, 2], planes=[2, 3, 4, 5]), 3


def narrow(c):
    block = dict(basic=Basic, bottleneck=resnet.Bottleneck)[c["block"]]
    body = IntermediateLayerGetter(Narrow(block, SHAPE["units"], SHAPE["planes"], c["stride"]), {"layer4": "out", "layer3": "aux"})
    third, last = (n * block.expansion for n in SHAPE["planes"][2:])
    if c["name"].startswith("fcn"):
        return FCN(body, FCNHead(last, CLASSES), FCNHead(third, CLASSES))
    n = c["channels"]
    head = nn.Sequential(ASPP(last, c["rates"], n), nn.Conv2d(n, n, 3, padding=1, bias=False), nn.BatchNorm2d(n), nn.ReLU(), nn.Conv2d(n, CLASSES, 1))
    return DeepLabV3(body, head, FCNHead(third, CLASSES))


def randomise(net, x):
    """Makes all that starts at 0 or 1 random, and moves biases to where nothing near zero goes into a ReLU."""
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, nn.Dropout):
                m.p = 0
        for m in norms:
            m.weight.uniform_(0.5, 1)
            m.bias.uniform_(-0.2, 0.2)
            m.momentum = 1  # take the batch's statistics
        for m in net.modules():
            if hasattr(m, "downsample"):
                getattr(m, "bn3", m.bn2).weight.uniform_(0.1, 0.3)
        for p in net.parameters():
            p.copy_(p.float())
        net.train()
        separate(net, x)
        for m in norms:
            m.running_mean += 0.2 * m.running_var.sqrt() * (2 * torch.rand_like(m.running_mean) - 1)
            m.running_var *= 0.7 + torch.rand_like(m.running_var)
            m.momentum = 0  # and keep them
    net.float()


def training(net, x, labels):
    net.train()
    out = net(x)
    loss = F.cross_entropy(out["out"], labels, ignore_index=255) + 0.5 * F.cross_entropy(out["aux"], labels, ignore_index=255)
    names, params = zip(*net.named_parameters())
    return dict(logits=out["out"].detach(), auxiliary=out["aux"].detach(), loss=loss.detach()), dict(zip(names, torch.autograd.grad(loss, params)))


def inference(net, x):
    net.eval()
    with torch.no_grad():
        return net(x)["out"]


def measure(net, classes, size):
    """The arrays of a network, and its gradients."""
    x = torch.randn(2, 3, *size).float().double()
    labels = torch.randint(classes, (2, *size))
    labels[torch.rand(labels.shape) < 0.1] = 255
    randomise(net.double(), x)
    state = copy.deepcopy(net.state_dict())
    single, singles = inference(net, x.float()), training(net, x.float(), labels)[1]
    net.double()
    arrays = dict(x=x, labels=labels, inference=inference(net, x))
    step, gradients = training(net, x, labels)
    arrays.update(step)
    arrays["float32"] = torch.tensor([distance([(single, arrays["inference"])]), distance((singles[k], g) for k, g in gradients.items())])
    return arrays, state, gradients


def goldens():
    from goldens import save

    arrays = {}
    for seed, c in enumerate(CASES):
        torch.manual_seed(seed)
        a, state, gradients = measure(narrow(c), CLASSES, (25, 33))
        a.update({"s." + k: v for k, v in state.items() if not k.endswith("num_batches_tracked")})
        a.update({"d." + k: v for k, v in gradients.items()})
        print("%-20s of PyTorch's float32: logits %.1e, gradients %.1e" % (c["name"], *a["float32"]))
        arrays.update({c["name"] + "/" + k: v.numpy() for k, v in a.items()})
    save("segmentation.safetensors", arrays, cases=[dict(c, **SHAPE) for c in CASES])


def whole(folder, names):
    os.makedirs(folder, exist_ok=True)
    for seed, name in enumerate(names):
        torch.manual_seed(seed)
        net = getattr(segmentation, name)(weights=None, weights_backbone=None, num_classes=21, aux_loss=True)
        a, state, gradients = measure(net, 21, (320, 272))
        print("%-20s of PyTorch's float32: logits %.1e, gradients %.1e" % (name, *a["float32"]), flush=True)
        for kind, arrays in dict(weights=state, expected=a, gradients=gradients).items():
            arrays = {k: v.float().contiguous() if v.is_floating_point() else v for k, v in arrays.items()}
            torch.save(arrays, os.path.join(folder, "%s.%s.pth" % (name, kind)))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        whole(sys.argv[1], sys.argv[2:] or ["fcn_resnet50", "deeplabv3_resnet50", "fcn_resnet101", "deeplabv3_resnet101"])
    else:
        goldens()
