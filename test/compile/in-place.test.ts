/** Updates of donated arrays write where the array lies. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explain, jit, lax, np, type NdArray } from 'cotangent'

const rows = 512
const width = 16

const put = (cache: NdArray, row: NdArray, at: NdArray): NdArray =>
  lax.dynamicUpdateSlice(cache, row, [at, 0])

const at = (i: number): NdArray => np.array(i, { dtype: 'int32' })
const cacheOf = (): NdArray =>
  np
    .arange(rows * width)
    .astype('float32')
    .reshape([rows, width])
const row = np.full([1, width], -1)

/** What the cache should be after rows were set to −1. */
const expected = (...set: readonly number[]): Float32Array =>
  Float32Array.from({ length: rows * width }, (_, i) =>
    set.includes(Math.floor(i / width)) ? -1 : i
  )

describe('a slice of a donated array', () => {
  test('is replaced where the array lies', () => {
    const { buffers } = explain(put)(cacheOf(), row, at(3))
    const result = buffers.find((b) => b.role === 'output')
    expect(result?.inPlaceOf).toBe(0)
    const step = jit(put, { donateArgnums: [0] })
    const first = cacheOf()
    const second = step(first, row, at(3))
    const third = step(second, row, at(511))
    expect(third.toTypedArray()).toEqual(expected(3, 511))
    expect(() => second.toTypedArray()).toThrow(/donated/)
  })

  test('is replaced in a copy where the array is kept', () => {
    const step = jit(put)
    const kept = jit((x: NdArray) => x.add(0))(cacheOf())
    const changed = step(kept, row, at(0))
    expect(changed.toTypedArray()).toEqual(expected(0))
    expect(kept.toTypedArray()).toEqual(expected())
    expect(step(changed, row, at(1)).toTypedArray()).toEqual(expected(0, 1))
  })

  test('is replaced in a copy where the old values are read later', () => {
    const f = (cache: NdArray, i: NdArray): readonly NdArray[] => {
      const next = put(cache, row, i)
      return [next, np.sum(next.sub(cache), { axis: 1 })]
    }
    const [next, change] = jit(f, { donateArgnums: [0] })(cacheOf(), at(2))
    expect(next?.toTypedArray()).toEqual(expected(2))
    const sums = change?.toTypedArray() ?? []
    expect([sums[1], sums[2], sums[3]]).toEqual([0, -16 - (32 + 47) * 8, 0])
  })

  test('may be taken from the array itself', () => {
    const shift = (cache: NdArray, i: NdArray): NdArray =>
      lax.dynamicUpdateSlice(cache, cache.slice('1:'), [i, 0])
    const moved = jit(shift, { donateArgnums: [0] })(cacheOf(), at(0)).toTypedArray()
    expect([moved[0], moved[(rows - 1) * width - 1], moved[(rows - 1) * width]]).toEqual([
      width,
      rows * width - 1,
      (rows - 1) * width
    ])
  })
})

