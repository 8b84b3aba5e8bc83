"""
Optimizers by their published formulas, written anew in NumPy, for test/optim/formulas.test.ts:
`python3 make-formulas.py` writes formulas.json.gz. A transformation has init(params) and
update(grads, state, params); trees are dictionaries.
"""
import gzip
import json
import numpy as np
rng = np.random.RandomState(0)
first = {'b': rng.randn(3), 's': np.array(0.7), 'w': rng.randn(4, 3)}
STEPS = 30
gradients = [{k: np.asarray(rng.randn(*v.shape) * (0.3 + 0.1 * (t % 4))) for k, v in first.items()} for t in range(STEPS)]
for t in range(5):
    gradients[t]['w'][0] = 0.0
each = lambda f, *ts: {k: f(*(t[k] for t in ts)) for k in ts[0]}
zeros = lambda p: each(lambda x: np.zeros_like(x), p)
global_norm = lambda u: np.sqrt(sum(((x ** 2).sum() for x in u.values())))


class T:
    pass


def transformation(init, update):
    t = T()
    t.init = init
    t.update = update
    return t


def chain(*ts):
    return transformation(lambda p: [t.init(p) for t in ts], lambda g, s, p, **e: in_turn(ts, g, s, p, e))


def in_turn(ts, g, s, p, e):
    ns = []
    for t, si in zip(ts, s):
        g, si = t.update(g, si, p, **e)
        ns.append(si)
    return (g, ns)


def stateless(f):
    return transformation(lambda p: None, lambda g, s, p, **e: (f(g, p), None))


def scale(c):
    return stateless(lambda g, p: each(lambda x: c * x, g))


def descend(r, flip=True):
    m = -1 if flip else 1
    if callable(r):
        return transformation(lambda p: 0, lambda g, s, p, **e: (each(lambda x: m * r(s) * x, g), s + 1))
    return scale(m * r)


def decayed(wd=0.0, mask=None):
    return stateless(lambda g, p: {k: g[k] + (wd * p[k] if mask is None or mask[k] else 0) for k in g})


def scale_by_adam(b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, nesterov=False):

    def up(g, s, p, **e):
        m, v, c = s
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        c += 1
        if nesterov:
            mh = each(lambda m, g: b1 * m / (1 - b1 ** (c + 1)) + (1 - b1) * g / (1 - b1 ** c), m, g)
        else:
            mh = each(lambda m: m / (1 - b1 ** c), m)
        vh = each(lambda v: v / (1 - b2 ** c), v)
        return (each(lambda m, v: m / (np.sqrt(v + eps_root) + eps), mh, vh), (m, v, c))
    return transformation(lambda p: (zeros(p), zeros(p), 0), up)


def adam(learning_rate, **k):
    return chain(scale_by_adam(**k), descend(learning_rate))


def adamw(learning_rate, weight_decay=0.0001, mask=None, **k):
    return chain(scale_by_adam(**k), decayed(weight_decay, mask), descend(learning_rate))


def adagrad(learning_rate, initial_accumulator_value=0.1, eps=1e-07):

    def up(g, s, p, **e):
        s = each(lambda s, g: s + g * g, s, g)
        return (each(lambda s, g: np.where(s > 0, 1 / np.sqrt(s + eps), 0.0) * g, s, g), s)
    return chain(transformation(lambda p: each(lambda x: np.full_like(x, initial_accumulator_value), p), up), descend(learning_rate))


def adadelta(learning_rate=None, rho=0.9, eps=1e-06, weight_decay=0.0, weight_decay_mask=None):

    def up(g, s, p, **e):
        eg, ex = s
        eg = each(lambda a, g: rho * a + (1 - rho) * g * g, eg, g)
        u = each(lambda g, a, x: np.sqrt(x + eps) / np.sqrt(a + eps) * g, g, eg, ex)
        ex = each(lambda a, u: rho * a + (1 - rho) * u * u, ex, u)
        return (u, (eg, ex))
    return chain(decayed(weight_decay, weight_decay_mask), transformation(lambda p: (zeros(p), zeros(p)), up), descend(learning_rate))


def scale_by_adamax(b1=0.9, b2=0.999, eps=1e-08):

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g: np.maximum(np.abs(g) + eps, b2 * v), v, g)
        return (each(lambda m, v: m / (1 - b1 ** c) / v, m, v), (m, v, c))
    return transformation(lambda p: (zeros(p), zeros(p), 0), up)


def adamax(learning_rate, **k):
    return chain(scale_by_adamax(**k), descend(learning_rate))


def adamaxw(learning_rate, weight_decay=0.0001, mask=None, **k):
    return chain(scale_by_adamax(**k), decayed(weight_decay, mask), descend(learning_rate))


def adan(learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-08, eps_root=1e-08, weight_decay=0.0, mask=None):

    def up(g, s, p, **e):
        m, v, n, pg, t = s
        d = each(lambda g, q: g - q if t > 0 else 0 * g, g, pg)
        t += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, d: b2 * v + (1 - b2) * d, v, d)
        n = each(lambda n, g, d: b3 * n + (1 - b3) * (g + (1 - b2) * d) ** 2, n, g, d)
        u = each(lambda m, v, n: (m / (1 - b1 ** t) + (1 - b2) * v / (1 - b2 ** t)) / (np.sqrt(n / (1 - b3 ** t) + eps_root) + eps), m, v, n)
        return (u, (m, v, n, g, t))
    return chain(transformation(lambda p: (zeros(p), zeros(p), zeros(p), zeros(p), 0), up), decayed(weight_decay, mask), descend(learning_rate))


def amsgrad(learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0):

    def up(g, s, p, **e):
        m, v, mx, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        mx = each(lambda a, v: np.maximum(a, v / (1 - b2 ** c)), mx, v)
        return (each(lambda m, x: m / (1 - b1 ** c) / (np.sqrt(x + eps_root) + eps), m, mx), (m, v, mx, c))
    return chain(transformation(lambda p: (zeros(p), zeros(p), zeros(p), 0), up), descend(learning_rate))


def scale_by_belief(b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, nesterov=False):

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g, m: b2 * v + (1 - b2) * (g - m) ** 2 + eps_root, v, g, m)
        mh = each(lambda m, g: b1 * m / (1 - b1 ** (c + 1)) + (1 - b1) * g / (1 - b1 ** c), m, g) if nesterov else each(lambda m: m / (1 - b1 ** c), m)
        return (each(lambda m, v: m / (np.sqrt(v / (1 - b2 ** c)) + eps), mh, v), (m, v, c))
    return transformation(lambda p: (zeros(p), zeros(p), 0), up)


def adabelief(learning_rate, **k):
    return chain(scale_by_belief(**k), descend(learning_rate))


