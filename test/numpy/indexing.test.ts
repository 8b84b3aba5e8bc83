/** Indexing against a reference written from NumPy's rules, and the derivatives that go through it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import '../../src/install.ts'
import { jit } from '../../src/control/jit.ts'
import { hostOf, type NdArray } from '../../src/core/array.ts'
import type { Index, SliceString } from '../../src/core/fluent.ts'
import * as np from '../../src/numpy/index.ts'
import { grad } from '../../src/transforms/vjp.ts'
import { vmap } from '../../src/transforms/vmap.ts'
import { message } from '../core/message.ts'
import { expectArray } from '../equality.ts'
import { pythonSlice, readReference, type RefIndex } from './reference.ts'

const ints = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray =>
  np.reshape(np.array(Int32Array.from(values)), shape)

const f64 = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray =>
  np.reshape(np.array(Float64Array.from(values)), shape)

const counting = (shape: readonly number[]): NdArray =>
  np.reshape(np.arange(shape.reduce((n, d) => n * d, 1)), shape)

const asText = (i: RefIndex & { readonly _tag: 'slice' }): SliceString => {
  const part = (v: number | null): string => (v === null ? '' : String(v))
  const head = `${part(i.start)}:${part(i.stop)}`
  // Built from numbers, so it is a slice whatever the compiler can see.
  return (i.step === null ? head : `${head}:${part(i.step)}`) as SliceString
}

const asIndex = (i: RefIndex): Index => {
  switch (i._tag) {
    case 'position':
      return i.at
    case 'slice':
      return asText(i)
    case 'newaxis':
      return null
    case 'ellipsis':
      return '...'
    case 'array':
      return ints(i.values, i.shape)
  }
}

const bound = fc.option(fc.integer({ min: -6, max: 6 }), { nil: null })
const step = fc.option(fc.constantFrom(-3, -2, -1, 1, 2, 3), { nil: null })

/** One index for an axis of extent n; arrays broadcast to [2, 3]. */
const forAxis = (n: number): fc.Arbitrary<RefIndex> => {
  const slices = fc
    .record({ start: bound, stop: bound, step })
    .map((s): RefIndex => ({ _tag: 'slice', ...s }))
  if (n === 0) return slices
  const place = fc.integer({ min: -n, max: n - 1 })
  const array = fc.constantFrom<readonly number[]>([], [1], [3], [2, 1], [2, 3]).chain((shape) => {
    const size = shape.reduce((p, d) => p * d, 1)
    return fc
      .array(place, { minLength: size, maxLength: size })
      .map((values): RefIndex => ({ _tag: 'array', shape, values }))
  })
  return fc.oneof(
    slices,
    place.map((at): RefIndex => ({ _tag: 'position', at })),
    array
  )
}

/** A shape and an index into it, with new axes and at most one ellipsis strewn in. */
const indexed = fc
  .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc
      .integer({ min: 0, max: shape.length })
      .chain((named) =>
        fc.tuple(
          fc.tuple(...shape.slice(0, named).map(forAxis)),
          fc.array(fc.nat(named), { maxLength: 2 }),
          fc.boolean()
        )
      )
      .map(([entries, newAxes, dots]) => {
        const index: RefIndex[] = [...entries]
        // The ellipsis goes last or, over the axes that are left, nowhere else: positions are given
        // for leading axes.
        if (dots) index.push({ _tag: 'ellipsis' })
        for (const at of newAxes) index.splice(at, 0, { _tag: 'newaxis' })
        return { shape, index }
      })
  )

const options = { seed: 20240611, numRuns: 400 }

