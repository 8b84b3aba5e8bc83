"""PyTorch as a party of the bench: `python3 torch.py THREADS`; the protocol is party.ts's."""
import json, math, os, sys, time

# Run as a script, this file is the module search path's first 'torch': take the folder off it.
sys.path.pop(0)
THREADS = int(sys.argv[1])
os.environ['OMP_NUM_THREADS'] = os.environ['OPENBLAS_NUM_THREADS'] = str(THREADS)
os.environ.pop('OPENBLAS_L2_SIZE', None)
# OpenBLAS 0.3.21 knows no processor younger than itself and takes one for a Pentium 4.
with open('/proc/cpuinfo') as info:
    flags = info.read()
if 'avx2' in flags:
    os.environ['OPENBLAS_CORETYPE'] = 'SkylakeX' if 'avx512f' in flags else 'Haswell'
import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(THREADS)


def hashed(n, seed):
    s = np.sin(np.arange(n, dtype=np.float64) * 12.9898 + seed * 78.233) * 43758.5453
    return s - np.floor(s)


def numbers(shape, seed, scale=1.0):
    values = ((hashed(math.prod(shape), seed) - 0.5) * 2 * scale).astype(np.float32)
    return torch.tensor(values.reshape(shape))


def integers(n, seed, below):
    return torch.tensor(np.minimum(below - 1, np.floor(hashed(n, seed) * below)).astype(np.int64))


def parameter(shape, seed, scale):
    return numbers(shape, seed, scale).requires_grad_()


def of(f, *args, repeat=1):
    def run():
        with torch.no_grad():
            for _ in range(repeat):
                y = f(*args)
        return y
    return run, lambda: run().flatten()[:4].tolist(), repeat


def product(m, n, k, repeat=1):
    return of(torch.matmul, numbers((m, k), 1), numbers((k, n), 2), repeat=repeat)


def donated(n):
    x, y = numbers((n,), 1), numbers((n,), 2)
    torch.add(x, y, out=x)
    first = x[:4].tolist()
    return lambda: torch.add(x, y, out=x), lambda: first, 1


def training(parameters, loss, optimizer, steps=5):
    def run():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return float(value)
    return run, lambda: [run() for _ in range(steps)], 1


def sgd(P):
    return torch.optim.SGD(P, lr=0.01)


def mlp():
    x, y = numbers((128, 784), 10), integers(128, 11, 10)
    P = [parameter((784, 256), 12, .05), parameter((256,), 13, 0), parameter((256, 128), 14, .08),
         parameter((128,), 15, 0), parameter((128, 10), 16, .1), parameter((10,), 17, 0)]

    def loss():
        h = F.relu(torch.addmm(P[1], x, P[0]))
        h = F.relu(torch.addmm(P[3], h, P[2]))
        return F.cross_entropy(torch.addmm(P[5], h, P[4]), y)
    return training(P, loss, sgd(P))


def cnn_parts(size):
    def kernel(shape, seed, scale):
        return numbers(shape, seed, scale).permute(3, 2, 0, 1).contiguous().requires_grad_()
    x = numbers((size, 28, 28, 1), 20).permute(0, 3, 1, 2).contiguous()
    P = [kernel((3, 3, 1, 32), 22, .3), parameter((32,), 23, 0),
         kernel((3, 3, 32, 64), 24, .1), parameter((64,), 25, 0),
         kernel((3, 3, 64, 64), 26, .07), parameter((64,), 27, 0),
         parameter((576, 64), 28, .07), parameter((64,), 29, 0),
         parameter((64, 10), 30, .1), parameter((10,), 31, 0)]

    def logits(x):
        h = F.max_pool2d(F.relu(F.conv2d(x, P[0], P[1])), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, P[2], P[3])), 2)
        h = F.relu(F.conv2d(h, P[4], P[5])).permute(0, 2, 3, 1).reshape(size, 576)
        return torch.addmm(P[9], F.relu(torch.addmm(P[7], h, P[6])), P[8])
    return P, x, logits


def cnn(steps=5):
    P, x, logits = cnn_parts(64)
    y = integers(64, 21, 10)
    return training(P, lambda: F.cross_entropy(logits(x), y), sgd(P), steps)


def cnn_forward(size):
    _, x, logits = cnn_parts(size)
    return of(logits, x)


