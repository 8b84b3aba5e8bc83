import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import * as nn from '../../src/nn/index.ts'
import { message } from '../core/message.ts'

const network = nn.sequential({
  stem: nn.sequential([nn.conv({ features: 4, kernelSize: [3, 3] }), nn.batchNorm(), nn.relu]),
  pool: nn.globalAvgPool(),
  head: nn.dense({ features: 10 })
})

describe('summary', () => {
  test('prints a row for every layer, and totals', () => {
    expect(`\n${String(nn.summary(network, [1, 8, 8, 3]))}\n`).toMatchInlineSnapshot(`
      "
      layer                   output shape  parameters  trainable
      ───────────────────────────────────────────────────────────
      sequential              [1, 10]
        stem (sequential)     [1, 8, 8, 4]
          0 (conv)            [1, 8, 8, 4]         112  yes
          1 (batchNorm)       [1, 8, 8, 4]           8  yes
          2 (relu)            [1, 8, 8, 4]
        pool (globalAvgPool)  [1, 4]
        head (dense)          [1, 10]               50  yes
      ───────────────────────────────────────────────────────────
      parameters: 170, trainable: 170, frozen: 0, state: 8
      "
    `)
  })

  test('says what learns under a mask', () => {
    const mask = { stem: [{ kernel: false, bias: true }, false, true], pool: true, head: true }
    const summary = nn.summary(network, [1, 8, 8, 3], { trainable: mask, depth: 1 })
    expect(`\n${String(summary)}\n`).toMatchInlineSnapshot(`
      "
      layer                   output shape  parameters  trainable
      ───────────────────────────────────────────────────────────
      sequential              [1, 10]
        stem (sequential)     [1, 8, 8, 4]         120  partly
        pool (globalAvgPool)  [1, 4]
        head (dense)          [1, 10]               50  yes
      ───────────────────────────────────────────────────────────
      parameters: 170, trainable: 54, frozen: 116, state: 8
      "
    `)
    expect(summary.trainable).toBe(4 + 50)
  })

  test('shows what is inside of blocks, and inputs that are trees', () => {
    const decoder = nn.transformerDecoder({ features: 8, numHeads: 2, numLayers: 1 })
    const shapes = { x: [1, 3, 8], memory: [1, 5, 8] }
    expect(`\n${String(nn.summary(decoder, shapes))}\n`).toMatchInlineSnapshot(`
      "
      layer                                      output shape  parameters  trainable
      ──────────────────────────────────────────────────────────────────────────────
      transformerDecoder                         [1, 3, 8]
        layers (stack)                           [1, 3, 8]
          0 (transformerDecoderLayer)            [1, 3, 8]
            selfAttention (multiHeadAttention)   [1, 3, 8]
              query (dense)                      [1, 3, 8]             72  yes
              key (dense)                        [1, 3, 8]             72  yes
              value (dense)                      [1, 3, 8]             72  yes
              out (dense)                        [1, 3, 8]             72  yes
            dropout1 (dropout)                   [1, 3, 8]
            norm1 (layerNorm)                    [1, 3, 8]             16  yes
            crossAttention (multiHeadAttention)  [1, 3, 8]
              query (dense)                      [1, 3, 8]             72  yes
              key (dense)                        [1, 5, 8]             72  yes
              value (dense)                      [1, 5, 8]             72  yes
              out (dense)                        [1, 3, 8]             72  yes
            dropout2 (dropout)                   [1, 3, 8]
            norm2 (layerNorm)                    [1, 3, 8]             16  yes
            feedForward (feedForward)            [1, 3, 8]
              up (dense)                         [1, 3, 32]           288  yes
              dropout (dropout)                  [1, 3, 32]
              down (dense)                       [1, 3, 8]            264  yes
            dropout3 (dropout)                   [1, 3, 8]
            norm3 (layerNorm)                    [1, 3, 8]             16  yes
        norm (identity)                          [1, 3, 8]
      ──────────────────────────────────────────────────────────────────────────────
      parameters: 1,176, trainable: 1,176, frozen: 0, state: 0
      "
    `)
  })

  test('reads token numbers where the network does', () => {
    const model = nn.sequential([
      nn.embedding({ numEmbeddings: 7, features: 2 }),
      nn.lstm({ features: 3, returnState: true })
    ])
    const { rows } = nn.summary(model, [2, 5])
    expect(rows.at(-1)?.output).toEqual({
      output: [2, 5, 3],
      final: [{ forward: { h: [2, 3], c: [2, 3] } }]
    })
  })

  test('is what the console shows', () => {
    const summary = nn.summary(nn.dense({ features: 2 }), [1, 3])
    expect(inspect(summary)).toBe(String(summary))
  })

  test('fails where the network would', () => {
    expect(message(() => nn.summary(network, [1, 3]))).toMatchInlineSnapshot(`
      "ShapeError conv at stem[0]: the layer cannot take an input of this shape
        got:      an input of shape [1, 3]
        expected: [..., H, W, C]
        hint:     channels come last; np.expandDims adds an axis"
    `)
    expect(message(() => nn.summary(network, [1, 8, 8, 3], { trainable: { head: true } })))
      .toMatchInlineSnapshot(`
      "StructureError summary: a prefix does not fit the tree it describes
        got:      an object with head at the root, where the tree has an object with head, pool, stem
        expected: a value for the whole sub-tree, or the same node with a value for each child
        hint:     one value stands for everything below it"
    `)
  })
})
