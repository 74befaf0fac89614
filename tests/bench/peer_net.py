"""A Darknet classifier as a PyTorch module: built from the same cfg, loaded from the same weights file.

Sections: convolutional, maxpool (Darknet's padding), avgpool, shortcut, route, dropout, softmax, cost. Any other one is
refused by name.
"""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_cfg(path):
    """The sections in order: (kind, {option: value})."""
    sections = []
    for line in open(path):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            sections.append((line.strip("[]"), {}))
        elif "=" in line:
            key, value = line.split("=", 1)
            sections[-1][1][key.strip()] = value.strip()
    return sections


def activation(name):
    table = {"linear": None, "leaky": nn.LeakyReLU(0.1, inplace=True), "relu": nn.ReLU(inplace=True)}
    if name not in table:
        raise ValueError("activation %s is not built here" % name)
    return table[name]


class Conv(nn.Module):
    def __init__(self, channels, opt):
        super().__init__()
        size = int(opt.get("size", 1))
        pad = size // 2 if int(opt.get("pad", 0)) else int(opt.get("padding", 0))
        self.n = int(opt.get("filters", 1))
        normal = bool(int(opt.get("batch_normalize", 0)))
        self.conv = nn.Conv2d(channels, self.n, size, int(opt.get("stride", 1)), pad,
                              groups=int(opt.get("groups", 1)), bias=not normal)
        # Darknet adds 1e-6 to the standard deviation: load() does that, once.
        self.norm = nn.BatchNorm2d(self.n, eps=1e-12, momentum=0.01) if normal else None
        self.act = activation(opt.get("activation", "logistic"))

    def forward(self, x):
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return x if self.act is None else self.act(x)

    def load(self, take):
        """In a file: biases, with batch-norm scales, means and variances, weights."""
        bias = take(self.n)
        if self.norm is not None:
            scale, mean, variance = take(self.n), take(self.n), take(self.n)
            self.norm.bias.data.copy_(bias)
            self.norm.weight.data.copy_(scale)
            self.norm.running_mean.copy_(mean)
            self.norm.running_var.copy_((variance.sqrt() + 1e-6) ** 2)
        else:
            self.conv.bias.data.copy_(bias)
        w = self.conv.weight
        w.data.copy_(take(w.numel()).view_as(w))


class MaxPool(nn.Module):
    """Darknet pads size - 1 in all unless told otherwise, half of it (rounded down) on the left and on top."""

    def __init__(self, opt):
        super().__init__()
        self.stride = int(opt.get("stride", 1))
        self.size = int(opt.get("size", self.stride))
        self.pad = int(opt.get("padding", self.size - 1))

    def forward(self, x):
        left = self.pad // 2
        ends = []
        for n in (x.shape[3], x.shape[2]):
            out = (n + self.pad - self.size) // self.stride + 1
            ends.append(max(0, (out - 1) * self.stride + self.size - left - n))
        if left or any(ends):
            x = F.pad(x, (left, ends[0], left, ends[1]), value=float("-inf"))
        return F.max_pool2d(x, self.size, self.stride)


class Shortcut(nn.Module):
    """Of a larger map every stride-th pixel is added, fewer channels to the first ones: as Darknet."""

    def __init__(self, opt):
        super().__init__()
        self.act = activation(opt.get("activation", "linear"))

    def forward(self, x, other):
        stride, channels = max(1, other.shape[3] // x.shape[3]), x.shape[1]
        if stride > 1:
            other = other[:, :, ::stride, ::stride]
        if other.shape[1] != channels:
            other = F.pad(other[:, :channels], (0, 0, 0, 0, 0, max(0, channels - other.shape[1])))
        x = x + other
        return x if self.act is None else self.act(x)


class Net(nn.Module):
    """Gives scores before softmax; `head` is the index of the last layer with weights."""

    def __init__(self, cfg):
        super().__init__()
        (_, opt), *sections = read_cfg(cfg)
        self.w, self.h = int(opt["width"]), int(opt["height"])
        self.layers, self.sources, channels = nn.ModuleList(), [], []
        for i, (kind, opt) in enumerate(sections):
            below = channels[-1] if channels else int(opt.get("channels", 3))
            module, sources = nn.Identity(), [i - 1]
            if kind == "convolutional":
                module = Conv(below, opt)
                below = module.n
                self.head = i
            elif kind == "maxpool":
                module = MaxPool(opt)
            elif kind == "avgpool":
                module = nn.AdaptiveAvgPool2d(1)
            elif kind == "dropout":
                module = nn.Dropout(float(opt.get("probability", 0.5)))
            elif kind == "shortcut":
                module = Shortcut(opt)
                sources.append(self.at(opt["from"], i))
            elif kind == "route":
                sources = [self.at(word, i) for word in opt["layers"].split(",")]
                below = sum(channels[k] for k in sources)
            elif kind not in ("softmax", "cost"):
                raise ValueError("[%s] is not built here" % kind)
            self.layers.append(module)
            self.sources.append(sources)
            channels.append(below)
        self.last_use = {k: i for i, sources in enumerate(self.sources) for k in sources}

    @staticmethod
    def at(word, here):
        k = int(word)
        return k if k >= 0 else here + k

    def run(self, x, first, end):
        """Layers first .. end - 1, of which none reaches below first."""
        out = {first - 1: x}
        for i in range(first, end):
            inputs = [out[k] for k in self.sources[i]]
            if len(inputs) > 1 and not isinstance(self.layers[i], Shortcut):
                inputs = [torch.cat(inputs, 1)]
            x = self.layers[i](*inputs)
            for k in self.sources[i]:
                if self.last_use[k] == i:
                    out.pop(k, None)
            out[i] = x
        return x.flatten(1) if end == len(self.layers) else x

    def forward(self, x):
        return self.run(x, 0, len(self.layers))

    def load(self, path):
        """All layers; a file that ends early or late is an error."""
        with open(path, "rb") as f:
            major, minor, _ = np.fromfile(f, np.int32, 3)
            np.fromfile(f, np.int64 if major * 10 + minor >= 2 else np.int32, 1)
            numbers = torch.from_numpy(np.fromfile(f, np.float32))
        at = 0

        def take(n):
            nonlocal at
            at += n
            return numbers[at - n:at]
        for layer in self.layers:
            if isinstance(layer, Conv):
                layer.load(take)
        if at != len(numbers):
            raise ValueError("%s holds %d numbers, the cfg wants %d" % (path, len(numbers), at))

    def groups(self, decay, layers=None):
        """For the optimiser: decay on weights only, as Darknet."""
        convs = [l for l in layers or self.layers if isinstance(l, Conv)]
        weights = [l.conv.weight for l in convs]
        rest = [p for l in convs for p in l.parameters() if p is not l.conv.weight]
        return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


class Part(nn.Module):
    """Layers 0 .. end - 1 of a net, as a module."""

    def __init__(self, net, end):
        super().__init__()
        self.net, self.end = net, end

    def forward(self, x):
        return self.net.run(x, 0, self.end)


def folded(module):
    """Batch-norm into the convolutions; evaluation mode."""
    for layer in module.modules():
        if isinstance(layer, Conv) and layer.norm is not None:
            layer.conv, layer.norm = nn.utils.fusion.fuse_conv_bn_eval(layer.conv, layer.norm), None
    return module
