import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { load } from './golden.ts'
import { checkLayer, checkLayers, type LayerCase } from './layers.ts'
import { failuresOf } from './report.ts'

describe('layers of PyTorch 1.13', () => {
  // Recorded by make-layers.py. Compiled and with threads they are replayed in CI.
  test('every module of torch.nn with its options agrees', { timeout: 300_000 }, () => {
    const path = fileURLToPath(new URL('./data/torch-layers.json.gz', import.meta.url))
    const outcomes = checkLayers(load(path))
    expect(failuresOf(outcomes)).toEqual([])
    expect(outcomes).toHaveLength(1132)
  })
})

describe('the runner of layers', () => {
  const x0 = { shape: [1, 2], dtype: 'float32', data: [1, 2] }
  const weight = { shape: [1, 2], dtype: 'float32', data: [10, 20] }
  const linear: LayerCase = {
    name: 'example',
    layer: 'Linear',
    config: { in_features: 2, out_features: 1, bias: false },
    params: { weight },
    inputs: { x0 },
    outputs: [{ shape: [1, 1], dtype: 'float32', data: [50] }],
    cotangents: [{ shape: [1, 1], dtype: 'float32', data: [1] }],
    input_grads: { x0: { shape: [1, 2], dtype: 'float32', data: [10, 20] } },
    param_grads: { weight: { shape: [1, 2], dtype: 'float32', data: [1, 2] } }
  }

  test('compares outputs, compiled or not, and both kinds of gradients', () => {
    const outcomes = checkLayer(linear)
    expect(failuresOf(outcomes)).toEqual([])
    expect(outcomes.map((o) => o.name)).toEqual([
      'example (Linear), outputs',
      'example (Linear), outputs of jit',
      'example (Linear), gradients of inputs',
      'example (Linear), gradients of parameters'
    ])
  })

  test('reads arguments by position', () => {
    expect(failuresOf(checkLayer({ ...linear, config: [2, 1, false] }))).toEqual([])
  })

  test('sees a wrong output and a wrong gradient', () => {
    const wrong = { shape: [1, 2], dtype: 'float32', data: [10, 21] }
    expect(
      failuresOf(checkLayer({ ...linear, input_grads: { x0: wrong }, outputs: [x0] }))
    ).toEqual([
      'example (Linear), outputs: result 0 got float32 [1, 1], expected float32 [1, 2]',
      'example (Linear), outputs of jit: result 0 got float32 [1, 1], expected float32 [1, 2]',
      'example (Linear), gradients of inputs: x0 at 1: got 20, expected 21'
    ])
  })

  test('counts an unknown layer as one failure that names it', () => {
    expect(failuresOf(checkLayer({ ...linear, layer: 'Lineer' }))).toEqual([
      'example (Lineer), outputs: threw ValueError: conformance: a layer has no adapter;  got:      Lineer'
    ])
  })

  test('counts an argument that nobody reads as one failure that names it', () => {
    const config = { in_features: 2, out_features: 1, bias: false, gain: 2 }
    expect(failuresOf(checkLayer({ ...linear, config }))).toEqual([
      'example (Linear), outputs: threw ValueError: conformance: an argument of the constructor is unknown;  got:      gain'
    ])
  })
})