describe('x.slice', () => {
  test('reads what NumPy reads', () => {
    fc.assert(
      fc.property(indexed, ({ shape, index }) => {
        const expected = readReference(shape, index)
        const actual = counting(shape).slice(...index.map(asIndex))
        expectArray(actual, ints(expected.from, expected.shape))
      }),
      options
    )
  })

  test('reads the same with an ellipsis in front of trailing indices', () => {
    const x = counting([2, 3, 4])
    expectArray(x.slice('...', 1), x.slice(':', ':', 1))
    expectArray(x.slice('...', [0, 2]), x.slice(':', ':', [0, 2]))
    expectArray(x.slice(0, '...', '::2'), x.slice(0, ':', '::2'))
    expectArray(x.slice('...'), x)
    expectArray(x.slice(0, 1, 2, '...'), np.array(6, { dtype: 'int32' }))
  })

  test('puts separated arrays first and neighbours in place', () => {
    const x = np.zeros([5, 6, 7, 8])
    const rows = ints([0, 1, 2])
    expect(x.slice(':', rows, rows, ':').shape).toEqual([5, 3, 8])
    expect(x.slice(':', rows, ':', rows).shape).toEqual([3, 5, 7])
    expect(x.slice(':', 0, ':', rows).shape).toEqual([3, 5, 7])
    expect(x.slice(rows, null, rows).shape).toEqual([3, 1, 7, 8])
    expect(x.slice(':', null, rows, rows).shape).toEqual([5, 1, 3, 8])
  })

  test('reads slices as Python does', () => {
    fc.assert(
      fc.property(fc.nat(6), bound, bound, step, (n, start, stop, by) => {
        const text = asText({ _tag: 'slice', start, stop, step: by })
        expectArray(np.arange(n).slice(text), ints(pythonSlice(n, start, stop, by)))
      }),
      options
    )
  })

  test('takes masks over one axis and over several', () => {
    const x = counting([2, 3])
    expectArray(x.slice(np.greater(x, 2)), ints([3, 4, 5]))
    expectArray(x.slice([false, true]), ints([3, 4, 5], [1, 3]))
    expectArray(x.slice(':', [true, false, true]), ints([0, 2, 3, 5], [2, 2]))
    expectArray(x.slice(0, np.array([true, false, true])), ints([0, 2]))
    expect(x.slice(np.less(x, 0)).shape).toEqual([0])
    expect(x.slice([]).shape).toEqual([0, 3])
  })

  test('moves array indices outside to the edge, or fills as told', () => {
    const x = f64([10, 20, 30])
    expectArray(x.slice([5, -7, 1]), f64([30, 10, 20]))
    expectArray(x.at([5, -1]).get({ mode: 'fill' }), f64([NaN, 30]))
    expectArray(x.at([5, -7]).get({ mode: 'fill', fillValue: 7 }), f64([7, 7]))
    expectArray(x.at([3, 4, -4]).get({ mode: 'wrap' }), f64([10, 20, 30]))
    expectArray(x.at(ints([255])).get(), f64([30]))
    expectArray(x.slice(np.array(new Uint8Array([2]))), f64([30]))
    expectArray(x.slice(np.array(new Uint32Array([4294967295]))), f64([30]))
  })

  test('refuses what cannot be an index', () => {
    const x = np.zeros([2, 3])
    expect(message(() => x.slice(2))).toMatchInlineSnapshot(`
      "IndexError slice: the position is outside the array
        got:      position 2 on axis 0 of shape [2, 3]
        expected: an integer from -2 to 1
        hint:     slices such as "0:5" stop at the end of the axis"
    `)
    expect(message(() => x.slice(0, 0, 0))).toMatchInlineSnapshot(`
      "IndexError slice: there are more indices than axes
        got:      indices for 3 axes of shape [2, 3]
        expected: at most 2
        hint:     null makes a new axis, "..." stands for all axes not named"
    `)
    expect(message(() => x.slice('1.5:'))).toMatchInlineSnapshot(`
      "IndexError slice: the slice cannot be read
        got:      '1.5:'
        expected: 'start:stop', 'start:stop:step' with any part left out, or '...'
        hint:     integers only, as in '1:3', '::-1' or ':-1'; a single position is a number"
    `)
    expect(message(() => x.slice('::0'))).toMatchInlineSnapshot(`
      "IndexError slice: the step of a slice is 0
        got:      '::0'
        expected: a positive or negative step
        hint:     '::-1' reads an axis backwards"
    `)
    expect(message(() => x.slice('...', '...'))).toMatchInlineSnapshot(`
      "IndexError slice: an index has more than one "..."
        got:      2 of them
        expected: at most one
        hint:     ":" stands for one whole axis"
    `)
    expect(message(() => x.slice(np.array([0.5])))).toMatchInlineSnapshot(`
      "DTypeError slice: the indices are no integers
        got:      float32
        expected: an integer type
        hint:     convert with astype('int32'); np.array([0, 1], { dtype: 'int32' }) makes indices"
    `)
    expect(message(() => x.slice(np.array([true, false, true])))).toMatchInlineSnapshot(`
      "ShapeError slice: the mask does not fit the axes it stands for
        got:      mask [3] on axes [2] of shape [2, 3]
        expected: a mask of shape [2]
        hint:     np.broadcastTo stretches a mask"
    `)
    expect(message(() => jit((y: NdArray) => y.slice(np.greater(y, 0)))(x))).toMatchInlineSnapshot(`
      "TracerError slice: how many elements a mask selects is not known while tracing
        got:      a mask that is a tracer of jit
        expected: a concrete mask
        hint:     np.where(mask, x, y) keeps the shape; x.at(mask).set(number) works; np.nonzero takes { size }"
    `)
  })
})

