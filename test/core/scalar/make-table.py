"""Writes special-table.json: float64 arguments with values computed by mpmath at 50 digits.

Run: /usr/bin/python3 make-table.py   (needs mpmath; deterministic)

Every argument is an exact double. Where the double nearest to the value is not finite or is
subnormal the point is dropped, since relative error says nothing there.
"""
import json
import os
import random
import sys

import mpmath
from mpmath import mp, mpf, mpc

mp.dps = 50
rng = random.Random(20261123)


def short(x):
    """The double nearest to nine digits of x: keeps the table small and every argument exact."""
    return float('%.9g' % x)


def log_uniform(lo, hi, n, signs=(1,)):
    return [rng.choice(signs) * short(10 ** rng.uniform(lo, hi)) for _ in range(n)]


def uniform(lo, hi, n):
    return [short(rng.uniform(lo, hi)) for _ in range(n)]


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


def lower_series(a, x):
    """P(a, x) from the series, whose terms are all positive, at the current precision."""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -mp.dps:
        n += 1
        term *= x / (a + n)
        total += term
    return total * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1))


def upper_fraction(a, x):
    return legendre(a, x) * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))


def lower(a, x):
    with mp.workdps(120):
        return 1 - upper_fraction(a, x) if x > a + 1 and x > 2 else lower_series(a, x)


def upper(a, x):
    with mp.workdps(120):
        return upper_fraction(a, x) if x > a + 1 and x > 2 else 1 - lower_series(a, x)


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
        return -derivative_in_a(upper_fraction, a, x)
    return derivative_in_a(lower_series, a, x)


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
    """Euler-Maclaurin after 200 direct terms (mpmath's own Hurwitz zeta loses digits at large s)."""
    with mp.workdps(80):
        total = sum((q + k) ** (-s) for k in range(200))
        a = q + 200
        total += a ** (1 - s) / (s - 1) + a ** (-s) / 2
        factor = s * a ** (-s - 1)
        for k in range(1, 40):
            total += mpmath.bernoulli(2 * k) / mpmath.factorial(2 * k) * factor
            factor *= (s + 2 * k - 1) * (s + 2 * k) / (a * a)
        return total


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


def high(f):
    """f at 120 digits."""
    return with_digits(f, 120)


def multigammaln(a, d):
    return d * (d - 1) / 4 * mpmath.log(mpmath.pi) + sum(mpmath.loggamma(a - mpf(j) / 2) for j in range(int(d)))


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
positive_pairs = [(short(a), short(x)) for a, x in positive_pairs if x > 0]
moderate_pairs = [(a, x) for a, x in positive_pairs if a < 3000]
betas = (
    [(10 ** rng.uniform(-2, 1), 10 ** rng.uniform(-2, 1), rng.random()) for _ in range(30)]
    + [(10 ** rng.uniform(0, 2.3), 10 ** rng.uniform(0, 2.3), rng.random()) for _ in range(25)]
    + [(0.3, 40.0, 1e-8), (5.0, 5.0, 1e-30), (1e-5, 3.0, 0.5), (300.0, 200.0, 0.6), (300.0, 200.0, 0.55)]
    + [(n * p, n * (1 - p), p + rng.uniform(-3, 3) * (p * (1 - p) / n) ** 0.5)
       for n in log_uniform(1.5, 3, 15) for p in [rng.uniform(0.1, 0.9)]]
)
betas = [(short(a), short(b), short(x)) for a, b, x in betas] + [
    (short(10 ** rng.uniform(-2, 2)), short(10 ** rng.uniform(-8, 0)), short(rng.uniform(0.3, 1))) for _ in range(20)]
pairs_for_lbeta = [(10 ** rng.uniform(-5, 5), 10 ** rng.uniform(-5, 5)) for _ in range(50)] + [
    (10 ** rng.uniform(0.5, 1.5), 10 ** rng.uniform(0.5, 1.5)) for _ in range(30)]
