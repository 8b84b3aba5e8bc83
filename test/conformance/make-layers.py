"""Writes torch-layers.json.gz: what PyTorch computes for every module of torch.nn with parameters,
options and gradients, in the format of layers.json.gz.

    python3 test/conformance/make-layers.py test/conformance/data/torch-layers.json.gz
"""
import gzip
import json
import sys

import numpy as np
import torch
from torch import nn

CASES = []


def number(x):
    return x if np.isfinite(x) else "NaN" if np.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def record(t):
    a = t.detach().cpu().numpy()
    if a.dtype == np.float32:
        flat = [number(float(f"{v:.6g}")) for v in a.ravel()]
    elif a.dtype == np.bool_:
        flat = [bool(v) for v in a.ravel()]
    else:
        flat = [int(v) for v in a.ravel()]
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": flat}


def rounded(t):
    """Inputs are exactly what is written down."""
    return torch.tensor(np.round(t.numpy(), 2)) if t.dtype == torch.float32 else t


def draw(*shape, scale=1.0, seed=0):
    g = torch.Generator().manual_seed(1000 + len(CASES) * 10 + seed)
    return rounded(torch.randn(*shape, generator=g) * scale)


def flat(outputs):
    if torch.is_tensor(outputs):
        return [outputs]
    return [t for o in outputs if o is not None for t in flat(o)]


def case(layer, config, inputs, train=False, extra=None, call=None, module=None, name=None, seed=0):
    """`extra` is written into the configuration and not given to the constructor."""
    torch.manual_seed(len(CASES) + seed)
    try:
        m = module if module is not None else getattr(nn, layer)(**config)
    except (AttributeError, TypeError) as error:
        print(f"torch {torch.__version__}: {error}")
        return
    m.train(train)
    with torch.no_grad():
        for key, p in m.named_parameters():
            p.copy_(rounded(torch.randn(p.shape) * 0.5 if p.dim() < 2 else torch.randn(p.shape) * 0.3))
        for key, b in m.named_buffers():
            if key.endswith("running_mean"):
                b.copy_(rounded(torch.randn(b.shape)))
            if key.endswith("running_var"):
                b.copy_(rounded(torch.rand(b.shape) + 0.5))
    inputs = {k: v for k, v in inputs.items()}
    params = {k: record(v) for k, v in m.state_dict().items() if v.dtype == torch.float32}
    given = {k: v.clone().requires_grad_(True) if v.dtype == torch.float32 else v for k, v in inputs.items()}
    outs = flat(call(m, given) if call else m(*given.values()))
    cts = [draw(*o.shape, seed=5 + i) if o.dtype == torch.float32 else None for i, o in enumerate(outs)]
    loss = sum(((o * c).sum() for o, c in zip(outs, cts) if c is not None), torch.zeros(()))
    dx, dp = {}, {}
    if loss.requires_grad:
        loss.backward()
        dx = {k: record(v.grad) for k, v in given.items() if v.dtype == torch.float32 and v.grad is not None}
        dp = {k: record(p.grad) for k, p in m.named_parameters() if p.grad is not None}
    after = {k: record(v) for k, v in m.named_buffers() if v.dtype == torch.float32}
    CASES.append({
        "name": name or f"{layer.lower()}_{len(CASES)}", "layer": layer, "config": {**config, **(extra or {})},
        "train": train, "params": params, "inputs": {k: record(v) for k, v in inputs.items()},
        "outputs": [record(o) for o in outs], "cotangents": [None if c is None else record(c) for c in cts],
        "input_grads": dx, "param_grads": dp, **({"state_after": after} if after else {}),
    })


def one(layer, config, *shape, **more):
    case(layer, config, {"x0": draw(*shape)}, **more)


SPATIAL = {1: (7,), 2: (5, 4), 3: (4, 3, 3)}


