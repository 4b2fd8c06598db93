#!/usr/bin/env python3
"""Computes what torchvision says about a narrow copy of every Vision Transformer, for the Go tests.

    cd testdata && python3 vit.py

needs torch, torchvision and numpy (made with torch 2.15 and torchvision 0.29) and writes vit.safetensors beside itself, as
networks.py does networks.safetensors: see there. The planes of a case are the width, the heads, the values between the
linear layers, and the blocks. Blocks of another order than torchvision's are written here.
"""

import copy

import numpy as np
import torch
from torchvision.models.vision_transformer import VisionTransformer

from goldens import noise, save, uniform
from networks import BATCH, CLASSES, distance, fill, flat, inference, training


def post(block, x):
    y, _ = block.self_attention(x, x, x, need_weights=False)
    x = block.ln_1(x + y)
    return block.ln_2(x + block.mlp(x))


def bare(block, x):
    x = block.ln_1(x)
    x, _ = block.self_attention(x, x, x, need_weights=False)
    return block.mlp(block.ln_2(x))


def make(c):
    width, heads, hidden, blocks = c["planes"]
    net = VisionTransformer(c["side"], c["patch"], blocks, heads, width, hidden, num_classes=CLASSES)
    for block in net.encoder.layers:
        if c["order"]:
            block.forward = {"post-LN": post, "no shortcut": bare}[c["order"]].__get__(block)
    return net


def case(network, planes, side, patch, order="", suffix=""):
    return dict(name=network + suffix, network=network, planes=planes, side=side, patch=patch, order=order, damped="", damping=1, pictures=0)


CASES = [
    case("vit_b_16", [24, 12, 32, 12], 64, 16),
    case("vit_b_32", [24, 12, 32, 12], 64, 32),
    case("vit_l_16", [32, 16, 32, 24], 48, 16),
    case("vit_l_32", [32, 16, 32, 24], 96, 32),
    case("vit_tiny_cifar", [24, 3, 48, 12], 32, 4),
    case("vit_tiny_cifar", [24, 3, 48, 4], 32, 4, "post-LN", ", post-LN"),
    case("vit_tiny_cifar", [24, 3, 48, 4], 32, 4, "no shortcut", ", no shortcut"),
]


def main():
    arrays = {}
    for c in CASES:
        net = make(c).double()
        fill(net)
        x = noise("%s pictures %d" % (c["network"], c["pictures"]), BATCH, 3, c["side"], c["side"])
        labels = torch.from_numpy((uniform(c["network"] + " labels", BATCH) * CLASSES).astype(np.int64))
        out = dict(inference=inference(net, x))
        single = copy.deepcopy(net).float()
        for block, twin in zip(net.encoder.layers, single.encoder.layers):
            if c["order"]:
                twin.forward = block.forward.__func__.__get__(twin)
        float32 = inference(single, x.float()), flat(training(single, x.float(), labels)[2])
        out["logits"], out["loss"], gradients = training(net, x, labels)
        c["float32"] = [distance(float32[0], out["inference"]), distance(float32[1], flat(gradients))]
        directions = {name: noise("direction " + name, *g.shape) for name, g in gradients.items()}
        out["gradients"] = torch.stack([torch.stack([g.norm(), (g * directions[name]).sum()]) for name, g in gradients.items()])
        arrays.update((c["name"] + "/" + key, value.clone()) for key, value in out.items())
        print("%-28s" % c["name"], "of PyTorch's float32: logits %.1e, gradients %.1e;" % tuple(c["float32"]),
              "size of the logits %.2g, of the gradient %.2g" % (out["inference"].std(), flat(gradients).norm()), flush=True)
    save("vit.safetensors", arrays, cases=CASES, size=dict(classes=CLASSES, batch=BATCH))


if __name__ == "__main__":
    main()
