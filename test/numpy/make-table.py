"""Writes function-table.json: calls of NumPy functions and what NumPy returns.

    python3 test/numpy/make-table.py

Names are NumPy's in camelCase, as in `np`; the test calls ours with the same arguments and compares
shape, kind of element and values. Where JAX differs from NumPy the case is left out.
"""
import json
import os


import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def f(values):
    return np.array(values, dtype=np.float64)


def i(values):
    return np.array(values, dtype=np.int32)


def b(values):
    return np.array(values, dtype=bool)


def c(values):
    return np.array(values, dtype=np.complex128)


inf, nan = np.inf, np.nan
V = f([-2.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.5, 1e10])
E = f([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0])
M = f([[3, 1, 2], [9, 7, 8]])
C3 = np.arange(24, dtype=np.float64).reshape(2, 3, 4)
P = f([0.1, 0.5, 1.0, 2.0, 10.0])
Z = c([1 + 2j, -1 - 0.5j, 0.3j, 2])
A = i([7, -7, 7, -7, 0, 5])
B = i([2, 2, -2, -2, 3, 5])
X = f([7, -7, 7.5, -7.5, 0, 5])
Y = f([2, 2, -2, -2, 3, 2.5])

cases = []


def case(name, *args, **kwargs):
    cases.append((name, args, kwargs))


for name in """exp exp2 expm1 sin cos tan arctan sinh tanh arcsinh cbrt square abs fabs sign floor ceil
trunc rint negative positive isfinite isnan isinf isposinf isneginf signbit deg2rad rad2deg sinc
nan_to_num spacing""".split():
    if name == 'sign':  # of -0 it is -0 here, as in XLA
        case(name, V[V != 0])
        continue
    case(name, V[:-1] if name in ('cosh', 'sinh', 'exp', 'exp2', 'expm1') else V)
    if name not in ('spacing',):
        case(name, E)
for name in 'log log2 log10 log1p sqrt reciprocal i0'.split():
    case(name, P)
for name in 'arcsin arccos arctanh'.split():
    case(name, f([-0.9, -0.5, 0.0, 0.3, 0.99]))
case('arccosh', f([1.0, 1.5, 10.0]))
for name in 'exp log sin cos tan sinh cosh tanh sqrt square abs conj real imag angle negative reciprocal'.split():
    case(name, Z[:3] if name == 'reciprocal' else Z)  # signs of zero differ for real numbers
for name in """add subtract multiply divide floor_divide mod fmod maximum minimum fmax fmin hypot arctan2
copysign equal not_equal less less_equal greater greater_equal logaddexp logaddexp2 nextafter heaviside""".split():
    case(name, X, Y)
    if name not in ('floor_divide', 'nextafter', 'logaddexp', 'logaddexp2'):
        case(name, E, E[::-1].copy())
for name in 'add subtract multiply floor_divide mod fmod maximum minimum gcd lcm bitwise_and bitwise_or bitwise_xor less equal'.split():
    case(name, A, B)
case('power', f([2, 3, -2, 0, 4]), f([3, -1, 2, 0, 0.5]))
case('power', i([2, 3, -2, 0, 7]), i([3, 4, 5, 0, 11]))
case('float_power', i([2, 3]), i([3, -2]))
case('left_shift', i([1, 3, -4]), i([3, 1, 2]))
case('right_shift', i([16, 3, -9]), i([3, 1, 2]))
case('invert', A)
case('invert', b([True, False]))
case('bitwise_count', A)
for name in 'logical_and logical_or logical_xor'.split():
    case(name, i([0, 1, 0, 2]), f([0, 0, 3, nan]))
case('logical_not', f([0, -0.0, nan, 2]))
case('modf', f([1.5, -1.5, 2.0, inf, -inf]))
case('frexp', f([0.1, -8, 0, 1e-310, 5e300, 1.0, 0.5]))
case('ldexp', f([0.5, -3, 1]), i([3, -2, 1023]))
case('divmod', X, Y)
case('round', f([0.5, 1.5, 2.5, -0.5, 1.25, 3.14159]))
case('round', f([0.5, 1.25, 3.14159]), 2)
case('round', f([1250, 1350, -1250]), -2)
case('round', i([15, 25, -15, -25, 14, 16]), -1)
case('clip', V, -1.0, 1.0)
case('isclose', f([1, 1, nan, inf, -inf, 1e-9]), f([1.000001, 1.1, nan, inf, inf, 0]))
case('isclose', f([1, nan]), f([1, nan]), equal_nan=True)
case('allclose', f([1, 2]), f([1, 2.00001]))
case('array_equal', f([1, nan]), f([1, nan]))
case('array_equal', f([1, nan]), f([1, nan]), equal_nan=True)
case('array_equiv', f([[1, 2], [1, 2]]), f([1, 2]))
case('iscomplex', Z)
case('isreal', Z)

for name in 'sum prod mean var std max min argmax argmin ptp median cumsum cumprod any all count_nonzero'.split():
    case(name, C3[:, :, :2] + 1 if 'prod' in name else C3)
    if name not in ('argmax', 'argmin', 'cumsum', 'cumprod'):
        case(name, M, axis=0, keepdims=True)
        case(name, C3, axis=(0, -1)) if name != 'prod' else None
    else:
        case(name, M, axis=1)
