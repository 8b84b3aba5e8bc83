/**
 * cond and switch: one of several programs, chosen by a value. A batched choice runs them all and
 * selects.
 */
import { avalOf, hostOf, scalar, type ArrayLike, type NdArray } from '../core/array.ts'
import { isBool, isInteger } from '../core/dtype.ts'
import {
  DTypeError,
  ShapeError,
  StructureError,
  ValueError,
  listOf,
  checkFunction
} from '../core/errors.ts'
import { show } from '../core/shape.ts'
import { show as showPath } from '../core/path.ts'
import { unflatten } from '../core/tree.ts'
import { difference, leafPaths } from '../core/structure.ts'
import { lowerBranch } from '../primitives/control-flow.ts'
import { max, min } from '../primitives/arithmetic.ts'
import { selectN } from '../primitives/compare.ts'
import { convertElementType } from '../primitives/convert.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { batchFirst, broadcastInDim, moveAxis } from '../primitives/movement.ts'
import { fits, show as showAval } from '../trace/aval.ts'
import { dceJaxpr } from '../trace/dce.ts'
import { arraysOf, leafArray } from '../trace/flat.ts'
import {
  evaluate,
  isEffectful,
  outputAvals,
  variable,
  type Jaxpr,
  type Var
} from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { traceClosed } from '../trace/make-jaxpr.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  zero,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { partialEvalJaxpr } from '../transforms/partial-eval.ts'
import { transposeJaxpr } from '../transforms/transpose.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { joinConstants, traceBody, type AnyFunction } from './closed.ts'
import { merge, omit, or, pick } from './flags.ts'

interface CondParams {
  /** Programs of the same inputs and result types; the first operand, an int32, picks one. */
  readonly branches: readonly Jaxpr[]
}

const orAll = (rows: readonly (readonly boolean[])[]): readonly boolean[] => rows.reduce(or)

export const condP: Primitive<CondParams> = definePrimitive<CondParams>({
  name: 'cond',
  abstractEval: (_avals, { branches }) => outputAvals(branches[0]),

  evaluate: ([index, ...operands], { branches }) => {
    const at = Math.min(branches.length - 1, Math.max(0, hostOf(index, 'cond')[0]))
    return evaluate(bind, branches[at], operands)
  },

  lower: ([index, ...operands], { branches }, outs, context) =>
    lowerBranch(
      context,
      index,
      outs,
      branches.map((b) => () => lowerJaxpr(b, operands, context))
    ),

  jvp: ([index, ...operands], [, ...tangents], { branches }) => {
    const live = tangents.map((t) => !isZero(t))
    const outLive = orAll(branches.map((b) => jvpJaxpr(b, live, false).outputs))
    const duals = branches.map((b) => jvpJaxpr(b, live, outLive).jaxpr)
    const given = tangents.filter((t): t is NdArray => !isZero(t))
    const outs = bind(condP, [index, ...operands, ...given], { branches: duals })
    const avals = outputAvals(branches[0])
    let next = avals.length
    return [
      outs.slice(0, avals.length),
      avals.map((a, i): Tangent => (outLive[i] ? outs[next++] : zero(a)))
    ]
  },

  batch: (axis, [index, ...operands], [indexDim, ...dims], { branches }) => {
    const mapped = dims.map((d) => d !== null)
    const first = operands.map((x, i) => {
      const d = dims[i]
      return d === null ? x : moveAxis(x, d, 0)
    })
    if (indexDim !== null) {
      const which = batchFirst(index, indexDim, axis.size)
      const results = branches.map((b) =>
        evaluate(bind, batchJaxpr(b, axis, mapped, true).jaxpr, first)
      )
      const last = scalar(branches.length - 1, 'int32')
      const clamped = clampIndex(which, last)
      const outs = results[0].map((y, i) =>
        selectN(broadcastInDim(clamped, y.shape, [0]), ...results.map((r) => r[i]))
      )
      return [outs, outs.map(() => 0)]
    }
    const outMapped = orAll(branches.map((b) => batchJaxpr(b, axis, mapped, false).outputs))
    const batched = branches.map((b) => batchJaxpr(b, axis, mapped, outMapped).jaxpr)
    return [
      bind(condP, [index, ...first], { branches: batched }),
      outMapped.map((m) => (m ? 0 : null))
    ]
  },

  transpose: (cts, [index, ...operands], { branches }) => {
    const linear = operands.map(isUnknown)
    const live = cts.map((ct) => !isZero(ct))
    const transposed = branches.map((b) => transposeJaxpr(b, linear, live, true).jaxpr)
    const known = operands.filter((a): a is NdArray => !isUnknown(a))
    const given = cts.filter((ct): ct is NdArray => !isZero(ct))
    const outs = bind(condP, [index as NdArray, ...known, ...given], { branches: transposed })
    let next = 0
    return [null, ...linear.map((l) => (l ? outs[next++] : null))]
  },

  partialEval: ({ known, avals, stage }, { branches }) => {
    const [index, ...operands] = known
    const unknown = operands.map((x) => x === null)
    if (index === null)
      return stage(
        condP,
        avals.map((_, i) => i),
        { branches }
      )
    const outUnknown = orAll(branches.map((b) => partialEvalJaxpr(b, unknown).unknownOutputs))
    const splits = branches.map((b) => partialEvalJaxpr(b, unknown, outUnknown))
    // Every branch returns the residuals of all: its own, and zeros for the others.
    const knownAvals = omit(
      branches[0].inputs.map((v) => v.aval),
      unknown
    )
    const knownBranches = splits.map((s, b) => {
      const outCount = s.known.outputs.length - s.residuals.length
      return traceClosed(
        (...args) => {
          const results = evaluate(bind, s.known, args)
          const residuals = splits.flatMap((other, o) =>
            o === b ? results.slice(outCount) : other.residuals.map((a) => instantiate(zero(a)))
          )
          return [...results.slice(0, outCount), ...residuals]
        },
        knownAvals,
        'cond'
      )
    })
    const residualAvals = splits.map((s) => s.residuals)
    const unknownBranches = splits.map((s, b): Jaxpr => {
      const own = s.unknown.inputs.slice(0, s.residuals.length)
      const all = residualAvals.flatMap((avs, o): readonly Var[] =>
        o === b ? own : avs.map(variable)
      )
      return { ...s.unknown, inputs: [...all, ...s.unknown.inputs.slice(s.residuals.length)] }
    })
    const results = bind(condP, [index, ...operands.filter((x): x is NdArray => x !== null)], {
      branches: knownBranches
    })
    const outCount = outUnknown.filter((u) => !u).length
    const rest = stage(
      condP,
      [index, ...results.slice(outCount), ...unknown.flatMap((u, i) => (u ? [i + 1] : []))],
      { branches: unknownBranches } satisfies CondParams
    )
    return merge(outUnknown, rest, results.slice(0, outCount))
  },

  dce: (usedOutputs, { branches }) => {
    const used = orAll(branches.map((b) => dceJaxpr(b, usedOutputs).usedInputs))
    const smaller = branches.map((b): Jaxpr => {
      const kept = dceJaxpr(b, usedOutputs, true).jaxpr
      return { ...kept, inputs: pick(kept.inputs, used) }
    })
    return { usedInputs: [true, ...used], params: { branches: smaller } }
  },

  effects: ({ branches }) => branches.some(isEffectful),
  programs: ({ branches }) => branches
})

