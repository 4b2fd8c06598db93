#!/usr/bin/env python3
"""Writes what whole networks of torchvision compute, for the Go test TestTorchvision.

    python3 testdata/torchvision_networks.py FOLDER [NAME ...]
    GORGONET_TORCHVISION=FOLDER go test -v -timeout 1h -run TestTorchvision ./resnet

needs torch and torchvision (made with 1.13 and 0.14, later ones with 2.15 and 0.29). Each network is of full width, for
pictures of the size in SIDES, or 224x224, in batches of 2, with torchvision's random weights, random affine parameters of its
norms, and running statistics near the batch's.
Arithmetic is float64, files are float32:

    NAME.weights.pth     state_dict()
    NAME.gradients.pth   of each parameter, the gradient of cross entropy in a training step (without dropout)
    NAME.expected.pth    x, labels; inference: logits from running statistics; C2 ... C5: outputs of ResNet-50's stages
                         from them; logits and loss of the training step; float32: the relative L2 errors of PyTorch's own
                         float32 logits and of all its gradients together

Up to ViT-L/32 they take 8.3 GB and, one at a time, up to 8 GB of memory. A network whose files exist is passed over.
"""

import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

SIDES = dict(efficientnet_b1=240, efficientnet_b2=288, efficientnet_b3=300, efficientnet_b4=380, efficientnet_b5=456, efficientnet_b6=528,
             efficientnet_b7=600, efficientnet_v2_s=384, efficientnet_v2_m=480, efficientnet_v2_l=480)
NAMES = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2",
         "wide_resnet101_2", "vgg16", "vgg19", "vgg16_bn", "vgg19_bn", "vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "resnext101_64x4d",
         "alexnet", "googlenet", "densenet121", "densenet161", "densenet169", "densenet201", "efficientnet_b0", *SIDES,
         "convnext_tiny", "convnext_small", "convnext_base", "convnext_large"]
BATCH, CLASSES = 2, 1000


def randomise(net, x):
    """Makes affine parameters and running statistics of norms random."""
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, nn.LayerNorm):
                m.weight.uniform_(0.5, 1)
                m.bias.uniform_(-0.2, 0.2)
        if hasattr(net, "class_token"):  # these start at zero
            net.class_token.normal_()
            net.heads.head.weight.normal_(std=0.05)
        for m in net.modules():
            if hasattr(m, "layer_scale"):  # as does this
                m.layer_scale.uniform_(0.1, 0.5)
        for m in norms:
            m.weight.uniform_(0.5, 1)
            m.bias.uniform_(-0.2, 0.2)
            m.momentum = 1  # take the batch's statistics
        for m in net.modules():
            if hasattr(m, "downsample"):  # with more of the residual branches, gradients are ill-conditioned
                getattr(m, "bn3", m.bn2).weight.uniform_(0.1, 0.3)
            if getattr(m, "use_res_connect", False):
                m.block[-1][1].weight.uniform_(0.1, 0.3)
        for p in net.parameters():
            p.copy_(p.float())
        net.train()
        if hasattr(net, "layer1") or not hasattr(net, "fc") and not hasattr(net.features, "denseblock1"):
            separate(net, x)  # of GoogLeNet and DenseNets, PyTorch's own float32 says what to expect
        else:
            net(x)
        for m in norms:
            m.running_mean += 0.2 * m.running_var.sqrt() * (2 * torch.rand_like(m.running_mean) - 1)
            m.running_var *= 0.7 + torch.rand_like(m.running_var)
            m.momentum = 0  # and keep them


