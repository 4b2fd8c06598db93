"""Makes the pictures beside it: what Pillow reads of each kind of file, and what
torchvision's transforms make of a picture. Run in this folder with Pillow 9.4,
numpy and torchvision 0.14, with GORGONET_DATA set to the folder that holds the
photographs."""
import glob
import json
import os

import numpy as np
import torch
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import functional as F
from torchvision.transforms import InterpolationMode as Mode

# A colour wheel with stripes: smooth parts, edges and saturated corners.
y, x = np.mgrid[0:61, 0:90]
wheel = np.stack([128 + 127 * np.sin(x / 9), 128 + 127 * np.cos(y / 7 + x / 31), np.where((x // 4 + y // 6) % 2, 240, 12)], -1)
picture = Image.fromarray(wheel.round().astype(np.uint8))
picture.save("picture.png")

for name, image, resize, crop, mode in [
    ("down-bilinear", picture, 32, 28, Mode.BILINEAR),
    ("down-bicubic", picture, 32, 28, Mode.BICUBIC),
    ("up-bilinear", picture, 75, 60, Mode.BILINEAR),
    ("up-bicubic", picture, 75, 60, Mode.BICUBIC),
    ("same", picture, 61, 50, Mode.BILINEAR),
    ("odd", picture, 33, 28, Mode.BILINEAR),
]:
    T.Compose([T.Resize(resize, mode), T.CenterCrop(crop)])(image).save(f"{name}.png")

small = picture.resize((24, 16), Image.BILINEAR)
alpha = np.dstack([np.asarray(small), np.tile(np.arange(24) * 11, (16, 1)).astype(np.uint8)])
small.save("kind-rgb.png")
small.save("kind-rgb.jpg", quality=95, subsampling=0)
small.save("kind-progressive.jpg", quality=95, subsampling=0, progressive=True)
small.convert("L").save("kind-gray.png")
small.convert("L").save("kind-gray.jpg", quality=95)
medium = picture.resize((37, 53), Image.BILINEAR)
medium.save("kind-422.jpg", quality=90, subsampling=1)
medium.save("kind-420.jpg", quality=90, subsampling=2)
small.convert("CMYK").save("kind-cmyk.jpg", quality=95)
Image.fromarray(alpha, "RGBA").save("kind-alpha.png")
small.convert("P", palette=Image.ADAPTIVE, colors=16).save("kind-palette.png", transparency=3)
small.convert("1").save("kind-bits.png")
exif = Image.Exif()
exif[0x0112] = 6  # "turn it by 90 degrees"
small.save("kind-exif.jpg", quality=95, subsampling=0, exif=exif)
for kind in ["rgb.png", "rgb.jpg", "422.jpg", "420.jpg", "progressive.jpg", "gray.png", "gray.jpg", "cmyk.jpg", "alpha.png", "palette.png", "bits.png", "exif.jpg"]:
    Image.open(f"kind-{kind}").convert("RGB").save(f"rgb-{kind.replace('.', '-')}.png")

# Crops that need no resizing, one under the other: they must be equal to the byte.
def stacked(images):
    return Image.fromarray(np.concatenate([np.asarray(i) for i in images]))

stacked(T.TenCrop(40)(picture)).save("tencrop.png")
stacked([T.CenterCrop(41)(picture), F.hflip(T.CenterCrop(41)(picture)), F.crop(F.hflip(picture), 7, 11, 41, 41)]).save("crops.png")
# A part, resized: what lies outside it must not count.
stacked([F.resized_crop(picture, 10, 20, 31, 45, [24, 24]), F.hflip(F.resized_crop(picture, 0, 0, 13, 9, [24, 24]))]).save("resized-crops.png")

jitters = []
for factor in [0, 0.3, 0.77, 1.4, 2.6]:
    jitters += [F.adjust_brightness(small, factor), F.adjust_contrast(small, factor), F.adjust_saturation(small, factor)]
for turn in [-0.5, -0.213, -0.001, 0.1, 0.5]:
    jitters.append(F.adjust_hue(small, turn))
jitters.append(F.adjust_hue(F.adjust_contrast(F.adjust_brightness(F.adjust_saturation(small, 1.3), 0.7), 1.2), 0.05))
stacked(jitters).save("jitters.png")
# A cube of colours through hue and back.
levels = np.arange(0, 256, 15, dtype=np.uint8)
cube = Image.fromarray(np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(54, 108, 3))
cube.save("cube.png")
F.adjust_hue(cube, 0.31).save("cube-hue.png")

# The part that RandomResizedCrop chooses: moments of 20,000, in pixels.
torch.manual_seed(1)
boxes = {}
for w, h in [(500, 375), (60, 400)]:
    transform = T.RandomResizedCrop(224)
    ijhw = np.array([transform.get_params(Image.new("L", (w, h)), transform.scale, transform.ratio) for _ in range(20000)], float)
    top, left, height, width = ijhw.T
    columns = {"top": top, "left": left, "height": height, "width": width, "logratio": np.log(width / height), "area": width * height / (w * h)}
    boxes[f"{w}x{h}"] = {k: [v.mean(), v.std(), *np.quantile(v, [0.05, 0.5, 0.95])] for k, v in columns.items()}
json.dump(boxes, open("boxes.json", "w"), indent=1)

# 64 pixels of every photograph, as decoded and as preprocessed, a row each: too
# little to be a copy. GORGONET_DATA is the folder that holds them.
names = sorted(glob.glob(os.path.join(os.environ["GORGONET_DATA"], "imagenet-sample/images/*")))
decoded, cropped = [], []
for row, name in enumerate(names):
    photograph = Image.open(name).convert("RGB")
    for image, out in [(photograph, decoded), (T.Compose([T.Resize(256), T.CenterCrop(224)])(photograph), cropped)]:
        a = np.asarray(image)
        out.append([a[(37 * k + 5 * row) % a.shape[0], (101 * k + 13 * row) % a.shape[1]] for k in range(64)])
Image.fromarray(np.array(decoded)).save("photographs-decoded.png")
Image.fromarray(np.array(cropped)).save("photographs-cropped.png")
