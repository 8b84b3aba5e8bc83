import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import * as np from '../../src/numpy/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'

const named = (f: (x: NdArray) => NdArray) => vmap(f, { axisName: 'i' })
const x = np.reshape(np.arange(24), [3, 2, 4]).astype('float64')
const square = np.reshape(np.arange(9), [3, 3]).astype('float64')

/** The gradient of Σ w f(x) is the adjoint of a linear f at w: ⟨f x, w⟩ = ⟨x, fᵀ w⟩. */
const expectAdjoint = (f: (x: NdArray) => NdArray, at: NdArray): void => {
  const y = f(at)
  const w = np.add(np.mul(np.reshape(np.arange(y.size), y.shape), 0.5), 1).astype('float64')
  const adjoint = grad((v: NdArray) => np.sum(np.mul(f(v), w)))(at)
  expectArray(np.sum(np.mul(at, adjoint)), np.sum(np.mul(y, w)))
}

describe('ppermute', () => {
  const shift = named((v) => lax.ppermute(v, 'i', [[0, 1], [1, 2]])) // prettier-ignore

  test('sends to destinations, and zeros to the rest', () => {
    const expected = np.concatenate([np.zerosLike(x.slice('0:1')), x.slice('0:2')])
    expectArray(shift(x), expected)
    expectArray(jit(shift)(x), expected)
    expectAdjoint(shift, x)
  })

  test('of a whole permutation is pshuffle', () => {
    const f = named((v) => lax.pshuffle(v, 'i', [2, 0, 1]))
    expectArray(f(x), np.take(x, np.array([2, 0, 1]).astype('int32'), { axis: 0 }))
    expectAdjoint(f, x)
  })

  test('sends nothing to two', () => {
    const twice = (): unknown => named((v) => lax.ppermute(v, 'i', [[0, 1], [0, 2]]))(x) // prettier-ignore
    expect(message(twice)).toMatchInlineSnapshot(`
      "ValueError ppermute: the routes are no partial permutation
        got:      0 → 1, 0 → 2
        expected: examples from 0 to 2, each a source and a destination at most once
        hint:     allGather gives every value to every example"
    `)
  })
})

test('pbroadcast gives everyone the value of one', () => {
  const f = named((v) => lax.pbroadcast(v, 'i', 1))
  expectArray(f(x), np.broadcastTo(x.slice('1:2'), x.shape))
  expectAdjoint(f, x)
})

describe('psumScatter', () => {
  test('leaves each its own part of the sum', () => {
    const f = named((v) => lax.psumScatter(v, 'i'))
    expectArray(f(square), np.sum(square, { axis: 0 }))
    expectAdjoint(f, square)
  })

  test('cuts slices when tiled', () => {
    const wide = np.reshape(np.arange(36), [3, 2, 6]).astype('float64')
    const f = named((v) => lax.psumScatter(v, 'i', { scatterDimension: 1, tiled: true }))
    const sum = np.sum(wide, { axis: 0 })
    expectArray(f(wide), np.stack(np.split(sum, 3, { axis: 1 })))
    expectAdjoint(f, wide)
  })

  test('needs a part for each', () => {
    expect(message(() => named((v) => lax.psumScatter(v, 'i'))(x))).toMatchInlineSnapshot(`
      "ShapeError psumScatter: the axis does not fall into one piece for each example
        got:      axis 0 of [2, 4] for 3 examples
        expected: an extent of 3
        hint:     { tiled: true } takes slices of several elements"
    `)
  })
})

describe('allToAll', () => {
  test('transposes the mapped axis and another one', () => {
    const f = named((v) => lax.allToAll(v, 'i', 0, 0))
    expectArray(f(square), np.transpose(square))
    expectArray(named((v) => lax.pswapaxes(v, 'i', 0))(square), np.transpose(square))
    expectAdjoint(f, square)
  })

  test('puts the pieces where it is told to', () => {
    const two = np.reshape(np.arange(2 * 2 * 5), [2, 2, 5]).astype('float64')
    const f = named((v) => lax.allToAll(v, 'i', 0, 1))
    expectArray(f(two), np.transpose(two, [1, 2, 0]))
    expectAdjoint(f, two)
  })

  test('joins slices when tiled', () => {
    const wide = np.reshape(np.arange(36), [3, 6, 2]).astype('float64')
    const f = named((v) => lax.allToAll(v, 'i', 0, 1, { tiled: true }))
    const each = [0, 1, 2].map((i) =>
      np.concatenate(
        [0, 1, 2].map((j) => wide.slice(j, `${2 * i}:${2 * i + 2}`)),
        { axis: 1 }
      )
    )
    expectArray(f(wide), np.stack(each))
    expectAdjoint(f, wide)
  })
})
