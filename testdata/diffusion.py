#!/usr/bin/env python3
"""Computes what PyTorch says about denoising diffusion (Ho et al. 2020, Song et al. 2021), for the Go tests.

    cd testdata && python3 diffusion.py

needs torch and numpy (made with torch 2.15) and writes diffusion.safetensors beside itself: a narrow U-Net with its weights
(w.NAME), pictures x, steps, the embeddings of those, the noise that is its target, what it predicts (y), the loss and the
gradients of all parameters (g.NAME); a noisy picture of each of some steps (q), and what a step of DDPM (ddpm: the mean) and
of DDIM (ddim) make of it; and in the metadata values of the schedule. Pictures are NCHW.

    python3 diffusion.py full FOLDER

writes the same of the paper's network for CIFAR-10, with random weights, to FOLDER/full.safetensors, and prints how far
PyTorch's own float32 is from it. The test reads it where GORGONET_DIFFUSION names the folder.

Inputs and parameters are float32 values, the arithmetic is float64, results are rounded to float32.
"""

import copy
import math
import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

from goldens import exact, save

STEPS = 1000


def embedding(t, channels):
    half = channels // 2
    frequencies = torch.exp(torch.arange(half, dtype=torch.float64) * -(math.log(10000) / (half - 1)))
    angles = t.double()[:, None] * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Residual(nn.Module):
    def __init__(self, inputs, outputs, times, groups):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inputs, 1e-6)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.temb_proj = nn.Linear(times, outputs)
        self.norm2 = nn.GroupNorm(groups, outputs, 1e-6)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, t):
        y = self.conv1(F.silu(self.norm1(x))) + self.temb_proj(F.silu(t))[:, :, None, None]
        y = self.conv2(F.silu(self.norm2(y)))
        return y + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class Attention(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.norm = nn.GroupNorm(groups, channels, 1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x):
        n, c, h, w = x.shape
        y = self.norm(x)
        q, k, v = (f(y).reshape(n, c, h * w) for f in (self.q, self.k, self.v))
        scores = torch.einsum("nci,ncj->nij", q, k) * c**-0.5
        y = torch.einsum("nij,ncj->nci", scores.softmax(2), v)
        return x + self.proj_out(y.reshape(n, c, h, w))


class Resample(nn.Module):
    def __init__(self, channels, up):
        super().__init__()
        self.up = up
        self.conv = nn.Conv2d(channels, channels, 3, 1 if up else 2, padding=1 if up else 0)

    def forward(self, x):
        return self.conv(x.repeat_interleave(2, 2).repeat_interleave(2, 3) if self.up else F.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    """Units, each followed by attention where the pictures have that size, and a change of size after them."""

    def __init__(self, widths, out, times, groups, attention):
        super().__init__()
        self.block = nn.ModuleList(Residual(w, out, times, groups) for w in widths)
        self.attn = nn.ModuleList(Attention(out, groups) for _ in widths if attention)

    def unit(self, i, x, t):
        x = self.block[i](x, t)
        return self.attn[i](x) if len(self.attn) else x


class UNet(nn.Module):
    def __init__(self, channels, multiples, units, attention, groups, size):
        super().__init__()
        self.channels, self.units, times = channels, units, 4 * channels
        self.temb = nn.Module()
        self.temb.dense = nn.ModuleList([nn.Linear(channels, times), nn.Linear(times, times)])
        self.conv_in = nn.Conv2d(3, channels, 3, padding=1)
        skips, width, sizes = [channels], channels, []
        self.down = nn.ModuleList()
        for i, m in enumerate(multiples):
            out = channels * m
            level = Level([width] + [out] * (units - 1), out, times, groups, size in attention)
            skips, width = skips + [out] * units, out
            sizes.append(size)
            if i < len(multiples) - 1:
                level.downsample = Resample(out, False)
                skips.append(out)
                size //= 2
            self.down.append(level)
        self.mid = nn.Module()
        self.mid.block_1 = Residual(width, width, times, groups)
        self.mid.attn_1 = Attention(width, groups)
        self.mid.block_2 = Residual(width, width, times, groups)
        levels = []
        for i, m in reversed(list(enumerate(multiples))):
            out, widths = channels * m, []
            for _ in range(units + 1):
                widths.append(width + skips.pop())
                width = out
            level = Level(widths, out, times, groups, sizes[i] in attention)
            if i > 0:
                level.upsample = Resample(out, True)
            levels.append(level)
        self.up = nn.ModuleList(reversed(levels))
        self.norm_out = nn.GroupNorm(groups, width, 1e-6)
        self.conv_out = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x, t):
        t = self.temb.dense[1](F.silu(self.temb.dense[0](t)))
        x = self.conv_in(x)
        skips = [x]
        for level in self.down:
            for i in range(self.units):
                x = level.unit(i, x, t)
                skips.append(x)
            if hasattr(level, "downsample"):
                x = level.downsample(x)
                skips.append(x)
        x = self.mid.block_2(self.mid.attn_1(self.mid.block_1(x, t)), t)
        for level in reversed(self.up):
            for i in range(self.units + 1):
                x = level.unit(i, torch.cat([x, skips.pop()], 1), t)
            if hasattr(level, "upsample"):
                x = level.upsample(x)
        return self.conv_out(F.silu(self.norm_out(x)))


def network(net, size, steps):
    """The arrays of a network with random weights, and how far PyTorch's float32 is from them."""
    arrays = {}
    with torch.no_grad():
        for name, p in net.named_parameters():
            fan = p[0].numel() if p.dim() > 1 else 100
            p.copy_(exact(torch.randn(p.shape) * fan**-0.5 + (1 if "norm" in name and name.endswith("weight") else 0)))
    steps = torch.tensor(steps)
    x, noise = (exact(torch.randn(len(steps), 3, size, size)) for _ in range(2))
    times = exact(embedding(steps, net.channels))

    def differentiate(net, kind):
        net.zero_grad()
        y = net(x.to(kind), times.to(kind))
        loss = F.mse_loss(y, noise.to(kind))
        loss.backward()
        return y.detach().double(), loss.detach(), {name: p.grad.double() for name, p in net.named_parameters()}

    y, loss, gradients = differentiate(net, torch.float64)
    single = differentiate(copy.deepcopy(net).float(), torch.float32)
    flat = lambda g: torch.cat([v.flatten() for v in g.values()])
    distance = lambda a, b: float((a - b).norm() / b.norm())
    float32 = [distance(single[0], y), distance(flat(single[2]), flat(gradients))]
    arrays.update(("w." + name, p.detach()) for name, p in net.named_parameters())
    arrays.update(("g." + name, g) for name, g in gradients.items())
    arrays.update(x=x, noise=noise, times=times, steps=steps.double(), y=y, loss=loss[None])
    return arrays, float32


def schedule():
    """The linear schedule, and the factors of the posterior q(x before | x, clean)."""
    beta = torch.linspace(1e-4, 0.02, STEPS, dtype=torch.float64)
    bar = torch.cumprod(1 - beta, 0)
    before = torch.cat([torch.ones(1), bar[:-1]])
    return dict(beta=beta, bar=bar, before=before, clean=beta * before.sqrt() / (1 - bar), noisy=(1 - before) * (1 - beta).sqrt() / (1 - bar),
                variance=beta * (1 - before) / (1 - bar))


def steps(s, at, skip):
    """A noisy picture at each of the steps, and what a step of either sampler makes of it."""
    clean = exact(torch.rand(len(at), 12) * 2 - 1)
    noise, predicted = exact(torch.randn(len(at), 12)), exact(torch.randn(len(at), 12))
    of = lambda name: s[name][at][:, None]
    q = exact(of("bar").sqrt() * clean + (1 - of("bar")).sqrt() * noise)
    seen = ((q - (1 - of("bar")).sqrt() * predicted) / of("bar").sqrt()).clamp(-1, 1)
    ddpm = of("clean") * seen + of("noisy") * q
    left = (q - of("bar").sqrt() * seen) / (1 - of("bar")).sqrt()
    following = torch.tensor([s["bar"][t - skip] if t >= skip else 1.0 for t in at])[:, None]
    return dict(clean=clean, eps=noise, predicted=predicted, q=q, ddpm=ddpm, ddim=following.sqrt() * seen + (1 - following).sqrt() * left)


def main():
    torch.manual_seed(1)
    if sys.argv[1:2] == ["full"]:
        arrays, float32 = network(UNet(128, (1, 2, 2, 2), 2, (16,), 32, 32).double(), 32, (3, 700))
        print("%d parameters; PyTorch's float32: output %.1e, gradients %.1e" % (sum(a.numel() for n, a in arrays.items() if n[0] == "w"), *float32))
        save(os.path.join(sys.argv[2], "full.safetensors"), arrays, float32=float32)
        return
    shape = dict(channels=4, multiples=(1, 2, 2), units=2, attention=(8,), groups=2)
    arrays, float32 = network(UNet(**shape, size=16).double(), 16, (0, 1, 999))
    s, at, skip = schedule(), [0, 1, 20, 500, 999], 20
    arrays.update(steps(s, at, skip))
    print("%d parameters; PyTorch's float32: output %.1e, gradients %.1e" % (sum(a.numel() for n, a in arrays.items() if n[0] == "w"), *float32))
    save("diffusion.safetensors", arrays, network=shape, float32=float32, at=at, skip=skip, schedule={name: v[at].tolist() for name, v in s.items()})


if __name__ == "__main__":
    main()
