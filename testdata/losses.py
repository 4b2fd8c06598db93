"""What PyTorch computes, in float64, for the losses of package graph and their gradients: losses.safetensors, whose
metadata says which loss of which options each case is.

usage: python3 losses.py losses.safetensors   (PyTorch 2, safetensors)
"""
import json
import random
import sys

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(1)
random.seed(1)
arrays, cases = {}, {}


def record(name, options, x, loss, **values):
    loss.backward()
    for key, value in dict(values, x=x, loss=loss.reshape(1), dx=x.grad).items():
        arrays[f"{name}/{key}"] = value.detach().to(torch.float32).contiguous()
    cases[name] = options


def masked(elements, weights):
    """The mean by weights, each of which is of all elements behind it."""
    if weights is None:
        return elements.mean()
    w = weights.reshape(weights.shape + (1,) * (elements.dim() - weights.dim())).expand_as(elements)
    return (elements * w).sum() / w.sum()


def normal(shape):
    return torch.randn(shape).float().double()


for i in range(4):
    shape = [random.randint(1, 5) for _ in range(i + 1)]
    shape[0] += 1
    for weighted in (None, 1, len(shape)):
        if weighted == 1 and len(shape) == 1:
            continue
        weights = None if weighted is None else torch.randint(0, 3, shape[:weighted]).double() / 2
        if weights is not None:
            weights.view(-1)[0] = 1
        given = {} if weights is None else {"weights": weights}
        name = "%s, weights %s" % ("x".join(map(str, shape)), weighted)
        x, t = (3 * normal(shape)).requires_grad_(), normal(shape)
        record("squared error " + name, {"loss": "squared error"}, x, masked(F.mse_loss(x, t, reduction="none"), weights), targets=t, **given)
        for beta in (0, 0.5, 1, 2):
            x = x.detach().clone().requires_grad_()
            record(f"smooth L1 {beta} {name}", {"loss": "smooth L1", "beta": beta}, x,
                   masked(F.smooth_l1_loss(x, t, reduction="none", beta=beta), weights), targets=t, **given)
            if beta:
                x = x.detach().clone().requires_grad_()
                record(f"Huber {beta} {name}", {"loss": "Huber", "beta": beta}, x,
                       masked(F.huber_loss(x, t, reduction="none", delta=beta), weights), targets=t, **given)
        x, t = (5 * normal(shape)).requires_grad_(), torch.rand(shape).round(decimals=0 if i % 2 else 2).float().double()
        record("binary cross entropy " + name, {"loss": "binary cross entropy"}, x,
               masked(F.binary_cross_entropy_with_logits(x, t, reduction="none"), weights), targets=t, **given)
        positives = torch.randint(0, 9, shape[-1:]).double() / 2
        x = x.detach().clone().requires_grad_()
        record("binary cross entropy of weighted positives " + name, {"loss": "binary cross entropy", "positives": positives.tolist()}, x,
               masked(F.binary_cross_entropy_with_logits(x, t, pos_weight=positives, reduction="none"), weights), targets=t, **given)
x = torch.tensor([-1e4, -100., -20, 0, 20, 100, 1e4]).double().requires_grad_()
t = torch.tensor([1., 0, 1, 1, 0, 1, 0]).double()
record("binary cross entropy of extreme logits", {"loss": "binary cross entropy"}, x, F.binary_cross_entropy_with_logits(x, t), targets=t)
x = torch.tensor([1., 2, 3]).double().requires_grad_()
record("smooth L1 where there is no distance", {"loss": "smooth L1", "beta": 0}, x, F.smooth_l1_loss(x, x.detach(), beta=0), targets=x.detach())

for weighted in (False, True):
    for smoothing in (0, 0.1):
        for ignored in (None, -100, 2):
            n, k = random.randint(3, 7), random.randint(3, 6)
            weights = (torch.randint(0, 7, (k,)).double() + 0.5) / 4 if weighted else None
            options = {"smoothing": smoothing}
            if weighted:
                options["weights"] = weights.tolist()
            x = (4 * normal((n, k))).requires_grad_()
            labels = torch.randint(0, k, (n,))
            labels[0] = 0
            arguments = {"weight": weights, "label_smoothing": smoothing}
            if ignored is not None:
                labels[1] = ignored
                arguments["ignore_index"] = ignored
                options["ignored"] = [ignored]
            name = f"weights {weighted}, smoothing {smoothing}"
            record(f"cross entropy, {name}, ignoring {ignored}", {"loss": "cross entropy", **options}, x,
                   F.cross_entropy(x, labels, **arguments), labels=labels)
        x, t = (4 * normal((n, k))).requires_grad_(), torch.softmax(normal((n, k)), 1).float().double()
        record(f"soft cross entropy, {name}", {"loss": "soft cross entropy", **{key: v for key, v in options.items() if key != "ignored"}}, x,
               F.cross_entropy(x, t, weight=weights, label_smoothing=smoothing), targets=t)
# Of pixels: PyTorch has the classes in the second dimension.
x = (4 * normal((2, 3, 4, 5))).requires_grad_()
labels = torch.randint(0, 5, (2, 3, 4))
labels[0, 1, 2] = labels[1, 0, 0] = 255
weights = torch.tensor([1, 0.5, 2, 0, 3]).double()
record("cross entropy of pixels", {"loss": "cross entropy", "smoothing": 0, "weights": weights.tolist(), "ignored": [255]}, x,
       F.cross_entropy(x.permute(0, 3, 1, 2), labels, weight=weights, ignore_index=255), labels=labels.reshape(-1))

save_file(arrays, sys.argv[1], {"cases": json.dumps(cases)})