def convolutions():
    for r in (1, 2, 3):
        s = SPATIAL[r]
        one(f"Conv{r}d", dict(in_channels=4, out_channels=2, kernel_size=2, stride=2, padding=1, groups=2), 2, 4, *s)
        one(f"Conv{r}d", dict(in_channels=1, out_channels=2, kernel_size=2, dilation=2, bias=False), 1, 1, *s)
        one(f"ConvTranspose{r}d", dict(in_channels=4, out_channels=2, kernel_size=3, stride=2, padding=1,
                                       output_padding=1, groups=2), 1, 4, *[n - 2 for n in s])
        one(f"ConvTranspose{r}d", dict(in_channels=2, out_channels=1, kernel_size=2, dilation=2, bias=False),
            1, 2, *[n - 2 for n in s])
        one(f"ConvTranspose{r}d", dict(in_channels=1, out_channels=2, kernel_size=1, stride=2), 1, 1, *[n - 2 for n in s])
    one("Conv2d", dict(in_channels=2, out_channels=2, kernel_size=[2, 3], stride=[1, 2], padding=[0, 1], dilation=[2, 1]), 2, 2, 6, 5)
    one("Conv2d", dict(in_channels=2, out_channels=3, kernel_size=3), 2, 5, 4)
    one("Conv1d", dict(in_channels=2, out_channels=2, kernel_size=3, padding="valid"), 2, 2, 5)
    one("Conv2d", dict(in_channels=1, out_channels=2, kernel_size=[4, 3], padding="same", dilation=[1, 2]), 1, 1, 6, 5)
    for mode in ("reflect", "replicate", "circular"):
        one("Conv2d", dict(in_channels=1, out_channels=2, kernel_size=3, padding=[2, 1], stride=2, padding_mode=mode), 1, 1, 5, 6)
        one("Conv1d", dict(in_channels=1, out_channels=2, kernel_size=4, padding="same", padding_mode=mode), 1, 1, 6)
    one("ConvTranspose2d", dict(in_channels=2, out_channels=3, kernel_size=[3, 2], stride=[2, 3], padding=[1, 0], output_padding=[0, 2]), 2, 4, 3)


