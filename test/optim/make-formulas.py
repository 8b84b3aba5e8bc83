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
kept = [0, 1, 2, STEPS - 1]


def run(make):
    p = {k: v.copy() for k, v in first.items()}
    state = make.init(p)
    steps = []
    for g in gradients:
        u, state = make.update({k: v.copy() for k, v in g.items()}, state, p)
        p = each(lambda a, b: a + b, p, u)
        steps.append({k: np.ravel(v).tolist() for k, v in p.items()})
    return [steps[t] for t in kept]
record = {'shapes': {k: list(v.shape) for k, v in first.items()}, 'params': {k: v.ravel().tolist() for k, v in first.items()}, 'grads': [{k: v.ravel().tolist() for k, v in g.items()} for g in gradients], 'kept': kept, 'cases': [{'name': js, 'options': o, 'params': run(t)} for js, o, t in cases]}
with open('formulas.json.gz', 'wb') as file:
    file.write(gzip.compress(json.dumps(record).encode(), 9, mtime=0))