def gpt(steps=5):
    batch, T, C, heads, layers, vocabulary = 8, 128, 128, 4, 4, 256
    ids, targets = integers(batch * T, 40, vocabulary), integers(batch * T, 41, vocabulary)
    mask = torch.triu(torch.full((T, T), -1e9), 1)
    seed, P = [100], []

    def p(shape, scale):
        P.append(parameter(shape, seed[0], scale))
        seed[0] += 1
        return P[-1]

    def ones(n):
        seed[0] += 1
        P.append(torch.ones(n).requires_grad_())
        return P[-1]
    tokens, positions = p((vocabulary, C), .05), p((T, C), .05)
    blocks = [dict(g1=ones(C), b1=p((C,), 0), wq=p((C, 3 * C), .05), bq=p((3 * C,), 0),
                   wo=p((C, C), .05), bo=p((C,), 0), g2=ones(C), b2=p((C,), 0),
                   w1=p((C, 4 * C), .05), c1=p((4 * C,), 0), w2=p((4 * C, C), .05), c2=p((C,), 0))
              for _ in range(layers)]
    gf, bf, head = ones(C), p((C,), 0), p((C, vocabulary), .05)

    def loss():
        x = (F.embedding(ids, tokens).view(batch, T, C) + positions).view(batch * T, C)
        for b in blocks:
            h = torch.addmm(b['bq'], F.layer_norm(x, (C,), b['g1'], b['b1']), b['wq'])
            q, k, v = [t.reshape(batch, T, heads, C // heads).transpose(1, 2) for t in h.split(C, -1)]
            scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(C // heads)) + mask
            mixed = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch * T, C)
            x = x + torch.addmm(b['bo'], mixed, b['wo'])
            h = torch.addmm(b['c1'], F.layer_norm(x, (C,), b['g2'], b['b2']), b['w1'])
            x = x + torch.addmm(b['c2'], F.gelu(h, approximate='tanh'), b['w2'])
        return F.cross_entropy(F.layer_norm(x, (C,), gf, bf) @ head, targets)
    return training(P, loss, torch.optim.Adam(P, lr=1e-3), steps)


def lstm():
    size, steps, features, hidden = 32, 128, 64, 128
    xs, y = numbers((steps, size, features), 210), integers(size, 211, 10)
    wx, wh = parameter((features, 4 * hidden), 201, .08), parameter((hidden, 4 * hidden), 202, .08)
    b, w = parameter((4 * hidden,), 203, .05), parameter((hidden, 10), 204, .1)
    P = [wx, wh, b, w]
    zero = torch.zeros(1, size, hidden)
    none = torch.zeros(4 * hidden)

    def loss():
        weights = [wx.T.contiguous(), wh.T.contiguous(), b, none]
        _, h, _ = torch.lstm(xs, (zero, zero), weights, True, 1, 0.0, True, False, False)
        return F.cross_entropy(h[0] @ w, y)
    return training(P, loss, sgd(P))


def convolution(size, groups=1):
    x = numbers((size, 56, 56, 64), 5).permute(0, 3, 1, 2).contiguous()
    shape = (3, 3, 64 // groups, 64)
    k = numbers(shape, 6).permute(3, 2, 0, 1).contiguous()
    run, _, repeat = of(lambda a, b: F.conv2d(a, b, padding=1, groups=groups), x, k)
    return run, lambda: run()[0, :4, 0, 0].tolist(), repeat


def convolution_nchw():
    return of(lambda a, b: F.conv2d(a, b, padding=1), numbers((16, 64, 56, 56), 5), numbers((64, 64, 3, 3), 6))


def depthwise_gradients():
    x = numbers((16, 56, 56, 64), 5).permute(0, 3, 1, 2).contiguous().requires_grad_()
    k = numbers((3, 3, 1, 64), 6).permute(3, 2, 0, 1).contiguous().requires_grad_()
    c = numbers((16, 56, 56, 64), 7).permute(0, 3, 1, 2).contiguous()
    y = F.conv2d(x, k, padding=1, groups=64)

    def run():
        return torch.autograd.grad(y, (x, k), c, retain_graph=True)
    return run, lambda: run()[1].permute(2, 3, 1, 0).flatten()[:4].tolist(), 1


def images(seed, size=26):
    return numbers((64, size, size, 32), seed).permute(0, 3, 1, 2).contiguous()


def max_pool():
    run, _, repeat = of(lambda a: F.max_pool2d(a, 2), images(5))
    return run, lambda: run()[0, :4, 0, 0].tolist(), repeat


def max_pool_gradient():
    x, c = images(5).requires_grad_(), images(6, 13)

    def run():
        return torch.autograd.grad(F.max_pool2d(x, 2), x, c)[0]
    return run, lambda: run()[0, :4, 0, 0].tolist(), 1


def reduced(f):
    return lambda: of(f, numbers((4000, 4000), 5))


def fused(n):
    return of(lambda x: torch.tanh(2 * x + 1) * x + torch.sigmoid(x), numbers((n,), 3, 3.0))


def square(f, n=512):
    return of(f, numbers((n, n), 1), numbers((n, n), 2))


def normalized(f):
    return lambda: of(f, numbers((1024, 1024), 4, 5.0))


def definite(n):
    x = numbers((n, n), 7)
    return x @ x.T / n + torch.eye(n)


def embedding_gradient():
    table = numbers((32000, 128), 9).requires_grad_()
    ids = integers(4096, 10, 32000)

    def run():
        return torch.autograd.grad(F.embedding(ids, table).square().sum(), table)[0]
    return run, lambda: run().flatten()[:4].tolist(), 1


def grad_scalar():
    def once():
        x = torch.tensor(1.3, requires_grad=True)
        (torch.sin(x) * x ** 2).backward()
        return x.grad

    def run():
        for _ in range(1000):
            once()
    return run, lambda: [once().item()], 1000


WORKLOADS = {
    'matmul256': lambda: product(256, 256, 256),
    'matmul512': lambda: product(512, 512, 512),
    'matmul1024': lambda: product(1024, 1024, 1024),
    'matmul2048': lambda: product(2048, 2048, 2048),
    'matmulLeftTransposed512': lambda: square(lambda a, b: a.T @ b),
    'matmulRightTransposed512': lambda: square(lambda a, b: a @ b.T),
    'matmulBatched4x256': lambda: of(torch.matmul, numbers((4, 256, 256), 1), numbers((4, 256, 256), 2)),
    'matmul4': lambda: product(4, 4, 4, 1000),
    'matmul16': lambda: product(16, 16, 16, 1000),
    'matmul64': lambda: product(64, 64, 64, 1000),
    'matmulBatched256x16': lambda: of(torch.matmul, numbers((256, 16, 16), 1), numbers((256, 16, 16), 2)),
    'matmulOdd': lambda: product(511, 257, 1023),
    'matmulThin': lambda: product(8192, 32, 64),
    'matrixVector': lambda: product(2048, 1, 2048),
    'elementwise1M': lambda: fused(10 ** 6),
    'elementwise16M': lambda: fused(16 * 10 ** 6),
    'add1M': lambda: donated(10 ** 6),
    'add16M': lambda: donated(16 * 10 ** 6),
    'softmax1024': normalized(lambda x: torch.softmax(x, -1)),
    'layerNorm1024': normalized(lambda x: F.layer_norm(x, (1024,))),
    'logsumexp1024': normalized(lambda x: torch.logsumexp(x, -1)),
    'sum16M': reduced(torch.sum),
    'sumRows16M': reduced(lambda x: x.sum(1)),
    'sumColumns16M': reduced(lambda x: x.sum(0)),
    'max16M': reduced(torch.max),
    'argmaxRows16M': reduced(lambda x: x.argmax(1)),
    'argmaxColumns16M': reduced(lambda x: x.argmax(0)),
    'transpose2000': lambda: of(lambda x: x.t().contiguous(), numbers((2000, 2000), 8)),
    'embeddingGradient': embedding_gradient,
    'sort1M': lambda: of(lambda x: x.sort()[0], numbers((1000000,), 11)),
    'top50': lambda: of(lambda x: x.topk(50)[0], numbers((1, 50257), 12)),
    'rfft1024': lambda: of(lambda x: torch.fft.rfft(x).abs(), numbers((1000, 1024), 13)),
    'cholesky512': lambda: of(torch.linalg.cholesky, definite(512)),
    'solve256': lambda: of(torch.linalg.solve, definite(256), numbers((256, 256), 14)),
    'singularValues256': lambda: of(torch.linalg.svdvals, numbers((256, 256), 15)),
    'cumsum1024': lambda: of(lambda x: x.cumsum(1), numbers((1024, 1024), 4)),
    'convolutionNhwc': lambda: convolution(16),
    'convolutionNchw': convolution_nchw,
    'convolutionSingle': lambda: convolution(1),
    'convolutionDepthwise': lambda: convolution(16, 64),
    'convolutionDepthwiseGradients': depthwise_gradients,
    'maxPool': max_pool,
    'maxPoolGradient': max_pool_gradient,
    'mlp': mlp,
    'cnn': cnn,
    'cnnForward': lambda: cnn_forward(64),
    'cnnForwardSingle': lambda: cnn_forward(1),
    'gpt': gpt,
    'lstm': lstm,
    'cnnFirstCall': lambda: cnn(1),
    'gptFirstCall': lambda: gpt(1),
    'add10': lambda: of(torch.add, numbers((10,), 1), numbers((10,), 2), repeat=10000),
    'gradScalar': grad_scalar,
}


def sample(run, repeat):
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (wall if THREADS > 1 else min(wall, cpu)) * 1000 / repeat


def answer(request):
    global current
    if request['op'] == 'measure':
        samples, end = [], time.perf_counter() + request['milliseconds'] / 1000
        while not samples or time.perf_counter() < end:
            samples.append(sample(current[0], current[2]))
        return dict(ok=True, samples=samples)
    current = None
    if request['name'] not in WORKLOADS:
        return dict(ok=False, reason='not offered')
    current = WORKLOADS[request['name']]()
    start = time.perf_counter()
    check = current[1]()
    return dict(ok=True, check=check, first=(time.perf_counter() - start) * 1000)


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = dict(ok=False, reason=str(error).split('\n')[0])
    print(json.dumps(reply), flush=True)