def pools():
    for r in (1, 2, 3):
        s = SPATIAL[r]
        one(f"MaxPool{r}d", dict(kernel_size=3, stride=2, padding=1, ceil_mode=True), 1, 2, *s)
        one(f"MaxPool{r}d", dict(kernel_size=2, stride=1, dilation=2), 1, 1, *s)
        one(f"MaxPool{r}d", dict(kernel_size=2, return_indices=True), 1, 2, *s)
        one(f"AvgPool{r}d", dict(kernel_size=3, stride=2, padding=1, ceil_mode=True), 1, 2, *s)
        one(f"AvgPool{r}d", dict(kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), 1, 2, *s)
        one(f"LPPool{r}d", dict(norm_type=3, kernel_size=2), 1, 2, *s)
        case(f"LPPool{r}d", dict(norm_type=2, kernel_size=2, stride=1, ceil_mode=True), {"x0": draw(1, 1, *s).abs()})
        one(f"AdaptiveAvgPool{r}d", dict(output_size=3), 1, 2, *s)
        one(f"AdaptiveMaxPool{r}d", dict(output_size=2), 1, 2, *s)
        one(f"AdaptiveMaxPool{r}d", dict(output_size=3, return_indices=True), 1, 2, *s)
        x = draw(1, 2, *[2 * (n // 2) for n in s])
        pooled, indices = getattr(nn, f"MaxPool{r}d")(2, return_indices=True)(x)
        case(f"MaxUnpool{r}d", dict(kernel_size=2), {"x0": pooled, "indices": indices})
    one("MaxPool2d", dict(kernel_size=[3, 2], stride=[2, 1], padding=[1, 0]), 3, 6, 5)
    one("AvgPool2d", dict(kernel_size=[3, 2], stride=2, divisor_override=5), 1, 2, 6, 5)
    one("AvgPool2d", dict(kernel_size=2, stride=3, ceil_mode=True), 1, 1, 5, 4)
    one("AdaptiveAvgPool2d", dict(output_size=[None, 2]), 1, 2, 4, 5)
    one("AdaptiveAvgPool2d", dict(output_size=[4, 7]), 1, 1, 4, 5)
    one("AdaptiveMaxPool2d", dict(output_size=[3, 4]), 1, 2, 5, 6)
    pooled, indices = nn.MaxPool2d(2, stride=2, padding=1, return_indices=True)(draw(1, 1, 6, 6))
    case("MaxUnpool2d", dict(kernel_size=2, stride=2, padding=1), {"x0": pooled, "indices": indices})
    pooled, indices = nn.MaxPool2d(2, return_indices=True)(draw(1, 1, 5, 5))
    case("MaxUnpool2d", dict(kernel_size=2), {"x0": pooled, "indices": indices}, extra=dict(output_size=[5, 5]),
         call=lambda m, x: m(*x.values(), output_size=[5, 5]))


def norms():
    shapes = {1: [(5, 3), (3, 3, 4)], 2: [(3, 3, 4, 2)], 3: [(2, 3, 2, 3, 2)]}
    for r in (1, 2, 3):
        for shape in shapes[r]:
            for train in (True, False):
                one(f"BatchNorm{r}d", dict(num_features=3, momentum=0.3, eps=1e-3), *shape, train=train)
        one(f"BatchNorm{r}d", dict(num_features=3, affine=False), *shapes[r][0], train=True)
        one(f"BatchNorm{r}d", dict(num_features=3, track_running_stats=False), *shapes[r][0], train=False)
        one(f"BatchNorm{r}d", dict(num_features=3, momentum=None), *shapes[r][0], train=True)
        image = shapes[r][-1]
        one(f"InstanceNorm{r}d", dict(num_features=3), *image)
        one(f"InstanceNorm{r}d", dict(num_features=3, affine=True), *image, train=True)
        one(f"InstanceNorm{r}d", dict(num_features=3, affine=True, track_running_stats=True), *image, train=True)
        one(f"InstanceNorm{r}d", dict(num_features=3, track_running_stats=True), *image, train=False)
    one("InstanceNorm2d", dict(num_features=3), 3, 4, 2)
    one("GroupNorm", dict(num_groups=2, num_channels=4), 2, 4, 3)
    one("GroupNorm", dict(num_groups=1, num_channels=4, eps=1e-2, affine=False), 2, 4)
    one("GroupNorm", dict(num_groups=4, num_channels=4), 2, 4, 2, 3)
    one("LayerNorm", dict(normalized_shape=4, eps=1e-2), 3, 4)
    one("LayerNorm", dict(normalized_shape=[4], elementwise_affine=False), 2, 3, 4)
    one("LayerNorm", dict(normalized_shape=[3, 4], bias=False), 2, 3, 4)
    if hasattr(nn, "RMSNorm"):
        one("RMSNorm", dict(normalized_shape=[4]), 3, 4)
        one("RMSNorm", dict(normalized_shape=[3, 4], eps=1e-2, elementwise_affine=False), 2, 3, 4)
    one("LocalResponseNorm", dict(size=2), 2, 5, 3)
    one("LocalResponseNorm", dict(size=3, alpha=0.5, beta=0.6, k=2.0), 2, 5, 3, 2)
    p = nn.utils.parametrizations
    weight_norm = getattr(p, "weight_norm", nn.utils.weight_norm)
    one("weight_norm(Linear)", dict(in_features=4, out_features=3, bias=False), 2, 4,
        module=weight_norm(nn.Linear(4, 3, bias=False)))
    one("weight_norm(Conv2d)", dict(in_channels=2, out_channels=3, kernel_size=2), 1, 2, 4, 3,
        module=weight_norm(nn.Conv2d(2, 3, 2)))
    one("weight_norm(Conv1d)", dict(in_channels=2, out_channels=3, kernel_size=2), 1, 2, 4, extra=dict(dim=None),
        module=weight_norm(nn.Conv1d(2, 3, 2), dim=None))
    for train in (True, False):
        one("spectral_norm(Linear)", dict(in_features=4, out_features=3), 2, 4, train=train,
            module=p.spectral_norm(nn.Linear(4, 3)))
        one("spectral_norm(Conv2d)", dict(in_channels=2, out_channels=3, kernel_size=2), 1, 2, 4, 3, train=train,
            extra=dict(n_power_iterations=2), module=p.spectral_norm(nn.Conv2d(2, 3, 2), n_power_iterations=2))


def recurrences():
    for kind in ("RNN", "LSTM", "GRU"):
        base = dict(input_size=2, hidden_size=3)
        h = (lambda n, b: {"h0": draw(n, b, 3, seed=1), **({"c0": draw(n, b, 3, seed=2)} if kind == "LSTM" else {})})
        state = (lambda m, x: m(x["x0"], (x["h0"], x["c0"])) if kind == "LSTM" else m(x["x0"], x["h0"]))
        one(kind, dict(**base), 4, 2, 2)
        one(kind, dict(**base, batch_first=True, bias=False), 2, 4, 2)
        one(kind, dict(**base, num_layers=2, bidirectional=True, batch_first=True), 2, 3, 2)
        case(kind, dict(**base, num_layers=2), {"x0": draw(3, 2, 2), **h(2, 2)}, call=state)
        case(kind, dict(**base, bidirectional=True, batch_first=True), {"x0": draw(2, 3, 2), **h(2, 2)}, call=state)
        one(kind, dict(**base), 4, 2)
        def packed(m, x):
            seq = nn.utils.rnn.pack_padded_sequence(x["x0"], [4, 2, 1], batch_first=True)
            y, hidden = m(seq)
            return nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0], hidden
        case(kind, dict(**base, num_layers=2, bidirectional=True, batch_first=True), {"x0": draw(3, 4, 2)},
             extra=dict(lengths=[4, 2, 1]), call=packed)
        cell = dict(input_size=2, hidden_size=3)
        one(f"{kind}Cell", cell, 2, 2)
        hx = {"x0": draw(2, 2), "h0": draw(2, 3, seed=1), **({"c0": draw(2, 3, seed=2)} if kind == "LSTM" else {})}
        case(f"{kind}Cell", {**cell, "bias": False}, hx, call=state)
    one("RNN", dict(input_size=2, hidden_size=3, nonlinearity="relu", num_layers=2), 3, 2, 2)
    one("RNNCell", dict(input_size=2, hidden_size=3, nonlinearity="relu"), 2, 2)
    one("LSTM", dict(input_size=2, hidden_size=3, proj_size=2, num_layers=2, bidirectional=True), 3, 2, 2)


def attention():
    m = "MultiheadAttention"
    base = dict(embed_dim=4, num_heads=2, batch_first=True)
    no = dict(need_weights=False)
    qkv = lambda t, s, **d: {"query": draw(2, t, 4), "key": draw(2, s, d.get("k", 4), seed=1), "value": draw(2, s, d.get("v", 4), seed=2)}
    plain = lambda mod, x: mod(x["query"], x.get("key", x["query"]), x.get("value", x.get("key", x["query"])), **no)[0]
    weights = lambda average: (lambda mod, x: mod(x["query"], x["key"], x["value"], average_attn_weights=average))
    case(m, base, qkv(3, 4), extra=dict(weights=None), call=plain)
    case(m, base, qkv(3, 4), extra=dict(weights="averaged"), call=weights(True))
    case(m, base, qkv(3, 4), extra=dict(weights="per_head"), call=weights(False))
    case(m, dict(embed_dim=4, num_heads=2, kdim=3, vdim=5, batch_first=True), qkv(3, 4, k=3, v=5), extra=dict(weights=None), call=plain)
    case(m, dict(embed_dim=4, num_heads=2, kdim=3, vdim=5, bias=False, batch_first=True), qkv(2, 3, k=3, v=5), extra=dict(weights=None), call=plain)
    case(m, dict(embed_dim=4, num_heads=4, bias=False, batch_first=True), qkv(3, 4), extra=dict(weights=None), call=plain)
    case(m, dict(**base, add_bias_kv=True, add_zero_attn=True), qkv(3, 4), extra=dict(weights="averaged"), call=weights(True))
    case(m, dict(embed_dim=4, num_heads=2), {"query": draw(3, 2, 4), "key": draw(4, 2, 4, seed=1), "value": draw(4, 2, 4, seed=2)},
         extra=dict(weights="averaged"), call=weights(True))
    case(m, dict(embed_dim=4, num_heads=2), {"query": draw(3, 4)}, extra=dict(weights=None), call=plain)
    pad = [[0, 0, 0, 1], [0, 1, 0, 0]]
    masked = lambda **k: (lambda mod, x: mod(x["query"], x["key"], x["value"], **no, **{n: torch.tensor(v) for n, v in k.items()})[0])
    case(m, base, qkv(3, 4), extra=dict(weights=None, key_padding_mask=pad), call=masked(key_padding_mask=np.array(pad, bool)))
    case(m, dict(**base, add_bias_kv=True, add_zero_attn=True), qkv(3, 4), extra=dict(weights=None, key_padding_mask=pad),
         call=masked(key_padding_mask=np.array(pad, bool)))
    see = np.array([[0, 1, 1, 0], [0, 0, 1, 0], [1, 0, 0, 0]])
    case(m, base, qkv(3, 4), extra=dict(weights=None, attn_mask=see.tolist()), call=masked(attn_mask=see.astype(bool)))
    add = np.round(np.random.RandomState(0).randn(3, 4), 2).astype(np.float32)
    case(m, base, qkv(3, 4), extra=dict(weights=None, attn_mask=add.tolist()), call=masked(attn_mask=add))
    per_head = np.random.RandomState(1).rand(4, 3, 4) > 0.7
    per_head[:, :, 0] = False
    case(m, base, qkv(3, 4), extra=dict(weights=None, attn_mask=per_head.astype(int).tolist()), call=masked(attn_mask=per_head))
    case(m, base, {**qkv(3, 4), "key_padding_mask": torch.tensor(pad, dtype=torch.bool)}, extra=dict(weights=None),
         call=lambda mod, x: mod(x["query"], x["key"], x["value"], key_padding_mask=x["key_padding_mask"], **no)[0])
    mask = lambda n: nn.Transformer.generate_square_subsequent_mask(n)
    case(m, base, {"query": draw(2, 4, 4)}, extra=dict(weights=None, causal=True),
         call=lambda mod, x: mod(x["query"], x["query"], x["query"], attn_mask=mask(4), **no)[0])

    block = dict(d_model=4, nhead=2, dim_feedforward=6, dropout=0.0, batch_first=True)
    for norm_first in (True, False):
        e = dict(**block, norm_first=norm_first, activation="gelu" if norm_first else "relu")
        case("TransformerEncoderLayer", e, {"x0": draw(2, 3, 4)}, train=True)
        case("TransformerEncoderLayer", e, {"x0": draw(2, 3, 4)}, train=True, extra=dict(src_key_padding_mask=[[0, 0, 1], [0, 0, 0]]),
             call=lambda mod, x: mod(x["x0"], src_key_padding_mask=torch.tensor([[0, 0, 1], [0, 0, 0]], dtype=torch.bool)))
        case("TransformerEncoderLayer", e, {"x0": draw(2, 3, 4)}, train=True, extra=dict(causal=True),
             call=lambda mod, x: mod(x["x0"], src_mask=mask(3)))
        case("TransformerDecoderLayer", e, {"x0": draw(2, 3, 4), "x1": draw(2, 4, 4, seed=1)}, train=True)
        case("TransformerDecoderLayer", e, {"tgt": draw(2, 3, 4), "memory": draw(2, 4, 4, seed=1)}, train=True,
             extra=dict(causal=True, memory_key_padding_mask=pad),
             call=lambda mod, x: mod(x["tgt"], x["memory"], tgt_mask=mask(3), memory_key_padding_mask=torch.tensor(pad, dtype=torch.bool)))
        layer = nn.TransformerEncoderLayer(**e)
        one("TransformerEncoder", e, 2, 3, 4, train=True, extra=dict(num_layers=2),
            module=nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4) if norm_first else None, enable_nested_tensor=False))
        case("TransformerDecoder", e, {"tgt": draw(2, 3, 4), "memory": draw(2, 4, 4, seed=1)}, train=True, extra=dict(num_layers=1),
             module=nn.TransformerDecoder(nn.TransformerDecoderLayer(**e), 1, norm=nn.LayerNorm(4)))
    case("TransformerEncoderLayer", dict(d_model=4, nhead=1, dim_feedforward=3, dropout=0.0, layer_norm_eps=1e-2, bias=False),
         {"x0": draw(3, 2, 4)}, train=True)
    case("TransformerEncoderLayer", dict(d_model=4, nhead=1, dim_feedforward=3), {"x0": draw(3, 2, 4)}, train=False)
    case("Transformer", dict(d_model=4, nhead=2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=4, dropout=0.0, batch_first=True),
         {"src": draw(1, 3, 4), "tgt": draw(1, 2, 4, seed=1)}, train=True)


