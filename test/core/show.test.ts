import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { donate, fromHost, fromResident, makeAval, makeTracer } from '../../src/core/array.ts'
import { allocate, slotsOf, type DType } from '../../src/core/dtype.ts'
import { DeviceError } from '../../src/core/errors.ts'
import { sizeOf } from '../../src/core/shape.ts'
import { inspect, show, showArray, toNested } from '../../src/core/show.ts'

interface Case {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly values: readonly (number | string)[]
  readonly text: string
}

const table = JSON.parse(
  readFileSync(new URL('show-table.json', import.meta.url), 'utf8')
) as readonly Case[]

describe('showArray', () => {
  test('prints what NumPy 2.4.6 prints', () => {
    const different = table.flatMap(({ shape, dtype, values, text }) => {
      const data = allocate(dtype, sizeOf(shape))
      data.set(values.map(Number))
      const printed = showArray(shape, dtype, data)
      return printed === text ? [] : [{ dtype, printed, text }]
    })
    expect(different).toEqual([])
    expect(table.length).toBeGreaterThan(200)
    expect(new Set(table.map((c) => slotsOf(c.dtype)))).toEqual(new Set([1, 2]))
  })

  const count = (...shape: number[]) =>
    showArray(
      shape,
      'int32',
      Int32Array.from({ length: sizeOf(shape) }, (_, i) => i)
    )

  test('leaves out the middle of an array of more than 1000 elements', () => {
    expect(count(1001)).toMatchInlineSnapshot(`"[   0    1    2 ...  998  999 1000]"`)
    expect(count(7, 200)).toMatchInlineSnapshot(`
      "[[   0    1    2 ...  197  198  199]
       [ 200  201  202 ...  397  398  399]
       [ 400  401  402 ...  597  598  599]
       ...
       [ 800  801  802 ...  997  998  999]
       [1000 1001 1002 ... 1197 1198 1199]
       [1200 1201 1202 ... 1397 1398 1399]]"
    `)
    expect(count(1000)).not.toContain('...')
  })

  test('keeps an axis of six elements whole, and judges width by what it shows', () => {
    expect(count(6, 200)).toMatchInlineSnapshot(`
      "[[   0    1    2 ...  197  198  199]
       [ 200  201  202 ...  397  398  399]
       [ 400  401  402 ...  597  598  599]
       [ 600  601  602 ...  797  798  799]
       [ 800  801  802 ...  997  998  999]
       [1000 1001 1002 ... 1197 1198 1199]]"
    `)
    const data = new Float32Array(2000).fill(1)
    data[1000] = 1e30 // not shown
    expect(showArray([2000], 'float32', data)).toMatchInlineSnapshot(`"[1. 1. 1. ... 1. 1. 1.]"`)
  })

  test('shows bfloat16 by digits that bfloat16 tells apart', () => {
    // 0.1 is 0.10009765625 in bfloat16, whose neighbours are 4.9e-4 away.
    expect(showArray([2], 'bfloat16', new Float32Array([0.10009765625, 1]))).toBe('[0.1 1. ]')
  })
})

describe('toNested', () => {
  test('nests as deep as the array has axes', () => {
    const data = Int32Array.of(1, 2, 3, 4, 5, 6)
    expect(toNested([2, 3], 'int32', data)).toEqual([
      [1, 2, 3],
      [4, 5, 6]
    ])
    expect(toNested([], 'int32', data)).toBe(1)
    expect(toNested([2, 0], 'int32', new Int32Array(0))).toEqual([[], []])
  })

  test('gives booleans and pairs', () => {
    expect(toNested([2], 'bool', Uint8Array.of(1, 0))).toEqual([true, false])
    const pairs = Float32Array.of(1, 2, 3, 4)
    expect(toNested([2], 'complex64', pairs)).toEqual([
      [1, 2],
      [3, 4]
    ])
  })
})

describe('inspect', () => {
  const f32 = makeAval([2, 2], 'float32')

  test('gives type, shape and values', () => {
    const vector = fromHost(makeAval([3], 'int32'), Int32Array.of(1, 20, 3))
    expect(inspect(vector)).toBe('NdArray int32[3] [ 1 20  3]')
    expect(show(vector)).toBe('[ 1 20  3]')
    expect(inspect(fromHost(f32, Float32Array.of(1, 2, 3, 4.5)))).toBe(
      'NdArray float32[2,2]\n[[1.  2. ]\n [3.  4.5]]'
    )
    expect(inspect(fromHost(makeAval([0, 3], 'bool'), new Uint8Array(0)))).toBe(
      'NdArray bool[0,3] []'
    )
  })

  test('says whose a tracer is', () => {
    expect(inspect(makeTracer(f32, { name: 'grad(loss)' }, {}))).toBe(
      'Tracer<f32[2,2] of grad(loss)>'
    )
    expect(show(makeTracer(makeAval([], 'float32', true), { name: 'jit(f)' }, {}))).toBe(
      'Tracer<f32*[] of jit(f)>'
    )
  })

  test('never throws: it says where values are that cannot be read', () => {
    const given = fromHost(f32, new Float32Array(4))
    donate(given, 'jit(step)')
    expect(inspect(given)).toBe('NdArray float32[2,2] (donated to jit(step))')
    const far = fromResident(f32, {
      _tag: 'resident',
      device: 'webgpu',
      host: () => {
        const nowhere = { problem: 'not here', got: '', expected: '', hint: '' }
        throw new DeviceError('data', nowhere)
      },
      hostAsync: () => Promise.resolve(new Float32Array(4))
    })
    expect(show(far)).toBe('NdArray float32[2,2] (on webgpu; await x.data() brings the values)')
  })
})
