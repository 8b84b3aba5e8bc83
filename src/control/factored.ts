/**
 * A function at weights of the form (rows ∘ W + Σ U V) ∘ columns, without forming them.
 *
 * Products, convolutions and lookups are linear in their weights, so x (W + U V) = x W + (x U) V:
 * where U and V are thin that costs next to nothing, and the derivative by U and V never forms one
 * by W. What is no such product gets the weight as an ordinary array. Low-rank adaptation is this
 * transformation.
 *
 * Source: Hu et al. 2021 (LoRA), as a transformation of any function.
 */
import { avalOf, isArray, type NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import type { Leaf } from '../core/structure.ts'
import * as tree from '../core/tree.ts'
import { convertElementType } from '../primitives/convert.ts'
import { dotGeneral } from '../primitives/contraction.ts'
import { add } from '../primitives/elementwise.ts'
import { evaluate } from '../trace/jaxpr.ts'
import { bind, currentTrace, payload, tracer, withTrace, type Trace } from '../trace/tracer.ts'
import { along, factoredRules } from './factored-rules.ts'
import { jitP, type JitParams } from './jit.ts'

/** One summand U V, where V has its scale already. */
export interface FactoredTerm {
  readonly left: NdArray // [...lead, r]
  readonly right: NdArray // [r, ...tail]
  /** What the input of this summand goes through: dropout. */
  readonly input: ((x: NdArray) => NdArray) | null
}

export interface Factored {
  readonly base: NdArray // [...lead, ...tail]
  /** How many of the axes are contracted with the input; the others are features. */
  readonly lead: number
  readonly terms: readonly FactoredTerm[]
  /** Scales the input of W along the last of the lead axes. */
  readonly rows: NdArray | null
  /** Scales the result. */
  readonly columns: NdArray | null // [...tail]
  /** The path of the weight, for messages. */
  readonly name: string
}

const trailing = (x: NdArray, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => x.ndim - count + i)

/** The weight as one array, in the type of its base. */
export const materialize = ({ base, lead, terms, rows, columns }: Factored): NdArray => {
  const scaled = rows === null ? base : along(rows, base, [lead - 1])
  const moved = terms.reduce((w, { left, right }) => {
    const dimensionNumbers = {
      lhsContracting: [lead],
      rhsContracting: [0],
      lhsBatch: [],
      rhsBatch: []
    }
    return add(w, convertElementType(dotGeneral(left, right, { dimensionNumbers }), w.dtype))
  }, scaled)
  return columns === null ? moved : along(columns, moved, trailing(moved, columns.ndim))
}

const asArray = (weight: Factored, operation: string): NdArray => {
  if (weight.terms.every(({ input }) => input === null)) return materialize(weight)
  throw new TransformError('adapter', {
    problem: 'a weight with dropout on its input is used in something that is no product',
    got: `${weight.name} in ${operation}`,
    expected: 'a matrix product, a convolution or a lookup, whose input dropout can act on',
    hint: 'leave it out of the targets, or set { dropout: 0 }'
  })
}

const factoredTrace = (parent: Trace): Trace => {
  const trace: Trace = {
    name: 'adapter',
    process: (primitive, args, params) => {
      const weights = args.map((x) => payload<Factored>(trace, x))
      if (weights.every((w) => w === null)) return parent.process(primitive, args, params)
      // The program of a jitted function is traced through, so that the products in it are seen.
      if (primitive === jitP) return evaluate(bind, (params as JitParams).jaxpr, args) // jitP's own parameters
      return withTrace(parent, () => {
        const rule = weights.filter((w) => w !== null).length === 1 && factoredRules.get(primitive)
        const result = rule === false || rule === undefined ? null : rule(args, weights, params)
        if (result !== null) return [isArray(result) ? result : makeWeight(trace, result)]
        const whole = args.map((x, i) => {
          const weight = weights[i]
          return weight === null ? x : asArray(weight, primitive.name)
        })
        return parent.process(primitive, whole, params)
      })
    }
  }
  return trace
}

const makeWeight = (trace: Trace, weight: Factored): NdArray =>
  tracer(trace, avalOf(weight.base), weight)

/** `f` of the weights, where each is an array or stays in its factors. */
export const withFactored = <O>(
  weights: readonly (NdArray | Factored)[],
  f: (weights: readonly NdArray[]) => O
): O => {
  const parent = currentTrace()
  const trace = factoredTrace(parent)
  const out = withTrace(trace, () => f(weights.map((w) => (isArray(w) ? w : makeWeight(trace, w)))))
  return tree.map((leaf: Leaf) => {
    const weight = isArray(leaf) ? payload<Factored>(trace, leaf) : null
    return weight === null ? leaf : asArray(weight, 'the result')
  }, out)
}
