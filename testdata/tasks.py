"""How PyTorch trains a small network, in float64, for the tasks of package training: tasks.safetensors, whose metadata has
the losses of the steps and the metrics at the end. Every batch is the whole training set, so that its order does not matter.

usage: python3 tasks.py tasks.safetensors   (PyTorch 2, safetensors)
"""
import json
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

TRAIN, TEST, STEPS, RATE, OUTPUTS = 10, 7, 15, 0.2, 3
torch.manual_seed(1)
arrays, runs = {}, {}


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 5, 3, padding=1)
        self.fc = nn.Linear(5, OUTPUTS)

    def forward(self, x):
        return self.fc(F.relu(self.conv1(x)).mean((2, 3)))


def average_precision(scores, positive):
    """By the definition: precision at each positive, of distinct scores."""
    found, total = 0, 0.0
    for n, i in enumerate(scores.argsort(descending=True).tolist(), 1):
        if positive[i]:
            found += 1
            total += found / n
    return total / positive.sum().item()


def multilabel(y, t):
    classes = [c for c in range(OUTPUTS) if t[:, c].any()]
    return {"mean_average_precision": sum(average_precision(y[:, c], t[:, c] > 0.5) for c in classes) / len(classes),
            "label_error": ((y > 0) != (t > 0.5)).double().mean().item()}


def regression(y, t):
    return {"mean_absolute_error": (y - t).abs().mean().item(), "root_mean_squared_error": (y - t).square().mean().sqrt().item()}


pictures = torch.randn(TRAIN + TEST, 2, 6, 6).float().double()
mean = pictures.mean((2, 3))
numbers = torch.cat([2 * mean, mean[:, :1] - mean[:, 1:]], 1) + 0.1 * torch.randn(TRAIN + TEST, OUTPUTS)
numbers[3] *= 20  # far off
labels = (numbers > 0.1).double()
labels[TRAIN:, 2] = 0  # a class without positives
labels[4, 1] = 0.25
hard = torch.tensor([i % OUTPUTS for i in range(TRAIN + TEST)])
weights, positives = torch.tensor([1, 0.25, 3]).double(), torch.tensor([1, 4, 0.5]).double()


def classification(y, t):
    return {"error": (y.argmax(1) != t)[t >= 0].double().mean().item()}


ignored = hard.clone()
ignored[[2, 11]] = -100
cases = {
    "multi-label": (labels, lambda y, t: F.binary_cross_entropy_with_logits(y, t), multilabel),
    "multi-label, positives": (labels, lambda y, t: F.binary_cross_entropy_with_logits(y, t, pos_weight=positives), multilabel),
    "squared error": (numbers, F.mse_loss, regression),
    "smooth L1": (numbers, lambda y, t: F.smooth_l1_loss(y, t, beta=0.5), regression),
    "Huber": (numbers, lambda y, t: F.huber_loss(y, t, delta=0.5), regression),
    "classes": (hard, F.cross_entropy, classification),
    "classes, weights": (hard, lambda y, t: F.cross_entropy(y, t, weight=weights), classification),
    "classes, weights, ignored": (ignored, lambda y, t: F.cross_entropy(y, t, weight=weights), classification),
    "classes, weights, smoothing, ignored": (ignored, lambda y, t, e=0.1: F.cross_entropy(y, t, weight=weights, label_smoothing=e), classification),
    "classes, smoothing, ignored": (ignored, lambda y, t, e=0.1: F.cross_entropy(y, t, label_smoothing=e), classification),
}
start = Network().double()
for name, parameter in start.state_dict().items():
    parameter.copy_(parameter.float())
    arrays["start/" + name] = parameter.clone()
arrays.update(pictures=pictures, numbers=numbers, labels=labels, hard=hard, ignored=ignored)
for case, (targets, loss, metrics) in cases.items():
    targets = targets.float().double() if targets.is_floating_point() else targets
    network = Network().double()
    network.load_state_dict(start.state_dict())
    solver = torch.optim.SGD(network.parameters(), RATE, momentum=0.9)
    losses = []
    for _ in range(STEPS):
        solver.zero_grad()
        value = loss(network(pictures[:TRAIN]), targets[:TRAIN])
        value.backward()
        solver.step()
        losses.append(value.item())
    y, t = network(pictures[TRAIN:]).detach(), targets[TRAIN:]
    plain = {"e": 0} if "smoothing" in case else {}  # evaluations do not smooth
    runs[case] = {"losses": losses, "test": {"loss": loss(y, t, **plain).item(), **metrics(y, t)}}
    for name, parameter in network.state_dict().items():
        arrays[f"{case}/{name}"] = parameter

save_file({name: a.float().contiguous() for name, a in arrays.items()}, sys.argv[1], {"runs": json.dumps(runs)})
