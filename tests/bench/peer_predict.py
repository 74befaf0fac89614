"""One picture with a run's model, as `thaw predict` does it: the class that PyTorch finds likeliest, as a whole command.

usage: peer_predict.py RUN PICTURE THREADS
"""
import os
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from peer_net import Net


def letterbox(x, w, h):
    """As Darknet: the picture's corners on the view's, grey around it. Shape: x[3][any][any] in [0, 1]"""
    _, rows, columns = x.shape
    scale = min(w / columns, h / rows)
    small = F.interpolate(x[None], (int(rows * scale), int(columns * scale)), mode="bilinear", align_corners=True)
    left, top = (w - small.shape[3]) // 2, (h - small.shape[2]) // 2
    return F.pad(small, (left, w - small.shape[3] - left, top, h - small.shape[2] - top), value=0.5)


run, picture, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
net = Net(os.path.join(run, "model.cfg")).eval()
weights = os.path.join(run, "best.weights")
net.load(weights if os.path.exists(weights) else os.path.join(run, "last.weights"))
x = np.asarray(Image.open(picture).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
with torch.no_grad():
    probs = net(letterbox(torch.from_numpy(np.ascontiguousarray(x)), net.w, net.h)).softmax(1)[0]
labels = open(os.path.join(run, "labels.txt")).read().split()
best = int(probs.argmax())
print("%.4f %s" % (probs[best], labels[best]))
