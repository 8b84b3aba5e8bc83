"""
Writes torch-losses.json.gz: PyTorch's losses with their options, values and gradients, in the
format of the golden file of the kind `layers`. Run with any PyTorch from 1.13 on:

    python3 test/optim/make-torch-losses.py
"""
import gzip
import json
import pathlib

import torch
from torch import nn

torch.manual_seed(0)
cases = []


def encode(x):
    x = x.detach()
    data = [v if v == v and abs(v) != float('inf') else ('NaN' if v != v else 'Infinity' if v > 0 else '-Infinity')
            for v in x.reshape(-1).tolist()]
    return {'shape': list(x.shape), 'dtype': str(x.dtype).split('.')[1], 'data': data}


def case(layer, config, inputs, module=None):
    config = dict(config)
    made = {k: torch.tensor(v) if k in ('weight', 'pos_weight') else v for k, v in config.items()}
    module = module or getattr(nn, layer)(**made)
    inputs = {k: v.clone() for k, v in inputs.items()}
    floats = {k: v.requires_grad_() for k, v in inputs.items() if v.is_floating_point() and not k.startswith('target')}
    out = module(*inputs.values())
    outs = list(out) if isinstance(out, tuple) else [out]
    cts = [torch.randn_like(o) for o in outs]
    params = dict(module.named_parameters())
    torch.autograd.backward(outs, cts)
    name = f'{layer} {json.dumps(config)}' if config else layer
    cases.append({
        'name': name, 'layer': layer, 'config': config, 'train': False,
        'params': {k: encode(v) for k, v in params.items()},
        'inputs': {k: encode(v) for k, v in inputs.items()},
        'outputs': [encode(o) for o in outs], 'cotangents': [encode(c) for c in cts],
        'input_grads': {k: encode(v.grad) for k, v in floats.items()},
        'param_grads': {k: encode(v.grad) for k, v in params.items()},
    })


def each(layer, inputs, configs=({},)):
    for c in configs:
        for r in ('mean', 'sum', 'none'):
            if c.get('reduction') is None:
                case(layer, {**c, 'reduction': r}, inputs)
            else:
                case(layer, c, inputs)
                break


N, C = 4, 3
r = torch.randn
x, y = r(N, C), r(N, C)
two = {'input': x, 'target': y}
each('L1Loss', two)
each('MSELoss', two)
each('HuberLoss', two, [{}, {'delta': .3}])
each('SmoothL1Loss', two, [{}, {'beta': .3}, {'beta': 0.}])
labels = torch.tensor([0, 2, 1, 2])
ce = [{}, {'weight': [.5, 1., 2.]}, {'ignore_index': 2}, {'weight': [.5, 1., 2.], 'ignore_index': 1, 'label_smoothing': .2},
      {'label_smoothing': .1}]
each('CrossEntropyLoss', {'input': x, 'target': labels}, ce)
each('CrossEntropyLoss', {'input': r(2, C, 2, 2), 'target': torch.randint(0, C, (2, 2, 2))}, ce)
each('CrossEntropyLoss', {'input': r(C), 'target': torch.tensor(1)})
each('CrossEntropyLoss', {'input': x, 'target': y.softmax(1)}, [{}, {'weight': [.5, 1., 2.], 'label_smoothing': .3}])
each('CrossEntropyLoss', {'input': r(2, C, 4), 'target': r(2, C, 4).softmax(1)}, [{}, {'label_smoothing': .3}])
nll = [{}, {'weight': [.5, 1., 2.]}, {'ignore_index': 1, 'weight': [.5, 1., 2.]}]
each('NLLLoss', {'input': x.log_softmax(1), 'target': labels}, nll)
each('NLLLoss', {'input': r(2, C, 2, 2).log_softmax(1), 'target': torch.randint(0, C, (2, 2, 2))}, nll)
rate = torch.tensor([[0., 1, 3], [2, 5, 0], [1, 1, 1], [4, 0, 2]])
each('PoissonNLLLoss', {'input': x, 'target': rate}, [{}, {'full': True}])
each('PoissonNLLLoss', {'input': x.abs(), 'target': rate}, [{'log_input': False}, {'log_input': False, 'full': True, 'eps': .1}])
each('GaussianNLLLoss', {'input': x, 'target': y, 'var': r(N, C).abs()}, [{}, {'full': True}, {'eps': .5}])
each('GaussianNLLLoss', {'input': x, 'target': y, 'var': r(N, 1).abs()})
each('GaussianNLLLoss', {'input': x, 'target': y, 'var': r(N).abs()})
kl = [{}, {'reduction': 'batchmean'}]
each('KLDivLoss', {'input': x.log_softmax(1), 'target': y.softmax(1)}, kl)
each('KLDivLoss', {'input': x.log_softmax(1), 'target': torch.tensor([[0., 1, 0]] * 4)}, kl)
each('KLDivLoss', {'input': x.log_softmax(1), 'target': y.log_softmax(1)}, [{**c, 'log_target': True} for c in kl])
hot = (y > 0).float()
each('BCELoss', {'input': x.sigmoid(), 'target': y.sigmoid()}, [{}, {'weight': [.5, 1., 2.]}])
each('BCELoss', {'input': torch.tensor([0., 1., .5]), 'target': torch.tensor([1., 1., 0.])})
each('BCEWithLogitsLoss', {'input': x * 3, 'target': y.sigmoid()},
     [{}, {'weight': [.5, 1., 2.]}, {'pos_weight': [.5, 1., 2.]}, {'weight': [.5, 1., 2.], 'pos_weight': [3., 1., 2.]}])