def activations():
    def act(name, config=None, *shape, **more):
        one(name, config or {}, *(shape or (2, 3, 4)), **more)
    for name in ("Hardsigmoid", "Hardswish", "LogSigmoid", "Mish", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softsign",
                 "Tanh", "Tanhshrink", "Identity"):
        case(name, {}, {"x0": draw(4, 5, scale=4.0)})
    for name, key in (("CELU", "alpha"), ("ELU", "alpha"), ("Hardshrink", "lambd"), ("Softshrink", "lambd"), ("LeakyReLU", "negative_slope")):
        act(name)
        act(name, {key: 0.7})
    act("GELU"); act("GELU", dict(approximate="tanh"))
    act("GLU", {}, 2, 4); act("GLU", dict(dim=0), 2, 4)
    act("Hardtanh"); act("Hardtanh", dict(min_val=-0.5, max_val=0.3))
    for name in ("LogSoftmax", "Softmax", "Softmin"):
        act(name, dict(dim=-1)); act(name, dict(dim=0))
    act("Softmax2d", {}, 2, 3, 2, 2)
    act("PReLU"); act("PReLU", dict(num_parameters=3)); act("PReLU", dict(num_parameters=3), 4, 3)
    act("RReLU"); act("RReLU", dict(lower=0.2, upper=0.6)); act("RReLU", dict(lower=0.2, upper=0.2), train=True)
    case("Softplus", {}, {"x0": draw(4, 4, scale=20.0)}); act("Softplus", dict(beta=0.5, threshold=1.0))
    act("Threshold", dict(threshold=0.2, value=-3.0))


