"""Writes show-table.json: arrays and the text that NumPy's str gives for them.

Run: python3 test/core/make-show-table.py > test/core/show-table.json
Made with NumPy 2.4.6; True and False are written as JavaScript does.
"""

import json

import numpy as np

rng = np.random.default_rng(7)
cases = []


def number(v):
    if np.isnan(v):
        return "NaN"
    if np.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return "-0" if v == 0 and np.signbit(v) else float(v)


def add(array):
    a = np.asarray(array)
    flat = a.reshape(-1)
    slots = flat.view(flat.real.dtype) if a.dtype.kind == "c" else flat
    values = [number(v) if a.dtype.kind in "fc" else int(v) for v in slots]
    text = str(a).replace("True", "true").replace("False", "false")
    cases.append({"shape": a.shape, "dtype": str(a.dtype), "values": values, "text": text})


for t in (np.float16, np.float32, np.float64):
    for n in (1, 4, 14):
        for scale in (1, 100, 1e3, 1e-3):
            add((rng.normal(size=n) * scale).astype(t))
            add(np.round(rng.normal(size=n) * scale, 2).astype(t))
            add((np.exp(rng.normal(size=n) * 2) * scale).astype(t))
    for special in ([np.nan, 1, -np.inf], [np.nan], [-np.inf, np.inf], [0, -0.0], [2**-9, 3 * 2**-9]):
        add(np.array(special, t))
    for shape in ((2, 3, 4), (2, 2, 14), (2, 0)):
        add(rng.normal(size=shape).astype(t))
    for v in (0, -0.0, 1, 1 / 3, 1e4, 6e4, 1234.5, 0.001, 5e-5, -7, np.nan, np.inf):
        add(np.array(v, t))

for v in (1e6, 1.5e7, 1e8, 1e15, 1e16):
    add(np.float32(v)), add(np.float64(v)), add(np.array([v, 1], np.float64))

for t in (np.int8, np.uint8, np.int32, np.uint32):
    limits = np.iinfo(t)
    for shape in ((), (3,), (20,), (3, 4)):
        add(rng.integers(limits.min, limits.max, size=shape, dtype=t))

for shape in ((), (3,), (20,), (2, 2)):
    add(rng.integers(0, 2, size=shape).astype(bool))

for t in (np.complex64, np.complex128):
    for shape in ((), (3,), (10,), (2, 3)):
        for scale in (1, 1000, 1e9):
            add((rng.normal(size=shape) * scale + 1j * rng.normal(size=shape)).astype(t))
        add((rng.integers(-5, 5, size=shape) + 1j * rng.integers(-5, 5, size=shape)).astype(t))
    for v in (0, 1, 2j, complex(-0.0, 2), complex(1, np.inf), complex(np.nan, np.nan), complex(0, -0.0)):
        add(np.array(v, t))
    add(np.array([1 + 2j, 3.5 - 1j, complex(np.nan, np.inf)], t))
    add(np.array([1e10 + 2j, 3.5 - 1j, complex(np.nan, -np.inf)], t))

print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
