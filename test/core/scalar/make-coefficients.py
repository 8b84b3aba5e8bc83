"""Prints the series coefficients used by src/core/scalar, computed at 60 digits.

Run: /usr/bin/python3 make-coefficients.py   (needs mpmath; the output is TypeScript)
"""
from mpmath import mp, mpf, zeta, euler, psi, erfc, exp, besseli, sqrt, cos, pi, bernoulli, factorial
from mpmath import findroot, ei

mp.dps = 60


def show(name, values):
    body = ', '.join(repr(float(v)) for v in values)
    print(f'const {name} = [{body}]\n')


def chebyshev(f, lo, hi, tolerance=mpf(10) ** -18, points=90):
    """Chebyshev coefficients (c0 already halved) of f on [lo, hi], cut where they fall below tolerance."""
    ts = [cos(pi * (k + mpf(1) / 2) / points) for k in range(points)]
    ys = [f((hi - lo) / 2 * t + (hi + lo) / 2) for t in ts]
    cs = [2 * sum(y * cos(j * mp.acos(t)) for y, t in zip(ys, ts)) / points for j in range(points)]
    cs[0] /= 2
    biggest = max(abs(c) for c in cs)
    last = max(j for j, c in enumerate(cs) if abs(c) > tolerance * biggest)
    return cs[: last + 1]


def multiply(p, q, n):
    out = [mpf(0)] * n
    for i, a in enumerate(p[:n]):
        for j, b in enumerate(q[: n - i]):
            out[i + j] += a * b
    return out


def temme(rows=11, order=48):
    """c_k(eta) of DLMF 8.12.10 as power series in eta, by the recurrence 8.12.12."""
    # mu(eta) = sum m_j eta^j inverts eta^2 / 2 = mu - log(1 + mu): mu' mu = eta (1 + mu)
    m = [mpf(0), mpf(1)]
    for n in range(2, order + 2):
        known = sum((j * m[j]) * m[n + 1 - j] for j in range(2, n))
        m.append((m[n - 1] - known) / (n + 1))
    shifted = m[1:]  # mu / eta
    inverse = [1 / shifted[0]]  # eta / mu
    for n in range(1, len(shifted)):
        inverse.append(-sum(shifted[j] * inverse[n - j] for j in range(1, n + 1)) / shifted[0])
    c = [inverse[1:]]  # 1/mu - 1/eta
    # the 1/eta poles must cancel, which fixes the Stirling coefficient in c_k = c'_{k-1}/eta + g/mu
    for _ in range(1, rows):
        d = [j * v for j, v in enumerate(c[-1])][1:]
        g = -d[0]
        c.append([d[j + 1] + g * inverse[j + 1] for j in range(len(d) - 1)])
    table = []
    for k, row in enumerate(c):
        keep = max([j for j in range(len(row)) if abs(row[j]) * mpf('0.5') ** j / 20**k > 1e-18] + [0])
        table.append(row[: keep + 1])
    return table


if __name__ == '__main__':
    show('LGAMMA_AT_2', [1 - euler] + [(-1) ** k * (zeta(k) - 1) / k for k in range(2, 30)])
    root = findroot(lambda x: psi(0, x), mpf('1.4616321449683623'))
    hi = mpf(float(root))
    show('DIGAMMA_ROOT', [hi, root - hi])
    show('DIGAMMA_AT_ROOT', [psi(k, root) / factorial(k) for k in range(1, 28)])
    show('STIRLING', [bernoulli(2 * k) / (2 * k * (2 * k - 1)) for k in range(1, 13)])
    show('DIGAMMA_ASYMPTOTIC', [bernoulli(2 * k) / (2 * k) for k in range(1, 13)])
    show('BERNOULLI_OVER_FACTORIAL', [bernoulli(2 * k) / factorial(2 * k) for k in range(1, 16)])
    show('ERF', chebyshev(lambda u: mp.erf(sqrt(u)) / sqrt(u) if u > 0 else 2 / sqrt(pi), mpf(0), mpf(1)))
    scale = mpf(3.75)
    show('ERFCX', chebyshev(
        lambda t: (1 + 2 * scale * (1 + t) / (1 - t)) * exp((scale * (1 + t) / (1 - t)) ** 2) * erfc(scale * (1 + t) / (1 - t)),
        mpf(-1), mpf(1)))
    for nu in (0, 1):
        low = lambda x: exp(-x) * besseli(nu, x) / (x**nu if nu else 1)
        high = lambda v: sqrt(8 / v) * exp(-8 / v) * besseli(nu, 8 / v) if v > 1e-30 else 1 / sqrt(2 * pi)
        show(f'I{nu}_LOW', chebyshev(low, mpf(0), mpf(8)))
        show(f'I{nu}_HIGH', chebyshev(high, mpf(0), mpf(1)))
    table = temme()
    print('const TEMME = [')
    print(',\n'.join('  [' + ', '.join(repr(float(v)) for v in row) + ']' for row in table))
    print(']\n')
    root = findroot(ei, mpf('0.3725'))
    hi = mpf(float(root))
    show('EI_ROOT', [hi, root - hi])
    series = [mp.diff(ei, root, k) / factorial(k) for k in range(1, 3)]
    # Ei' = e^x / x, so the coefficients follow from those of e^x times 1/x at the root
    e = [exp(root) / factorial(k) for k in range(40)]
    r = [(-1) ** k / root ** (k + 1) for k in range(40)]
    show('EI_AT_ROOT', [v / (k + 1) for k, v in enumerate(multiply(e, r, 40))])
    show('DEBYE', [bernoulli(2 * k) / factorial(2 * k + 1) for k in range(1, 14)])
