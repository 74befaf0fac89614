"""One picture with a run's model, as `thaw predict` does it: the class that PyTorch finds likeliest, as a whole command.

usage: peer_predict.py RUN PICTURE THREADS
"""
import os
import sys

sys.dont_write_bytecode = True
import numpy as np
import torch
from PIL import Image

from peer_net import Net
from peer_plan import letterbox

run, picture, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
net = Net(os.path.join(run, "model.cfg")).eval()
weights = os.path.join(run, "best.weights")
net.load(weights if os.path.exists(weights) else os.path.join(run, "last.weights"))
x = np.asarray(letterbox(Image.open(picture).convert("RGB"), None), np.float32).transpose(2, 0, 1) / 255
with torch.no_grad():
    probs = net(torch.from_numpy(np.ascontiguousarray(x))[None]).softmax(1)[0]
labels = open(os.path.join(run, "labels.txt")).read().split()
best = int(probs.argmax())
print("%.4f %s" % (probs[best], labels[best]))
