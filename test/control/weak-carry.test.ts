import { describe, expect, test } from 'vitest'
import { jit, lax, np, type NdArray } from 'cotangent'
import { message } from '../core/message.ts'

const ints = np.array([1, 2, 3], { dtype: 'int32' })
const toInt = (init: NdArray): NdArray =>
  lax.scan((c: NdArray, x: NdArray) => [c.astype('int32').add(x), x], init, ints)[0]

describe('a number as the first carry', () => {
  test('takes the type that the body returns, when it means the same there', () => {
    expect(toInt(np.array(4)).dtype).toBe('int32')
    expect(toInt(np.array(4)).item()).toBe(10)
    expect(lax.scan((c: NdArray, x: NdArray) => [c.mul(x), x], np.array(0.5), ints)[0].item()).toBe(
      3
    )
  })

  test('of the type that the body returns lets it be traced once', () => {
    let traces = 0
    const halved = lax.whileLoop(
      (x: NdArray) => np.greater(x, 1),
      (x: NdArray) => {
        traces++
        return x.div(2)
      },
      np.array(8)
    )
    expect([halved.item(), traces]).toEqual([1, 1])
  })

  test('is not cut to fit an integer', () => {
    expect(message(() => toInt(np.array(1.5)))).toMatchInlineSnapshot(`
      "StructureError scan: the carry changes its structure or types
        got:      the root: f32*[] became i32[]
        expected: the carry that the body returns to be as the one it was given
        hint:     convert the first carry with astype, or return every leaf in the same place"
    `)
    expect(() => jit(toInt)(np.array(4))).toThrow('the carry changes')
  })
})