def shapes():
    one("Flatten", {}, 2, 3, 4); one("Flatten", dict(start_dim=0, end_dim=1), 2, 3, 4)
    one("Unflatten", dict(dim=1, unflattened_size=[2, 3]), 2, 6, 2)
    for r in (1, 2, 3):
        s = (4, 3, 4)[:r]
        p = [1, 2, 0, 1, 2, 1][: 2 * r]
        for name, more in (("ZeroPad", {}), ("ConstantPad", dict(value=1.5)), ("ReplicationPad", {}), ("ReflectionPad", {}), ("CircularPad", {})):
            one(f"{name}{r}d", dict(padding=p, **more), 1, 2, *s)
        one(f"ConstantPad{r}d", dict(padding=1, value=0.5), 2, *s)
    one("ZeroPad2d", dict(padding=[-1, 2, 1, -1]), 1, 1, 4, 3)
    for r, mode in ((1, "linear"), (2, "bilinear"), (3, "trilinear"), (2, "bicubic")):
        s = (4, 3, 2)[:r]
        for align in (True, False):
            one("Upsample", dict(scale_factor=2, mode=mode, align_corners=align), 1, 1, *s)
            one("Upsample", dict(size=[5, 2, 3][:r], mode=mode, align_corners=align), 1, 1, *s)
            if r < 3:
                one("Upsample", dict(scale_factor=1.7, mode=mode, align_corners=align), 1, 1, *s)
        one("Upsample", dict(size=[7, 5, 3][:r], mode="nearest"), 1, 1, *s)
    one("Upsample", dict(scale_factor=1.5, mode="nearest"), 1, 1, 5)
    one("Upsample", dict(scale_factor=[1.3, 2.6]), 1, 1, 5, 3)
    one("Upsample", dict(scale_factor=1.3, mode="bilinear", recompute_scale_factor=True), 1, 1, 5, 3)
    one("Upsample", dict(size=7, mode="nearest-exact"), 1, 1, 5, 3)
    one("Upsample", dict(size=[3, 2], mode="area"), 1, 1, 5, 3)
    one("UpsamplingNearest2d", dict(scale_factor=2), 1, 1, 3, 2)
    one("UpsamplingBilinear2d", dict(size=[5, 3]), 1, 1, 3, 2)
    one("PixelShuffle", dict(upscale_factor=3), 2, 9, 2, 1)
    one("PixelUnshuffle", dict(downscale_factor=2), 2, 2, 4, 2)
    torch.nn.ChannelShuffle.forward = lambda self, x: x.view(x.shape[0], self.groups, -1, *x.shape[2:]).transpose(1, 2).reshape(x.shape)
    one("ChannelShuffle", dict(groups=3), 1, 6, 2, 2)
    one("Unfold", dict(kernel_size=[2, 3], dilation=[2, 1], padding=[1, 0], stride=[1, 2]), 2, 2, 4, 5)
    one("Fold", dict(output_size=[4, 5], kernel_size=[2, 3], dilation=[2, 1], padding=[1, 0], stride=[1, 2]), 2, 12, 8)
    one("Fold", dict(output_size=[3, 3], kernel_size=2), 8, 4)
    for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"):
        shape = {"Dropout1d": (2, 3, 4), "Dropout3d": (1, 2, 2, 2, 2)}.get(name, (1, 2, 3, 2))
        one(name, dict(p=0.7), *shape, train=False)
        one(name, dict(p=0.0), *shape, train=True)


