"""Makes weights/kinds.tar.gz, a file of weights of every kind that the tests read.

Run with Python 3, PyTorch 2, NumPy and safetensors:  python3 testdata/checkpoints.py

All hold the same tiny network as ref.pth, as people's tools save it. index.json says of
each file what to want: "key" and "adapt" are what is asked for; "took" is what leads to
the tensors; "average" that they are one; "head" the last layer's name; "error" a part of
the message where nothing is to be read.
"""
import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import json
import logging
import os
import pathlib
import random
import re
import tarfile
import types
import uuid
import zipfile
from collections import OrderedDict

import numpy
import safetensors.torch
import torch

torch.manual_seed(1)
numpy.random.seed(1)
random.seed(1)
here = os.path.dirname(os.path.abspath(__file__))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(2)
        self.layer1 = torch.nn.Sequential(torch.nn.Sequential(OrderedDict(
            [("conv1", torch.nn.Conv2d(2, 2, 1, bias=False)), ("bn1", torch.nn.BatchNorm2d(2))])))
        self.fc = torch.nn.Linear(2, 4)


class EasyDict(dict):
    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.__dict__.update(self)


class Ordered(OrderedDict):
    pass


class Items(list):
    pass


class Slotted:
    __slots__ = ["a"]


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Data:
    a: int = 1


class Ema:
    def __init__(self, module):
        self.module, self.decay = module, 0.5


class Subclass(torch.Tensor):
    pass


Point = collections.namedtuple("Point", "x y")
net = Net()
for i, p in enumerate(list(net.parameters()) + [b for b in net.buffers() if b.dim()]):
    p.data = torch.arange(p.numel()).reshape(p.shape) / 8 - i
ref = net.state_dict()
raw = OrderedDict((k, v + 100) for k, v in ref.items())
files, index = OrderedDict(), []


def add(name, content, **want):
    files[name] = content
    index.append({"file": name, **want})


def saved(value, **options):
    b = io.BytesIO()
    torch.save(value, b, **options)
    return b.getvalue()


def both(name, value, legacy=True, **want):
    add(name + ".pth", saved(value), **want)
    if legacy:
        add(name + "-legacy.pth", saved(value, _use_new_zipfile_serialization=False), **want)


def prefixed(prefix, d=ref):
    return OrderedDict((prefix + k, v) for k, v in d.items())


def renamed(old, new, d=ref):
    return OrderedDict((new + k[len(old):] if k.startswith(old) else k, v) for k, v in d.items())


both("ref", ref)

# What else is in a checkpoint.
negative = torch.zeros(2, dtype=torch.complex64)
attributed = torch.nn.Parameter(torch.ones(2))
attributed.note = {"a": 1}
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for p in net.parameters():
    optimizer.state[p]["momentum_buffer"] = torch.zeros_like(p)
