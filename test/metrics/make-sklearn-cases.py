"""
Writes sklearn-cases.json.gz: values of scikit-learn's metrics on small random inputs, in the format
of the golden file of the kind `metrics`. Run with any scikit-learn from 1.2 on:

    python3 test/metrics/make-sklearn-cases.py

Functions that this version lacks are told by those it has (a root of a mean, for example).
"""
import gzip
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics as M
from sklearn.metrics import cluster

warnings.filterwarnings('ignore')
rng = np.random.default_rng(7)
cases = []


def plain(x):
    if isinstance(x, float) and not np.isfinite(x):
        return 'NaN' if np.isnan(x) else ('Infinity' if x > 0 else '-Infinity')
    return x


def encode(x):
    if isinstance(x, dict):
        return {k: encode(v) for k, v in x.items()}
    if isinstance(x, tuple):
        return [encode(v) for v in x]
    if isinstance(x, np.ndarray):
        data = [plain(v) for v in x.ravel().tolist()]
        return {'shape': list(x.shape), 'dtype': str(x.dtype), 'data': data}
    return plain(float(x)) if isinstance(x, (float, np.floating, np.integer)) else x


def case(name, inputs, config=None, value=None):
    config = config or {}
    if value is None:
        function = getattr(M, name, None) or getattr(cluster, name)
        value = function(*[inputs[k] for k in inputs if k != 'sample_weight'],
                         **({'sample_weight': inputs['sample_weight']} if 'sample_weight' in inputs else {}),
                         **config)
    cases.append({'metric': name, 'config': config,
                  'inputs': {k: encode(np.asarray(v)) for k, v in inputs.items()}, 'value': encode(value)})


def each(names, inputs, configs=({},)):
    for name in names if isinstance(names, (list, tuple)) else [names]:
        for config in configs:
            case(name, inputs, config)


n = 40
w = np.round(rng.uniform(0.1, 2, n), 3)
multi = rng.integers(0, 4, n)
multi_pred = np.where(rng.random(n) < .7, multi, rng.integers(0, 4, n))
names = np.array(['ant', 'bee', 'cat', 'dog'])
binary = rng.integers(0, 2, n)
binary_pred = np.where(rng.random(n) < .75, binary, 1 - binary)
score = np.round(np.clip(binary * .3 + rng.random(n) * .7, 0, 1), 2)  # with ties
rows = rng.integers(0, 2, (n, 3))
rows[0] = 0
rows_pred = np.where(rng.random((n, 3)) < .75, rows, 1 - rows)
rows_pred[0] = 0
rows_score = np.round(rows * .3 + rng.random((n, 3)) * .7, 2)
proba = rng.dirichlet(np.ones(4), n) * .5
proba[np.arange(n), multi] += .5

T = lambda t, p, **k: {'y_true': t, 'y_pred': p, **k}
S = lambda t, p, **k: {'y_true': t, 'y_score': p, **k}
P = lambda t, p, **k: {'y_true': t, 'y_prob': p, **k}

prf = ['precision_score', 'recall_score', 'f1_score', 'jaccard_score']
averages = [{'average': a} for a in ('micro', 'macro', 'weighted', None)]
each(prf, T(multi, multi_pred), averages)
each(prf, T(multi, multi_pred, sample_weight=w), averages)
each(prf, T(names[multi], names[multi_pred]), [{'average': 'macro'}])
each(prf, T(binary, binary_pred), [{}, {'pos_label': 0}])
each(prf, T(binary * 2 - 1, binary_pred * 2 - 1), [{}])
each(prf, T(rows, rows_pred), averages + [{'average': 'samples'}, {'average': 'samples', 'zero_division': 1}])
each(prf, T(rows, rows_pred, sample_weight=w), averages + [{'average': 'samples'}])
each(prf, T(multi, multi_pred), [{'average': 'macro', 'labels': [3, 1]}, {'average': 'micro', 'labels': [2, 0]}])
each(prf[:3], T([0, 0, 1], [0, 0, 0]), [{'zero_division': 1}, {'average': 'macro', 'zero_division': 0}])
each('fbeta_score', T(multi, multi_pred), [{'average': 'macro', 'beta': .5}, {'average': None, 'beta': 2.}])
each('precision_recall_fscore_support', T(multi, multi_pred),
     [{}, {'beta': 2., 'average': 'macro'}, {'average': 'weighted'}])
