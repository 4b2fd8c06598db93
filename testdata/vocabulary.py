"""What PyTorch computes, in float64, for activations and layer norms: vocabulary.safetensors, which the tests of package graph
compare with.

usage: python3 vocabulary.py vocabulary.safetensors   (PyTorch 2, safetensors)
"""
import json
import sys

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

torch.manual_seed(1)
arrays = {}


def record(name, **values):
    for key, value in values.items():
        arrays[f"{name}/{key}"] = value.detach().to(torch.float32).contiguous()


edges = [-80, -20, -6, -3.5, -2.9, -1e-3, 1e-3, 0.5, 2.9, 3.5, 5.9, 6.5, 20, 80]
activations = {
    "relu": F.relu,
    "relu6": F.relu6,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hardswish": F.hardswish,
}
for name, function in activations.items():
    x = torch.cat([torch.tensor(edges), 3 * torch.randn(114)]).double().requires_grad_()
    dy = torch.randn(x.shape).double()
    y = function(x)
    y.backward(dy)
    record(name, x=x, dy=dy, y=y, dx=x.grad)

norms = {"layer norm of rows": ((5, 7), 1e-5), "layer norm of one channel": ((4, 1), 1e-5), "layer norm of pixels": ((2, 3, 4, 48), 1e-6)}
for name, (shape, epsilon) in norms.items():
    x = (100 + torch.randn(shape)).float().double().requires_grad_()
    weight, bias = (torch.randn(shape[-1:]).float().double().requires_grad_() for _ in range(2))
    dy = torch.randn(shape).float().double()
    y = F.layer_norm(x, shape[-1:], weight, bias, epsilon)
    y.backward(dy)
    record(name, x=x, dy=dy, weight=weight, bias=bias, y=y, dx=x.grad, dweight=weight.grad, dbias=bias.grad)

save_file(arrays, sys.argv[1], {"epsilon": json.dumps({name: epsilon for name, (_, epsilon) in norms.items()})})