case('sum', b([True, True, False]))
case('sum', i([[1, 2], [3, 4]]), axis=1)
case('sum', Z)
case('prod', Z)
case('mean', i([1, 2, 4]))
case('mean', Z)
case('var', Z)
case('var', M, ddof=1)
case('std', M, axis=1, ddof=1)
case('max', f([1, nan, 3]))
case('min', f([[1, nan], [3, 2]]), axis=0)
case('argmax', f([1, nan, 3]))
case('median', f([[1, nan, 3], [4, 6, 5]]), axis=1)
case('median', M, axis=(0, 1))
case('sum', M, where=b([[True, False, True], [False, True, True]]))
case('mean', M, axis=1, where=b([[True, False, True], [False, True, True]]))
case('var', M, where=b([[True, False, True], [False, True, True]]))
case('max', M, axis=0, where=b([[True, False, True], [False, False, True]]), initial=-5.0)
case('sum', M, initial=100.0)
case('sum', np.zeros((0, 3)), axis=0)
case('prod', np.zeros((0, 3)), axis=0)
case('average', M, axis=1, weights=f([1, 2, 3]))
case('average', M, weights=f([[1, 2, 3], [4, 5, 6]]))
case('diff', f([1, 4, 9, 16]), n=2)
case('diff', M, axis=0)
case('diff', f([1, 4, 9]), prepend=0.0, append=f([20, 30]))
case('diff', b([True, False, False]))
case('cumulative_sum', f([1, 2, 3]), include_initial=True)
case('cumulative_prod', f([1, 2, 3]))

case('arange', 5)
case('arange', 2, 8, 3)
case('arange', 5, 0, -2)
case('linspace', 0, 1, 7)
case('linspace', 0, 1, 4, endpoint=False)
case('linspace', f([0, 1]), f([1, 3]), 3)
case('linspace', f([0, 1]), f([1, 3]), 3, axis=1)
case('logspace', 0, 2, 5)
case('geomspace', 1, 1000, 4)
case('geomspace', f([1, -2]), f([16, -32]), 5)
case('eye', 3, 4, k=1)
case('tri', 3, 4, k=-1)
case('tril', C3, k=1)
case('triu', C3, k=-1)
case('diag', f([1, 2]), k=-1)
case('diag', M, k=1)
case('diagflat', M, k=1)
case('diagonal', C3, offset=1, axis1=1, axis2=2)
case('diagonal', C3, offset=-1, axis1=2, axis2=0)
case('trace', C3, axis1=0, axis2=2)
case('indices', (2, 3))
case('full', (2, 2), 7.0)
case('identity', 3)

case('reshape', C3, (4, -1))
case('ravel', M)
case('transpose', C3)
case('transpose', C3, (1, 2, 0))
case('moveaxis', C3, 0, -1)
case('moveaxis', C3, (0, 1), (2, 0))
case('rollaxis', C3, 2)
case('rollaxis', C3, 0, 3)
case('swapaxes', C3, 0, 2)
case('expand_dims', M, 1)
case('expand_dims', M, (0, -1))
case('squeeze', np.ones((1, 2, 1)))
case('squeeze', np.ones((1, 2, 1)), 0)
case('broadcast_to', f([1, 2, 3]), (2, 3))
case('atleast_1d', f(3))
case('atleast_2d', f([1, 2]))
case('atleast_3d', f([1, 2]))
case('atleast_3d', M)
case('concatenate', [M, M], axis=1)
case('concatenate', [M, M], axis=None)
case('stack', [M, M], axis=-1)
case('vstack', [f([1, 2]), f([[3, 4], [5, 6]])])
case('hstack', [f([1, 2]), f([3])])
case('hstack', [M, M])
case('dstack', [f([1, 2]), f([3, 4])])
case('column_stack', [f([1, 2]), f([[3, 4], [5, 6]])])
case('block', [[np.eye(2), np.zeros((2, 1))], [np.ones((1, 3))]])
case('block', [f([1, 2]), f([3])])
case('split', C3, 2, axis=2)
case('split', f([0, 1, 2, 3, 4]), [1, 3])
case('split', f([0, 1, 2, 3, 4]), [3, 1, 9])
case('array_split', f([0, 1, 2, 3, 4, 5, 6]), 3)
case('vsplit', M, 2)
case('hsplit', M, 3)
case('dsplit', C3, 2)
case('flip', C3)
case('flip', C3, axis=(0, 2))
case('fliplr', M)
case('flipud', M)
case('roll', M, 2)
case('roll', M, -1, axis=1)
case('roll', C3, (1, -2), axis=(0, 2))
for k in range(-1, 4):
    case('rot90', M, k=k)