/** x with `values` (one for each place of the result) written by the reference's positions. */
const writtenReference = (
  shape: readonly number[],
  index: readonly RefIndex[],
  write: (old: number, value: number) => number
): readonly number[] => {
  const { from } = readReference(shape, index)
  const data = Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => 1)
  from.forEach((p, i) => (data[p] = write(data[p], i + 2)))
  return data
}

describe('x.at', () => {
  const writes: readonly [
    'set' | 'add' | 'multiply' | 'min' | 'max',
    (old: number, value: number) => number
  ][] = [
    ['set', (_old, v) => v],
    ['add', (old, v) => old + v],
    ['multiply', (old, v) => old * v],
    ['min', Math.min],
    ['max', Math.max]
  ]

  test.each(writes)('%s writes where NumPy does, one after the other', (name, write) => {
    fc.assert(
      fc.property(indexed, ({ shape, index }) => {
        const size = readReference(shape, index)
        const values = np.add(np.reshape(np.arange(size.from.length), size.shape), 2)
        const x = np.ones(shape, { dtype: 'float64' })
        const actual = x.at(...index.map(asIndex))[name](values)
        expectArray(actual, f64(writtenReference(shape, index, write), shape))
      }),
      { ...options, numRuns: 200 }
    )
  })

  test('broadcasts values, and converts them to the type of x', () => {
    const x = np.zeros([2, 3], { dtype: 'int32' })
    expectArray(x.at(1).set(7), ints([0, 0, 0, 7, 7, 7], [2, 3]))
    expectArray(x.at(':', [0, 2]).set(np.array([1, 2])), ints([1, 0, 2, 1, 0, 2], [2, 3]))
    expectArray(x.at(0, '::-1').add(np.array([1, 2, 3.9])), ints([3, 2, 1, 0, 0, 0], [2, 3]))
  })

  test('divides, subtracts, raises and applies', () => {
    const x = f64([2, 4, 8])
    expectArray(x.at([0, 0, 2]).divide(2), f64([0.5, 4, 4]))
    expectArray(x.at([0, 0]).subtract(1), f64([0, 4, 8]))
    expectArray(x.at(1).power(2), f64([2, 16, 8]))
    expectArray(
      x.at('1:').apply((y) => y.neg()),
      f64([2, -4, -8])
    )
  })

  test('drops writes outside, and clips or wraps as told', () => {
    const x = f64([0, 0, 0])
    expectArray(x.at([1, 5, -9]).set(7), f64([0, 7, 0]))
    expectArray(x.at([5]).set(7, { mode: 'clip' }), f64([0, 0, 7]))
    expectArray(x.at([4]).set(7, { mode: 'wrap' }), f64([0, 7, 0]))
  })

  test('takes a traced mask when every element gets one value', () => {
    const relu = jit((x: NdArray) => x.at(np.less(x, 0)).set(0))
    expectArray(relu(f64([-1, 2, -3])), f64([0, 2, 0]))
    const doubled = jit((x: NdArray) => x.at(np.less(x, 0)).mul(2))
    expectArray(doubled(f64([-1, 2, -3])), f64([-2, 2, -6]))
  })

  test('refuses values that do not fit', () => {
    expect(
      message(() =>
        np
          .zeros([2, 3])
          .at(0)
          .set(np.zeros([2]))
      )
    ).toMatchInlineSnapshot(`
      "ShapeError at.set: the values do not fit the place they go to
        got:      values [2] for a place of shape [3]
        expected: values that broadcast to [3]
        hint:     x.slice(…) with the same index has the shape of the place"
    `)
  })
})

describe('gradients', () => {
  test('add up where an element is read twice', () => {
    const f = (x: NdArray): NdArray => np.sum(np.multiply(x.slice([0, 0, 2]), f64([1, 2, 4])))
    expectArray(grad(f)(f64([5, 6, 7])), f64([3, 0, 4]))
  })

  test('of slices, reversals and strides come back to their places', () => {
    const weights = f64([1, 2, 3])
    const f = (x: NdArray): NdArray => np.sum(np.multiply(x.slice('::-2'), weights))
    expectArray(grad(f)(np.zeros([6], { dtype: 'float64' })), f64([0, 3, 0, 2, 0, 1]))
  })

  test('of set go to the values, and not to what they replace', () => {
    const f = (x: NdArray, v: NdArray): NdArray =>
      np.sum(np.multiply(x.at([0, 2]).set(v), f64([1, 2, 3])))
    const both = grad(f, { argnums: [0, 1] })(f64([9, 9, 9]), f64([5, 6]))
    expectArray(both[0], f64([0, 2, 0]))
    expectArray(both[1], f64([1, 3]))
  })

  test('of the last of several writes to one place are all there is', () => {
    const f = (v: NdArray): NdArray => np.sum(np.zeros([2], { dtype: 'float64' }).at([1, 1]).set(v))
    expectArray(grad(f)(f64([5, 6])), f64([0, 1]))
  })

  test('of traced indices are those of concrete ones', () => {
    const f = (x: NdArray, i: NdArray): NdArray => np.sum(np.square(np.take(x, i)))
    expectArray(jit(grad(f))(f64([1, 2, 3]), ints([1, 1])), f64([0, 8, 0]))
  })

  test('map over a batch of indices', () => {
    const rows = vmap((x: NdArray, i: NdArray) => x.slice(i))(counting([2, 3]), ints([2, 0]))
    expectArray(rows, ints([2, 3]))
    const set = vmap((x: NdArray, i: NdArray) => x.at(i).set(9))(counting([2, 2]), ints([1, 0]))
    expectArray(set, ints([0, 9, 9, 3], [2, 2]))
  })
})