each('multilabel_confusion_matrix', T(multi, multi_pred, sample_weight=w))
each('multilabel_confusion_matrix', T(rows, rows_pred))
each('accuracy_score', T(multi, multi_pred), [{}, {'normalize': False}])
each(['accuracy_score', 'zero_one_loss'], T(multi, multi_pred, sample_weight=w), [{}, {'normalize': False}])
each(['accuracy_score', 'zero_one_loss', 'hamming_loss'], T(rows, rows_pred, sample_weight=w))
each(['hamming_loss', 'zero_one_loss'], T(multi, multi_pred))
each('balanced_accuracy_score', T(multi, multi_pred, sample_weight=w), [{}, {'adjusted': True}])
each('balanced_accuracy_score', T([0, 0, 2, 2], [0, 1, 2, 1]))
each('matthews_corrcoef', T(multi, multi_pred, sample_weight=w))
each('matthews_corrcoef', T(binary, binary_pred))
each('matthews_corrcoef', T([1, 1, 1], [0, 1, 1]))
each('cohen_kappa_score', T(multi, multi_pred),
     [{}, {'weights': 'linear'}, {'weights': 'quadratic'}, {'labels': [1, 2]}])
each('cohen_kappa_score', T(multi, multi_pred, sample_weight=w), [{'weights': 'quadratic'}])
each('confusion_matrix', T(multi, multi_pred),
     [{'normalize': 'true'}, {'normalize': 'pred'}, {'normalize': 'all'}, {'labels': [2, 0]}])
each('confusion_matrix', T(multi, multi_pred, sample_weight=w))
each('confusion_matrix', T(names[multi], names[multi_pred]))
each('class_likelihood_ratios', T(binary, binary_pred))
case('classification_report', T(multi, multi_pred), {'output_dict': True})
case('classification_report', T(names[multi], names[multi_pred], sample_weight=w), {'output_dict': True})
case('classification_report', T(multi, multi_pred), {'output_dict': True, 'labels': [1, 3]})

each(['roc_auc_score', 'average_precision_score'], S(binary, score))
each(['roc_auc_score', 'average_precision_score'], S(binary, score, sample_weight=w))
each('roc_auc_score', S(binary, score), [{'max_fpr': .3}])
each('roc_auc_score', S(binary, score, sample_weight=w), [{'max_fpr': .75}])
each(['roc_auc_score', 'average_precision_score'], S(np.maximum(rows, np.arange(n)[:, None] == 0), rows_score),
     [{'average': a} for a in ('micro', 'macro', 'weighted', None)])
each('roc_auc_score', S(rows[rows.sum(1) % 3 > 0], rows_score[rows.sum(1) % 3 > 0]), [{'average': 'samples'}])
each('roc_auc_score', S(multi, proba / proba.sum(1, keepdims=True)),
     [{'multi_class': m, 'average': a} for m in ('ovr', 'ovo') for a in ('macro', 'weighted')])
each('roc_auc_score', S(names[multi], proba), [{'multi_class': 'ovr'}])
each('roc_auc_score', S(multi, proba, sample_weight=w), [{'multi_class': 'ovr', 'average': 'weighted'}])
if tuple(map(int, sklearn.__version__.split('.')[:2])) < (1, 3):
    onehot = np.eye(4)[multi]
    for a in ('macro', 'micro', 'weighted', None):
        case('average_precision_score', S(multi, proba), {'average': a},
             M.average_precision_score(onehot, proba, average=a))
