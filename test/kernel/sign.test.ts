/** What is known to be at most zero, and what is not. */
import { describe, expect, test } from 'vitest'
import { axisIndex } from '../../src/kernel/affine.ts'
import type { Expr } from '../../src/kernel/expr.ts'
import type { Stage } from '../../src/kernel/ir.ts'
import { binary, constant, load, stageResult, unary } from '../../src/kernel/make.ts'
import { isAtMostZero } from '../../src/kernel/sign.ts'

const x = load('float32', 0, axisIndex(0), null)
const y = load('float32', 1, axisIndex(0), null)

const over = (extents: readonly number[], monoid: 'max' | 'min'): Stage => ({
  _tag: 'reduce',
  extents,
  reductions: [{ monoid, value: x, position: null }]
})

const known = (e: Expr, stages: readonly Stage[] = []): boolean =>
  isAtMostZero(e, { extents: [8], stages })

describe('an expression is at most zero', () => {
  test('as the negative of what has no sign, or as a product with it', () => {
    expect(known(unary('neg', unary('abs', x)))).toBe(true)
    expect(known(unary('neg', binary('mul', x, x)))).toBe(true)
    expect(known(binary('mul', constant('float32', -0.5), binary('mul', x, x)))).toBe(true)
    expect(known(binary('min', x, constant('float32', 0)))).toBe(true)
    expect(known(unary('neg', binary('max', x, constant('float32', 0))))).toBe(true)
  })

  test('as the distance from the maximum of a stage over the same extents', () => {
    const e = binary('sub', x, stageResult('float32', 0))
    expect(known(e, [over([8], 'max')])).toBe(true)
    expect(known(e, [over([4], 'max')])).toBe(false)
    expect(known(e, [over([8], 'min')])).toBe(false)
    expect(known(binary('sub', y, stageResult('float32', 0)), [over([8], 'max')])).toBe(false)
  })

  test('and unknown otherwise', () => {
    expect(known(x)).toBe(false)
    expect(known(unary('neg', x))).toBe(false)
    expect(known(binary('mul', x, y))).toBe(false)
    expect(known(binary('max', x, constant('float32', 0)))).toBe(false)
  })
})
