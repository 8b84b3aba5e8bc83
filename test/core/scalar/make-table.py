"""Writes special-table.json: float64 arguments with values computed by mpmath at 50 digits.

Run: /usr/bin/python3 make-table.py   (needs mpmath; deterministic)

Every argument is an exact double. Where the double nearest to the value is not finite or is
subnormal the point is dropped, since relative error says nothing there.
"""
import json
import os
import random
import re
import sys

import mpmath
from mpmath import mp, mpf, mpc

mp.dps = 50
rng = random.Random(20261123)


def log_uniform(lo, hi, n, signs=(1,)):
    return [rng.choice(signs) * 10 ** rng.uniform(lo, hi) for _ in range(n)]


def uniform(lo, hi, n):
    return [rng.uniform(lo, hi) for _ in range(n)]


def near(centre, n=8):
    return [centre + s * 10 ** rng.uniform(-12, -1) for s in (1, -1) for _ in range(n // 2)]


def one(values):
    return [(float(v),) for v in values]


# ---- values -----------------------------------------------------------------------------------


def with_digits(f, digits):
    """f at more digits, for formulas that cancel."""

    def g(*args):
        with mp.workdps(digits):
            return +f(*args)

    return g


def lower(a, x):
    if x > a + 1:
        return 1 - upper(a, x)
    with mp.workdps(90):
        return mpmath.gammainc(a, 0, x, regularized=True)


def upper(a, x):
    with mp.workdps(120):
        if x < a + 1 or x < 2:
            # 1 - P from the series, whose terms are all positive
            term = total = mpf(1)
            n = 0
            while term > total * mpf(10) ** -110:
                n += 1
                term *= x / (a + n)
                total += term
            return 1 - total * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1))
        return legendre(a, x) * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))


def legendre(a, x):
    """Gamma(a, x) / (x^a e^-x) by the continued fraction, evaluated until it is stationary."""
    b = x + 1 - a
    c = mpf(10) ** 400
    d = 1 / b
    h = d
    n = 0
    while True:
        n += 1
        an = -n * (n - a)
        b += 2
        d = 1 / (an * d + b)
        c = b + an / c
        factor = c * d
        h *= factor
        if abs(factor - 1) < mpf(10) ** (-mp.dps + 10):
            return h


def derivative_in_a(f, a, x):
    """Central difference at 120 digits: its error is of order 1e-60."""
    with mp.workdps(150):
        h = mpf(10) ** -30 * max(a, mpf(10) ** -30) if a < 1 else mpf(10) ** -30
        return (f(a + h, x) - f(a - h, x)) / (2 * h)


def igamma_grad_a(a, x):
    if x > a + 1 and x > 2:
        return -derivative_in_a(upper, a, x)
    return derivative_in_a(lambda s, t: 1 - upper(s, t), a, x)


def random_gamma_grad(a, x):
    with mp.workdps(120):
        pdf = mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))
        return -igamma_grad_a(a, x) / pdf


def betainc(a, b, x):
    with mp.workdps(80):
        return mpmath.betainc(a, b, 0, x, regularized=True)


def lbeta(a, b):
    with mp.workdps(80):
        return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def lgamma(x):
    with mp.workdps(80):
        return mpmath.log(abs(mpmath.gamma(x))) if x < 1e5 else mpmath.loggamma(x)


def erf_inv(x):
    with mp.workdps(80):
        return mpmath.findroot(lambda y: mpmath.erf(y) - x, mpmath.erfinv(x)) if abs(x) > 1e-30 else x * mpmath.sqrt(mpmath.pi) / 2


def erfc_inv(y):
    with mp.workdps(360):
        if y > 1e-3:
            return mpmath.erfinv(1 - mpf(y))
        guess = mpmath.sqrt(-mpmath.log(y * mpmath.sqrt(mpmath.pi) * mpmath.sqrt(-mpmath.log(y))))
        # Newton on the logarithm, which is nearly quadratic in the tail
        z = guess
        for _ in range(60):
            e = mpmath.erfc(z)
            step = mpmath.log(e / y) * e / (2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z))
            z += step
            if abs(step) < mpf(10) ** -60:
                break
        return z


def ndtri(p):
    p = mpf(p)
    return -erfc_inv(2 * p) * mpmath.sqrt(2) if p < 0.5 else erfc_inv(2 * (1 - p)) * mpmath.sqrt(2)


def zeta(s, q):
    if q > 0:
        return mpmath.zeta(s, q)
    with mp.workdps(80):
        total = mpf(0)
        while q < 0:
            total += q ** (-s)
            q += 1
        return total + mpmath.zeta(s, q)


def polygamma(n, x):
    n = int(n)
    return mpmath.digamma(x) if n == 0 else (-1) ** (n + 1) * mpmath.factorial(n) * zeta(mpf(n + 1), x)


def log1pmx(x):
    with mp.workdps(120):
        return mpmath.log1p(x) - x


def kl_div(x, y):
    with mp.workdps(120):
        return x * mpmath.log(x / y) - x + y


def log_ndtr(x):
    with mp.workdps(80):
        return mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2)


def spence(z):
    with mp.workdps(120):
        return mpmath.re(mpmath.polylog(2, 1 - z))


def sici(k):
    return lambda x: (mpmath.si if k == 0 else mpmath.ci)(x)


# ---- arguments --------------------------------------------------------------------------------