each('roc_curve', S(binary, score), [{'drop_intermediate': False}])
cases[-1]['value'][2]['data'][0] = 'Infinity'  # as scikit-learn 1.3 and later have it
each('roc_curve', S(binary, score, sample_weight=w))
cases[-1]['value'][2]['data'][0] = 'Infinity'
each('precision_recall_curve', S(binary, score))
each('precision_recall_curve', S(binary, score, sample_weight=w), [{'pos_label': 0}])
x_points, y_points = np.sort(score)[::-1].copy(), rng.random(n)
case('auc', {'x': x_points, 'y': y_points})
best = score.copy()
best[np.flatnonzero(binary)[0]] = 1.5
each('det_curve', S(binary, best))
each('top_k_accuracy_score', S(multi, proba), [{'k': 1}, {'k': 2}, {'k': 3}, {'k': 2, 'normalize': False}])
each('top_k_accuracy_score', S(multi, proba, sample_weight=w), [{}])
each('top_k_accuracy_score', S(binary, score), [{'k': 1}])
each('log_loss', P(binary, score, sample_weight=w), [{}, {'normalize': False}])
each('log_loss', P(multi, proba))
each('log_loss', P(names[multi], proba, sample_weight=w))
each('log_loss', P([1, 1, 1], [.3, .8, 1.]), [{'labels': [0, 1]}])
each('brier_score_loss', P(binary, score))
each('brier_score_loss', P(binary, score, sample_weight=w), [{'pos_label': 0}])
each('hinge_loss', {'y_true': binary, 'pred_decision': score * 4 - 2})
each('hinge_loss', {'y_true': binary * 2 - 1, 'pred_decision': score * 4 - 2, 'sample_weight': w})
each('hinge_loss', {'y_true': multi, 'pred_decision': proba * 3})
freq = np.bincount(multi, weights=w) / w.sum()
base = M.log_loss(multi, np.tile(freq, (n, 1)), sample_weight=w)
case('d2_log_loss_score', P(multi, proba, sample_weight=w), {}, 1 - M.log_loss(multi, proba, sample_weight=w) / base)
far = lambda p: np.average(((p - np.eye(4)[multi]) ** 2).sum(1), weights=w)
case('brier_score_loss', P(multi, proba, sample_weight=w), {}, far(proba))
case('brier_score_loss', P(multi, proba, sample_weight=w), {'scale_by_half': True}, far(proba) / 2)
case('d2_brier_score', P(multi, proba, sample_weight=w), {}, 1 - far(proba) / far(np.tile(freq, (n, 1))))

y = rng.normal(size=(n, 2)) * [1, 5] + [0, 100]
z = y + rng.normal(size=(n, 2)) * .3
outs = [{}, {'multioutput': 'raw_values'}, {'multioutput': [.3, .7]}]
plain_errors = ['mean_squared_error', 'mean_absolute_error', 'median_absolute_error',
                'mean_absolute_percentage_error', 'mean_pinball_loss']
each(plain_errors, T(y, z), outs)
each(plain_errors, T(y[:, 0], z[:, 0]))
each(plain_errors[:2] + plain_errors[3:], T(y, z, sample_weight=w), outs)
each('mean_pinball_loss', T(y, z), [{'alpha': .1}])
for weighted in ({}, {'sample_weight': w}):
    for name, of in (('root_mean_squared_error', M.mean_squared_error),
                     ('root_mean_squared_log_error', M.mean_squared_log_error)):
        raw = np.sqrt(of(abs(y), abs(z), multioutput='raw_values', **weighted))
        case(name, T(abs(y), abs(z), **weighted), {}, raw.mean())
        case(name, T(abs(y), abs(z), **weighted), {'multioutput': 'raw_values'}, raw)
each('mean_squared_log_error', T(abs(y), abs(z), sample_weight=w), outs)
r2s = outs + [{'multioutput': 'variance_weighted'}]
each(['r2_score', 'explained_variance_score'], T(y, z), r2s)
each(['r2_score', 'explained_variance_score'], T(y, z, sample_weight=w), r2s)
each(['r2_score', 'explained_variance_score'], T([2., 2, 2], [2., 2, 1]), [{}, {'force_finite': False}])
each('max_error', T(y[:, 1], z[:, 1]))
pos, pos_pred = abs(y[:, 0]) + .1, abs(z[:, 0]) + .1
counts = rng.poisson(2, n).astype(float)
each('mean_poisson_deviance', T(counts, pos_pred, sample_weight=w))
each('mean_gamma_deviance', T(pos, pos_pred))
each('mean_tweedie_deviance', T(pos, pos_pred, sample_weight=w), [{'power': p} for p in (-1, 0, 1, 1.5, 2, 3)])
each('mean_tweedie_deviance', T(counts, pos_pred), [{'power': 1.5}])
each('d2_tweedie_score', T(pos, pos_pred), [{'power': p} for p in (0, 1, 2, 3)])
each('d2_pinball_score', T(y, z), [{}, {'alpha': .9}, {'alpha': .1, 'multioutput': 'raw_values'}])
each('d2_absolute_error_score', T(y, z), outs)
each('d2_tweedie_score', T(pos, pos_pred, sample_weight=w), [{'power': 1}])

