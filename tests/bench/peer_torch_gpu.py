"""PyTorch as the peer of make bench ONLY=gpu: a network that trains on the graphics card; peer_talk.py tells how it is asked.

Questions: device, open, begin, use, step, steps, loss, forward, forwards, head, plan, close: each is a function of that
name below. A way to do the work is one of WAYS; those of one network are kept side by side until close. Pictures and
labels lie on the card, cudnn.benchmark is on, seconds are taken when everything that was queued is done. Without
PyTorch there is no first line.
"""
import contextlib
import copy
import gc
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

from peer_net import Net, Part, folded
from peer_talk import serve

warnings.filterwarnings("ignore")


class Way:
    """tf32: in convolutions and products; half: bf16 autocast; last: channels-last; graph: a CUDA graph, replayed."""

    def __init__(self, tf32=False, half=False, last=False, graph=False):
        self.tf32, self.half, self.graph = tf32, half, graph
        self.format = torch.channels_last if last else torch.contiguous_format

    def enter(self):
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = self.tf32

    def autocast(self, device):
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(device, torch.bfloat16, cache_enabled=not self.graph)


WAYS = {
    "eager": Way(),
    "tf32": Way(tf32=True, last=True),
    "tf32-graph": Way(tf32=True, last=True, graph=True),
    "bf16": Way(tf32=True, half=True, last=True),
    "bf16-graph": Way(tf32=True, half=True, last=True, graph=True),
}

WARM = 3  # calls before a capture, and before anything is timed


class Card:
    def __init__(self, name):
        self.name = name

    def wait(self):
        if self.name == "cuda":
            torch.cuda.synchronize()

    def seconds(self, work, n):
        self.wait()
        start = time.perf_counter()
        for _ in range(n):
            work()
        self.wait()
        return time.perf_counter() - start

    def graph_of(self, work):
        """`work` captured: (replay, what it returned, which each replay fills anew)."""
        if self.name != "cuda":
            raise ValueError("a graph needs a card")
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM):
                work()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = work()
        return graph.replay, out


class Training:
    """A net that trains whole, one way; batch-norm by the batch."""

    def __init__(self, s, way):
        self.s, self.way = s, way
        self.x = s.x.contiguous(memory_format=way.format)
        self.net = Net(s.cfg).to(s.card.name).to(memory_format=way.format)
        self.opt = sgd(self.net.groups(s.decay), s.lr, s.momentum)
        self.net.train()
        way.enter()
        self.work = self.update
        if way.graph:
            replay, loss = s.card.graph_of(self.update)
            self.work = lambda: (replay(), loss)[1]
        self.restart()

    def update(self):
        """Answers the loss before the update, on the card."""
        self.opt.zero_grad(set_to_none=True)
        with self.way.autocast(self.s.card.name):
            loss = F.cross_entropy(self.net(self.x), self.s.labels)
        loss.backward()
        self.opt.step()
        return loss.detach()

    def restart(self):
        """The first weights, no momentum: in place, for a graph knows addresses."""
        with torch.no_grad():
            self.net.load(self.s.weights)
            for state in self.opt.state.values():
                if state.get("momentum_buffer") is not None:
                    state["momentum_buffer"].zero_()

    def loss(self):
        """Evaluated, as the network is now."""
        self.net.eval()
        with torch.no_grad(), self.way.autocast(self.s.card.name):
            loss = F.cross_entropy(self.net(self.x).float(), self.s.labels).item()
        self.net.train()
        return loss


def evaluation(s, net, x, way):
    """A function of nothing that evaluates `net`, whose weights stay. All ways but eager fold batch-norm."""
    net = copy.deepcopy(net).eval()
    if way is not WAYS["eager"]:
        net = folded(net).to(memory_format=way.format)
    kind = torch.bfloat16 if way.half else torch.float32
    net, x = net.to(kind), x.contiguous(memory_format=way.format)
    way.enter()

    def work():
        return net(x.to(kind)).float()
    if not way.graph:
        return work
    replay, out = s.card.graph_of(work)
    return lambda: (replay(), out)[1]


def sgd(groups, lr, momentum):
    return torch.optim.SGD(groups, lr, momentum, foreach=True)