def separate(net, x):
    """Moves biases a little, to where no input of a ReLU is near 0, and weights before a max pooling, to where no maximum
    has another value near it. Among millions, rounding would change the sign of some inputs and the place of some maxima,
    and with them the gradients, by as much as 1e-2 and in PyTorch's float32 like in any other."""
    conv = norm = pictures = None

    def remember(module, inputs, _):
        nonlocal conv, norm, pictures
        if isinstance(module, nn.BatchNorm2d):
            norm = module
        else:
            conv, norm, pictures = module, None, inputs[0]

    def from_zero(_, inputs):
        y = inputs[0].transpose(0, 1).flatten(1)  # a row for each channel
        v = y.sort(1).values
        v = torch.cat([v[:, :1] - 0.01, v, v[:, -1:] + 0.01], 1)
        gap, middle = v.diff(dim=1), (v[:, 1:] + v[:, :-1]) / 2
        gap[middle.abs() > 0.3 * y.abs().mean(1, keepdim=True)] = 0
        shift = middle.gather(1, gap.argmax(1, keepdim=True))[:, 0]
        (norm or conv).bias.sub_(shift)
        return inputs[0] - shift.reshape(-1, *[1] * (inputs[0].dim() - 2))

    def from_others(pool, inputs):
        y, layer, after, below, k = inputs[0], conv, norm, pictures, pool.kernel_size
        while True:
            windows = F.unfold(F.pad(y, [pool.padding] * 4), k, stride=pool.stride).unflatten(1, (-1, k * k))
            first, second = windows.topk(2, 2).values.unbind(2)
            near = (first > 0) & (first - second < 0.1 * y.mean() / first[:, 0].numel())
            channels = near.any(2).any(0)
            if not channels.any():
                return y
            layer.weight[channels] *= 1 + 0.01 * torch.randn_like(layer.weight[channels])
            z = layer(below)
            y = F.relu(from_zero(None, [after(z) if after else z]))

    hooks = [m.register_forward_pre_hook(from_zero) for m in net.modules() if isinstance(m, nn.ReLU)]
    hooks += [m.register_forward_pre_hook(from_others) for m in net.modules() if isinstance(m, nn.MaxPool2d)]
    hooks += [m.register_forward_hook(remember) for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))]
    net(x)
    for h in hooks:
        h.remove()


def inference(net, x):
    """Returns logits and the outputs of the stages."""
    stages = {}
    for i in range(1, 5):
        if hasattr(net, "layer%d" % i):
            getattr(net, "layer%d" % i).register_forward_hook(lambda m, _, y, name="C%d" % (i + 1): stages.update({name: y.clone()}))
    net.eval()
    with torch.no_grad():
        logits = net(x)
    for m in net.children():
        m._forward_hooks.clear()
    return logits, stages


def training(net, x, labels):
    net.train()
    logits, *heads = heads_of(net(x))
    loss = F.cross_entropy(logits, labels) + sum(0.3 * F.cross_entropy(h, labels) for h in heads)
    net.zero_grad()
    loss.backward()
    gradients = {}
    for name, p in net.named_parameters():
        gradients[name], p.grad = p.grad, None
    return logits.detach(), loss.detach(), gradients


def heads_of(out):
    """The logits, and those of auxiliary heads where there are any."""
    return list(out) if isinstance(out, tuple) else [out]


def distance(pairs):
    """The relative L2 error of the first of all pairs of tensors together."""
    error = norm = 0.0
    for a, b in pairs:
        error += float((a.double() - b).square().sum())
        norm += float(b.square().sum())
    return (error / norm) ** 0.5


def make(name, folder):
    import torchvision

    torch.manual_seed(NAMES.index(name))
    options = dict(dropout=0.0) if name.startswith(("vgg", "alexnet", "efficientnet")) else {}
    if name == "googlenet":
        options = dict(init_weights=False, dropout=0, dropout_aux=0)
    if name.startswith(("efficientnet", "convnext")):
        options["stochastic_depth_prob"] = 0.0
    net = getattr(torchvision.models, name)(**options).double()
    side = SIDES.get(name, 224)
    x = torch.randn(BATCH, 3, side, side).double()
    labels = torch.randint(CLASSES, (BATCH,))
    randomise(net, x)
    net.float()
    torch.save(net.state_dict(), os.path.join(folder, name + ".weights.pth"))
    single = inference(net, x.float())[0]
    singles = training(net, x.float(), labels)[2]
    net.double()
    expected = dict(x=x, labels=labels)
    expected["inference"], stages = inference(net, x)
    if name == "resnet50":
        expected.update(stages)
    expected["logits"], expected["loss"], gradients = training(net, x, labels)
    expected["float32"] = torch.tensor([distance([(single, expected["inference"])]), distance((singles[k], g) for k, g in gradients.items())])
    print("%-18s of PyTorch's float32: logits %.1e, gradients %.1e" % (name, *expected["float32"]), flush=True)
    for kind, arrays in dict(gradients=gradients, expected=expected).items():
        arrays = {k: v.float().contiguous() if v.is_floating_point() else v for k, v in arrays.items()}
        torch.save(arrays, os.path.join(folder, "%s.%s.pth" % (name, kind)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in sys.argv[2:] or NAMES:
        if not os.path.exists(os.path.join(folder, name + ".expected.pth")):
            make(name, folder)
