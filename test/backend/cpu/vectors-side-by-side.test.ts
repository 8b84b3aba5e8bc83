/** Maps of every length: how many vectors are computed side by side is not seen in the values. */
import { describe, expect, test } from 'vitest'
import { jit, nn, np, random, type NdArray } from 'cotangent'

const most = 37
const x = np.linspace(-3, 3, most)
const key = random.key(5)

/** Short ones, one and several functions, and a chain of a hundred operations on one value. */
const maps: Readonly<Record<string, (v: NdArray) => NdArray>> = {
  arithmetic: (v) => v.mul(3).add(1),
  'one function': (v) => nn.gelu(v),
  'several functions': (v) =>
    np
      .tanh(v)
      .add(nn.sigmoid(v))
      .mul(np.log(np.abs(v))),
  'a long chain': (v) =>
    np.where(random.bits(key, [most]).slice(`:${v.size}`).mod(2).equal(0), v, v.neg())
}

describe('a map computes the same values whatever its length is', () => {
  test.each(Object.keys(maps))('%s', (name) => {
    const f = jit(maps[name])
    const whole = f(x).toTypedArray()
    for (let n = 1; n <= most; n++)
      expect(f(x.slice(`:${n}`)).toTypedArray()).toEqual(whole.slice(0, n))
  })
})
