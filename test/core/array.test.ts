import { describe, expect, test } from 'vitest'
import {
  NdArray,
  avalOf,
  deviceOf,
  donate,
  fromHost,
  fromResident,
  hostOf,
  hostOfAsync,
  isArray,
  isTracer,
  makeAval,
  makeTracer,
  ownerOf,
  payloadOf,
  residentOf,
  scalar,
  scalarAval
} from '../../src/core/array.ts'
import { message } from './message.ts'

const make = () => fromHost(makeAval([2], 'float32'), Float32Array.of(1, 2))

describe('an array', () => {
  test('tells its type and shape', () => {
    const x = fromHost(makeAval([2, 3], 'int8'), new Int8Array(6))
    expect([x.shape, x.dtype, x.ndim, x.size]).toEqual([[2, 3], 'int8', 2, 6])
    expect(isTracer(x)).toBe(false)
    expect(deviceOf(x)).toBe('cpu')
  })

  test.each(['shape', 'dtype', 'ndim', 'size'] as const)('refuses a new %s', (key) => {
    const x = make()
    const before = x[key]
    expect(() => Object.assign(x, { [key]: 'other' })).toThrow(TypeError)
    expect(x[key]).toBe(before)
  })

  test('refuses a new extent in its shape, and keeps none of the caller', () => {
    const extents = [2]
    const x = fromHost(makeAval(extents, 'float32'), new Float32Array(2))
    extents[0] = 9
    expect(x.shape).toEqual([2])
    expect(() => (x.shape as number[]).push(1)).toThrow(TypeError)
    expect(() => ((x.shape as number[])[0] = 3)).toThrow(TypeError)
  })

  test('gives away neither fields nor functions that reach them', () => {
    const x = make()
    expect(Object.keys(x)).toEqual([])
    expect(Reflect.ownKeys(x)).toEqual([])
    // The class is x.constructor: it must hold nothing but what every class does.
    expect(new Set(Reflect.ownKeys(NdArray))).toEqual(new Set(['length', 'name', 'prototype']))
  })

  test('is told from everything that only looks like one', () => {
    expect(isArray(make())).toBe(true)
    expect(isArray(Object.create(NdArray.prototype))).toBe(false)
    for (const x of [null, undefined, 1, [1], { shape: [], dtype: 'float32' }])
      expect(isArray(x)).toBe(false)
  })
})

describe('scalar', () => {
  test('holds a value of its type', () => {
    expect(scalar(2, 'int32')).toEqual(fromHost(makeAval([], 'int32'), Int32Array.of(2)))
    expect(hostOf(scalar(true, 'bool'))).toEqual(Uint8Array.of(1))
    expect(hostOf(scalar(5, 'bool'))).toEqual(Uint8Array.of(1))
    expect(hostOf(scalar(2, 'complex64'))).toEqual(Float32Array.of(2, 0))
  })

  test('rounds to the narrow floats, which memory holds widened', () => {
    // Halfway cases go to even: 1 + 2^-11 and 1 + 2^-8 are halfway between 1 and the next value.
    expect(hostOf(scalar(1 + 2 ** -11, 'float16'))[0]).toBe(1)
    expect(hostOf(scalar(1 + 2 ** -8, 'bfloat16'))[0]).toBe(1)
    expect(hostOf(scalar(70000, 'float16'))[0]).toBe(Infinity)
  })

  test('shares the description of each type', () => {
    expect(scalarAval('float32')).toBe(scalarAval('float32'))
    expect(scalarAval('float32', true)).not.toBe(scalarAval('float32'))
    expect(avalOf(scalar(1, 'float32', true)).weak).toBe(true)
  })
})

describe('values that cannot be read', () => {
  test('of a tracer', () => {
    const owner = { name: 'grad(loss)' }
    const payload = {}
    const x = makeTracer(makeAval([2], 'float32'), owner, payload)
    expect([isTracer(x), ownerOf(x), payloadOf(x)]).toEqual([true, owner, payload])
    expect(message(() => hostOf(x, 'item'))).toMatchInlineSnapshot(`
      "TracerError item: the value of a traced array is not known
        got:      a tracer of grad(loss)
        expected: a concrete array
        hint:     inside a transformation use lax.cond, lax.select or np.where instead of JavaScript control flow, and return values instead of storing them"
    `)
  })

  test('of a donated array', async () => {
    const x = make()
    donate(x, 'jit(step)')
    expect(message(() => hostOf(x))).toMatchInlineSnapshot(`
      "DeviceError data: the array was donated and its memory is used for something else now
        got:      an array donated to jit(step)
        expected: an array that is still owned
        hint:     use what the call returned, or leave the argument out of donateArgnums"
    `)
    await expect(hostOfAsync(x)).rejects.toThrow(/was donated/)
    expect(x.shape).toEqual([2]) // what is known without the values stays known
  })
})

describe('values that live elsewhere', () => {
  const there = {
    _tag: 'resident',
    device: 'webgpu',
    host: () => Float32Array.of(3, 4),
    hostAsync: () => Promise.resolve(Float32Array.of(3, 4))
  } as const

  test('are read where they are', async () => {
    const x = fromResident(makeAval([2], 'float32'), there)
    expect(deviceOf(x)).toBe('webgpu')
    expect(residentOf(x)).toBe(there)
    expect(residentOf(make())).toBe(null)
    expect(hostOf(x)).toEqual(Float32Array.of(3, 4))
    expect(await hostOfAsync(x)).toEqual(Float32Array.of(3, 4))
  })
})
