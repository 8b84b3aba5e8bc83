import { describe, expect, test } from 'vitest'
import { eachOperand, operands, someOperand, type Expr } from '../../src/kernel/expr.ts'

const dtype = 'float32'
const index = { constant: 0, terms: [] } as unknown as Extract<Expr, { _tag: 'iota' }>['index'] // never read
const leaf = (value: number): Expr => ({ _tag: 'const', dtype, value })
const [x, y, z] = [1, 2, 3].map(leaf)

/** One node of each kind, and what it is computed from. */
const nodes: readonly (readonly [Expr, readonly Expr[]])[] = [
  [x, []],
  [{ _tag: 'iota', dtype, index }, []],
  [{ _tag: 'stage', dtype, stage: 0, reduction: 0, part: 'value' }, []],
  [{ _tag: 'accumulator', dtype }, []],
  [{ _tag: 'load', dtype, buffer: 0, index, base: null }, []],
  [{ _tag: 'load', dtype, buffer: 0, index, base: x }, [x]],
  [{ _tag: 'unary', op: 'neg', dtype, x }, [x]],
  [{ _tag: 'cast', dtype, x }, [x]],
  [{ _tag: 'bitcast', dtype, x }, [x]],
  [{ _tag: 'binary', op: 'add', dtype, x, y }, [x, y]],
  [{ _tag: 'compare', op: 'lt', dtype: 'bool', x, y }, [x, y]],
  [{ _tag: 'select', dtype, condition: x, x: y, y: z }, [x, y, z]],
  [{ _tag: 'guard', dtype, bounds: [], value: x, otherwise: y }, [x, y]],
  [{ _tag: 'call', dtype, name: 'f', args: [x, y, z] }, [x, y, z]]
]

describe.each(nodes.map(([e, of]) => [e._tag, e, of] as const))('%s', (_tag, e, of) => {
  test('is computed from its operands, each seen once and in order', () => {
    const seen: Expr[] = []
    eachOperand(e, (operand) => seen.push(operand))
    expect(seen).toEqual(of)
    expect(operands(e)).toEqual(of)
  })

  test('is searched until one is found', () => {
    expect(someOperand(e, () => false)).toBe(false)
    of.forEach((wanted, i) => {
      let asked = 0
      expect(someOperand(e, (operand) => (asked++, operand === wanted))).toBe(true)
      expect(asked).toBe(i + 1)
    })
  })
})

test('every kind of node has a row', () => {
  expect(new Set(nodes.map(([e]) => e._tag)).size).toBe(13)
})
