"""Values of SciPy for test/scipy/golden.test.ts: python3 make-golden.py writes golden.json.gz"""
import gzip
import json
import numpy as np
import scipy
from scipy import linalg, signal, stats

rng = np.random.RandomState(0)
xs = [-3.5, -1.0, -0.25, 0.0, 0.3, 0.5, 0.9, 1.0, 2.0, 4.5, 12.0]
qs = [0.0, 1e-6, 0.1, 0.5, 0.75, 0.999, 1.0]
ks = [-1, 0, 1, 2, 3, 5, 7, 2.5]
place = {'loc': 0.25, 'scale': 1.5}
plain = lambda v: [x if np.isfinite(x) else str(float(x)) for x in np.ravel(v).tolist()]
array = lambda v: {'shape': list(np.shape(v)), 'data': plain(v)}

cases = []
half = ['logpdf', 'pdf', 'cdf', 'logcdf', 'sf', 'logsf']
full = half + ['ppf', 'isf']
continuous = [
    ('norm', 'norm', [], full), ('uniform', 'uniform', [], full), ('expon', 'expon', [], full),
    ('laplace', 'laplace', [], full), ('logistic', 'logistic', [], full), ('cauchy', 'cauchy', [], full),
    ('gumbelR', 'gumbel_r', [], full), ('gumbelL', 'gumbel_l', [], full),
    ('gamma', 'gamma', [2.5], half), ('gamma', 'gamma', [0.5], half), ('chi2', 'chi2', [3.0], half),
    ('beta', 'beta', [2.0, 3.5], half), ('beta', 'beta', [0.5, 0.5], half), ('t', 't', [3.0], half),
    ('pareto', 'pareto', [2.5], full), ('weibullMin', 'weibull_min', [1.7], full),
    ('lognorm', 'lognorm', [0.8], full), ('gennorm', 'gennorm', [1.3], half),
    ('truncnorm', 'truncnorm', [-1.0, 2.0], half), ('truncnorm', 'truncnorm', [0.5, 4.0], half),
    ('vonmises', 'vonmises', [1.5], ['logpdf', 'pdf']),
]
for ours, theirs, shape, names in continuous:
    d = getattr(stats, theirs)
    for name in names:
        at = qs if name in ('ppf', 'isf') else xs
        if ours == 'vonmises': at = [x for x in xs if abs(x) < 3]
        for options in ({}, place):
            cases.append({'kind': 'distribution', 'of': ours, 'f': name, 'x': at, 'shape': shape,
                          'options': options, 'out': plain(getattr(d, name)(at, *shape, **options))})
for ours, theirs, shape, names in [
    ('bernoulli', 'bernoulli', [0.3], ['logpmf', 'pmf', 'cdf', 'sf']),
    ('binom', 'binom', [7, 0.4], ['logpmf', 'pmf', 'cdf', 'sf']),
    ('poisson', 'poisson', [2.3], ['logpmf', 'pmf', 'cdf', 'sf']),
    ('geom', 'geom', [0.4], ['logpmf', 'pmf', 'cdf', 'sf']),
    ('nbinom', 'nbinom', [3.5, 0.4], ['logpmf', 'pmf', 'cdf', 'sf']),
    ('betabinom', 'betabinom', [6, 2.0, 1.5], ['logpmf', 'pmf']),
]:
    d = getattr(stats, theirs)
    for name in names:
        for options in ({}, {'loc': 1}):
            cases.append({'kind': 'distribution', 'of': ours, 'f': name, 'x': ks, 'shape': shape,
                          'options': options, 'out': plain(getattr(d, name)(ks, *shape, **options))})

call = lambda room, f, args, out, options={}: cases.append(
    {'kind': 'call', 'of': room, 'f': f, 'args': [array(a) for a in args], 'options': options,
     'out': [array(o) for o in (out if isinstance(out, tuple) else (out,))]})
m = lambda *s: rng.randn(*s)
a = m(4, 4)
spd = a @ a.T + np.eye(4)
call('linalg', 'expm', [a], linalg.expm(a)); call('linalg', 'expm', [20 * a], linalg.expm(20 * a))
call('linalg', 'expm', [a / 100], linalg.expm(a / 100))
c, r = m(3), m(4)
call('linalg', 'toeplitz', [c, r], linalg.toeplitz(c, r)); call('linalg', 'toeplitz', [c], linalg.toeplitz(c))
call('linalg', 'hankel', [c, r], linalg.hankel(c, r)); call('linalg', 'circulant', [c], linalg.circulant(c))
call('linalg', 'companion', [r], linalg.companion(r))
b1, b2 = m(2, 3), m(1, 2)
call('linalg', 'blockDiag', [b1, b2, c], linalg.block_diag(b1, b2, c))
b = m(4, 2)
for lower in (False, True):
    for trans in (0, 1):
        call('linalg', 'solveTriangular', [a, b], linalg.solve_triangular(a, b, lower=lower, trans=trans),
             {'lower': lower, 'trans': trans})
call('linalg', 'lu', [a], linalg.lu(a))
call('linalg', 'luFactor', [a], linalg.lu_factor(a))
call('linalg', 'polar', [a], linalg.polar(a)); call('linalg', 'polar', [a], linalg.polar(a, side='left'), {'side': 'left'})
x, mean = m(3, 4), m(4)
call('stats.multivariateNormal', 'logpdf', [x, mean, spd], stats.multivariate_normal.logpdf(x, mean, spd))
p = np.array([0.2, 0.3, 0.5])
call('stats.dirichlet', 'logpdf', [p, np.array([1.5, 0.7, 2.0])], stats.dirichlet.logpdf(p, [1.5, 0.7, 2.0]))
n = np.array([2, 0, 3])
call('stats.multinomial', 'logpmf', [n, np.array(5), p], stats.multinomial.logpmf(n, 5, p))
s = np.array([3.0, 1.0, 3.0, 2.0, 1.0, 1.0])
call('stats', 'rankdata', [s], stats.rankdata(s)); call('stats', 'sem', [a], stats.sem(a))
for mode in ('full', 'same', 'valid'):
    u, v, w, z = m(7), m(3), m(5, 4), m(2, 3)
    call('signal', 'convolve', [u, v], signal.convolve(u, v, mode), {'mode': mode})
    call('signal', 'correlate', [u, v], signal.correlate(u, v, mode), {'mode': mode})
    call('signal', 'convolve2d', [w, z], signal.convolve2d(w, z, mode), {'mode': mode})
    call('signal', 'correlate2d', [w, z], signal.correlate2d(w, z, mode), {'mode': mode})
    call('signal', 'fftconvolve', [w, z], signal.fftconvolve(w, z, mode), {'mode': mode})
d = m(3, 6)
call('signal', 'detrend', [d], signal.detrend(d)); call('signal', 'detrend', [d], signal.detrend(d, axis=0, type='constant'), {'axis': 0, 'type': 'constant'})
text = json.dumps({'scipy': scipy.__version__, 'cases': cases})
with open('golden.json.gz', 'wb') as file:
    file.write(gzip.compress(text.encode(), 9, mtime=0))
