#!/usr/bin/env python3
"""Computes what PyTorch says about operations on tokens, for the Go tests.

    cd testdata && python3 tokens.py

needs torch and numpy (made with torch 2.15) and writes tokens.safetensors beside itself. Inputs and parameters are float32
values, the arithmetic is float64, results are rounded to float32. The array r of case c is named "c/r": x, the other input
or parameters, dy, y and the gradients d.x and so on, under the names that the Go tests give them.
"""

import torch
import torch.nn.functional as F
from torch import nn

from goldens import noise, save

arrays = {}


def case(name, function, **inputs):
    leaves = {k: v.clone().requires_grad_() for k, v in inputs.items()}
    y = function(**leaves)
    dy = noise(name + " dy", *y.shape)
    grads = torch.autograd.grad(y, list(leaves.values()), dy)
    for k, v in dict(inputs, y=y, dy=dy, **{"d." + k: g for k, g in zip(leaves, grads)}).items():
        arrays[name + "/" + k] = v


def attention(e, heads, causal):
    def run(x, in_proj_weight, in_proj_bias, out_weight, out_bias):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype) if causal else None
        y = F.multi_head_attention_forward(
            *[x.transpose(0, 1)] * 3, e, heads, in_proj_weight, in_proj_bias, None, None, False, 0.0, out_weight, out_bias, attn_mask=mask,
            need_weights=False)[0]
        return y.transpose(0, 1)
    return run


for name, (n, tokens, e, heads, causal) in {
    "attention": (2, 17, 24, 3, False), "attention of one head": (1, 50, 32, 1, False), "causal attention": (2, 11, 12, 4, True),
    "attention of many tokens": (1, 270, 8, 2, False),
}.items():
    case(name, attention(e, heads, causal), x=noise(name, n, tokens, e), in_proj_weight=noise(name + " in", 3 * e, e) / 4,
         in_proj_bias=noise(name + " in bias", 3 * e), out_weight=noise(name + " out", e, e) / 4, out_bias=noise(name + " out bias", e))

case("softmax", lambda x: F.softmax(x, -1), x=3 * noise("softmax", 3, 5, 21))
case("linear", F.linear, input=noise("linear", 2, 5, 7), weight=noise("linear weight", 9, 7), bias=noise("linear bias", 9))
case("product", torch.matmul, input=noise("product x", 2, 3, 5, 7), other=noise("product y", 2, 3, 7, 4))
case("product with x transposed", lambda input, other: input.mT @ other, input=noise("product x", 2, 7, 5), other=noise("product y", 2, 7, 4))
case("product with y transposed", lambda input, other: input @ other.mT, input=noise("product x", 2, 5, 7), other=noise("product y", 2, 4, 7))
case("product with both transposed", lambda input, other: input.mT @ other.mT, input=noise("product x", 7, 5), other=noise("product y", 4, 7))
case("join token", lambda x, token: torch.cat([token.expand(x.shape[0], -1, -1), x.flatten(1, 2)], 1),
     x=noise("join", 2, 3, 4, 5), token=noise("token", 1, 1, 5))
case("positions", lambda x, positions: x + positions, x=noise("positions", 3, 4, 5), positions=noise("added", 1, 4, 5))
case("take token", lambda x: x[:, 2], x=noise("take", 3, 4, 5))
case("scale", lambda x, factors: x * factors, x=noise("scale", 2, 3, 4, 5), factors=noise("factors", 5))

save("tokens.safetensors", arrays)
