/**
 * Expressions as statements of a shading language. A node is computed once per scope and named; a
 * guard opens scopes, so that only the chosen side runs.
 */
import type { Affine } from '../../kernel/affine.ts'
import type { BinaryOp, CompareOp, Expr, ScalarType, UnaryOp } from '../../kernel/expr.ts'

/** How a language writes what expressions need. `V` is the text of a value. */
export interface Language<V> {
  readonly constant: (dtype: ScalarType, value: number) => V
  readonly load: (dtype: ScalarType, buffer: number, index: string) => V
  readonly iota: (dtype: ScalarType, index: string) => V
  readonly unary: (op: UnaryOp, dtype: ScalarType, x: V) => V
  readonly binary: (op: BinaryOp, dtype: ScalarType, x: V, y: V) => V
  readonly compare: (op: CompareOp, dtype: ScalarType, x: V, y: V) => V
  readonly select: (dtype: ScalarType, condition: V, x: V, y: V) => V
  readonly cast: (from: ScalarType, to: ScalarType, x: V) => V
  readonly bitcast: (from: ScalarType, to: ScalarType, x: V) => V
  /** Statements that give the value a name, and the named value. */
  readonly name: (dtype: ScalarType, name: string, value: V) => readonly [readonly string[], V]
  /** Statements that declare a variable, and its value. */
  readonly variable: (dtype: ScalarType, name: string) => readonly [readonly string[], V]
  readonly assign: (dtype: ScalarType, variable: V, value: V) => readonly string[]
  /** The value as an index. */
  readonly index: (x: V) => string
  /** A number in an index. */
  readonly whole: (n: number) => string
}

/** Code under construction: lines of the innermost block, and the names known there. */
export interface Code<V> {
  readonly language: Language<V>
  readonly lines: string[]
  readonly known: Map<Expr, V>
  readonly parent: Code<V> | null
  /** Names of the axes of the space, outermost first. */
  readonly axes: readonly string[]
  /** Values of stage results and accumulators. */
  readonly bound: (e: Expr) => V | undefined
  readonly fresh: () => string
}

/** Names t0, t1 … */
const createNames = (prefix = 't'): (() => string) => {
  let next = 0
  return () => `${prefix}${next++}`
}

/** Starts code over named axes. */
export type StartCode<V> = (axes: readonly string[], bound?: Code<V>['bound']) => Code<V>

/** Code of one kernel: whatever is started, no name is given twice. */
export const codeIn = <V>(language: Language<V>): StartCode<V> => {
  const fresh = createNames()
  return (axes, bound = () => undefined) => ({
    language,
    lines: [],
    known: new Map(),
    parent: null,
    axes,
    bound,
    fresh
  })
}

/** Code inside of other code: it sees what is known outside, and is forgotten at its end. */
export const inner = <V>(code: Code<V>): Code<V> => ({
  ...code,
  lines: [],
  known: new Map(),
  parent: code
})

/** The affine index as text over the names of its axes. */
export const indexText = (
  index: Affine,
  axes: readonly string[],
  number: (n: number) => string = wholeText
): string => {
  const terms = index.coefficients.flatMap((c, a) =>
    c === 0 || axes[a] === '0' ? [] : [c === 1 ? axes[a] : `${axes[a]} * ${number(c)}`]
  )
  if (index.offset !== 0 || terms.length === 0) terms.push(number(index.offset))
  return terms.join(' + ')
}

/** An integer as an operand. */
export const wholeText = (n: number): string => (n < 0 ? `(${n})` : `${n}`)

const find = <V>(code: Code<V> | null, e: Expr): V | undefined => {
  for (let c = code; c !== null; c = c.parent) {
    const value = c.known.get(e)
    if (value !== undefined) return value
  }
  return undefined
}

const compute = <V>(code: Code<V>, e: Expr): V => {
  const { language } = code
  const of = (x: Expr): V => valueOf(code, x)
  switch (e._tag) {
    case 'const':
      return language.constant(e.dtype, e.value)
    case 'load': {
      const fixed = indexText(e.index, code.axes, language.whole)
      if (e.base === null) return language.load(e.dtype, e.buffer, fixed)
      const base = language.index(of(e.base))
      const isOnlyBase = e.index.offset === 0 && e.index.coefficients.length === 0
      return language.load(e.dtype, e.buffer, isOnlyBase ? base : `${fixed} + ${base}`)
    }
    case 'iota':
      return language.iota(e.dtype, indexText(e.index, code.axes, language.whole))
    case 'stage':
    case 'accumulator': {
      const value = code.bound(e)
      if (value === undefined) throw new RangeError(`${e._tag} without a value`)
      return value
    }
    case 'unary':
      return language.unary(e.op, e.x.dtype, of(e.x))
    case 'binary':
      return language.binary(e.op, e.dtype, of(e.x), of(e.y))
    case 'compare':
      return language.compare(e.op, e.x.dtype, of(e.x), of(e.y))
    case 'select':
      return language.select(e.dtype, of(e.condition), of(e.x), of(e.y))
    case 'cast':
      return language.cast(e.x.dtype, e.dtype, of(e.x))
    case 'bitcast':
      return language.bitcast(e.x.dtype, e.dtype, of(e.x))
    case 'guard': {
      const [declaration, result] = language.variable(e.dtype, code.fresh())
      const inside = e.bounds
        .flatMap(({ index, lower, upper }) => {
          const text = indexText(index, code.axes, language.whole)
          return [`${text} >= ${language.whole(lower)}`, `${text} < ${language.whole(upper)}`]
        })
        .join(' && ')
      const side = (x: Expr): readonly string[] => {
        const block = inner(code)
        const value = valueOf(block, x)
        return [...block.lines, ...language.assign(e.dtype, result, value)].map((l) => `  ${l}`)
      }
      code.lines.push(
        ...declaration,
        `if (${inside}) {`,
        ...side(e.value),
        '} else {',
        ...side(e.otherwise),
        '}'
      )
      return result
    }
    case 'call':
      throw new RangeError(`the host function ${e.name} has no code here`)
  }
}

/** The value of a node, named where it is more than a leaf. */
export const valueOf = <V>(code: Code<V>, e: Expr): V => {
  const before = find(code, e)
  if (before !== undefined) return before
  const text = compute(code, e)
  const isLeaf = ['const', 'stage', 'accumulator', 'guard'].includes(e._tag)
  if (isLeaf) {
    code.known.set(e, text)
    return text
  }
  const [lines, named] = code.language.name(e.dtype, code.fresh(), text)
  code.lines.push(...lines)
  code.known.set(e, named)
  return named
}
