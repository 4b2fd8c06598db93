"""Makes the files of weights/ that the tests of reading PyTorch's files compare with.

Run with Python 3 and PyTorch 1.13:  python3 testdata/weights.py

expected.json has what is in them: for each tensor its type (as safetensors names
it), its shape and its values, integers as such and floats as the bits of float32.
"""
import json
import os
from collections import OrderedDict

import torch

torch.manual_seed(1)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights")
os.makedirs(here, exist_ok=True)

whole = torch.randn(4, 6)
tensors = OrderedDict([
    ("conv1.weight", torch.randn(2, 3, 2, 1)),
    ("whole", whole),
    ("transposed", whole.t()),
    ("rows", whole[1:3]),
    ("corner", whole[1::2, 2:5]),
    ("expanded", torch.randn(3, 1).expand(3, 4)),
    ("channels_last", torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last)),
    ("scalar", torch.tensor(42.5)),
    ("empty", torch.zeros(3, 0, 2)),
    ("special", torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45, 3e38])),
    ("parameter", torch.nn.Parameter(torch.randn(3))),
    ("bn1.num_batches_tracked", torch.tensor(2**40 + 1)),
    ("int64", torch.tensor([-2**63, 2**63 - 1, -1])),
    ("int32", torch.tensor([-2**31, 2**31 - 1], dtype=torch.int32)),
    ("int16", torch.tensor([-2**15, 2**15 - 1], dtype=torch.int16)),
    ("int8", torch.tensor([-128, 127], dtype=torch.int8)),
    ("uint8", torch.tensor([0, 255], dtype=torch.uint8)),
    ("bool", torch.tensor([True, False, True])),
    ("half", torch.cat([torch.randn(5), torch.tensor([65504, 65520, 6e-8, 2e-8, -6e-5, float("nan")])]).half()),
    ("bfloat16", torch.cat([torch.randn(5), torch.tensor([3e38, 3.4e38, 1e-40, -float("inf")])]).bfloat16()),
    ("double", torch.tensor([1 / 3, 1e300, -1e-300, 16777217.0], dtype=torch.float64)),
])
dtypes = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
          torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def values(t):
    if t.dtype.is_floating_point:
        return (t.detach().float().contiguous().view(torch.int32).flatten().to(torch.int64) & 0xFFFFFFFF).tolist()
    return t.to(torch.int64).flatten().tolist()


with open(os.path.join(here, "expected.json"), "w") as f:
    rows = [json.dumps({"name": k, "dtype": dtypes[t.dtype], "shape": list(t.shape), "values": values(t)}) for k, t in tensors.items()]
    f.write("[\n" + ",\n".join(rows) + "\n]\n")


def save(name, value, **options):
    torch.save(value, os.path.join(here, name), **options)


save("zip.pth", tensors)
save("protocol4.pth", tensors, pickle_protocol=4)
save("legacy.pth", tensors, _use_new_zipfile_serialization=False)

# A whole checkpoint of a network in DataParallel, with CIFAR names.
model = torch.nn.Sequential(OrderedDict([("bn1", torch.nn.BatchNorm1d(3)), ("linear", torch.nn.Linear(3, 2))]))
for p in model.parameters():
    torch.nn.init.constant_(p, 0.5)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(torch.randn(4, 3)).sum().backward()
optimizer.step()
checkpoint = {"epoch": 3, "best": 0.5, "state_dict": torch.nn.DataParallel(model).state_dict(), "optimizer": optimizer.state_dict()}
save("checkpoint.pth", checkpoint)
save("checkpoint-legacy.th", checkpoint, _use_new_zipfile_serialization=False)

# What is refused: a whole network, a tensor, a program.
save("module.pth", torch.nn.Linear(1, 1))
save("tensor.pth", torch.zeros(2))
save("nothing.pth", {"epoch": 3, "config": {"depth": 20}})
torch.jit.script(torch.nn.ReLU()).save(os.path.join(here, "script.pt"))
