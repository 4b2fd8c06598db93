"""Makes the pictures beside it: what Pillow reads of each kind of file, and what
torchvision's transforms make of a picture. Run in this folder with Pillow 9.4,
numpy and torchvision 0.14."""
import numpy as np
from PIL import Image
from torchvision import transforms as T
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
small.convert("CMYK").save("kind-cmyk.jpg", quality=95)
Image.fromarray(alpha, "RGBA").save("kind-alpha.png")
small.convert("P", palette=Image.ADAPTIVE, colors=16).save("kind-palette.png", transparency=3)
small.convert("1").save("kind-bits.png")
exif = Image.Exif()
exif[0x0112] = 6  # "turn it by 90 degrees"
small.save("kind-exif.jpg", quality=95, subsampling=0, exif=exif)
for kind in ["rgb.png", "rgb.jpg", "progressive.jpg", "gray.png", "gray.jpg", "cmyk.jpg", "alpha.png", "palette.png", "bits.png", "exif.jpg"]:
    Image.open(f"kind-{kind}").convert("RGB").save(f"rgb-{kind.replace('.', '-')}.png")