describe('a carry that a loop changes in part', () => {
  const n = 2048
  const start = np.arange(n).astype('float32')
  type Body = (i: NdArray, x: NdArray) => NdArray
  const run = (body: Body) => (x: NdArray) => lax.foriLoop(0, 8, body, x)
  /** Arrays as large as the carry. */
  const arrays = (body: Body): number =>
    explain(run(body))(start).buffers.filter((b) => b.bytes === 4 * n).length
  const numbers = (body: Body): readonly number[] => [...jit(run(body))(start).toTypedArray()]
  const after = (change: (i: number, xs: number[]) => void): readonly number[] => {
    const xs = Array.from({ length: n }, (_, i) => i)
    for (let i = 0; i < 8; i++) change(i, xs)
    return xs
  }

  test('is changed where it lies', () => {
    const set: Body = (i, x) => x.at(i.mul(3)).set(-1)
    expect(arrays(set)).toBe(2)
    expect(numbers(set)).toEqual(after((i, xs) => (xs[3 * i] = -1)))
    const add: Body = (i, x) => x.at(i).add(5).at(i).mul(2)
    expect(numbers(add)).toEqual(after((i, xs) => (xs[i] = (xs[i] + 5) * 2)))
    const next: Body = (i, x) =>
      lax.dynamicUpdateSlice(x, lax.dynamicSlice(x, [i], [1]).mul(2).add(1), [i.add(1)])
    expect(arrays(next)).toBe(2)
    expect(numbers(next)).toEqual(after((i, xs) => (xs[i + 1] = 2 * xs[i] + 1)))
  })

  test('is copied where the old values are needed afterwards', () => {
    const total: Body = (i, x) => {
      const y = x.at(i).set(0)
      return y.at(n - 1).set(np.sum(y).sub(np.sum(x)))
    }
    expect(numbers(total)).toEqual(
      after((i, xs) => {
        const [old, last] = [xs[i], xs[n - 1]]
        xs[i] = 0
        xs[n - 1] = i === n - 1 ? -last : -old
      })
    )
    const rotate: Body = (i, x) => lax.dynamicUpdateSlice(x, x.slice('1:1001'), [i])
    expect(numbers(rotate)).toEqual(
      after((i, xs) => {
        const old = [...xs]
        for (let j = 0; j < 1000; j++) xs[i + j] = old[j + 1]
      })
    )
  })

  test('is a cache that a scan fills and reads', () => {
    const filled = jit((xs: NdArray) =>
      lax.scan(
        ([cache, i]: readonly [NdArray, NdArray], x: NdArray) => {
          const next = lax.dynamicUpdateSlice(cache, x.reshape([1]), [i])
          return [[next, i.add(1)] as const, np.sum(next)] as const
        },
        [np.zeros([n]), at(0)] as const,
        xs
      )
    )
    const [[cache], sums] = filled(np.array([1, 2, 3, 4]))
    expect(Array.from(cache.toTypedArray().slice(0, 5))).toEqual([1, 2, 3, 4, 0])
    expect([...sums.toTypedArray()]).toEqual([1, 3, 6, 10])
  })

  test('is what a loop of JavaScript makes of it, whatever is read and written', () => {
    const length = 64
    const change = fc.record({
      kind: fc.nat(4),
      second: fc.boolean(),
      by: fc.integer({ min: 1, max: 5 }),
      from: fc.nat(7)
    })
    type Pair = readonly [NdArray, NdArray]
    const bodyOf =
      (changes: readonly { kind: number; second: boolean; by: number; from: number }[]) =>
      (i: NdArray, [a, b]: Pair): Pair => {
        let [x, y] = [a, b]
        for (const { kind, second, by, from } of changes) {
          const [own, old, other] = second ? [y, b, x] : [x, a, y]
          const here = np.remainder(i.mul(by).add(from), length - 8)
          const values = [
            () => lax.dynamicSlice(own, [here.add(by)], [1]).mul(0.5),
            () => lax.dynamicSlice(old, [here.add(1)], [1]).add(1),
            () => lax.dynamicSlice(own, [here.add(1)], [4]),
            () => other.slice('2:6'),
            () => np.sum(old).mul(0.01).reshape([1])
          ]
          const next = lax.dynamicUpdateSlice(own, values[kind](), [here])
          if (second) y = next
          else x = next
        }
        return [x, y]
      }
    const first = np.arange(length).astype('float32').mul(0.1)
    const start: Pair = [first, first.neg()]
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const body = bodyOf(changes)
        let wanted = start
        for (let i = 0; i < 5; i++) wanted = body(at(i), wanted)
        const found = jit((x: NdArray, y: NdArray): Pair =>
          lax.foriLoop(0, 5, body, [x, y] as Pair)
        )
        const got = found(...start)
        wanted.forEach((x, k) => {
          const values = got[k].toTypedArray()
          x.toTypedArray().forEach((v, j) => expect(values[j]).toBeCloseTo(v, 3))
        })
      }),
      { numRuns: 40 }
    )
  })
})