adam = torch.optim.AdamW(net.parameters())
logits = torch.nn.Parameter(torch.zeros(2))
things = {
    "namespace": argparse.Namespace(lr=0.1, milestones=[1, 2], out=None), "counter": collections.Counter([3, 3, 4]),
    "defaultdict": collections.defaultdict(list, a=[1.5]), "deque": collections.deque([1.0, 2.0], maxlen=5),
    "chainmap": collections.ChainMap({"a": 1}), "userdict": collections.UserDict(a=1), "npfloat": numpy.float64(0.5), "npint": numpy.int64(3),
    "npbool": numpy.bool_(True), "nparray": numpy.arange(6.0).reshape(2, 3), "npstructured": numpy.zeros(2, dtype=[("a", "f4")]),
    "npdtype": numpy.dtype("float32"), "npstate": numpy.random.get_state(), "nprng": numpy.random.default_rng(1), "device": torch.device("cuda:1"),
    "dtype": torch.float16, "size": torch.Size([2, 3]), "layout": torch.strided,
    "rng": torch.get_rng_state(), "generator": torch.Generator().get_state(), "pystate": random.getstate(),
    "datetime": datetime.datetime(2020, 1, 2, 3, 4), "date": datetime.date(2020, 1, 2), "timedelta": datetime.timedelta(seconds=5),
    "timezone": datetime.timezone.utc, "path": pathlib.PurePosixPath("a/b"), "set": {1, 2}, "frozenset": frozenset("ab"),
    "range": range(3), "slice": slice(1, 2), "bytes": b"\x00\xff" * 5, "bytearray": bytearray(b"\x00\xff" * 5), "complex": 1 + 2j, "decimal": decimal.Decimal("0.1"),
    "fraction": fractions.Fraction(1, 3), "uuid": uuid.UUID(int=5), "pattern": re.compile("a+"), "partial": functools.partial(int, base=2),
    "class": torch.nn.ReLU, "function": torch.nn.functional.relu, "builtin": len, "method": "text".upper, "bound": net.bn1.forward, "lossmodule": torch.nn.CrossEntropyLoss(),
    "weightedloss": torch.nn.CrossEntropyLoss(weight=torch.ones(4)), "easydict": EasyDict(a=1, b=EasyDict(c=[1])), "ordered": Ordered(a=1),
    "listclass": Items([1, 2]), "slotted": Slotted(), "enum": Colour.RED, "namedtuple": Point(1, 2), "dataclass": Data(),
    "simplenamespace": types.SimpleNamespace(a=1), "exception": ValueError("what"), "logger": logging.getLogger("a"), "ellipsis": ..., "notimplemented": NotImplemented,
    "nonetype": type(None), "bigint": 2**100, "negativeint": -2**70, "nan": float("nan"), "floats": [1e300, -0.0, float("inf"), 0.1], "text": "line\nquote ' \" \\ \u00e9 \U0001f600",
    "intkeys": {0: {1: 2}}, "tuplekeys": {(1, 2): 3}, "nonekey": {None: True, 1.5: False}, "deep": [[[{"a": ({"b": None},)}]]],
    "manyfloats": [i / 7 for i in range(3000)], "manynames": [f"n{i:05}/a.jpg" for i in range(1200)],
    "sgd": optimizer.state_dict(), "adamw": adam.state_dict(), "optimizerobject": torch.optim.SGD([logits], lr=0.1), "multistep": torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5]).state_dict(),
    "onecycle": torch.optim.lr_scheduler.OneCycleLR(adam, 0.1, total_steps=9).state_dict(),
    "sequential": torch.optim.lr_scheduler.SequentialLR(adam, [torch.optim.lr_scheduler.ConstantLR(adam), torch.optim.lr_scheduler.StepLR(adam, 2)], [3]).state_dict(),
    "scaler": torch.amp.GradScaler("cpu").state_dict(), "sparse": torch.eye(2).to_sparse(), "csr": torch.eye(2).to_sparse_csr(),
    "complextensor": torch.zeros(2, dtype=torch.complex64), "conjugate": torch.zeros(2, dtype=torch.complex64).conj(), "negative": torch.zeros(2, dtype=torch.complex64).conj().imag,
    "float8": torch.zeros(2, dtype=torch.float8_e5m2), "uint16": torch.ones(2, dtype=torch.uint16), "meta": torch.zeros(2, device="meta"),
    "attributed": attributed, "subclass": torch.ones(2).as_subclass(Subclass), "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
    "storage": torch.ones(2).untyped_storage(),
}
for name, thing in things.items():
    legacy = name not in ("npstate", "rng", "generator", "pystate", "manyfloats", "manynames", "storage", "meta", "lossmodule", "weightedloss", "bound")
    both("c-" + name, {"state_dict": ref, "thing": thing}, legacy, took="state_dict")
both("c-torchvision", {"model": ref, "optimizer": optimizer.state_dict(), "lr_scheduler": torch.optim.lr_scheduler.MultiStepLR(optimizer, [3]).state_dict(),
                       "epoch": 3, "args": argparse.Namespace(model="resnet50", device="cuda")}, took="model")
both("c-lightning", {"epoch": 1, "pytorch-lightning_version": "2.1", "state_dict": {**prefixed("model."), "criterion.weight": torch.ones(4), "train_acc.tp": torch.zeros(4, dtype=torch.long)},
                     "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint{'monitor': None}": {"best": torch.tensor(1.0)}}, "optimizer_states": [optimizer.state_dict()],
                     "lr_schedulers": [], "hyper_parameters": EasyDict(lr=1)}, took="state_dict.model")