sign = torch.tensor([1., -1, -1, 1])
each('MarginRankingLoss', {'input1': r(N), 'input2': r(N), 'target': sign}, [{}, {'margin': .5}])
each('HingeEmbeddingLoss', {'input': r(N), 'target': sign}, [{}, {'margin': .5}])
each('SoftMarginLoss', {'input': x, 'target': hot * 2 - 1})
each('CosineEmbeddingLoss', {'input1': r(N, 5), 'input2': r(N, 5), 'target': sign}, [{}, {'margin': .3}, {'margin': -.5}])
each('CosineEmbeddingLoss', {'input1': r(5), 'input2': r(5), 'target': torch.tensor(-1.)})
each('MultiLabelMarginLoss', {'input': x, 'target': torch.tensor([[2, 0, -1], [1, -1, 0], [-1, 0, 1], [0, 1, 2]])})
each('MultiLabelMarginLoss', {'input': x[0], 'target': torch.tensor([2, 0, -1])})
each('MultiLabelSoftMarginLoss', {'input': x, 'target': hot}, [{}, {'weight': [.5, 1., 2.]}])
each('MultiMarginLoss', {'input': x, 'target': labels},
     [{}, {'p': 2}, {'margin': .3, 'weight': [.5, 1., 2.]}, {'p': 2, 'weight': [.5, 1., 2.]}])
each('MultiMarginLoss', {'input': x[0], 'target': torch.tensor(1)})
three = {'anchor': r(N, 6), 'positive': r(N, 6), 'negative': r(N, 6)}
each('TripletMarginLoss', three, [{}, {'margin': 3., 'swap': True}, {'p': 1.}, {'p': 3., 'eps': .1}])
each('TripletMarginLoss', {k: v[0] for k, v in three.items()})
each('TripletMarginWithDistanceLoss', three, [{}, {'margin': 3., 'swap': True}])
T = 9
targets = torch.tensor([[1, 2, 2], [3, 3, 0], [4, 0, 0]])
lens = {'input_lengths': torch.tensor([9, 8, 5]), 'target_lengths': torch.tensor([3, 2, 1])}
logs = r(T, 3, 5).log_softmax(2)
each('CTCLoss', {'log_probs': logs, 'targets': targets, **lens})
each('CTCLoss', {'log_probs': logs, 'targets': torch.tensor([1, 2, 2, 3, 3, 4]), **lens})
each('CTCLoss', {'log_probs': logs, 'targets': torch.tensor([[0, 1, 1], [3, 3, 0], [4, 0, 0]]), **lens}, [{'blank': 2}])
short = {**lens, 'input_lengths': torch.tensor([9, 2, 5])}
each('CTCLoss', {'log_probs': logs, 'targets': targets, **short}, [{'zero_infinity': True}])
case('CTCLoss', {}, {'log_probs': logs[:, 0], 'targets': targets[0], 'input_lengths': torch.tensor(9),
                     'target_lengths': torch.tensor(3)})
for bias in (False, True):
    config = {'in_features': 8, 'n_classes': 12, 'cutoffs': [4, 8], 'div_value': 2., 'head_bias': bias}
    case('AdaptiveLogSoftmaxWithLoss', config, {'input': r(6, 8), 'target': torch.tensor([0, 3, 4, 7, 8, 11])})

out = pathlib.Path(__file__).with_name('torch-losses.json.gz')
text = json.dumps({'torch': torch.__version__, 'cases': cases}, separators=(',', ':'))
out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
print(len(cases), 'cases,', out.stat().st_size, 'bytes')
