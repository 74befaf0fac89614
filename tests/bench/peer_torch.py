"""PyTorch as make bench's peer, on the CPU; peer_talk.py tells how it is asked.

Questions: threads, open, begin, step, loss, forward, head, plan, how, memory, close: each is a function of that name below.
Of ways to do the same work the fastest is taken, after trying each: one whose result is another is an error. Without PyTorch
there is no first line.
"""
import copy
import sys
import time
import warnings

sys.dont_write_bytecode = True
try:
    import torch
except ImportError:
    sys.exit(3)
import numpy as np
import torch.nn.functional as F
from torch import nn

from peer_net import Net, Part, folded
from peer_talk import serve

# Sizes are constants of a trace here, as they should be.
warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)

SAME = 1e-3  # share of the largest number by which results of two ways may differ: rounding
LAYOUTS = {"channels-last": torch.channels_last, "planar": torch.contiguous_format}


def seconds_of(work, runs=1, warm=0):
    """The best of `runs`, after `warm` more."""
    best = float("inf")
    for i in range(warm + runs):
        start = time.perf_counter()
        work()
        if i >= warm:
            best = min(best, time.perf_counter() - start)
    return best


def quickest(ways, result):
    """(name, work) of the fastest of {name: work}. A trace is slow the first times, while it is being compiled."""
    for name, work in ways.items():
        off = (work() - result).abs().max().item()
        if not off <= SAME * (result.abs().max().item() + SAME):
            raise ValueError("%s: its result is off by %g" % (name, off))
    took = {name: seconds_of(work, runs=4, warm=5) for name, work in ways.items()}
    name = min(took, key=took.get)
    return name, ways[name]


def forward_ways(module, x):
    """Ways to evaluate a module whose weights stay, as functions of nothing."""
    module = copy.deepcopy(module).eval()
    ways = {}
    for layout, fmt in LAYOUTS.items():
        m, y = copy.deepcopy(module).to(memory_format=fmt), x.contiguous(memory_format=fmt)
        ways[layout] = lambda m=m, y=y: m(y)
        f = folded(copy.deepcopy(m)).to(memory_format=fmt)
        ways["folded, " + layout] = lambda f=f, y=y: f(y)
        script = torch.jit.freeze(torch.jit.trace(m, y, check_trace=False))
        ways["jit, " + layout] = lambda s=script, y=y: s(y)
    script = torch.jit.optimize_for_inference(torch.jit.trace(module, x, check_trace=False))
    ways["jit optimised"] = lambda: script(x)
    return ways


class Training:
    """A net that trains whole, in one memory layout.

    batchnorm: "train"; "frozen": in evaluation mode, its scales and biases learn; "folded": in the convolutions.
    """

    def __init__(self, s, layout, batchnorm):
        fmt = LAYOUTS[layout]
        self.batchnorm = batchnorm
        self.x = s.x.contiguous(memory_format=fmt)
        self.labels = s.labels
        self.net = Net(s.cfg)
        self.net.load(s.weights)
        if batchnorm == "folded":
            folded(self.net.eval())
        self.net = self.net.to(memory_format=fmt)
        self.train()
        self.opt = torch.optim.SGD(self.net.groups(s.decay), s.lr, s.momentum)

    def train(self):
        self.net.train()
        for module in self.net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.train(self.batchnorm == "train")

    def step(self):
        self.opt.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self.net(self.x), self.labels)
        loss.backward()
        self.opt.step()
        return loss.item()


class Session:
    """What is open: a network, its pictures, and the ways found to be fastest."""

    def __init__(self):
        self.close()

    def close(self):
        self.training = self.forward_way = self.head_way = None
        self.chosen = {}

    def threads(self, n):
        torch.set_num_threads(int(n))

    def open(self, cfg, weights, pixels, batch, momentum, decay):
        """Answers the number of parameters."""
        self.close()
        self.cfg, self.weights = cfg, weights
        self.momentum, self.decay = float(momentum), float(decay)
        probe = Net(cfg)
        x = np.fromfile(pixels, np.float32).reshape(int(batch), 3, probe.h, probe.w)
        self.x = torch.from_numpy(x)
        self.labels = torch.arange(int(batch)) % probe.layers[probe.head].n
        return sum(p.numel() for p in probe.parameters())

    def begin(self, batchnorm, lr):
        """From the weights of open(), in the layout that trains fastest."""
        self.lr = float(lr)
        took = {name: seconds_of(Training(self, name, batchnorm).step, warm=1) for name in LAYOUTS}
        layout = self.chosen["training, batch-norm " + batchnorm] = min(took, key=took.get)
        self.training = Training(self, layout, batchnorm)
        self.forward_way = self.head_way = None

    def step(self):
        """Answers seconds and the loss before the update."""
        start = time.perf_counter()
        loss = self.training.step()
        return "%.9f %.9g" % (time.perf_counter() - start, loss)

    def loss(self):
        """Of these pictures in evaluation mode, as the network is now."""
        net = self.training.net.eval()
        with torch.no_grad():
            loss = F.cross_entropy(net(self.training.x), self.labels).item()
        self.training.train()
        return "%.9g" % loss

    def forward(self):
        with torch.no_grad():
            if not self.forward_way:
                net = copy.deepcopy(self.training.net).eval()
                self.chosen["evaluation"], self.forward_way = quickest(forward_ways(net, self.x), net(self.x))
            return "%.9f" % seconds_of(self.forward_way)

    def head(self, images):
        """An epoch over so many pictures: base evaluated, last layer trained. Answers seconds."""
        net = self.training.net.eval()
        if not self.head_way:
            with torch.no_grad():
                base = Part(net, net.head)
                ways = forward_ways(base, self.x)
                self.chosen["frozen base"], self.head_way = quickest(ways, base(self.x))
        opt = torch.optim.SGD(net.groups(self.decay, [net.layers[net.head]]), self.lr, self.momentum)
        start = time.perf_counter()
        batch, left = len(self.x), int(images)
        while left > 0:
            n = min(left, batch)
            with torch.no_grad():
                features = self.head_way()[:n]
            opt.zero_grad(set_to_none=True)
            scores = net.run(features.detach(), net.head, len(net.layers))
            F.cross_entropy(scores, self.labels[:n]).backward()
            opt.step()
            left -= n
        return "%.9f" % (time.perf_counter() - start)

    def plan(self, *words):
        """The flower experiment, decoding included: peer_plan.py. Answers seconds and the best accuracy."""
        import peer_plan
        start = time.perf_counter()
        best = peer_plan.run(*words)
        return "%.9f %.4f" % (time.perf_counter() - start, best)

    def how(self):
        return "; ".join("%s: %s" % pair for pair in self.chosen.items())

    def memory(self):
        """Answers the most bytes this process has held, of itself alone (ru_maxrss may be its parent's)."""
        for line in open("/proc/self/status"):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise OSError("no VmHWM in /proc/self/status")


QUESTIONS = ("threads", "open", "begin", "step", "loss", "forward", "head", "plan", "how", "memory", "close")


serve(Session(), torch.__version__, QUESTIONS)