both("c-timm", {"epoch": 1, "arch": "resnet18", "state_dict": raw, "optimizer": adam.state_dict(), "version": 2, "args": argparse.Namespace(), "state_dict_ema": ref, "metric": 70.5},
     took="state_dict_ema", average=True)

# Where the state dict is.
for key in ["state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module", "backbone", "student", "state_dict_ema", "model_ema", "ema", "ema_state_dict", "teacher", "G", "my model", "model.pt"]:
    both("k-" + key, {"epoch": 1, key: ref}, key == "net", took=key)
both("k-nested", {"model": {"state_dict": ref}}, took="model.state_dict")
both("k-nested3", {"a": {"b": {"c": ref, "d": 1}}}, False, took="a.b.c")
both("k-list", [ref, optimizer.state_dict(), 3], took="0")
both("k-tuple", (3, ref), took="1")
both("k-listindict", {"models": [ref]}, took="models.0")
both("k-parts", {"backbone": {k: v for k, v in ref.items() if k[:2] != "fc"}, "head": {"weight": ref["fc.weight"], "bias": ref["fc.bias"]}}, took="backbone", head="head")
both("k-namespace", argparse.Namespace(model=ref, epoch=3), took="model")
both("k-easydict", EasyDict(model=EasyDict(ref)), took="model")
both("k-orderedclass", Ordered(ref))
both("k-defaultdict", collections.defaultdict(dict, {"a": ref}), took="a")
both("k-whole", net)
both("k-wholeindict", {"model": net, "epoch": 1}, False, took="model")
both("k-wholeparallel", torch.nn.DataParallel(net), False, took="module")
both("k-wholeema", {"model": None, "ema": Ema(net)}, False, took="ema.module")
both("k-key", {"a": raw, "b": ref}, key="b", took="b")
both("k-keydeep", {"a": {"x": raw, "y": ref}}, key="a.y", took="a.y")
both("k-keyraw", {"state_dict": ref, "state_dict_ema": raw}, key="state_dict", took="state_dict")
both("k-ambiguous", {"a": raw, "b": ref}, error="under the keys a, b")
both("k-nokey", {"a": ref}, key="b", error="no tensors under the key b; there are a")
both("k-twice", {"a": ref, "b": ref}, took="a")

# Averages go before what they are of, and other copies after.
both("a-ema", {"model": raw, "model_ema": {"n_averaged": torch.tensor(3), **prefixed("module.")}}, took="model_ema.module", average=True)
both("a-teacher", {"student": prefixed("module.", raw), "teacher": ref}, took="teacher", average=True)
both("a-moco", {"state_dict": {**prefixed("module.encoder_q."), **prefixed("module.encoder_k.", raw), "module.queue": torch.ones(2, 3)}}, took="state_dict.module.encoder_q")
both("a-swa", {"state_dict": raw, "swa_state_dict": prefixed("module.")}, took="swa_state_dict.module", average=True)
both("a-emainside", {**prefixed("model.", raw), **prefixed("ema_model.")}, took="ema_model", average=True)
both("a-plain", {**ref, **prefixed("other.", raw)}, False)

# What the names begin with.
for prefix in ["module.", "module.module.", "model.", "model.module.", "net.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod.", "_fsdp_wrapped_module.", "backbone.", "encoder.", "encoder_q.",
               "module.encoder_q.", "resnet.", "0.", "1.", "model.0.", "feature_extractor.model.", "base_model.model."]:
    both("p-" + prefix, prefixed(prefix), prefix == "module.", took=prefix[:-1])
both("p-stateandmodule", {"state_dict": prefixed("module.")}, took="state_dict.module")

# What others add.
both("e-naveraged", {"n_averaged": torch.tensor(5), **prefixed("module.")}, took="module")
both("e-thop", {**ref, "total_ops": torch.zeros(1, dtype=torch.float64), "total_params": torch.zeros(1, dtype=torch.float64),
                **{m + x: torch.zeros(1, dtype=torch.float64) for m in ("conv1.", "layer1.0.conv1.", "fc.") for x in ("total_ops", "total_params")}})
