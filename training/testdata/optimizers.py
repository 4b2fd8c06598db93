"""Writes optimizers.json: what PyTorch's optimizers make of two parameters in 50 steps,
in float64. The bias is in a group of its own: half the rate, and no weight decay."""

import json
import os

import torch

STEPS, SHOWN = 50, (1, 2, 10, 50)


def rate(step):
    """The learning rate as a part of the first: a warm-up, and a fall after step 30."""
    return min(1, step / 8) * (0.25 if step > 30 else 1)


def values(n, step):
    """Gradients, or with step 0 weights, that are exact in float32."""
    return torch.tensor([((i * 7 + step * 13) % 17 - 8) / 8 for i in range(n)], dtype=torch.float64)


def train(make, lr):
    matrix = torch.nn.Parameter(values(15, 0).reshape(5, 3))
    bias = torch.nn.Parameter(values(4, 0))
    optimizer = make([{"params": [matrix]}, {"params": [bias], "weight_decay": 0}], lr)
    shown = []
    for step in range(1, STEPS + 1):
        optimizer.param_groups[0]["lr"] = lr * rate(step)
        optimizer.param_groups[1]["lr"] = lr * rate(step) / 2
        matrix.grad, bias.grad = values(15, step).reshape(5, 3), values(4, step)
        optimizer.step()
        if step in SHOWN:
            shown.append({"step": step, "matrix": matrix.flatten().tolist(), "bias": bias.tolist()})
    return {"rate": lr, "rates": [rate(s) for s in range(1, STEPS + 1)], "shown": shown}


def cases():
    o = torch.optim
    yield "sgd", 0.1, lambda p, lr: o.SGD(p, lr, weight_decay=0.05)
    yield "sgd, momentum", 0.1, lambda p, lr: o.SGD(p, lr, momentum=0.9, weight_decay=0.05)
    yield "sgd, nesterov", 0.1, lambda p, lr: o.SGD(p, lr, momentum=0.9, nesterov=True, weight_decay=0.05)
    yield "adamw", 0.01, lambda p, lr: o.AdamW(p, lr)
    yield "adamw, settings", 0.05, lambda p, lr: o.AdamW(p, lr, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.3)
    yield "adam", 0.01, lambda p, lr: o.Adam(p, lr)
    yield "adam, settings", 0.05, lambda p, lr: o.Adam(p, lr, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.3)
    yield "rmsprop", 0.01, lambda p, lr: o.RMSprop(p, lr)
    yield "rmsprop, momentum", 0.01, lambda p, lr: o.RMSprop(p, lr, alpha=0.9, eps=0.0316, momentum=0.9, weight_decay=0.05)
    yield "rmsprop, centered", 0.01, lambda p, lr: o.RMSprop(p, lr, alpha=0.8, eps=1e-3, centered=True)
    yield "rmsprop, all", 0.01, lambda p, lr: o.RMSprop(p, lr, alpha=0.8, eps=1e-3, centered=True, momentum=0.7, weight_decay=0.05)


if __name__ == "__main__":
    path = os.path.join(os.path.dirname(__file__), "optimizers.json")
    with open(path, "w") as f:
        lines = [f"{json.dumps(name)}: {json.dumps(train(make, lr))}" for name, lr, make in cases()]
        f.write("{\n" + ",\n".join(lines) + "\n}\n")