describe('take and its kin', () => {
  test('take fills what is outside with NaN, or the lowest integer', () => {
    expectArray(np.take(f64([1, 2]), [1, 2, -1]), f64([2, NaN, 2]))
    expectArray(np.take(ints([1, 2]), [5]), ints([-2147483648]))
    expectArray(
      np.take(counting([2, 3]), [[2], [0]].flat(), { axis: 1 }),
      ints([2, 0, 5, 3], [2, 2])
    )
    expect(np.take(np.zeros([2, 3, 4]), ints([0, 1, 0, 1], [2, 2]), { axis: 1 }).shape).toEqual([
      2, 2, 2, 4
    ])
  })

  test('takeAlongAxis reads, and putAlongAxis writes, by position off the axis', () => {
    const x = f64([3, 1, 2, 9, 7, 8], [2, 3])
    const order = np.argsort(x, { axis: 1 })
    expectArray(np.takeAlongAxis(x, order, 1), f64([1, 2, 3, 7, 8, 9], [2, 3]))
    expectArray(np.putAlongAxis(x, ints([0, -1], [2, 1]), 0, 1), f64([0, 1, 2, 9, 7, 0], [2, 3]))
  })

  test('choose, compress and extract select', () => {
    expectArray(np.choose(ints([0, 1, 1]), [f64([1, 2, 3]), f64([4, 5, 6])]), f64([1, 5, 6]))
    expectArray(np.compress([false, true], counting([2, 2]), { axis: 1 }), ints([1, 3], [2, 1]))
    const x = counting([2, 2])
    expectArray(np.extract(np.greater(x, 1), x), ints([2, 3]))
    expectArray(
      jit((y: NdArray) => np.extract(np.greater(y, 1), y, { size: 3 }))(x),
      ints([2, 3, 0])
    )
  })

  test('place writes values in turn where a mask holds', () => {
    const x = ints([0, 1, 2, 3, 4])
    const odd = jit((y: NdArray) => np.place(y, np.mod(y, 2).equal(0), ints([7, 8])))
    expectArray(odd(x), ints([7, 1, 8, 3, 7]))
  })

  test('nonzero has a traced form of known size', () => {
    const [rows, columns] = np.nonzero(ints([0, 1, 2, 0], [2, 2]))
    expectArray(rows, ints([0, 1]))
    expectArray(columns, ints([1, 0]))
    const sized = jit((x: NdArray) => np.flatnonzero(x, { size: 3, fillValue: -1 }))
    expectArray(sized(ints([0, 5, 0, 6])), ints([1, 3, -1]))
    expectArray(sized(ints([1, 1, 1, 1])), ints([0, 1, 2]))
    expect(message(() => jit((x: NdArray) => np.flatnonzero(x))(ints([1])))).toMatchInlineSnapshot(`
      "TracerError np.flatnonzero: how many elements are not zero is not known while tracing
        got:      a tracer of jit
        expected: a concrete array, or { size }
        hint:     give { size, fillValue }, or choose with np.where(mask, x, y), which keeps the shape"
    `)
  })

  test('unravelIndex undoes ravelMultiIndex', () => {
    const flat = np.ravelMultiIndex([ints([1, 0]), ints([2, 1])], [2, 3])
    expectArray(flat, ints([5, 1]))
    const [i, j] = np.unravelIndex(flat, [2, 3])
    expectArray(i, ints([1, 0]))
    expectArray(j, ints([2, 1]))
  })

  test('ix_ makes an open grid, and triangles their indices', () => {
    expectArray(counting([3, 3]).slice(...np.ix_([0, 2], [1, 2])), ints([1, 2, 7, 8], [2, 2]))
    const [rows, columns] = np.trilIndices(3, 3, { k: -1 })
    expect([...hostOf(rows)]).toEqual([1, 2, 2])
    expect([...hostOf(columns)]).toEqual([0, 0, 1])
  })
})