both("e-metrics", {**prefixed("model."), "accuracy.correct": torch.zeros(4), "f1.tp": torch.zeros(4, dtype=torch.long)}, took="model")
both("e-counters", {k: v.to(torch.int32) if "tracked" in k else v for k, v in ref.items()}, False)
both("e-floatcounters", {k: v.float() if "tracked" in k else v for k, v in ref.items()}, False)
both("e-nocounters", {k: v for k, v in ref.items() if "tracked" not in k}, False)
both("e-auxiliary", {**ref, "aux.weight": torch.ones(4, 2), "aux.bias": torch.ones(4)}, False)
both("e-normalise", {**prefixed("1."), "0.mean": torch.zeros(1, 3, 1, 1), "0.std": torch.ones(1, 3, 1, 1)}, False, took="1")
both("e-deeper", {**ref, "layer1.1.conv1.weight": torch.ones(2, 2, 1, 1)}, error="1 unexpected: layer1.1.conv1.weight")
both("e-stages", {**ref, "layer2.0.conv1.weight": torch.ones(2, 2, 1, 1)}, error="1 unexpected: layer2.0.conv1.weight")
both("e-convbias", {**ref, "conv1.bias": torch.ones(2)}, error="1 unexpected: conv1.bias")
both("e-missing", {k: v for k, v in ref.items() if k != "bn1.bias"}, error="missing 1 of 12: bn1.bias")

# The last layer.
for head in ["linear", "fc.0", "fc.1", "head", "head.fc", "classifier", "classifier.1", "last_linear", "output"]:
    both("h-" + head, renamed("fc.", head + "."), head == "fc.1", head=head)
both("h-outside", {**{"backbone." + k: v for k, v in ref.items() if k[:2] != "fc"}, "head.weight": ref["fc.weight"], "head.bias": ref["fc.bias"]}, took="backbone", head="head")
both("h-sequential", {**{"0." + k: v for k, v in ref.items() if k[:2] != "fc"}, "2.weight": ref["fc.weight"], "2.bias": ref["fc.bias"]}, took="0", head="2")
both("h-two", {**renamed("fc.", "a."), "b.weight": ref["fc.weight"], "b.bias": ref["fc.bias"]}, error="missing 2 of 12: fc.weight, fc.bias")
face = OrderedDict()
for k, v in ref.items():
    k = re.sub("^layer1.0.(conv|bn)1", lambda m: "resnet.encoder.stages.0.layers.0.layer.0." + {"conv": "convolution", "bn": "normalization"}[m[1]], k)
    k = re.sub("^(conv|bn)1", lambda m: "resnet.embedder.embedder." + {"conv": "convolution", "bn": "normalization"}[m[1]], k)
    face[k.replace("fc.", "classifier.1.")] = v
add("h-huggingface.safetensors", safetensors.torch.save(face), head="classifier.1")

# The first layer.
grey = OrderedDict(ref, **{"conv1.weight": ref["conv1.weight"].sum(1, keepdim=True)})
both("i-grey", grey, error="conv1.weight has shape [2 1 3 3], want [2 3 3 3]")
spread = OrderedDict(ref, **{"conv1.weight": 3 * ref["conv1.weight"][:, :1]})
add("i-adapt.pth", saved(spread), adapt=True, spread=True)

# Layouts of tensors.
view = torch.view_as_complex(torch.stack([torch.zeros_like(ref["fc.bias"]), -ref["fc.bias"]], -1)).conj().imag
assert view.is_neg() and torch.equal(view, ref["fc.bias"])
both("t-negative", OrderedDict(ref, **{"fc.bias": view}))
both("t-transposed", OrderedDict(ref, **{"fc.weight": ref["fc.weight"].t().contiguous().t()}))
both("t-channelslast", OrderedDict(ref, **{"conv1.weight": ref["conv1.weight"].contiguous(memory_format=torch.channels_last)}))
flat = torch.cat([v.flatten() for v in ref.values() if v.dtype == torch.float32])
views, at = OrderedDict(), 0
for k, v in ref.items():
    if v.dtype == torch.float32:
        views[k], at = flat[at:at + v.numel()].view(v.shape), at + v.numel()
