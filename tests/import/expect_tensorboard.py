#!/usr/bin/env python3
"""What test_tensorboard.c expects of real files: an event file read in Python by the descriptions of
TFRecord and protocol buffers, without TensorBoard, and without anything of thaw's.
usage: tests/import/expect_tensorboard.py FILE...
"""
import collections
import struct
import sys


def crc32c_masked(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        size = {1: 8, 5: 4}.get(key & 7)
        if key & 7 == 0:
            value, at = varint(data, at)
        else:
            if key & 7 == 2:
                size, at = varint(data, at)
            value = data[at:at + size]
            at += size
        yield key >> 3, value


def tensor(data):
    of = collections.defaultdict(list)
    for number, value in fields(data):
        of[number].append(value)
    form = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}.get(of[1][0] if of[1] else 0)
    raw = b"".join(of[4] or of[{"<f": 5, "<d": 6}.get(form, 0)])
    return struct.unpack(form, raw)[0] if form and len(raw) == struct.calcsize(form) else None


def records(path):
    data, at = open(path, "rb").read(), 0
    while at + 12 <= len(data):
        size, checksum = struct.unpack_from("<QI", data, at)
        if checksum != crc32c_masked(data[at:at + 8]):
            raise ValueError("no record at byte %d" % at)
        yield data[at + 12:at + 12 + size]
        at += 16 + size


def figures(path):
    for record in records(path):
        event = dict(fields(record))
        for number, value in fields(event.get(5, b"")):
            one = dict(fields(value))
            v = struct.unpack("<f", one[2])[0] if 2 in one else tensor(one[8]) if 8 in one else None
            if v is not None:
                yield one[1].decode("utf-8", "replace"), event.get(2, 0), v


for path in sys.argv[1:]:
    print(path)
    series = collections.OrderedDict()
    try:
        for name, step, value in figures(path):
            series.setdefault(name, []).append((step, value))
    except ValueError as error:
        print("   ", error)
    for name, points in series.items():
        print("    %-32s %4d points at %3d steps, %d to %d, last %.9g" % (
            name, len(points), len({step for step, _ in points}), points[0][0], points[-1][0],
            points[-1][1]))