def linears():
    one("Linear", dict(in_features=3, out_features=2, bias=False), 3)
    case("Bilinear", dict(in1_features=3, in2_features=2, out_features=4), {"x0": draw(5, 3), "x1": draw(5, 2, seed=1)})
    case("Bilinear", dict(in1_features=3, in2_features=2, out_features=1, bias=False), {"x0": draw(2, 2, 3), "x1": draw(2, 2, 2, seed=1)})
    ids = torch.tensor([[0, 3, 1], [3, 2, 2]])
    case("Embedding", dict(num_embeddings=5, embedding_dim=3), {"x0": ids})
    case("Embedding", dict(num_embeddings=5, embedding_dim=3, padding_idx=3), {"x0": ids})
    case("Embedding", dict(num_embeddings=5, embedding_dim=3, padding_idx=-3), {"x0": ids})
    for mode in ("sum", "mean", "max"):
        case("EmbeddingBag", dict(num_embeddings=5, embedding_dim=3, mode=mode), {"x0": ids})
        case("EmbeddingBag", dict(num_embeddings=5, embedding_dim=3, mode=mode, padding_idx=2), {"x0": ids})
        case("EmbeddingBag", dict(num_embeddings=5, embedding_dim=3, mode=mode),
             {"input": ids.ravel(), "offsets": torch.tensor([0, 2, 2, 3])}, call=lambda m, x: m(x["input"], x["offsets"]))
    case("EmbeddingBag", dict(num_embeddings=5, embedding_dim=3, mode="sum", include_last_offset=True),
         {"input": ids.ravel(), "offsets": torch.tensor([0, 2, 6])}, call=lambda m, x: m(x["input"], x["offsets"]))
    case("EmbeddingBag", dict(num_embeddings=5, embedding_dim=3, mode="sum"),
         {"input": ids, "per_sample_weights": draw(2, 3)}, call=lambda m, x: m(x["input"], per_sample_weights=x["per_sample_weights"]))
    pair = lambda *s: {"x0": draw(*s), "x1": draw(*s, seed=1)}
    case("CosineSimilarity", {}, pair(3, 4)); case("CosineSimilarity", dict(dim=0, eps=1e-2), pair(3, 4))
    case("CosineSimilarity", dict(dim=-1), pair(2, 3, 4))
    case("PairwiseDistance", {}, pair(3, 4)); case("PairwiseDistance", dict(p=1.0, keepdim=True), pair(3, 4))
    case("PairwiseDistance", dict(p=3.0, eps=1e-2), pair(2, 3, 4))


