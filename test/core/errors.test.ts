import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  AxisError,
  CotangentError,
  DTypeError,
  DeviceError,
  IndexError,
  ShapeError,
  StructureError,
  TracerError,
  TransformError,
  ValueError,
  callSite,
  checkOptions
} from '../../src/core/errors.ts'
import { LoadError, inFile } from '../../src/core/load-error.ts'
import { broadcast } from '../../src/core/shape.ts'
import { message } from './message.ts'

const library = new URL('../../src/', import.meta.url).pathname

/** The line of this file, from 1, that ends with `text`. */
const lineOf = (text: string): number =>
  1 +
  readFileSync(new URL(import.meta.url), 'utf8')
    .split('\n')
    .findIndex((line) => line.endsWith(text))

const explanation = {
  problem: 'the operands have different shapes',
  got: 'lhs [2], rhs [3]',
  expected: 'equal shapes',
  hint: 'np.add broadcasts'
}

describe('an error', () => {
  const error = new ShapeError('add', explanation)

  test('has four lines and the place of the call', () => {
    expect(
      message(() => {
        throw error
      })
    ).toMatchInlineSnapshot(`
      "ShapeError add: the operands have different shapes
        got:      lhs [2], rhs [3]
        expected: equal shapes
        hint:     np.add broadcasts"
    `)
    expect(error.message.split('\n')).toHaveLength(5)
    expect(error.message).toContain(`\n  at:       ${error.site}`)
  })

  test('carries the same as data', () => {
    expect(error).toMatchObject({ _tag: 'ShapeError', operation: 'add', ...explanation })
    expect(error).toBeInstanceOf(CotangentError)
    expect(error).toBeInstanceOf(Error)
  })

  test('prints its name and message where it is not caught', () => {
    // Engines write the stack's first line when the error is made, not when it is printed.
    expect(error.stack).toMatch(/^ShapeError: add: the operands have different shapes\n {2}got: /)
    expect(String(error)).toMatch(/^ShapeError: add: /)
  })

  test.each([
    [AxisError, 'AxisError'],
    [DTypeError, 'DTypeError'],
    [DeviceError, 'DeviceError'],
    [IndexError, 'IndexError'],
    [ShapeError, 'ShapeError'],
    [StructureError, 'StructureError'],
    [TracerError, 'TracerError'],
    [TransformError, 'TransformError'],
    [ValueError, 'ValueError']
  ] as const)('%o is tagged %s', (Kind, tag) => {
    const e = new Kind('f', explanation)
    expect([e._tag, e.name]).toEqual([tag, tag])
  })
})

describe('the call site', () => {
  test('is the line of this file that called', () => {
    const site = (() => {
      try {
        broadcast('add', [[2], [3]]) // the call
      } catch (e) {
        return (e as ShapeError).site
      }
      return null
    })()
    const source = new URL(import.meta.url).pathname
    const line = lineOf('// the call')
    expect(site).toMatch(new RegExp(`^${source}:${line}:\\d+$`))
  })

  test('is found below any number of our own frames', () => {
    const ours = (n: number): string => `    at f (${library}core/shape.ts:${n}:1)`
    const frames = Array.from({ length: 50 }, (_, i) => ours(i))
    const stack = ['Error', ...frames, '    at loss (/home/me/train.ts:7:3)'].join('\n')
    expect(callSite(stack)).toBe('/home/me/train.ts:7:3')
    expect(callSite(['Error', ...frames].join('\n'))).toBe(null)
    expect(callSite(undefined)).toBe(null)
  })

  test.each([
    ['    at loss (/home/me/train.ts:7:3)', '/home/me/train.ts:7:3'],
    ['    at /home/me/train.ts:7:3', '/home/me/train.ts:7:3'],
    ['    at async loss (file:///home/me/train.ts:7:3)', '/home/me/train.ts:7:3'],
    ['    at async file:///home/me/train.ts:7:3', '/home/me/train.ts:7:3'],
    [
      '    at Object.<anonymous> (/home/my work (old)/a b.ts:7:3)',
      '/home/my work (old)/a b.ts:7:3'
    ],
    ['    at new Model (file:///home/my%20work/a.ts:7:3)', '/home/my work/a.ts:7:3'],
    ['    at loss (https://x.org/app.js:1:200)', 'https://x.org/app.js:1:200'],
    ['    at loss (C:\\work\\train.ts:7:3)', 'C:\\work\\train.ts:7:3'],
    ['loss@https://x.org/app.js:1:200', 'https://x.org/app.js:1:200'],
    ['    at node:internal/modules/run_main:1:2', null],
    ['    at f (/home/me/node_modules/vitest/x.js:1:2)', null],
    ['    at new Promise (<anonymous>)', null]
  ])('is read from %s', (frame, place) => {
    expect(callSite(`Error\n${frame}`)).toBe(place)
  })
})

describe('checkOptions', () => {
  test('names an unknown option and the known ones', () => {
    expect(message(() => checkOptions('sum', { axes: 0 }, ['axis', 'keepdims'])))
      .toMatchInlineSnapshot(`
      "ValueError sum: an option has an unknown name
        got:      'axes'
        expected: one of axis, keepdims
        hint:     option names are JAX keyword names in camelCase"
    `)
    expect(message(() => checkOptions('relu', { x: 0 }, []))).toContain('expected: no options')
    expect(() => checkOptions('sum', { axis: 0 }, ['axis'])).not.toThrow()
  })

  test('refuses what is no object, which would pass as if nothing had been said', () => {
    const refused = (options: unknown) =>
      message(() => checkOptions('sum', options as object, ['axis']))
    expect(refused(0)).toMatchInlineSnapshot(`
      "ValueError sum: the options are no object
        got:      the number 0
        expected: an object with axis
        hint:     arguments that have defaults go by name: { axis: … }"
    `)
    expect(refused(null)).toContain('got:      null')
    expect(refused([0])).toContain('got:      a list')
    expect(refused('full')).toContain('got:      the string full')
  })
})

describe('a LoadError', () => {
  const error = new LoadError('npy.decode', 'truncated', explanation)

  test('has no call site: the caller did nothing wrong', () => {
    expect(error.site).toBe(null)
    expect(error.message.split('\n')).toHaveLength(4)
    expect([error._tag, error.reason]).toEqual(['LoadError', 'truncated'])
  })

  test('tells its file', () => {
    expect(inFile('a.npy', error).message).toMatch(/^npy.decode of 'a.npy': the operands/)
    expect(inFile('a.npy', error).reason).toBe('truncated')
  })
})