case('rot90', C3, axes=(2, 1))
case('repeat', M, 2)
case('repeat', M, [1, 0, 2], axis=1)
case('repeat', M, 2, axis=0)
case('tile', f([1, 2]), (2, 2))
case('tile', M, 2)
case('tile', M, (2, 1, 2))
case('resize', M, (2, 5))
case('append', M, M[:1], axis=0)
case('append', f([1]), M)
case('delete', f([1, 2, 3, 4]), [0, -1])
case('delete', C3, 1, axis=1)
case('insert', f([1, 2, 3]), 1, 9.0)
case('insert', f([1, 2, 3]), 1, f([8, 9]))
case('insert', f([1, 2, 3]), [0, 2, 2], f([7, 8, 9]))
case('insert', M, 1, f([5, 6]), axis=1)
case('insert', M, [0, 3], 0.0, axis=1)
case('insert', M, 1, f([[5, 6, 7], [8, 9, 10]]), axis=0)
case('trim_zeros', f([0, 0, 1, 0, 2, 0]))
case('take', M, i([[0, 1], [-1, 0]]), axis=1)
case('take', M, 4)
case('take_along_axis', M, i([[0, 1], [2, 0]]), 1)
case('meshgrid', 'spread', f([1, 2]), f([3, 4, 5]))
case('meshgrid', 'spread', f([1, 2]), f([3, 4, 5]), indexing='ij')
case('meshgrid', 'spread', f([1, 2]), f([3, 4, 5]), sparse=True)
case('where', b([True, False]), f([1, 2]), f([[3], [4]]))
case('select', [b([True, False, False]), b([True, True, False])], [f([1, 2, 3]), f([4, 5, 6])], 9.0)
case('nonzero', M - 3)
case('argwhere', M - 3)
case('flatnonzero', M - 3)
case('unravel_index', i([5, 1]), (2, 3))

for mode in 'edge reflect symmetric wrap maximum minimum mean median'.split():
    case('pad', f([1, 2, 4]), (2, 3), mode=mode)
    case('pad', f([1, 2, 4]), (5, 9), mode=mode)
    case('pad', M, ((1, 0), (2, 1)), mode=mode)
case('pad', f([1, 2, 4]), (2, 3))
case('pad', M, ((1, 0), (2, 1)), constant_values=((5, 6), (7, 8)))
case('pad', f([1, 2, 4]), (2, 3), mode='linear_ramp', end_values=(5, -4))
case('pad', M, 1, mode='linear_ramp')
case('pad', f([1, 2, 4]), (2, 5), mode='reflect', reflect_type='odd')
case('pad', f([1, 2, 4]), (2, 5), mode='symmetric', reflect_type='odd')
case('pad', f([1, 2, 4, 9]), 2, mode='mean', stat_length=2)
case('pad', f([7]), 3, mode='reflect')
case('pad', i([1, 2]), 1, mode='mean')

case('dot', M, f([1, 2, 3]))
case('dot', M, M.T)
case('dot', f(2), M)
case('dot', C3, np.ones((4, 2)))
case('matmul', C3, np.ones((4, 2)))
case('inner', M, M)
case('vdot', Z, Z)
case('outer', f([1, 2]), f([3, 4, 5]))
case('kron', f([[1, 2], [3, 4]]), f([[1, 0, 2]]))
case('kron', f([1, 2]), M)
case('matvec', C3, f([1, 2, 3, 4]))
case('vecmat', f([1, 2, 3]), C3)
case('cross', f([1, 2, 3]), f([4, 5, 6]))
case('geomspace', 2, 32, 5, endpoint=False)


def camel(name):
    head, *rest = name.split('_')
    return head + ''.join(w[:1].upper() + w[1:] for w in rest)


def number(v):
    v = float(v)
    if v != v:
        return 'nan'
    if v in (inf, -inf):
        return 'inf' if v > 0 else '-inf'
    return '-0' if v == 0 and np.signbit(v) else v


def encode(x):
    if isinstance(x, (list, tuple)):
        return [encode(v) for v in x]
    if isinstance(x, np.ndarray):
        flat = x.ravel()
        values = [number(p) for v in flat for p in (v.real, v.imag)] if x.dtype.kind == 'c' else [number(v) for v in flat]
        return {'dtype': str(x.dtype), 'shape': list(x.shape), 'values': values}
    if isinstance(x, str) and x == 'linear_ramp':
        return 'linearRamp'
    return x


def result(r):
    if isinstance(r, (list, tuple)):
        return [result(v) for v in r]
    r = np.asarray(r)
    kind = {'b': 'bool', 'i': 'integer', 'u': 'integer', 'f': 'float', 'c': 'complex'}[r.dtype.kind]
    return {**encode(r), 'dtype': kind}


with open(os.path.join(HERE, 'function-table.json'), 'w') as out:
    rows = []
    for name, args, kwargs in cases:
        with np.errstate(all='ignore'):
            # `np.meshgrid` takes a list here.
            spread = len(args) > 0 and isinstance(args[0], str)
            r = getattr(np, name)(*(args[1:] if spread else args), **kwargs)
        given = [encode(list(args[1:]))] if spread else [encode(a) for a in args]
        options = {camel(k): encode(v) for k, v in kwargs.items()}
        rows.append(json.dumps([camel(name), given, options, result(r)]))
    out.write('[\n' + ',\n'.join(rows) + '\n]\n')
    print(len(rows), 'cases from NumPy', np.__version__)
