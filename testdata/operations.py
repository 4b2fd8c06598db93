"""What PyTorch computes, in float64, for operations on pictures: operations.safetensors, which the tests of package graph
compare with. Cases are JSON in the metadata; pictures are [N H W C].

usage: python3 operations.py operations.safetensors   (PyTorch 2, safetensors)
"""
import json
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

torch.manual_seed(1)
arrays, cases = {}, []


def nhwc(t):
    return t.permute(0, 2, 3, 1) if t.dim() == 4 else t


def record(name, op, module, shapes, **options):
    xs = [torch.randn(s).float().double().requires_grad_() for s in shapes]
    parameters = {}
    if isinstance(module, nn.Module):
        module = module.double()
        for key, p in module.named_parameters():
            p.data = torch.randn(p.shape).float().double()
            parameters[key] = p
    y = module(*xs)
    dy = torch.randn(y.shape).float().double()
    y.backward(dy)
    values = dict(y=nhwc(y), dy=nhwc(dy))
    for i, x in enumerate(xs):
        values[f"x{i}"], values[f"dx{i}"] = nhwc(x), nhwc(x.grad)
    for key, p in parameters.items():
        values[key], values["d" + key] = p, p.grad
    for key, v in values.items():
        arrays[f"{name}/{key}"] = v.detach().float().contiguous()
    cases.append(dict(Name=name, Op=op, Inputs=len(xs), Options=options))


def pooling(kind, h, w, size, stride, pad, ceil, exclude=False):
    name = f"{kind} {h}x{w}, {size}/{stride}, padding {pad}" + ", ceil" * ceil + ", padding excluded" * exclude
    f = F.max_pool2d if kind == "max pool" else lambda x, *a, **k: F.avg_pool2d(x, *a, count_include_pad=not exclude, **k)
    record(name, "pool", lambda x: f(x, size, stride, pad, ceil_mode=ceil), [(2, 3, h, w)], Kind=kind, Size=size, Stride=stride, Pad=pad, Ceil=ceil, ExcludePad=exclude)


for kind in "max pool", "average pool":
    for exclude in [False] if kind == "max pool" else [False, True]:
        pooling(kind, 8, 7, 3, 2, 0, True, exclude)
        pooling(kind, 8, 7, 3, 2, 1, True, exclude)
        pooling(kind, 6, 6, 3, 2, 1, True, exclude)
        pooling(kind, 5, 3, 2, 3, 1, True, exclude)
        pooling(kind, 6, 5, 3, 1, 1, False, exclude)
for out in (3, 2), (6, 6), (1, 1), (9, 4):
    record("adaptive to %dx%d" % out, "adaptive", lambda x: F.adaptive_avg_pool2d(x, out), [(2, 3, 7, 5)], Height=out[0], Width=out[1])
for size, constants in (5, {}), (4, dict(Alpha=2.0, Beta=0.5, K=2.0)), (1, {}), (9, dict(Alpha=0.3, Beta=1.3)):
    torch_names = {k.lower(): v for k, v in constants.items()}
    record(f"response norm over {size}", "response", nn.LocalResponseNorm(size, **torch_names), [(2, 6, 3, 2)], Size=size, **constants)
for channels, groups in (12, 4), (6, 1), (5, 5):
    record(f"group norm, {channels} in {groups}", "group norm", nn.GroupNorm(groups, channels, eps=1e-6), [(3, channels, 4, 5)], Groups=groups)
record("concatenation", "concat", lambda *x: torch.cat(x, 1), [(2, 3, 4, 5), (2, 16, 4, 5), (2, 1, 4, 5)])
record("concatenation of rows", "concat", lambda *x: torch.cat(x, 1), [(4, 3), (4, 2)])
for h, w in (10, 8), (5, 4), (7, 13), (3, 2), (1, 1):
    for name, number, more in ("nearest", 0, {}), ("bilinear", 1, dict(align_corners=False)), ("bilinear", 2, dict(align_corners=True)):
        corners = ", corners" * more.get("align_corners", False)
        record(f"{name} to {h}x{w}{corners}", "resize", lambda x: F.interpolate(x, (h, w), mode=name, **more), [(2, 3, 5, 4)], Height=h, Width=w, Interpolation=number)
for c, out, k, s, p, o, g, bias in (4, 6, 3, 2, 1, 1, 1, True), (16, 32, 2, 2, 0, 0, 1, False), (6, 4, 4, 3, 1, 0, 2, True), (3, 5, 3, 1, 1, 0, 1, False), (2, 3, 1, 2, 0, 1, 1, False):
    record(f"transposed {k}x{k}/{s}, {c} to {out}, padding {p} and {o}, {g} groups", "transposed", nn.ConvTranspose2d(c, out, k, s, p, o, g, bias), [(2, c, 5, 4)],
           Out=out, Kernel=k, Stride=s, Pad=p, OutputPad=o, Groups=g, Bias=bias)


class Spaced(nn.Module):
    def __init__(self, c, out, k, s, pads, d, g, bias):
        super().__init__()
        self.conv, self.pads = [nn.Conv2d(c, out, k, s, 0, d, g, bias)], pads
        for key, p in self.conv[0].named_parameters():
            self.register_parameter(key, p)

    def double(self):
        self.conv[0].double()
        return self

    def forward(self, x):
        top, left, bottom, right = self.pads
        return self.conv[0](F.pad(x, (left, right, top, bottom)))


for c, out, k, s, pads, d, g, bias in ((4, 6, (3, 3), 1, (2, 2, 2, 2), 2, 1, True), (16, 32, (3, 3), 1, (4, 4, 4, 4), 4, 1, False), (4, 4, (3, 3), 2, (0, 0, 1, 1), 1, 2, False),
                                       (3, 5, (1, 7), 1, (0, 3, 0, 3), 1, 1, False), (3, 5, (7, 1), 1, (3, 0, 3, 0), 1, 1, True), (4, 6, (3, 2), 2, (1, 2, 3, 0), 3, 2, False),
                                       (3, 4, (2, 3), 1, (1, 1, 1, 1), 1, 1, False)):
    record(f"{k[0]}x{k[1]}/{s}, {c} to {out}, padding {pads}, dilation {d}, {g} groups", "conv", Spaced(c, out, k, s, pads, d, g, bias), [(2, c, 11, 9)],
           Out=out, Kernel=k[0], Width=k[1], Stride=s, Pads=pads, Dilation=d, Groups=g, Bias=bias)
save_file(arrays, sys.argv[1], {"cases": json.dumps(cases)})
print(len(cases), "cases")
