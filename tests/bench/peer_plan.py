"""The flower experiment (cfg/flower-photos.yaml) in PyTorch: the same photographs, weights, views, phases and rates.

Pictures are decoded once, by PIL in threads, and kept; views are made by worker processes while the network computes.
"""
import concurrent.futures
import os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from peer_net import Net

SIDE, BATCH, SEED, MOMENTUM, DECAY = 224, 16, 1, 0.9, 0.0005
CROP, HUE, SATURATION, EXPOSURE = 1.15, 0.1, 0.75, 0.75
HEAD = None
# first trainable layer (HEAD: the last one with weights alone), epochs, learning rate, cosine
PHASES = ((HEAD, 5, 0.01, False), (14, 5, 0.0001, True))


def decode(path):
    return Image.open(path).convert("RGB")


class Photographs(Dataset):
    """Letterboxed to the input; with `views`, a new random view each time."""

    def __init__(self, folder, views):
        kinds = sorted(os.listdir(folder))
        self.n_kinds, self.views = len(kinds), views
        names = [(os.path.join(folder, kind, name), i)
                 for i, kind in enumerate(kinds) for name in sorted(os.listdir(os.path.join(folder, kind)))]
        with concurrent.futures.ThreadPoolExecutor(torch.get_num_threads()) as pool:
            self.pictures = list(pool.map(decode, (path for path, _ in names)))
        self.labels = [label for _, label in names]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        picture = self.pictures[i]
        rng = np.random.default_rng(torch.randint(2 ** 62, ()).item()) if self.views else None
        canvas = letterbox(picture, rng)
        if rng is not None:
            if rng.random() < 0.5:
                canvas = canvas.transpose(Image.FLIP_LEFT_RIGHT)
            canvas = colours(canvas, rng)
        x = np.asarray(canvas, np.float32).transpose(2, 0, 1) / 255
        return torch.from_numpy(np.ascontiguousarray(x)), self.labels[i]


def letterbox(picture, rng):
    zoom = 1 if rng is None else rng.uniform(1, CROP)
    scale = SIDE * zoom / max(picture.size)
    w, h = (max(1, round(n * scale)) for n in picture.size)
    small = picture.resize((w, h), Image.BILINEAR)
    canvas = Image.new("RGB", (SIDE, SIDE), (127, 127, 127))
    at = [(SIDE - n) // 2 if n <= SIDE or rng is None else -rng.integers(n - SIDE + 1) for n in (w, h)]
    canvas.paste(small, tuple(int(v) for v in at))
    return canvas


def factor(rng, least):
    f = rng.uniform(1, 1 / least)
    return f if rng.random() < 0.5 else 1 / f


def colours(canvas, rng):
    h, s, v = canvas.convert("HSV").split()
    hue, saturation, exposure = int(rng.uniform(-HUE, HUE) * 256), factor(rng, SATURATION), factor(rng, EXPOSURE)
    h = h.point([(i + hue) % 256 for i in range(256)])
    s = s.point([min(255, int(i * saturation)) for i in range(256)])
    v = v.point([min(255, int(i * exposure)) for i in range(256)])
    return Image.merge("HSV", (h, s, v)).convert("RGB")


def there(batches, device):
    """Each batch on the device that computes."""
    for x, labels in batches:
        yield (x.to(device, memory_format=torch.channels_last, non_blocking=True),
               labels.to(device, non_blocking=True))


def accuracy(net, batches):
    net.eval()
    right = n = 0
    with torch.no_grad():
        for x, labels in batches:
            right = right + (net(x).argmax(1) == labels).sum()
            n += len(labels)
    return right.item() / n


def train_epoch(net, first, batches, opt, schedule):
    """Layers below `first` are only evaluated; batch-norm keeps its statistics everywhere, as in the experiment."""
    net.eval()
    for x, labels in batches:
        with torch.no_grad():
            x = net.run(x, 0, first)
        opt.zero_grad(set_to_none=True)
        F.cross_entropy(net.run(x, first, len(net.layers)), labels).backward()
        opt.step()
        if schedule:
            schedule.step()


def loader(data, shuffle, device):
    """Where a card computes, a core is left to the process that feeds it."""
    card, workers = device != "cpu", torch.get_num_threads()
    return DataLoader(data, BATCH, shuffle=shuffle, num_workers=max(1, workers - 1) if card else workers,
                      persistent_workers=True, pin_memory=card)


def pretrained(cfg, weights, kinds):
    net = Net(cfg)
    net.load(weights)
    head = net.layers[net.head]
    inputs = head.conv.in_channels
    head.conv, head.n = torch.nn.Conv2d(inputs, kinds, 1), kinds
    torch.nn.init.normal_(head.conv.weight, std=(2 / inputs) ** 0.5)  # as Darknet begins
    torch.nn.init.zeros_(head.conv.bias)
    return net.to(memory_format=torch.channels_last)


def run(cfg, weights, train, valid, device="cpu"):
    """Answers the best validation accuracy."""
    torch.manual_seed(SEED)
    pictures, held_out = Photographs(train, True), Photographs(valid, False)
    batches, held_out = loader(pictures, True, device), loader(held_out, False, device)
    net = pretrained(cfg, weights, pictures.n_kinds).to(device)
    best = 0
    for first, epochs, lr, cosine in PHASES:
        first = net.head if first is HEAD else first
        opt = torch.optim.SGD(net.groups(DECAY, net.layers[first:]), lr, MOMENTUM)
        steps = epochs * len(batches)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, steps) if cosine else None
        for _ in range(epochs):
            train_epoch(net, first, there(batches, device), opt, schedule)
            best = max(best, accuracy(net, there(held_out, device)))
    return best