unit = uniform(-1, 1, 40) + log_uniform(-300, -1, 10, (1, -1)) + [1 - 10 ** -rng.uniform(1, 15) for _ in range(20)]
signed = log_uniform(-300, -2, 10, (1, -1)) + log_uniform(-2, 2, 50, (1, -1))
plane = lambda n, lo=-2, hi=1.2: [
    (s * short(10 ** rng.uniform(lo, hi)), t * short(10 ** rng.uniform(lo, hi))) for _ in range(n)
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


REAL.update({
    'expi': (high(mpmath.ei), one(log_uniform(-300, -2, 10) + log_uniform(-2, 2.84, 40, (1, -1)) + near(0.3725074107813666))),
    'exp1': (high(mpmath.e1), one(log_uniform(-300, -2, 10) + log_uniform(-2, 2.84, 50) + near(1))),
    'expn': (high(lambda n, x: mpmath.expint(n, x)), [(float(n), x) for n in (0, 1, 2, 3, 10, 50) for x in log_uniform(-3, 2.5, 10) + [1.0]]),
    'spence': (spence, one(log_uniform(-300, -2, 10) + log_uniform(-2, 2, 40) + near(1) + log_uniform(2, 300, 10))),
    'klDiv': (kl_div, [(x, x * (1 + s * 10 ** rng.uniform(-9, -0.1))) for x in log_uniform(-3, 3, 40) for s in [rng.choice((1, -1))]]
              + list(zip(log_uniform(-10, 10, 25), log_uniform(-10, 10, 25)))),
    'relEntr': (high(lambda x, y: x * mpmath.log(x / y)), [(x, x * (1 + s * 10 ** rng.uniform(-9, -0.1))) for x in log_uniform(-3, 3, 40) for s in [rng.choice((1, -1))]]
                + list(zip(log_uniform(-10, 10, 25), log_uniform(-10, 10, 25)))),
    'entr': (lambda x: -x * mpmath.log(x), one(log_uniform(-290, 0, 30) + log_uniform(0, 200, 15) + near(1))),
    'factorial': (mpmath.factorial, one([float(n) for n in range(0, 171, 5)] + uniform(0, 170, 30))),
    'poch': (high(mpmath.rf), [(10 ** rng.uniform(-2, 2), float(rng.randint(1, 30))) for _ in range(30)]
             + [(10 ** rng.uniform(-2, 1.6), 10 ** rng.uniform(-2, 1.6)) for _ in range(35)]),
    'multigammaln': (high(multigammaln), [(d / 2 + 10 ** rng.uniform(-1, 3), float(d)) for d in (1, 2, 3, 5, 8, 12) for _ in range(10)]),
    'bernoulliNumber': (lambda n: mpmath.bernoulli(int(n)), one([float(n) for n in list(range(0, 40)) + list(range(40, 260, 8))])),
    'sinpi': (high(lambda x: mpmath.sin(mpmath.pi * x)), one(uniform(-4, 4, 50) + log_uniform(-290, 8, 20, (1, -1)))),
    'cospi': (high(lambda x: mpmath.cos(mpmath.pi * x)), one(uniform(-4, 4, 50) + log_uniform(-290, 8, 20, (1, -1)))),
    'sinc': (high(lambda x: mpmath.sin(mpmath.pi * x) / (mpmath.pi * x)), one(uniform(-4, 4, 50) + log_uniform(-200, 8, 20, (1, -1)))),
    'logistic': (lambda x: 1 / (1 + mpmath.exp(-x)), one(uniform(-690, 40, 40) + uniform(-5, 5, 30))),
    'logaddexp': (high(lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y))), [(x, x + rng.uniform(-30, 30)) for x in uniform(-300, 300, 60)]),
    'exp2': (lambda x: mpmath.power(2, x), one(uniform(-990, 1020, 50) + uniform(-2, 2, 20))),
    'log2': (high(lambda x: mpmath.log(x, 2)), one(log_uniform(-300, 300, 40) + near(1) + near(2) + near(8))),
    'log10': (high(lambda x: mpmath.log(x, 10)), one(log_uniform(-300, 300, 40) + near(1) + near(10) + near(100))),
    'pow': (high(mpmath.power), [(10 ** rng.uniform(-3, 3), rng.uniform(-80, 80)) for _ in range(70)]),
    'integerPow': (high(mpmath.power), [(rng.choice((1, -1)) * 10 ** rng.uniform(-3, 3), float(rng.randint(-20, 20))) for _ in range(70)]),
    'hypot': (mpmath.hypot, [(10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-3, 3)) for _ in range(50)]
              + [(s * rng.uniform(1, 2), s * rng.uniform(0.1, 2)) for s in log_uniform(-290, 300, 30)]),
    'cbrt': (mpmath.cbrt, one(log_uniform(-290, 300, 65))),
    'exp': (mpmath.exp, one(uniform(-690, 709, 50) + uniform(-1, 1, 20))),
    'expm1': (high(mpmath.expm1), one(uniform(-40, 709, 30) + log_uniform(-20, 1, 40, (1, -1)))),
    'log': (high(mpmath.log), one(log_uniform(-300, 300, 50) + near(1, 20))),
    'log1p': (high(mpmath.log1p), one(log_uniform(-20, 20, 50) + [-x for x in log_uniform(-20, -0.001, 20)])),
    'sin': (high(mpmath.sin), one(uniform(-20, 20, 50) + log_uniform(-20, 15, 30))),
    'cos': (high(mpmath.cos), one(uniform(-20, 20, 50) + log_uniform(-20, 15, 30))),
    'tan': (high(mpmath.tan), one(uniform(-20, 20, 50) + log_uniform(-20, 15, 30))),
    'sinh': (high(mpmath.sinh), one(uniform(-709, 709, 20) + log_uniform(-20, 1, 50, (1, -1)))),
    'cosh': (high(mpmath.cosh), one(uniform(-709, 709, 20) + log_uniform(-20, 1, 50, (1, -1)))),
    'tanh': (high(mpmath.tanh), one(log_uniform(-20, 2, 70, (1, -1)))),
    'asin': (high(mpmath.asin), one(unit)),
    'acos': (high(mpmath.acos), one(unit)),
    'atan': (high(mpmath.atan), one(signed)),
    'asinh': (high(mpmath.asinh), one(signed + log_uniform(2, 300, 10, (1, -1)))),
    'acosh': (high(mpmath.acosh), one([1 + x for x in log_uniform(-15, 3, 60)] + log_uniform(3, 300, 10))),
    'atanh': (high(mpmath.atanh), one(unit)),
})