def corners():
    """Options that few networks set, where mistakes have been found."""
    one("Flatten", dict(start_dim=-2), 2, 3, 4); one("Flatten", dict(start_dim=-3, end_dim=-2), 2, 3, 4)
    for name in ("ReplicationPad2d", "ReflectionPad2d"):
        one(name, dict(padding=[-1, 2, 1, -1]), 1, 2, 4, 3)
    one("Upsample", dict(scale_factor=0.5, mode="area"), 1, 2, 3, 5)
    once = lambda mod, x: mod(x["query"], x["query"], x["query"], attn_mask=torch.tensor([[0.5]]), need_weights=False)[0]
    case("MultiheadAttention", dict(embed_dim=4, num_heads=2, add_bias_kv=True, add_zero_attn=True, batch_first=True),
         {"query": draw(2, 1, 4)}, extra=dict(weights=None, attn_mask=[[0.5]]), call=once)
    block = dict(d_model=4, nhead=2, dim_feedforward=3, dropout=0.0, batch_first=True, layer_norm_eps=0.1)
    one("TransformerEncoder", block, 2, 3, 4, train=True, extra=dict(num_layers=1),
        module=nn.TransformerEncoder(nn.TransformerEncoderLayer(**block), 1, norm=nn.LayerNorm(4), enable_nested_tensor=False))
    one("ConvTranspose2d", dict(in_channels=2, out_channels=1, kernel_size=3, stride=[2, 3]), 1, 2, 3, 2, extra=dict(output_size=[8, 7]),
        call=lambda m, x: m(x["x0"], output_size=[8, 7]))
    p = nn.utils.parametrizations
    conv, up = dict(in_channels=2, out_channels=3, kernel_size=2), dict(in_channels=3, out_channels=2, kernel_size=[2, 3])
    for dim in (1, 2, -1):
        one("weight_norm(Conv2d)", conv, 1, 2, 4, 3, extra=dict(dim=dim), module=nn.utils.weight_norm(nn.Conv2d(**conv), dim=dim))
    one("weight_norm(ConvTranspose2d)", up, 1, 3, 3, 2, module=nn.utils.weight_norm(nn.ConvTranspose2d(**up)))
    one("spectral_norm(ConvTranspose2d)", up, 1, 3, 3, 2, train=True, module=p.spectral_norm(nn.ConvTranspose2d(**up)))
    one("spectral_norm(Conv2d)", conv, 1, 2, 4, 3, train=True, extra=dict(dim=1), module=p.spectral_norm(nn.Conv2d(**conv), dim=1))
    ids = torch.tensor([[0, 3, 1], [3, 2, 3]])
    case("Embedding", dict(num_embeddings=5, embedding_dim=2, scale_grad_by_freq=True), {"x0": ids})
    for r, shape, more in ((2, (2, 2, 6, 7), dict(output_size=[3, 4])), (2, (1, 1, 8, 6), dict(output_ratio=0.6)),
                           (3, (1, 2, 5, 6, 7), dict(output_size=[2, 3, 4]))):
        config = dict(kernel_size=[2, 3, 2][:r], return_indices=r == 3, **more)
        samples = rounded(torch.rand(*shape[:2], r))
        layer = getattr(nn, f"FractionalMaxPool{r}d")(**config, _random_samples=samples)
        del layer._random_samples
        layer._random_samples = samples
        case(f"FractionalMaxPool{r}d", config, {"x0": draw(*shape)}, extra=dict(_random_samples=samples.tolist()),
             module=layer)


for part in (linears, convolutions, pools, norms, recurrences, attention, activations, shapes, corners):
    part()

text = json.dumps({"torch": torch.__version__, "cases": CASES}, separators=(",", ":"))
with gzip.GzipFile(sys.argv[1], "wb", compresslevel=9, mtime=0) as f:
    f.write(text.encode())
print(len(CASES), "cases")