def scale_by_trust_ratio(min_norm=0.0, trust_coefficient=1.0, eps=0.0, mask=None):

    def f(g, p):
        out = {}
        for k in g:
            if mask is not None and (not mask[k]):
                out[k] = g[k]
                continue
            pn = max(np.linalg.norm(p[k]), min_norm)
            un = max(np.linalg.norm(g[k]), min_norm)
            out[k] = g[k] * (1.0 if pn == 0 or un == 0 else trust_coefficient * pn / (un + eps))
        return out
    return stateless(f)


def fromage(learning_rate, min_norm=1e-06):
    mult = 1 / np.sqrt(1 + learning_rate ** 2)
    return chain(scale_by_trust_ratio(min_norm), descend(learning_rate * mult), decayed(mult - 1))


def lamb(learning_rate, b1=0.9, b2=0.999, eps=1e-06, eps_root=0.0, weight_decay=0.0, mask=None):
    return chain(scale_by_adam(b1, b2, eps, eps_root), decayed(weight_decay, mask), scale_by_trust_ratio(), descend(learning_rate))


def trace(decay, nesterov=False):

    def up(g, s, p, **e):
        n = each(lambda g, t: g + decay * t, g, s)
        return (each(lambda g, t: g + decay * t, g, n) if nesterov else n, n)
    return transformation(zeros, up)


def lars(learning_rate, weight_decay=0.0, weight_decay_mask=None, trust_coefficient=0.001, eps=0.0, trust_ratio_mask=None, momentum=0.9, nesterov=False):
    return chain(decayed(weight_decay, weight_decay_mask), scale_by_trust_ratio(0.0, trust_coefficient, eps, trust_ratio_mask), descend(learning_rate), trace(momentum, nesterov))


def sgd(learning_rate, momentum=None, nesterov=False):
    return chain(*([trace(momentum, nesterov)] if momentum is not None else []), descend(learning_rate))


def rmsprop(learning_rate, decay=0.9, eps=1e-08, initial_scale=0.0, eps_in_sqrt=True, centered=False, momentum=None, nesterov=False, bias_correction=False):

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        v = each(lambda v, g: decay * v + (1 - decay) * g * g, v, g)
        m = each(lambda m, g: decay * m + (1 - decay) * g, m, g)
        bc = 1 - decay ** c if bias_correction else 1.0

        def f(g, m, v):
            w = v / bc - ((m / bc) ** 2 if centered else 0)
            return g / np.sqrt(w + eps) if eps_in_sqrt else g / (np.sqrt(w) + eps)
        return (each(f, g, m, v), (m, v, c))
    return chain(transformation(lambda p: (zeros(p), each(lambda x: np.full_like(x, initial_scale), p), 0), up), descend(learning_rate), *([trace(momentum, nesterov)] if momentum is not None else []))


def yogi(learning_rate, b1=0.9, b2=0.999, eps=0.001, eps_root=0.0, iav=1e-06):

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g: v - (1 - b2) * np.sign(v - g * g) * g * g, v, g)
        return (each(lambda m, v: m / (1 - b1 ** c) / (np.sqrt(v / (1 - b2 ** c) + eps_root) + eps), m, v), (m, v, c))
    f = lambda p: each(lambda x: np.full_like(x, iav), p)
    return chain(transformation(lambda p: (f(p), f(p), 0), up), descend(learning_rate))


def lion(learning_rate, b1=0.9, b2=0.99, weight_decay=0.001, mask=None):

    def up(g, m, p, **e):
        return (each(lambda g, m: np.sign((1 - b1) * g + b1 * m), g, m), each(lambda g, m: b2 * m + (1 - b2) * g, g, m))
    return chain(transformation(zeros, up), decayed(weight_decay, mask), descend(learning_rate))


def radam(learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, threshold=5.0, nesterov=False):
    ri = 2 / (1 - b2) - 1

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        ro = ri - 2 * c * b2 ** c / (1 - b2 ** c)
        mh = each(lambda m, g: b1 * m / (1 - b1 ** (c + 1)) + (1 - b1) * g / (1 - b1 ** c), m, g) if nesterov else each(lambda m: m / (1 - b1 ** c), m)
        if ro >= threshold:
            r = np.sqrt((ro - 4) * (ro - 2) * ri / ((ri - 4) * (ri - 2) * ro))
            u = each(lambda m, v: r * m / (np.sqrt(v / (1 - b2 ** c) + eps_root) + eps), mh, v)
        else:
            u = mh
        return (u, (m, v, c))
    return chain(transformation(lambda p: (zeros(p), zeros(p), 0), up), descend(learning_rate))


def novograd(learning_rate, b1=0.9, b2=0.25, eps=1e-06, eps_root=0.0, weight_decay=0.0):

    def up(g, s, p, **e):
        m, v, c = s
        n = each(lambda g: (g ** 2).sum(), g)
        v = n if c == 0 else each(lambda n, v: (1 - b2) * n + b2 * v, n, v)
        m = each(lambda m, g, v, p: b1 * m + g / (np.sqrt(v + eps_root) + eps) + weight_decay * p, m, g, v, p)
        return (m, (m, v, c + 1))
    return chain(transformation(lambda p: (zeros(p), None, 0), up), descend(learning_rate))


def optimistic_gradient_descent(learning_rate, alpha=1.0, beta=1.0):
    return chain(scale_by_optimistic_gradient(alpha, beta), descend(learning_rate))


def scale_by_optimistic_gradient(alpha, beta):
    return transformation(lambda p: None, lambda g, s, p, **e: (each(lambda g, q: (alpha + beta) * g - beta * q, g, g if s is None else s), g))


def optimistic_adam(learning_rate, optimism=None, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, nesterov=True):
    o = learning_rate if optimism is None else optimism
    return chain(scale_by_adam(b1, b2, eps, eps_root, nesterov), scale_by_optimistic_gradient(learning_rate, o), scale(-1.0))


def optimistic_adam_v2(learning_rate, alpha=1.0, beta=1.0, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, nesterov=True):
    return chain(scale_by_adam(b1, b2, eps, eps_root, nesterov), scale_by_optimistic_gradient(alpha, beta), descend(learning_rate))