spread = plane(35) + plane(10, -9, -3) + plane(8, 1, 2.5)
circle = [(mpmath.cos(t) * (1 + e), mpmath.sin(t) * (1 + e)) for t in uniform(-3.1, 3.1, 8)
          for e in [rng.choice((1, -1)) * 10 ** rng.uniform(-15, -1)]]
around_one = [(s * (1 + a), b) for s in (1, -1) for a in (1e-9, -1e-9, 1e-3, -1e-3) for b in (1e-12, -1e-4)]
inverse = spread + circle + around_one + plane(8, 100, 140)

# name: (f, [re, im]) or (f, [a, b, c, d]); values are pairs
COMPLEX = {
    'csqrt': (mpmath.sqrt, inverse + plane(4, -300, -200) + plane(4, 250, 307)),
    'cexp': (mpmath.exp, spread),
    'cexpm1': (mpmath.expm1, spread),
    'clog': (mpmath.log, inverse),
    'clog1p': (lambda z: mpmath.log(1 + z), spread),
    'csin': (mpmath.sin, spread),
    'ccos': (mpmath.cos, spread),
    'ctan': (mpmath.tan, spread),
    'csinh': (mpmath.sinh, spread),
    'ccosh': (mpmath.cosh, spread),
    'ctanh': (mpmath.tanh, spread),
    'casin': (mpmath.asin, inverse),
    'cacos': (mpmath.acos, inverse),
    'catan': (mpmath.atan, inverse),
    'casinh': (mpmath.asinh, inverse),
    'cacosh': (mpmath.acosh, inverse),
    'catanh': (mpmath.atanh, inverse),
    'cdiv': (lambda z, w: z / w, [(*z, *w) for z, w in zip(plane(40, -5, 5), plane(40, -5, 5))]
             + [(*z, *w) for z, w in zip(plane(20, -150, 150), plane(20, -150, 150))]
             + [(*z, *w) for z, w in zip(plane(6, 306, 307.9), plane(6, 306, 307.9))]
             + [(*z, *w) for z, w in zip(plane(6, -299, -290), plane(6, -299, -290))]),
    'cmul': (lambda z, w: z * w, [(*z, *w) for z, w in zip(plane(60, -5, 5), plane(60, -5, 5))]),
    'cpow': (lambda z, w: z**w, [(*z, *w) for z, w in zip(plane(60, -1, 1), plane(60, -1, 0.7))]),
}


def complex_points(f, arguments):
    out = []
    for args in arguments:
        args = [float(a) for a in args]
        with mp.workdps(900 if max(map(abs, args)) > 1e50 else 150):
            value = f(*[mpc(args[k], args[k + 1]) for k in range(0, len(args), 2)])
            re, im = float(value.real), float(value.imag)
        if all(abs(v) < 1.7e308 and (abs(v) > 1e-300) for v in (re, im)):
            out.append([*args, re, im])
    return out


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
    for name, (f, arguments) in COMPLEX.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        table[name] = complex_points(f, arguments)
        print(name, len(table[name]), file=sys.stderr)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'special-table.json')
    rows = ',\n'.join(f'"{name}": ' + json.dumps(rows, separators=(',', ':')) for name, rows in table.items())
    with open(path, 'w') as file:
        file.write('{\n' + rows + '\n}\n')


if __name__ == '__main__':
    main()
