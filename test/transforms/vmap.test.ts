import { describe, expect, test } from 'vitest'
import { some, type Option } from 'fp-ts/lib/Option.js'
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { jvp } from '../../src/transforms/jvp.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { array, number, values } from '../control/arrays.ts'

const add = (x: NdArray, y: NdArray): NdArray => lax.add(x, y)
const dot = (x: NdArray, y: NdArray): NdArray => lax.dot(x, y)
const table = array([1, 2, 3, 4, 5, 6], [2, 3])

describe('vmap', () => {
  test('maps the first axis by default', () => {
    const sums = vmap((row: NdArray) => lax.reduceSum(row, [0]))(table)
    expect([sums.shape, values(sums)]).toEqual([[2], [6, 15]])
  })

  test('maps any axis, counted from either end', () => {
    const columns = vmap((column: NdArray) => lax.reduceSum(column, [0]), { inAxes: 1 })(table)
    expect(values(columns)).toEqual([5, 7, 9])
    const last = vmap((column: NdArray) => lax.reduceSum(column, [0]), { inAxes: -1 })(table)
    expect(values(last)).toEqual([5, 7, 9])
  })

  test('shares arguments whose axis is null', () => {
    const products = vmap(dot, { inAxes: [0, null] })(table, array([1, 0, 1]))
    expect(values(products)).toEqual([4, 10])
  })

  test('puts the mapped axis where outAxes says', () => {
    const twice = vmap((row: NdArray) => lax.mul(row, 2), { outAxes: 1 })(table)
    expect([twice.shape, values(twice)]).toEqual([
      [3, 2],
      [2, 8, 4, 10, 6, 12]
    ])
    const last = vmap((row: NdArray) => lax.mul(row, 2), { outAxes: -1 })(table)
    expect(last.shape).toEqual([3, 2])
  })

  test('nests with different axes: an outer sum', () => {
    const outer = vmap(vmap(add, { inAxes: [null, 0] }), { inAxes: [0, null] })
    const sums = outer(array([10, 20]), array([1, 2, 3]))
    expect([sums.shape, values(sums)]).toEqual([
      [2, 3],
      [11, 12, 13, 21, 22, 23]
    ])
    const swapped = vmap(vmap(add, { inAxes: [0, null] }), { inAxes: [null, 0] })
    expect(values(swapped(array([10, 20]), array([1, 2, 3])))).toEqual([11, 21, 12, 22, 13, 23])
  })

  test('nests three deep with mixed axes: a matrix product from a dot product', () => {
    const matmul = vmap(vmap(dot, { inAxes: [null, 1] }), { inAxes: [0, null] })
    const right = array([1, 0, 0, 1, 1, 1], [3, 2])
    expect(values(matmul(table, right))).toEqual([4, 5, 10, 11])
    const batched = vmap(matmul, { inAxes: [null, 2], outAxes: 2 })
    const stack = array([1, 2, 0, 0, 0, 0, 1, 2, 1, 2, 1, 2], [3, 2, 2])
    const result = batched(table, stack)
    expect([result.shape, values(result)]).toEqual([
      [2, 2, 2],
      [4, 8, 5, 10, 10, 20, 11, 22]
    ])
  })

  test('takes inAxes as a tree, down to any depth', () => {
    interface Model {
      readonly w: NdArray
      readonly layers: readonly [NdArray, { readonly b: NdArray }]
      readonly scale: Option<NdArray>
    }
    const f = ({ w, layers: [a, { b }], scale }: Model, x: NdArray): NdArray =>
      lax.mul(
        lax.add(lax.mul(w, x), lax.add(a, b)),
        scale._tag === 'Some' ? scale.value : number(1)
      )
    const model = {
      w: array([1, 2]),
      layers: [number(10), { b: array([100, 200]) }] as const,
      scale: some(number(2))
    }
    const axes = [{ w: 0, layers: [null, { b: 0 }], scale: null }, null] as never
    expect(values(vmap(f, { inAxes: axes })(model, number(3)))).toEqual([226, 432])
    // A number or null in the place of a subtree holds for all of it.
    const prefix = [{ w: 0, layers: null, scale: null }, null] as never
    const shared = { ...model, layers: [number(10), { b: number(100) }] as const }
    expect(values(vmap(f, { inAxes: prefix })(shared, number(3)))).toEqual([226, 232])
  })

  test('takes outAxes as a tree, with null for what all examples share', () => {
    const f = (x: NdArray, y: NdArray): { readonly rows: NdArray; readonly shared: NdArray } => ({
      rows: lax.mul(x, 2),
      shared: y
    })
    const out = vmap(f, { inAxes: [0, null], outAxes: { rows: 1, shared: null } as never })(
      table,
      number(7)
    )
    expect([out.rows.shape, out.shared.shape, values(out.shared)]).toEqual([[3, 2], [], [7]])
  })

  test('repeats results that do not depend on the examples', () => {
    const constant = vmap((_x: NdArray) => array([1, 2]))(array([0, 0, 0]))
    expect([constant.shape, values(constant)]).toEqual([
      [3, 2],
      [1, 2, 1, 2, 1, 2]
    ])
  })

  test('needs axisSize when nothing is mapped', () => {
    const repeated = vmap(() => number(5), { axisSize: 2 })()
    expect([repeated.shape, values(repeated)]).toEqual([[2], [5, 5]])
    const shared = vmap((x: NdArray) => x, { inAxes: null, axisSize: 3 })(number(1))
    expect(values(shared)).toEqual([1, 1, 1])
  })

  test('of no examples gives arrays of size 0', () => {
    const empty = vmap((x: NdArray) => lax.sin(x))(array([], [0, 3]))
    expect(empty.shape).toEqual([0, 3])
  })

  test('composes with grad and jvp: per-example gradients', () => {
    const loss = (w: NdArray, x: NdArray): NdArray => {
      const error = lax.sub(lax.dot(w, x), 1)
      return lax.mul(error, error)
    }
    const each = vmap(grad(loss), { inAxes: [null, 0] })
    // 2 (w·x − 1) x for w = (1, 1): rows (1, 2, 3) and (4, 5, 6) of a [2, 3] table.
    const w = array([1, 1, 1])
    expect(values(each(w, table))).toEqual([10, 20, 30, 112, 140, 168])
    expect(values(jit(each)(w, table))).toEqual([10, 20, 30, 112, 140, 168])
    const [, dot] = jvp((v: NdArray) => each(v, table), [w], [array([1, 0, 0])])
    // d/dw₀ of 2 (w·x − 1) x is 2 x₀ x.
    expect(values(dot)).toEqual([2, 4, 6, 32, 40, 48])
  })

  test('collectives refer to the axis that has their name', () => {
    const f = (x: NdArray): NdArray =>
      vmap((y: NdArray) => lax.add(lax.psum(lax.mul(x, y), 'inner'), lax.psum(y, 'outer')), {
        axisName: 'inner'
      })(array([1, 2]))
    const out = vmap(f, { axisName: 'outer' })(array([10, 20, 30]))
    // psum over the inner axis: 3x; psum of y over the three outer examples: 3y.
    expect(values(out)).toEqual([33, 36, 63, 66, 93, 96])
  })
})