class Session:
    """What is open: a network, its pictures, its ways, and which of them is in use."""

    def __init__(self):
        torch.backends.cudnn.benchmark = True
        self.close()

    def close(self):
        self.trainings, self.evaluations, self.way, self.x, self.labels = {}, {}, None, None, None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def threads(self, n):
        torch.set_num_threads(int(n))

    def device(self, name):
        """Answers its name."""
        if name == "cuda" and not torch.cuda.is_available():
            raise ValueError("this PyTorch sees no card")
        self.card = Card(name)
        return torch.cuda.get_device_name() if name == "cuda" else "the CPU"

    def open(self, cfg, weights, pixels, batch, momentum, decay):
        """Answers the number of parameters."""
        self.close()
        self.cfg, self.weights = cfg, weights
        self.momentum, self.decay = float(momentum), float(decay)
        probe = Net(cfg)
        x = np.fromfile(pixels, np.float32).reshape(int(batch), 3, probe.h, probe.w)
        self.x = torch.from_numpy(x).to(self.card.name)
        self.labels = (torch.arange(int(batch)) % probe.layers[probe.head].n).to(self.card.name)
        return sum(p.numel() for p in probe.parameters())

    def begin(self, batchnorm, lr, way):
        """From the weights of open(), this way."""
        if batchnorm != "train":
            raise ValueError("batch-norm '%s' is not built here" % batchnorm)
        self.lr = float(lr)
        if way not in self.trainings:
            self.trainings[way] = Training(self, WAYS[way])
        self.use(way)
        self.trainings[way].restart()

    def use(self, way):
        self.way = way
        WAYS[way].enter()

    def step(self):
        """Answers seconds and the loss before the update."""
        training, losses = self.trainings[self.way], []
        seconds = self.card.seconds(lambda: losses.append(training.work()), 1)
        return "%.9f %.9g" % (seconds, losses[0].item())

    def steps(self, n):
        """Answers seconds; nothing is read back between them."""
        return "%.9f" % self.card.seconds(self.trainings[self.way].work, int(n))

    def loss(self):
        return "%.9g" % self.trainings[self.way].loss()

    def forward(self, way):
        """Evaluate the network that trains eagerly. Answers the share by which the result is off its own."""
        net = self.trainings["eager"].net
        with torch.no_grad():
            WAYS["eager"].enter()
            result = net.eval()(self.x)
            self.evaluations[way] = evaluation(self, net, self.x, WAYS[way])
            off = (self.evaluations[way]() - result).abs().max() / result.abs().max()
        net.train()
        self.use(way)
        return "%.9g" % off.item()

    def forwards(self, n):
        """Answers seconds."""
        with torch.no_grad():
            return "%.9f" % self.card.seconds(self.evaluations[self.way], int(n))

    def head(self, images, epochs):
        """Features of the base kept on the card, the last layer trained on them, `epochs` times over so many pictures.

        Answers the seconds of an epoch. In a graph, which ends with a whole batch: what is left over goes eagerly.
        """
        s, net = self.trainings[self.way], self.trainings[self.way].net.eval()
        batch, images = len(self.x), int(images)
        with torch.no_grad():
            features = Part(net, net.head)(self.x)
        kept = torch.cat([features] * (images // batch + 1))[:images].contiguous()
        labels = torch.cat([self.labels] * (images // batch + 1))[:images].contiguous()
        x, y = kept[:batch].clone(), labels[:batch].clone()
        opt = sgd(net.groups(self.decay, [net.layers[net.head]]), self.lr, self.momentum)

        def update(x, y):
            opt.zero_grad(set_to_none=True)
            F.cross_entropy(net.run(x, net.head, len(net.layers)), y).backward()
            opt.step()
        replay = self.card.graph_of(lambda: update(x, y))[0] if s.way.graph else None

        def epoch():
            for at in range(0, images, batch):
                if replay and at + batch <= images:
                    x.copy_(kept[at:at + batch])
                    y.copy_(labels[at:at + batch])
                    replay()
                else:
                    update(kept[at:at + batch], labels[at:at + batch])
        for _ in range(2):
            epoch()
        return "%.9f" % (self.card.seconds(epoch, int(epochs)) / int(epochs))

    def plan(self, *words):
        """The flower experiment, decoding included: peer_plan.py. Answers seconds and the best accuracy."""
        import peer_plan
        WAYS["tf32"].enter()
        start = time.perf_counter()
        best = peer_plan.run(*words, device=self.card.name)
        return "%.9f %.4f" % (time.perf_counter() - start, best)


QUESTIONS = ("threads", "device", "open", "begin", "use", "step", "steps", "loss", "forward", "forwards", "head", "plan",
             "close")
serve(Session(), torch.__version__, QUESTIONS)