relevance = rng.integers(0, 4, (6, 8)).astype(float)
ranks = np.round(rng.random((6, 8)), 1)
each('dcg_score', S(relevance, ranks, sample_weight=w[:6]), [{}, {'k': 3}, {'ignore_ties': True}, {'log_base': 3}])
each('ndcg_score', S(relevance, ranks), [{}, {'k': 3}, {'k': 5, 'ignore_ties': True}])
each(['coverage_error', 'label_ranking_average_precision_score', 'label_ranking_loss'],
     S(rows, rows_score, sample_weight=w))
each(['coverage_error', 'label_ranking_average_precision_score', 'label_ranking_loss'],
     S((relevance > 2).astype(int), ranks))

C = {'labels_true': multi, 'labels_pred': np.where(rng.random(n) < .7, (multi + 1) % 4, rng.integers(0, 6, n))}
each(['rand_score', 'adjusted_rand_score', 'mutual_info_score', 'homogeneity_score', 'completeness_score',
      'v_measure_score', 'fowlkes_mallows_score', 'pair_confusion_matrix',
      'homogeneity_completeness_v_measure'], C)
case('contingency_matrix', C, {}, cluster.contingency_matrix(multi, C['labels_pred']).astype(float))
each(['normalized_mutual_info_score', 'adjusted_mutual_info_score'], C,
     [{'average_method': a} for a in ('arithmetic', 'geometric', 'min', 'max')])
each(['v_measure_score', 'homogeneity_completeness_v_measure'], C, [{'beta': .3}])
one = {'labels_true': [0, 0, 0], 'labels_pred': [1, 1, 1]}
apart = {'labels_true': [0, 0, 1, 1], 'labels_pred': [0, 1, 0, 1]}
each(['rand_score', 'adjusted_rand_score', 'mutual_info_score', 'v_measure_score', 'fowlkes_mallows_score',
      'normalized_mutual_info_score', 'adjusted_mutual_info_score'], one)
each(['adjusted_rand_score', 'v_measure_score', 'fowlkes_mallows_score', 'normalized_mutual_info_score',
      'adjusted_mutual_info_score'], apart)
X = {'X': np.round(rng.normal(size=(n, 3)) + multi[:, None], 3), 'labels': multi}
each(['silhouette_score', 'silhouette_samples', 'calinski_harabasz_score', 'davies_bouldin_score'], X)
each(['silhouette_score'], X, [{'metric': m} for m in ('manhattan', 'cosine', 'chebyshev')])

several = (rng.random((12, 3)) < .5).astype(int)
guess = np.where(rng.random((12, 3)) < .7, several, 1 - several)
L = {'y_true': several, 'y_pred': guess}
LW = {**L, 'sample_weight': np.round(rng.uniform(.1, 2, 12), 3)}
each(['precision_score', 'recall_score', 'f1_score', 'jaccard_score'], LW, [{'average': 'samples', 'labels': [2, 0]}])
each('classification_report', LW, [{'output_dict': True}])
each('multilabel_confusion_matrix', L, [{'samplewise': True}, {'samplewise': True, 'labels': [1, 2]}])
same = {'y_true': [3, 3, 3], 'y_pred': [3, 3, 3]}
each('confusion_matrix', same, [{}, {'normalize': 'all'}])
each('multilabel_confusion_matrix', same)
each('classification_report', {'y_true': [0, 1, 1], 'y_pred': [1, 1, 0]}, [{'output_dict': True, 'labels': [1, 0]}])
idle = {'y_true': [0, 1, 2, 2], 'y_pred': [0, 1, 2, 1], 'sample_weight': [0., 1., 2., .5]}
each(['precision_score', 'recall_score', 'f1_score'], idle, [{'average': 'macro'}, {'average': None}])
each('class_likelihood_ratios', {'y_true': [1, 1, 1], 'y_pred': [1, 0, 0], 'sample_weight': [.12, .33, .5]})
each('top_k_accuracy_score', {'y_true': [0, 1, 1, 0], 'y_score': [.5, .5, .7, .2]}, [{'k': 1}])
each('brier_score_loss', {'y_true': [1, 1, 1], 'y_prob': [.5, .9, .7]})

out = pathlib.Path(__file__).with_name('sklearn-cases.json.gz')
text = json.dumps({'sklearn': sklearn.__version__, 'cases': cases}, separators=(',', ':'))
out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
print(len(cases), 'cases,', out.stat().st_size, 'bytes')