both("t-onestorage", views)
both("t-half", OrderedDict((k, v.half() if v.is_floating_point() else v) for k, v in ref.items()))
both("t-bfloat16", OrderedDict((k, v.bfloat16() if v.is_floating_point() else v) for k, v in ref.items()))
both("t-double", OrderedDict((k, v.double() if v.is_floating_point() else v) for k, v in ref.items()))
both("t-parameters", OrderedDict(net.named_parameters(), **dict(net.named_buffers())))
both("t-subclass", OrderedDict((k, v.as_subclass(Subclass)) for k, v in ref.items()))
both("t-oneone", OrderedDict(ref, **{"fc.weight": ref["fc.weight"][:, :, None, None], "layer1.0.conv1.weight": ref["layer1.0.conv1.weight"][:, :, 0, 0]}))
both("t-complex", OrderedDict(ref, **{"fc.bias": ref["fc.bias"] + 0j}), error="fc.bias: values of type ComplexFloat are not read")
both("t-conjugate", OrderedDict(ref, **{"fc.bias": (ref["fc.bias"] + 0j).conj()}), error="fc.bias: it is the conjugate")

# Protocols and packing.
for protocol in range(6):
    for legacy in (False, True):
        for what, value in (("plain", ref), ("much", {"state_dict": prefixed("module."), "args": things["namespace"], "a": things["text"], "b": things["bytearray"], "c": things["floats"], "d": -5, "e": 2**40,
                                                      "f": things["easydict"], "g": things["defaultdict"], "h": things["npfloat"], "i": True, "j": (1, 2, 3, 4), "k": things["set"], "l": things["bigint"]})):
            add(f"r-{protocol}-{what}{'-legacy' if legacy else ''}.pth", saved(value, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy),
                **({} if what == "plain" else {"took": "state_dict.module"}))


def packed(content, method, drop=()):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as a, zipfile.ZipFile(out, "w", method) as b:
        for name in a.namelist():
            if name.split("/")[-1] not in drop:
                b.writestr(zipfile.ZipInfo(name), a.read(name), method)
    return out.getvalue()


add("z-deflate.pth", packed(files["ref.pth"], zipfile.ZIP_DEFLATED))
add("z-stored.pth", packed(files["ref.pth"], zipfile.ZIP_STORED, ("byteorder", "serialization_id", ".format_version", ".storage_alignment")))
add("z-bzip2.pth", packed(files["ref.pth"], zipfile.ZIP_BZIP2), error="method 12")
add("s-plain.safetensors", safetensors.torch.save(ref))
add("s-metadata.safetensors", safetensors.torch.save(ref, {"format": "pt", "note": "x"}))
content = safetensors.torch.save(ref)
length = int.from_bytes(content[:8], "little")
head = json.dumps({"__metadata__": {"epoch": 3, "config": {"a": [1]}, "none": None, "note": "x"}, **json.loads(content[8:8 + length])}).encode()
add("s-numbers.safetensors", len(head).to_bytes(8, "little") + head + content[8 + length:])
add("s-run.safetensors", safetensors.torch.save({**ref, **{"momentum." + k: v + 1 for k, v in net.named_parameters()}}))
add("s-runaverage.safetensors", safetensors.torch.save({**raw, **{"momentum." + k: v + 1 for k, v in net.named_parameters()}, **{"average." + k: v for k, v in ref.items()}}), took="average", average=True)

os.makedirs(os.path.join(here, "weights"), exist_ok=True)
with open(os.path.join(here, "weights", "kinds.tar.gz"), "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as g, tarfile.open(fileobj=g, mode="w") as t:
    for name, content in [("index.json", ("[\n" + ",\n".join(json.dumps(row) for row in index) + "\n]\n").encode()), *files.items()]:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        t.addfile(entry, io.BytesIO(content))
print(len(files), "files")