def scale_by_factored_rms(factored=True, decay_rate=0.8, step_offset=0, min_dim_size_to_factor=128, eps=1e-30):

    def dims(sh):
        if not factored or len(sh) < 2:
            return None
        o = np.argsort(sh, kind='stable')
        if sh[o[-2]] < min_dim_size_to_factor:
            return None
        return (int(o[-2]), int(o[-1]))

    def init(p):
        st = {}
        for k, x in p.items():
            d = dims(x.shape)
            st[k] = (np.zeros(np.delete(x.shape, d[1])), np.zeros(np.delete(x.shape, d[0])), None) if d else (None, None, np.zeros_like(x))
        return (st, 0)

    def up(g, s, p, **e):
        st, c = s
        t = c - step_offset + 1.0
        dec = 1 - t ** (-decay_rate)
        ns = {}
        u = {}
        for k, x in g.items():
            q = x * x + eps
            d = dims(x.shape)
            r, cc, v = st[k]
            if d:
                d1, d0 = d
                r = dec * r + (1 - dec) * q.mean(axis=d0)
                cc = dec * cc + (1 - dec) * q.mean(axis=d1)
                rd1 = d1 - 1 if d1 > d0 else d1
                rm = r.mean(axis=rd1, keepdims=True)
                rf = (r / rm) ** (-0.5)
                cf = cc ** (-0.5)
                u[k] = x * np.expand_dims(rf, d0) * np.expand_dims(cf, d1)
                ns[k] = (r, cc, None)
            else:
                v = dec * v + (1 - dec) * q
                u[k] = x * v ** (-0.5)
                ns[k] = (None, None, v)
        return (u, (ns, c + 1))
    return transformation(init, up)


def clip_by_block_rms(th):
    return stateless(lambda g, p: each(lambda x: x / max(1.0, np.sqrt((x ** 2).mean()) / th), g))


def ema(decay, debias=True):

    def up(g, s, p, **e):
        m, c = s
        c += 1
        m = each(lambda m, g: decay * m + (1 - decay) * g, m, g)
        return (each(lambda m: m / (1 - decay ** c), m) if debias else m, (m, c))
    return transformation(lambda p: (zeros(p), 0), up)


def scale_by_param_block_rms(ms=0.001):
    return stateless(lambda g, p: each(lambda g, p: g * max(np.sqrt((p ** 2).mean()), ms), g, p))


def scale_by_param_block_norm(ms=0.001):
    return stateless(lambda g, p: each(lambda g, p: g * max(np.linalg.norm(p), ms), g, p))


def adafactor(learning_rate=None, min_dim_size_to_factor=128, decay_rate=0.8, decay_offset=0, multiply_by_parameter_scale=True, clipping_threshold=1.0, momentum=None, weight_decay_rate=None, eps=1e-30, factored=True, weight_decay_mask=None):
    t = [scale_by_factored_rms(factored, decay_rate, decay_offset, min_dim_size_to_factor, eps)]
    if clipping_threshold is not None:
        t.append(clip_by_block_rms(clipping_threshold))
    if learning_rate is not None:
        t.append(descend(learning_rate, False))
    if multiply_by_parameter_scale:
        t.append(scale_by_param_block_rms())
    if momentum is not None:
        t.append(ema(momentum, False))
    if weight_decay_rate is not None:
        t.append(decayed(weight_decay_rate, weight_decay_mask))
    return chain(*t, scale(-1.0))


def sm3(learning_rate, momentum=0.9):

    def init(p):
        return ({k: [np.zeros(n) for n in x.shape] for k, x in p.items()}, zeros(p))

    def up(g, s, p, **e):
        mu, nu = s
        u = {}
        nm = {}
        for k, x in g.items():
            ex = [np.reshape(m, [-1 if i == a else 1 for i in range(x.ndim)]) for a, m in enumerate(mu[k])]
            acc = None
            for q in ex:
                acc = q if acc is None else np.minimum(acc, q)
            a = (0 if acc is None else acc) * np.ones_like(x) + x * x
            u[k] = np.where(a > 0, 1 / np.sqrt(np.where(a > 0, a, 1) + 1e-08), 0) * x
            nm[k] = [a.max(axis=tuple((j for j in range(x.ndim) if j != i))) for i in range(x.ndim)]
        nu = each(lambda n, u: momentum * n + (1 - momentum) * u, nu, u)
        return (nu, (nm, nu))
    return chain(transformation(init, up), descend(learning_rate))


def clip(d):
    return stateless(lambda g, p: each(lambda x: np.clip(x, -d, d), g))


def clip_by_global_norm(m):

    def f(g, p):
        n = global_norm(g)
        return g if n < m else each(lambda x: x / n * m, g)
    return stateless(f)


def adaptive_grad_clip(c, eps=0.001):

    def un(x):
        if x.ndim <= 1:
            return np.linalg.norm(x)
        if x.ndim == 2:
            return np.linalg.norm(x, axis=0, keepdims=True)

    def f(g, p):

        def one(g, p):
            gN = un(g)
            mx = c * np.maximum(un(p), eps)
            return np.where(gN < mx, g, g * (mx / np.maximum(gN, 1e-06)))
        return each(one, g, p)
    return stateless(f)


def normalize_by_update_norm(scale_factor=1.0, eps=1e-06):
    return stateless(lambda g, p: each(lambda x: x * scale_factor / (global_norm(g) + eps), g))


def apply_every(k):

    def up(g, s, p, **e):
        a, c = s
        a = each(lambda g, a: g + (a if c % k != 0 else 0), g, a)
        em = c % k == k - 1
        return (each(lambda x: x * em, a), (a, (c + 1) % k))
    return transformation(lambda p: (zeros(p), 0), up)


def keep_params_nonnegative():
    return stateless(lambda g, p: each(lambda p, u: np.where(p + u < 0, -p, u), p, g))


def multi_steps(inner, k, mean=True):

    def up(g, s, p, **e):
        st, acc, c = s
        acc = each(lambda a, g: a + (g - a) / (c + 1) if mean else a + g, acc, g)
        if c == k - 1:
            u, st = inner.update(acc, st, p)
            return (u, (st, zeros(acc), 0))
        return (zeros(g), (st, acc, c + 1))
    return transformation(lambda p: (inner.init(p), zeros(p), 0), up)


def sign_sgd(learning_rate):
    return chain(stateless(lambda g, p: each(np.sign, g)), descend(learning_rate))


def schedule_free(base, learning_rate, b1=0.9, weight_lr_power=2.0):

    def up(g, s, p, **e):
        z, ws, st, mx, c = s
        r = learning_rate(c) if callable(learning_rate) else learning_rate
        mx = max(mx, r)
        w = mx ** weight_lr_power
        ws += w
        ck = w / ws if ws != 0 else 0.0
        bu, st = base.update(g, st, p)
        nz = each(lambda p, u: p + u, z, bu)
        px = each(lambda y, z: (y - (1 - b1) * z) / b1, p, z)
        nx = each(lambda x, z: (1 - ck) * x + ck * z, px, nz)
        ny = each(lambda x, z: b1 * x + (1 - b1) * z, nx, nz)
        return (each(lambda a, b: a - b, ny, p), (nz, ws, st, mx, c + 1))
    return transformation(lambda p: (p, 0.0, base.init(p), 0.0, 0), up)
def value_of(p):
    return sum(((x - 1) ** 2).sum() for x in p.values())


# Curvatures of the loss whose Hessian sophia estimates: that of entry i is i + 1.
curvatures = lambda x: np.arange(1.0, x.size + 1).reshape(x.shape)
dots = lambda a, b: sum((a[k] * b[k]).sum() for k in a)
ones_norm = lambda a: sum(np.abs(a[k]).sum() for k in a)