gamma_points = (
    log_uniform(-300, -1, 10) + log_uniform(-1, 2.2, 20) + uniform(0.5, 8, 20) + near(1) + near(2)
    + near(1.4616321449683623) + log_uniform(-15, -1, 10, (-1,)) + uniform(-10, 0, 25) + uniform(-170, 0, 15)
)
positive_pairs = (
    [(10 ** rng.uniform(-6, 1), 10 ** rng.uniform(-6, 1.5)) for _ in range(30)]
    + [(a, a * rng.uniform(0.2, 2.5)) for a in log_uniform(-1, 3, 25)]
    + [(a, a + rng.uniform(-4, 4) * a**0.5) for a in log_uniform(1, 6, 25)]
    + [(a, a * rng.uniform(0.71, 1.29)) for a in log_uniform(1.31, 3, 15)]
)
moderate_pairs = [(a, x) for a, x in positive_pairs if x > 0 and a < 3000]
betas = (
    [(10 ** rng.uniform(-2, 1), 10 ** rng.uniform(-2, 1), rng.random()) for _ in range(30)]
    + [(10 ** rng.uniform(0, 2.3), 10 ** rng.uniform(0, 2.3), rng.random()) for _ in range(25)]
    + [(0.3, 40.0, 1e-8), (5.0, 5.0, 1e-30), (1e-5, 3.0, 0.5), (300.0, 200.0, 0.6), (300.0, 200.0, 0.55)]
    + [(n * p, n * (1 - p), p + rng.uniform(-3, 3) * (p * (1 - p) / n) ** 0.5)
       for n in log_uniform(1.5, 3, 15) for p in [rng.uniform(0.1, 0.9)]]
)
pairs_for_lbeta = [(10 ** rng.uniform(-5, 5), 10 ** rng.uniform(-5, 5)) for _ in range(50)] + [
    (10 ** rng.uniform(0.5, 1.5), 10 ** rng.uniform(0.5, 1.5)) for _ in range(30)]
unit = uniform(-1, 1, 40) + log_uniform(-300, -1, 10, (1, -1)) + [1 - 10 ** -rng.uniform(1, 15) for _ in range(20)]
signed = log_uniform(-300, -2, 10, (1, -1)) + log_uniform(-2, 2, 50, (1, -1))
plane = lambda n, lo=-2, hi=1.2: [
    (s * 10 ** rng.uniform(lo, hi), t * 10 ** rng.uniform(lo, hi)) for _ in range(n)
    for s in [rng.choice((1, -1))] for t in [rng.choice((1, -1))]]

REAL = {
    'gamma': (mpmath.gamma, one(gamma_points)),
    'lgamma': (lgamma, one(gamma_points + log_uniform(2, 300, 15))),
    'digamma': (mpmath.digamma, one(gamma_points + log_uniform(2, 300, 10))),
    'polygamma': (polygamma, [(float(n), x) for n in (1, 2, 3, 7, 20, 60) for x in log_uniform(-2, 2.5, 10) + uniform(-5, 0, 3)]),
    'zeta': (zeta, [(1 + 10 ** rng.uniform(-6, 1.7), 10 ** rng.uniform(-3, 3)) for _ in range(60)]
             + [(float(rng.randint(2, 9)), -rng.uniform(0, 20)) for _ in range(15)]
             + [(rng.uniform(15, 90), rng.uniform(5, 60)) for _ in range(20)]),
    'log1pmx': (log1pmx, one(log_uniform(-12, 0.5, 40) + [-x for x in log_uniform(-12, -0.01, 30)])),
    'igamma': (lower, positive_pairs),
    'igammac': (upper, positive_pairs),
    'igammaGradA': (igamma_grad_a, moderate_pairs),
    'randomGammaGrad': (random_gamma_grad, moderate_pairs),
    'betainc': (betainc, betas),
    'lbeta': (lbeta, pairs_for_lbeta),
    'erf': (mpmath.erf, one(log_uniform(-300, -2, 10, (1, -1)) + uniform(-6, 6, 60))),
    'erfc': (mpmath.erfc, one(log_uniform(-20, -2, 10, (1, -1)) + uniform(-3, 26.5, 70) + near(1) + near(0.5))),
    'erfcx': (lambda x: mpmath.exp(x * x) * mpmath.erfc(x), one(uniform(-5, 30, 50) + log_uniform(-3, 4, 20))),
    'erfInv': (erf_inv, one(unit)),
    'erfcInv': (erfc_inv, one(log_uniform(-300, 0, 40) + uniform(0.1, 1.9, 30))),
    'ndtri': (ndtri, one(log_uniform(-300, -1, 40) + uniform(0, 1, 30))),
    'ndtr': (lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2, one(uniform(-37, 9, 60) + uniform(-2, 2, 20))),
    'logNdtr': (log_ndtr, one(uniform(-40, 10, 50) + uniform(-2, 2, 20) + [-x for x in log_uniform(1, 8, 10)])),
    'besselI0e': (lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x), one(signed + near(8))),
    'besselI1e': (lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x), one(signed + near(8))),
    'besselI0': (lambda x: mpmath.besseli(0, x), one(signed + uniform(100, 712, 15))),
    'besselI1': (lambda x: mpmath.besseli(1, x), one(signed + uniform(100, 712, 15))),
}


def points(f, arguments):
    out = []
    for args in arguments:
        args = tuple(float(a) for a in args)
        value = f(*[mpf(a) for a in args])
        y = float(mpmath.re(value))
        if y != y or abs(y) in (float('inf'),) or (abs(y) < 1e-300 and y != 0):
            continue
        out.append([*args, y])
    return out


def main():
    table = {}
    for name, (f, arguments) in REAL.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        table[name] = points(f, arguments)
        print(name, len(table[name]), file=sys.stderr)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'special-table.json')
    rows = ',\n'.join(f'"{name}": ' + json.dumps(rows, separators=(',', ':')) for name, rows in table.items())
    with open(path, 'w') as file:
        file.write('{\n' + rows + '\n}\n')


if __name__ == '__main__':
    main()