const clampIndex = (index: NdArray, last: NdArray): NdArray => {
  const lower = broadcastInDim(scalar(0, 'int32'), index.shape, [])
  return min(max(index, lower), broadcastInDim(last, index.shape, []))
}

const checkBranches = (
  operation: string,
  bodies: readonly ReturnType<typeof traceBody>[]
): void => {
  const [first] = bodies
  const paths = leafPaths(first.structure)
  for (const b of bodies) {
    const rows =
      b.structure.key === first.structure.key
        ? outputAvals(first.jaxpr).flatMap((a, i) => {
            const other = outputAvals(b.jaxpr)[i]
            return fits(a, other)
              ? []
              : [`${showPath(paths[i])}: ${showAval(a)} against ${showAval(other)}`]
          })
        : difference(first.structure, b.structure)
    if (rows.length > 0)
      throw new StructureError(operation, {
        problem: 'the branches return different structures or types',
        got: rows.slice(0, 8).join('; '),
        expected: 'results of the same structure, shapes and types from every branch',
        hint: 'convert with astype, or broadcast, so that the branches agree'
      })
  }
}

const choose = (
  operation: string,
  index: NdArray,
  functions: readonly AnyFunction[],
  operands: readonly unknown[]
): unknown => {
  const [arrays, structure] = arraysOf(operands, operation)
  const bodies = functions.map((f) => traceBody(operation, f, arrays.map(avalOf), structure))
  checkBranches(operation, bodies)
  const { jaxprs, consts } = joinConstants(bodies)
  const outs = bind(condP, [index, ...consts, ...arrays], { branches: jaxprs })
  return unflatten(bodies[0].structure, outs)
}

const scalarIndex = (operation: string, x: NdArray): void => {
  if (x.ndim !== 0)
    throw new ShapeError(operation, {
      problem: 'the choice is no scalar',
      got: `an array of shape ${show(x.shape)}`,
      expected: 'a scalar',
      hint: 'np.where chooses element by element; vmap makes a scalar choice per example'
    })
  if (!isBool(x.dtype) && !isInteger(x.dtype) && !avalOf(x).weak)
    throw new DTypeError(operation, {
      problem: 'the choice is neither a boolean nor an integer',
      got: x.dtype,
      expected: 'a comparison, or an integer',
      hint: 'compare: x.greater(0)'
    })
}

/**
 * onTrue(...operands) where `predicate` holds, else onFalse(...operands); only one of them runs,
 * except under vmap over the predicate. Both must return the same structure and types.
 *
 * Errors: ShapeError for a predicate that is no scalar, StructureError when the branches differ.
 *
 * @example
 * lax.cond(np.array(3).greater(2), (x) => x.mul(2), (x) => x, np.array(5)).item() // => 10
 */
export const cond = <A extends readonly unknown[], O>(
  predicate: ArrayLike,
  onTrue: (...operands: A) => O,
  onFalse: (...operands: A) => O,
  ...operands: A
): O => {
  for (const f of [onTrue, onFalse]) checkFunction('cond', f)
  const x = leafArray(predicate)
  scalarIndex('cond', x)
  const index = convertElementType(isBool(x.dtype) ? x : convertElementType(x, 'bool'), 'int32')
  // Branch 0 is false; the structure is that of the branches' own results.
  return choose('cond', index, [onFalse, onTrue], operands) as O
}

const switchCase = <A extends readonly unknown[], O>(
  index: ArrayLike,
  branches: readonly ((...operands: A) => O)[],
  ...operands: A
): O => {
  for (const f of listOf('switch', branches)) checkFunction('switch', f)
  if (branches.length === 0)
    throw new ValueError('switch', {
      problem: 'there are no branches',
      got: 'an empty list',
      expected: 'at least one function',
      hint: 'branch i runs for index i'
    })
  const x = leafArray(index)
  scalarIndex('switch', x)
  return choose('switch', convertElementType(x, 'int32'), branches, operands) as O
}

/** branches[index](...operands), the index clamped to those there are. */
export { switchCase as switch }