def scale_by_ademamix(b1=0.9, b2=0.999, b3=0.9999, alpha=6.0, eps=1e-08, eps_root=0.0):

    def up(g, s, p, **e):
        m, slow, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        slow = each(lambda m, g: b3 * m + (1 - b3) * g, slow, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        u = each(lambda m, s, v: (m / (1 - b1 ** c) + alpha * s) / (np.sqrt(v / (1 - b2 ** c) + eps_root) + eps), m, slow, v)
        return (u, (m, slow, v, c))
    return transformation(lambda p: (zeros(p), zeros(p), zeros(p), 0), up)


def ademamix(learning_rate, weight_decay=0.0, mask=None, **k):
    return chain(scale_by_ademamix(**k), decayed(weight_decay, mask), descend(learning_rate))


def simplified_ademamix(learning_rate, b1=0.99, b2=0.95, alpha=0.0, eps=1e-08, eps_root=0.0, weight_decay=0.0, mask=None):

    def up(g, s, p, **e):
        m, v, c = s
        c += 1
        m = each(lambda m, g: b1 * m + g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        return (each(lambda g, m, v: (alpha * g + m) / (np.sqrt(v / (1 - b2 ** c) + eps_root) + eps), g, m, v), (m, v, c))
    return chain(transformation(lambda p: (zeros(p), zeros(p), 0), up), decayed(weight_decay, mask), descend(learning_rate))


def adopt(learning_rate, b1=0.9, b2=0.9999, eps=1e-06, nesterov=False, clipping=True):

    def up(g, s, p, **e):
        m, v, c = s
        if c == 0:
            return (zeros(g), (m, each(lambda g: g * g, g), 1))
        x = each(lambda g, v: g / np.maximum(np.sqrt(v), eps), g, v)
        if clipping:
            x = each(lambda x: np.clip(x, -c ** 0.25, c ** 0.25), x)
        m = each(lambda m, x: b1 * m + (1 - b1) * x, m, x)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        u = each(lambda m, x: b1 * m + (1 - b1) * x, m, x) if nesterov else m
        return (u, (m, v, c + 1))
    return chain(transformation(lambda p: (zeros(p), zeros(p), 0), up), descend(learning_rate))


def acprop(learning_rate, b1=0.9, b2=0.999, eps=1e-16):

    def up(g, s, p, **e):
        m, v, c = s
        u = each(lambda g, v: g / ((np.sqrt(v / (1 - b2 ** c)) if c > 0 else 1) + eps), g, v)
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = each(lambda v, g, m: b2 * v + (1 - b2) * (g - m) ** 2, v, g, m)
        return (u, (m, v, c + 1))
    return chain(transformation(lambda p: (zeros(p), zeros(p), 0), up), descend(learning_rate))


def cocob(learning_rate=1.0, alpha=100.0, eps=1e-08, weight_decay=0.0, mask=None):

    def up(g, s, p, **e):
        x0, L, G, reward, theta = s
        L = each(lambda L, g: np.maximum(L, np.abs(g)), L, g)
        G = each(lambda G, g: G + np.abs(g), G, g)
        reward = each(lambda r, g, p, x: np.maximum(r - g * (p - x), 0), reward, g, p, x0)
        theta = each(lambda t, g: t - g, theta, g)
        goal = each(lambda x, t, L, G, r: x + t / (L * np.maximum(G + L, alpha * L)) * (L + r), x0, theta, L, G, reward)
        return (each(lambda a, p: a - p, goal, p), (x0, L, G, reward, theta))
    start = lambda p: (p, each(lambda x: np.full_like(x, eps), p), zeros(p), zeros(p), zeros(p))
    return chain(decayed(weight_decay, mask), transformation(start, up), descend(learning_rate, False))


def prodigy(learning_rate=1.0, b1=0.9, b2=0.999, b3=None, eps=1e-08, d0=1e-06, coef=1.0, weight_decay=0.0, warmup=False):
    b3 = np.sqrt(b2) if b3 is None else b3

    def up(g, s, p, **e):
        m, v, a, x0, d, r, c = s
        rate = learning_rate(c) if callable(learning_rate) else learning_rate
        c += 1
        now = d * rate * np.sqrt(1 - b2 ** c) / (1 - b1 ** c)
        m = each(lambda m, g: b1 * m + (1 - b1) * d * g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * (d * g) ** 2, v, g)
        r = b3 * r + d / d0 * now * dots(g, each(lambda x, p: x - p, x0, p))
        a = each(lambda a, g: b3 * a + (d if warmup else now) / d0 * d * g, a, g)
        size = ones_norm(a)
        d = max(d, coef * r / size) if size > 0 else d
        u = each(lambda p, m, v: -now * (m / (np.sqrt(v) + d * eps) + weight_decay * p), p, m, v)
        return (u, (m, v, a, x0, d, r, c))
    return transformation(lambda p: (zeros(p), zeros(p), zeros(p), p, d0, 0.0, 0), up)


def dadapt_adamw(learning_rate=1.0, b1=0.9, b2=0.999, eps=1e-08, d0=1e-06, weight_decay=0.0):
    b3 = np.sqrt(b2)

    def up(g, s, p, **e):
        m, v, a, d, r, c = s
        rate = learning_rate(c) if callable(learning_rate) else learning_rate
        c += 1
        now = d * rate * np.sqrt(1 - b2 ** c) / (1 - b1 ** c)
        r = b3 * r + (1 - b3) * now * dots(g, each(lambda a, v: a / (np.sqrt(v) + eps), a, v))
        m = each(lambda m, g: b1 * m + (1 - b1) * now * g, m, g)
        v = each(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        a = each(lambda a, g: b3 * a + (1 - b3) * now * g, a, g)
        size = ones_norm(a)
        d = max(d, r / ((1 - b3) * size)) if size > 0 else d
        return (each(lambda p, m, v: -m / (np.sqrt(v) + eps) - weight_decay * now * p, p, m, v), (m, v, a, d, r, c))
    return transformation(lambda p: (zeros(p), zeros(p), zeros(p), d0, 0.0, 0), up)


def dog(learning_rate=1.0, kind='heuristic', first=1e-06, eps=1e-08, weight_decay=0.0, mask=None):

    def init(p):
        return (p, {'heuristic': first * (1 + global_norm(p)), 'distance': first, 'learning_rate': 0.0}[kind], 0.0, 0)

    def up(g, s, p, **e):
        x0, far, total, c = s
        far = max(far, global_norm(each(lambda p, x: p - x, p, x0)))
        total += dots(g, g)
        rate = first if kind == 'learning_rate' and c == 0 else far / np.sqrt(total + eps)
        return (each(lambda g: rate * g, g), (x0, far, total, c + 1))
    return chain(decayed(weight_decay, mask), transformation(init, up), descend(learning_rate))


def dowg(learning_rate=1.0, first=None, eps=0.0001, weight_decay=0.0, mask=None):

    def up(g, s, p, **e):
        x0, far, total = s
        way = each(lambda p, x: p - x, p, x0)
        far = max(far, dots(way, way))
        total += far * dots(g, g)
        return (each(lambda g: far / (np.sqrt(total) + eps) * g, g), (x0, far, total))
    return chain(decayed(weight_decay, mask), transformation(lambda p: (p, eps if first is None else first, 0.0), up), descend(learning_rate))


def distance_over_gradients(rel=1e-06, eps=1e-08, factor=1.0):

    def up(g, s, p, **e):
        x0, far, total = s
        far = each(lambda r, p, x: max(r, np.sqrt(((p - x) ** 2).sum())), far, p, x0)
        total = each(lambda t, g: t + (g ** 2).sum(), total, g)
        return (each(lambda g, r, t: factor * r / np.sqrt(t + eps) * g, g, far, total), (x0, far, total))
    return transformation(lambda p: (p, each(lambda x: rel * (1 + np.sqrt((x ** 2).sum())), p), each(lambda x: 0.0, p)), up)


def momo(learning_rate=1.0, beta=0.9, lower_bound=0.0, weight_decay=0.0, adapt=False, adam=None, eps=1e-08):
    """With adam = b2 the norm is Adam's, and means begin at zero."""

    def up(g, s, p, **e):
        d, v, f, gamma, bound, c = s
        rate = learning_rate(c) if callable(learning_rate) else learning_rate
        c += 1
        b = beta if adam or c > 1 else 0.0
        rho = 1 - beta ** c if adam else 1.0
        d = each(lambda d, g: b * d + (1 - b) * g, d, g)
        f = b * f + (1 - b) * e['value']
        gamma = b * gamma + (1 - b) * dots(g, p)
        along = d
        if adam:
            v = each(lambda v, g: adam * v + (1 - adam) * g * g, v, g)
            along = each(lambda d, v: d / (np.sqrt(v / (1 - adam ** c)) + eps), d, v)
        inside, square = (dots(d, p), dots(d, along))
        pull = 1 + rate * weight_decay
        h = pull * (f - gamma) + inside
        if adapt and h < pull * rho * bound:
            bound = max(h / (2 * rho * pull), lower_bound)
        tau = min(rate / rho, max(h - pull * rho * bound, 0) / square)
        if adapt:
            bound = max((f - gamma + inside - tau * square / 2) / rho, lower_bound)
        return (each(lambda p, a: p / pull - p - tau * a, p, along), (d, v, f, gamma, bound, c))
    return transformation(lambda p: (zeros(p), zeros(p), 0.0, 0.0, lower_bound, 0), up)


def madgrad(learning_rate, momentum=0.9, weight_decay=0.0, eps=1e-06):

    def up(g, s, p, **e):
        x0, a, v, c = s
        weight = (learning_rate(c) if callable(learning_rate) else learning_rate) * np.sqrt(c + 1)
        g = each(lambda g, p: g + weight_decay * p, g, p)
        a = each(lambda a, g: a + weight * g, a, g)
        v = each(lambda v, g: v + weight * g * g, v, g)
        z = each(lambda x, a, v: x - a / (np.cbrt(v) + eps), x0, a, v)
        return (each(lambda z, p: (1 - momentum) * (z - p), z, p), (x0, a, v, c + 1))
    return transformation(lambda p: (p, zeros(p), zeros(p), 0), up)


def orthogonalized(x, coeffs, steps, eps):
    a, b, c = coeffs
    y = x.T if x.shape[0] > x.shape[1] else x
    y = y / (np.linalg.norm(y) + eps)
    for _ in range(steps):
        s = y @ y.T
        y = a * y + (b * s + c * s @ s) @ y
    return y.T if x.shape[0] > x.shape[1] else y


def muon(learning_rate, coeffs=(3.4445, -4.775, 2.0315), steps=5, beta=0.95, eps=1e-08, nesterov=True, adaptive=False, weight_decay=0.0, adam_b1=0.9, adam_b2=0.999, adam_eps_root=0.0, adam_weight_decay=0.0, adam_learning_rate=None, consistent_rms=None):
    other = adamw(learning_rate if adam_learning_rate is None else adam_learning_rate, adam_weight_decay, b1=adam_b1, b2=adam_b2, eps=eps, eps_root=adam_eps_root, nesterov=nesterov)
    flat = lambda t: {k: x for k, x in t.items() if x.ndim != 2}

    def up(g, s, p, **e):
        m, rest, c = s
        c += 1
        u, rest = other.update(flat(g), rest, flat(p))
        u = dict(u)
        for k in m:
            m[k] = beta * m[k] + (1 - beta) * g[k]
            mh = beta * m[k] / (1 - beta ** (c + 1)) + (1 - beta) * g[k] / (1 - beta ** c) if nesterov else m[k] / (1 - beta ** c)
            o = orthogonalized(mh, coeffs, steps, eps)
            if adaptive:
                o = o * (mh * o).sum()
            rows, columns = o.shape
            o = o * (np.sqrt(max(1, columns / rows)) if consistent_rms is None else np.sqrt(max(o.shape)) * consistent_rms)
            u[k] = -learning_rate * (o + weight_decay * p[k])
        return (u, (m, rest, c))
    return transformation(lambda p: ({k: np.zeros_like(x) for k, x in p.items() if x.ndim == 2}, other.init(flat(p)), 0), up)


def polyak_sgd(scaling=1.0, max_learning_rate=1.0, f_min=0.0, eps=0.0, plus=False):

    def up(g, s, p, **e):
        g = each(lambda g: -scaling * g, g)
        gap = e['value'] - f_min
        step = min((max(gap, 0) if plus else gap) / (dots(g, g) + eps), max_learning_rate)
        return (each(lambda g: step * g, g), s)
    return transformation(lambda p: None, up)


def rprop(learning_rate, eta_minus=0.5, eta_plus=1.2, least=1e-06, most=50.0):
    """Each element's step grows while its sign keeps and shrinks where it turns, and is taken one call late."""

    def up(g, s, p, **e):
        sizes, before = s
        turn = each(lambda g, b: np.sign(g * b), g, before)
        factor = each(lambda t: np.where(t > 0, eta_plus, eta_minus), turn)
        sizes = each(lambda z, f, t: np.where(t == 0, z, np.clip(z * f, least, most)), sizes, factor, turn)
        late = each(lambda z, g, t: np.where(t < 0, 0, z * np.sign(g)), sizes, g, turn)
        return (each(lambda b, t: np.where(t < 0, 0, -b), before, turn), (sizes, late))
    return transformation(lambda p: (each(lambda x: np.full_like(x, learning_rate), p), zeros(p)), up)


def sophia(learning_rate, b1=0.965, b2=0.99, eps=1e-08, gamma=0.01, clip_threshold=1.0, every=10, weight_decay=0.0001, mask=None):

    def up(g, s, p, **e):
        m, h, c, n = s
        m = each(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        if c % every == 0:
            h = each(lambda h, p: b2 * h + (1 - b2) * curvatures(p), h, p)
            n += 1
        c += 1
        u = each(lambda m, h: np.clip(m / (1 - b1 ** c) / np.maximum(gamma * h / (1 - b2 ** n), eps), -clip_threshold, clip_threshold), m, h)
        return (u, (m, h, c, n))
    return chain(transformation(lambda p: (zeros(p), zeros(p), 0, 0), up), decayed(weight_decay, mask), descend(learning_rate))


def sam(outer, climb, period=2, reset=True):

    def up(g, s, p, **e):
        o, a, home, c = s
        home = p if c == 0 else home
        if c == period - 1:
            u, o = outer.update(g, o, home)
            return (each(lambda h, p, u: h + u - p, home, p, u), (o, climb.init(p) if reset else a, home, 0))
        u, a = climb.update(g, a, p)
        return (each(lambda u: -u, u), (o, a, home, c + 1))
    return transformation(lambda p: (outer.init(p), climb.init(p), p, 0), up)


def mechanize(base, weight_decay=0.01, eps=1e-08, s0=1e-06, n=6):
    b = 1 - 0.1 ** np.arange(1, n + 1)

    def up(g, s, p, **e):
        inner, r, m, v, s, x0 = s
        u, inner = base.update(g, inner, p)
        total = s.sum()
        way = each(lambda p, x: (p - x) / (total + eps), p, x0)
        pull = weight_decay * global_norm(g) / (global_norm(p) + eps)
        h = dots(way, each(lambda g, p: g + pull * p, g, p))
        m = np.maximum(b * m, abs(h) + eps)
        v = b ** 2 * v + h ** 2
        r = np.maximum(b * r - s * h, 0)
        s = (s0 / n * m + r) / (np.sqrt(v) + eps)
        return (each(lambda x, d, u, p: x + s.sum() * (d + u) - p, x0, way, u, p), (inner, r, m, v, s, x0))
    nothing = np.zeros(n)
    return transformation(lambda p: (base.init(p), nothing, nothing, nothing, np.full(n, s0 / n), p), up)


def normalize():
    return stateless(lambda g, p: each(lambda x: x / global_norm(g), g))


class Lookahead:
    """The recorded parameters are the fast ones, gradients are taken there."""

    def __init__(self, fast, period, slow_step, reset):
        self.fast, self.period, self.slow_step, self.reset = (fast, period, slow_step, reset)

    def init(self, p):
        return (self.fast.init(p), p, 0)

    def update(self, g, s, p, **e):
        inner, slow, c = s
        u, inner = self.fast.update(g, inner, p)
        if c + 1 < self.period:
            return (u, (inner, slow, c + 1))
        slow = each(lambda p, u, s: s + self.slow_step * (p + u - s), p, u, slow)
        inner = self.fast.init(p) if self.reset else inner
        return (each(lambda s, p: s - p, slow, p), (inner, slow, 0))


mask = {'b': False, 's': True, 'w': True}
cases = []


def case(js, opt, t):
    cases.append((js, opt, t))
RATE = 0.05
for o in [{}, {'b1': 0.8, 'b2': 0.95, 'eps': 0.001, 'epsRoot': 0.0001}, {'nesterov': True}]:
    py = {{'epsRoot': 'eps_root'}.get(k, k): v for k, v in o.items()}
    case('adam', {'learningRate': RATE, **o}, adam(RATE, **py))
    case('adamw', {'learningRate': RATE, 'weightDecay': 0.1, 'mask': mask, **o}, adamw(RATE, 0.1, mask, **py))
    if 'eps' not in o:
        case('adabelief', {'learningRate': RATE, **o}, adabelief(RATE, **py))
    case('radam', {'learningRate': RATE, **o}, radam(RATE, **py))
    case('radam', {'learningRate': RATE, **o, 'b2': 0.9}, radam(RATE, **{**py, 'b2': 0.9}))
case('adabelief', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.95, 'eps': 0.001, 'epsRoot': 0.0001}, adabelief(RATE, b1=0.8, b2=0.95, eps=0.001, eps_root=0.0001))
case('nadam', {'learningRate': RATE}, adam(RATE, nesterov=True))
case('nadamw', {'learningRate': RATE, 'weightDecay': 0.02}, adamw(RATE, 0.02, nesterov=True))
case('adamw', {'learningRate': RATE}, adamw(RATE))
case('adagrad', {'learningRate': RATE}, adagrad(RATE))
case('adagrad', {'learningRate': RATE, 'initialAccumulatorValue': 0, 'eps': 0.001}, adagrad(RATE, 0.0, 0.001))
case('adadelta', {'learningRate': 1}, adadelta(1.0))
case('adadelta', {'learningRate': 0.5, 'rho': 0.8, 'eps': 0.0001, 'weightDecay': 0.1, 'weightDecayMask': mask}, adadelta(0.5, 0.8, 0.0001, 0.1, mask))
case('adamax', {'learningRate': RATE}, adamax(RATE))
case('adamax', {'learningRate': RATE, 'b1': 0.7, 'b2': 0.9, 'eps': 0.01}, adamax(RATE, b1=0.7, b2=0.9, eps=0.01))
case('adamaxw', {'learningRate': RATE, 'weightDecay': 0.1, 'mask': mask}, adamaxw(RATE, 0.1, mask))
case('adan', {'learningRate': RATE}, adan(RATE))
case('adan', {'learningRate': RATE, 'b1': 0.9, 'b2': 0.8, 'b3': 0.95, 'eps': 0.001, 'epsRoot': 0.0001, 'weightDecay': 0.1}, adan(RATE, 0.9, 0.8, 0.95, 0.001, 0.0001, 0.1))
case('amsgrad', {'learningRate': RATE}, amsgrad(RATE))
case('amsgrad', {'learningRate': RATE, 'b1': 0.5, 'b2': 0.6, 'eps': 0.001, 'epsRoot': 0.0001}, amsgrad(RATE, 0.5, 0.6, 0.001, 0.0001))
case('fromage', {'learningRate': RATE}, fromage(RATE))
case('fromage', {'learningRate': RATE, 'minNorm': 2}, fromage(RATE, 2.0))
case('lamb', {'learningRate': RATE}, lamb(RATE))
case('lamb', {'learningRate': RATE, 'weightDecay': 0.1, 'mask': mask, 'b1': 0.8}, lamb(RATE, b1=0.8, weight_decay=0.1, mask=mask))
case('lars', {'learningRate': RATE}, lars(RATE))
case('lars', {'learningRate': RATE, 'weightDecay': 0.1, 'weightDecayMask': mask, 'trustRatioMask': mask, 'trustCoefficient': 0.1, 'eps': 0.01, 'momentum': 0.8, 'nesterov': True}, lars(RATE, 0.1, mask, 0.1, 0.01, mask, 0.8, True))
for o in [{}, {'momentum': 0.9}, {'momentum': 0.9, 'nesterov': True}, {'momentum': 0}]:
    case('sgd', {'learningRate': RATE, **o}, sgd(RATE, **o))
for o in [{}, {'decay': 0.8, 'eps': 0.001, 'initialScale': 1}, {'epsInSqrt': False}, {'centered': True, 'eps': 0.001}, {'momentum': 0.9, 'nesterov': True}, {'biasCorrection': True}, {'centered': True, 'epsInSqrt': False, 'biasCorrection': True, 'momentum': 0.5, 'eps': 0.01}]:
    py = {{'initialScale': 'initial_scale', 'epsInSqrt': 'eps_in_sqrt', 'biasCorrection': 'bias_correction'}.get(k, k): v for k, v in o.items()}
    case('rmsprop', {'learningRate': RATE, **o}, rmsprop(RATE, **py))
case('yogi', {'learningRate': RATE}, yogi(RATE))
case('yogi', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.9, 'eps': 0.01}, yogi(RATE, 0.8, 0.9, 0.01))
case('lion', {'learningRate': RATE}, lion(RATE))
case('lion', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.9, 'weightDecay': 0.1, 'mask': mask}, lion(RATE, 0.8, 0.9, 0.1, mask))
case('novograd', {'learningRate': RATE}, novograd(RATE))
case('novograd', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.9, 'eps': 0.01, 'epsRoot': 0.001, 'weightDecay': 0.1}, novograd(RATE, 0.8, 0.9, 0.01, 0.001, 0.1))
case('optimisticGradientDescent', {'learningRate': RATE}, optimistic_gradient_descent(RATE))
case('optimisticGradientDescent', {'learningRate': RATE, 'alpha': 0.5, 'beta': 0.3}, optimistic_gradient_descent(RATE, 0.5, 0.3))
case('optimisticAdam', {'learningRate': RATE}, optimistic_adam(RATE))
case('optimisticAdam', {'learningRate': RATE, 'optimism': 0.3, 'nesterov': False}, optimistic_adam(RATE, 0.3, nesterov=False))
case('optimisticAdamV2', {'learningRate': RATE}, optimistic_adam_v2(RATE))
case('optimisticAdamV2', {'learningRate': RATE, 'alpha': 0.7, 'beta': 0.2, 'nesterov': False}, optimistic_adam_v2(RATE, 0.7, 0.2, nesterov=False))
for o in [{'learningRate': RATE}, {'learningRate': RATE, 'minDimSizeToFactor': 2}, {'learningRate': RATE, 'minDimSizeToFactor': 2, 'multiplyByParameterScale': False, 'clippingThreshold': None, 'momentum': 0.9, 'weightDecayRate': 0.01, 'decayRate': 0.7}, {'learningRate': RATE, 'factored': False, 'eps': 0.001}, {}]:
    mp = {'learningRate': 'learning_rate', 'minDimSizeToFactor': 'min_dim_size_to_factor', 'multiplyByParameterScale': 'multiply_by_parameter_scale', 'clippingThreshold': 'clipping_threshold', 'weightDecayRate': 'weight_decay_rate', 'decayRate': 'decay_rate'}
    case('adafactor', o, adafactor(**{mp.get(k, k): v for k, v in o.items()}))
case('sm3', {'learningRate': RATE}, sm3(RATE))
case('sm3', {'learningRate': RATE, 'momentum': 0.5}, sm3(RATE, 0.5))
case('signSgd', {'learningRate': RATE}, sign_sgd(RATE))


def downhill(t):
    return chain(t, scale(-RATE))
case('chain:clip', [0.2], downhill(clip(0.2)))
case('chain:clipByGlobalNorm', [0.5], downhill(clip_by_global_norm(0.5)))
case('chain:clipByBlockRms', [0.2], downhill(clip_by_block_rms(0.2)))
case('chain:adaptiveGradClip', [{'clipping': 0.1}], downhill(adaptive_grad_clip(0.1)))
case('chain:adaptiveGradClip', [{'clipping': 0.5, 'eps': 1.0}], downhill(adaptive_grad_clip(0.5, 1.0)))
case('chain:ema', [{'decay': 0.9}], downhill(ema(0.9)))
case('chain:ema', [{'decay': 0.5, 'debias': False}], downhill(ema(0.5, False)))
case('chain:normalizeByUpdateNorm', [{}], downhill(normalize_by_update_norm()))
case('chain:normalizeByUpdateNorm', [{'scaleFactor': 2, 'eps': 0.1}], downhill(normalize_by_update_norm(2.0, 0.1)))
case('chain:scaleByParamBlockNorm', [{'minScale': 0.5}], downhill(scale_by_param_block_norm(0.5)))
case('chain:scaleByParamBlockRms', [{'minScale': 0.5}], downhill(scale_by_param_block_rms(0.5)))
case('chain:scaleByTrustRatio', [{'minNorm': 1, 'trustCoefficient': 0.5, 'eps': 0.1}], downhill(scale_by_trust_ratio(1.0, 0.5, 0.1)))
case('chain:applyEvery', [3], downhill(apply_every(3)))
case('post:keepParamsNonnegative', [], chain(scale(-RATE), keep_params_nonnegative()))
case('multi', {'k': 3}, multi_steps(adam(RATE), 3))
case('multi', {'k': 4, 'useGradMean': False}, multi_steps(adam(RATE), 4, False))
case('scheduleFreeSgd', {'learningRate': RATE}, schedule_free(sgd(RATE), RATE, 0.9, 2.0))
MASK = {'weightDecay': 0.1, 'mask': mask}
case('ademamix', {'learningRate': RATE}, ademamix(RATE))
case('ademamix', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.95, 'b3': 0.99, 'alpha': 2, 'eps': 0.001, 'epsRoot': 0.0001, **MASK}, ademamix(RATE, 0.1, mask, b1=0.8, b2=0.95, b3=0.99, alpha=2, eps=0.001, eps_root=0.0001))
case('simplifiedAdemamix', {'learningRate': 0.01}, simplified_ademamix(0.01))
case('simplifiedAdemamix', {'learningRate': 0.01, 'b1': 0.9, 'b2': 0.8, 'alpha': 0.5, 'eps': 0.001, 'epsRoot': 0.0001, **MASK}, simplified_ademamix(0.01, 0.9, 0.8, 0.5, 0.001, 0.0001, 0.1, mask))
case('adopt', {'learningRate': RATE}, adopt(RATE))
case('adopt', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.9, 'eps': 0.2, 'nesterov': True, 'useClipping': False}, adopt(RATE, 0.8, 0.9, 0.2, True, False))
case('acprop', {'learningRate': RATE}, acprop(RATE))
case('acprop', {'learningRate': RATE, 'b1': 0.8, 'b2': 0.9, 'eps': 0.01}, acprop(RATE, 0.8, 0.9, 0.01))
case('cocob', {}, cocob())
case('cocob', {'learningRate': 0.5, 'alpha': 3, 'eps': 0.1, **MASK}, cocob(0.5, 3, 0.1, 0.1, mask))
case('prodigy', {'estimLr0': 0.01}, prodigy(d0=0.01))
case('prodigy', {'learningRate': 0.5, 'betas': [0.8, 0.9], 'beta3': 0.7, 'eps': 0.001, 'estimLr0': 0.1, 'estimLrCoef': 0.5, 'weightDecay': 0.1, 'safeguardWarmup': True}, prodigy(0.5, 0.8, 0.9, 0.7, 0.001, 0.1, 0.5, 0.1, True))
case('dadaptAdamw', {'estimLr0': 0.01}, dadapt_adamw(d0=0.01))
case('dadaptAdamw', {'learningRate': 0.5, 'betas': [0.8, 0.9], 'eps': 0.001, 'estimLr0': 0.1, 'weightDecay': 0.1}, dadapt_adamw(0.5, 0.8, 0.9, 0.001, 0.1, 0.1))
case('dog', {}, dog())
case('dog', {'learningRate': 0.5, 'initStep': ['distance', 0.1], 'eps': 0.1, **MASK}, dog(0.5, 'distance', 0.1, 0.1, 0.1, mask))
case('dog', {'initStep': ['learning_rate', 0.01]}, dog(1.0, 'learning_rate', 0.01))
case('dowg', {}, dowg())
case('dowg', {'learningRate': 0.5, 'initEstimSqDist': 0.01, 'eps': 0.1, **MASK}, dowg(0.5, 0.01, 0.1, 0.1, mask))
case('momo', {}, momo())
case('momo', {'learningRate': 0.02, 'beta': 0.8, 'lowerBound': 0.5, 'weightDecay': 0.1}, momo(0.02, 0.8, 0.5, 0.1))
case('momo', {'learningRate': 0.3, 'adaptLowerBound': True, 'lowerBound': -50, 'weightDecay': 0.1}, momo(0.3, 0.9, -50.0, 0.1, True))
case('momoAdam', {}, momo(0.01, adam=0.999))
case('momoAdam', {'learningRate': 0.5, 'b1': 0.8, 'b2': 0.9, 'eps': 0.01, 'weightDecay': 0.1, 'adaptLowerBound': True, 'lowerBound': -50}, momo(0.5, 0.8, -50.0, 0.1, True, 0.9, 0.01))
case('madgrad', {'learningRate': RATE}, madgrad(RATE))
case('madgrad', {'learningRate': RATE, 'momentum': 0.5, 'weightDecay': 0.1, 'eps': 0.01}, madgrad(RATE, 0.5, 0.1, 0.01))
case('muon', {'learningRate': RATE}, muon(RATE))
case('muon', {'learningRate': RATE, 'nsCoeffs': [2, -1.5, 0.5], 'nsSteps': 2, 'beta': 0.8, 'eps': 0.01, 'nesterov': False, 'adaptive': True, 'weightDecay': 0.1, 'adamB1': 0.8, 'adamB2': 0.9, 'adamEpsRoot': 0.001, 'adamWeightDecay': 0.2, 'adamLearningRate': 0.01, 'consistentRms': 0.2}, muon(RATE, (2, -1.5, 0.5), 2, 0.8, 0.01, False, True, 0.1, 0.8, 0.9, 0.001, 0.2, 0.01, 0.2))
case('polyakSgd', {}, polyak_sgd())
case('polyakSgd', {'scaling': 0.5, 'maxLearningRate': 0.7, 'fMin': 8, 'eps': 0.5, 'variant': 'sps+'}, polyak_sgd(0.5, 0.7, 8.0, 0.5, True))
case('rprop', {'learningRate': RATE}, rprop(RATE))
case('rprop', {'learningRate': RATE, 'etaMinus': 0.3, 'etaPlus': 2, 'minStepSize': 0.03, 'maxStepSize': 0.15}, rprop(RATE, 0.3, 2.0, 0.03, 0.15))
case('sophia', {'learningRate': RATE, 'key': 0}, sophia(RATE))
case('sophia', {'learningRate': RATE, 'key': 0, 'b1': 0.8, 'b2': 0.9, 'eps': 0.3, 'gamma': 0.2, 'clipThreshold': 0.4, 'updateInterval': 4, **MASK}, sophia(RATE, 0.8, 0.9, 0.3, 0.2, 0.4, 4, 0.1, mask))
case('chain:scaleByDistanceOverGradients', [{'repsRel': 0.1, 'eps': 0.1, 'globalScale': 2}], downhill(distance_over_gradients(0.1, 0.1, 2.0)))
case('chain:normalize', [], downhill(normalize()))
case('mechanize', {}, mechanize(adam(RATE)))
case('mechanize', {'weightDecay': 0.1, 'eps': 0.001, 'sInit': 0.1, 'numBetas': 2}, mechanize(adam(RATE), 0.1, 0.001, 0.1, 2))
case('sam', {}, sam(adam(RATE), chain(normalize(), sgd(RATE, 0.9))))
case('sam', {'syncPeriod': 3, 'resetState': False}, sam(adam(RATE), chain(normalize(), sgd(RATE, 0.9)), 3, False))
case('lookahead', {'syncPeriod': 4, 'slowStepSize': 0.5}, Lookahead(adam(RATE), 4, 0.5, False))
case('lookahead', {'syncPeriod': 3, 'slowStepSize': 0.8, 'resetState': True}, Lookahead(adam(RATE), 3, 0.8, True))
kept = [0, 1, 2, STEPS - 1]


def run(make):
    p = {k: v.copy() for k, v in first.items()}
    state = make.init(p)
    steps = []
    for g in gradients:
        u, state = make.update({k: v.copy() for k, v in g.items()}, state, p, value=value_of(p))
        p = each(lambda a, b: a + b, p, u)
        steps.append({k: np.ravel(v).tolist() for k, v in p.items()})
    return [steps[t] for t in kept]
record = {'shapes': {k: list(v.shape) for k, v in first.items()}, 'params': {k: v.ravel().tolist() for k, v in first.items()}, 'grads': [{k: v.ravel().tolist() for k, v in g.items()} for g in gradients], 'kept': kept, 'cases': [{'name': js, 'options': o, 'params': run(t)} for js, o, t in cases]}
with open('formulas.json.gz', 'wb') as file:
    file.write(gzip.compress(json.dumps(record).encode(), 9, mtime=0))
