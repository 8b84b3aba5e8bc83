/**
 * customVjp: a function whose author gives its backward pass. Its forward derivative is an
 * equation that can only be transposed.
 */
import { avalOf, type Aval, type NdArray } from '../core/array.ts'
import { TransformError, ValueError, checkOptions, checkFunction } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { requireSame, type Structure } from '../core/structure.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { sum } from '../primitives/movement.ts'
import { hasTangent, makeAval } from '../trace/aval.ts'
import { arraysOf, nameOf } from '../trace/flat.ts'
import { evaluate, isEffectful, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import {
  definePrimitive,
  zero,
  type MappedAxis,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { checkCotangents } from '../transforms/check.ts'
import { batchFlat, batchJaxpr, placeDim } from '../transforms/vmap.ts'
import { traceBody, type AnyFunction } from './closed.ts'
import { batchedFirst, ruleResult, splitStatic } from './custom-arguments.ts'
import { requireConstant } from './custom-jvp.ts'

interface Forward {
  readonly outs: readonly NdArray[]
  readonly residuals: readonly NdArray[]
}

/** Cotangents of the arguments, one each. */
type Backward = (
  residuals: readonly NdArray[],
  cotangents: readonly NdArray[]
) => readonly NdArray[]

interface CustomVjpParams {
  readonly jaxpr: Jaxpr
  readonly constCount: number
  readonly forward: (args: readonly NdArray[]) => Forward
  readonly backward: Backward
  readonly name: string
}

interface BackwardParams {
  readonly backward: Backward
  readonly residualCount: number
  readonly outs: readonly Aval[]
  readonly name: string
}

const refuseForwardMode = (name: string): never => {
  throw new TransformError(name, {
    problem: 'a function with customVjp has no forward mode',
    got: 'jvp, jacfwd or hessian of it',
    expected: 'grad, vjp or jacrev',
    hint: 'customJvp gives a rule that works in both modes'
  })
}

/** Residuals and tangents to tangents of the results: known by its transpose alone. */
export const customBackwardP: Primitive<BackwardParams> = definePrimitive<BackwardParams>({
  name: 'customBackward',
  abstractEval: (_avals, { outs }) => outs,
  evaluate: (_args, { name }) => refuseForwardMode(name),
  lower: (_inputs, { name }) => refuseForwardMode(name),
  jvp: (_primals, _tangents, { name }) => refuseForwardMode(name),

  transpose: (cts, args, { backward, residualCount }) => {
    // Residuals are values and come first; everything after is linear.
    const results = backward(
      args.slice(0, residualCount) as readonly NdArray[],
      cts.map(instantiate)
    )
    return args.map((a, i) => {
      if (i < residualCount) return null
      const ct = results[i - residualCount]
      const aval = '_tag' in a ? a.aval : avalOf(a)
      return hasTangent(aval) ? ct : zero(aval)
    })
  },

  batch: (axis, args, dims, p) => {
    const params: BackwardParams = {
      ...p,
      backward: batchBackward(
        axis,
        p.backward,
        dims.map((d) => d !== null),
        p.residualCount
      ),
      outs: p.outs.map((a) => makeAval([axis.size, ...a.shape], a.dtype, a.weak))
    }
    const outs = bind(customBackwardP, batchedFirst(args, dims), params)
    return [outs, outs.map(() => 0)]
  }
})

/** Cotangents over a batch; an argument that all examples share gets the sum. */
const batchBackward =
  (
    axis: MappedAxis,
    backward: Backward,
    mapped: readonly boolean[],
    residualCount: number
  ): Backward =>
  (residuals, cotangents) => {
    const [cts, dims] = batchFlat(
      (...xs) => backward(xs.slice(0, residualCount), xs.slice(residualCount)),
      axis,
      [...residuals, ...cotangents],
      [...mapped.slice(0, residualCount).map((m) => (m ? 0 : null)), ...cotangents.map(() => 0)]
    )
    return cts.map((ct, i) => {
      const placed = placeDim(ct, dims[i], 0, axis.size)
      return mapped[residualCount + i] ? placed : sum(placed, [0])
    })
  }

export const customVjpP: Primitive<CustomVjpParams> = definePrimitive<CustomVjpParams>({
  name: 'customVjp',
  abstractEval: (_avals, { jaxpr }) => outputAvals(jaxpr),
  evaluate: (args, { jaxpr }) => evaluate(bind, jaxpr, args),
  lower: (inputs, { jaxpr }, _outs, context) => lowerJaxpr(jaxpr, inputs, context),

  jvp: (primals, tangents, { constCount, forward, backward, name }) => {
    requireConstant(name, tangents.slice(0, constCount))
    const { outs, residuals } = forward(primals.slice(constCount))
    const given = tangents.slice(constCount)
    const params: BackwardParams = {
      backward,
      residualCount: residuals.length,
      outs: outs.map(avalOf),
      name
    }
    const dots = bind(customBackwardP, [...residuals, ...given.map(instantiate)], params)
    return [outs, outs.map((y, i): Tangent => (hasTangent(avalOf(y)) ? dots[i] : zero(avalOf(y))))]
  },

  batch: (axis, args, dims, p) => {
    const mapped = dims.map((d) => d !== null)
    const own = mapped.slice(p.constCount)
    const { jaxpr } = batchJaxpr(p.jaxpr, axis, mapped, true)
    // How many residuals there are is known once the forward function has run.
    let residualCount = 0
    const params: CustomVjpParams = {
      ...p,
      jaxpr,
      forward: (xs) => {
        const [results, outDims] = batchFlat(
          (...ys) => {
            const f = p.forward(ys)
            residualCount = f.residuals.length
            return [...f.outs, ...f.residuals]
          },
          axis,
          xs,
          own.map((m) => (m ? 0 : null))
        )
        const placed = results.map((y, i) => placeDim(y, outDims[i], 0, axis.size))
        const outCount = placed.length - residualCount
        return { outs: placed.slice(0, outCount), residuals: placed.slice(outCount) }
      },
      backward: (residuals, cts) =>
        batchBackward(
          axis,
          p.backward,
          [...residuals.map(() => true), ...own],
          residuals.length
        )(residuals, cts)
    }
    const outs = bind(customVjpP, batchedFirst(args, dims), params)
    return [outs, outs.map(() => 0)]
  },

  effects: ({ jaxpr }) => isEffectful(jaxpr),
  programs: ({ jaxpr }) => [jaxpr]
})

export interface CustomVjpOptions<O> {
  /** fwd(...args) → [out, residuals]. */
  readonly fwd: (...args: never[]) => readonly [out: O, residuals: unknown]
  /** bwd(residuals, cotangent) → one cotangent per argument; nondiff arguments come first. */
  readonly bwd: (...args: never[]) => readonly unknown[]
  /** Arguments that are no arrays: passed on as they are, and first to `bwd`. */
  readonly nondiffArgnums?: readonly number[]
}

/**
 * `f` with its own backward pass. Reverse mode only.
 *
 * Errors: StructureError when `fwd` or `bwd` return other structures than `f` and its arguments;
 * TransformError in forward mode, and when `f` closes over a differentiated value.
 *
 * @example
 * const f = customVjp((x: NdArray) => x.mul(x), {
 *   fwd: (x: NdArray) => [x.mul(x), x],
 *   bwd: (x: NdArray, ct: NdArray) => [ct.mul(10)]
 * })
 * grad(f)(3).item() // => 10
 */
export const customVjp = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options: CustomVjpOptions<O>
): ((...args: A) => O) => {
  checkFunction('customVjp', f)
  checkOptions('customVjp', options, ['fwd', 'bwd', 'nondiffArgnums'])
  if (typeof options.fwd !== 'function' || typeof options.bwd !== 'function')
    throw new ValueError('customVjp', {
      problem: 'the forward or the backward function is missing',
      got: Object.keys(options).join(', ') || 'no options',
      expected: '{ fwd: (...args) => [out, residuals], bwd: (residuals, cotangent) => cotangents }',
      hint: 'customJvp takes a forward rule instead'
    })
  const statics = options.nondiffArgnums ?? []
  const name = nameOf('customVjp', f)
  const wrapped = (...args: A): O => {
    const { fixed, given, call } = splitStatic(name, f, statics, args)
    const forwardCall = splitStatic(name, options.fwd, statics, args).call
    const [arrays, structure] = arraysOf(given, name)
    const avals = arrays.map(avalOf)
    const body = traceBody(name, call, avals, structure)
    let residualStructure: Structure | null = null
    const forward = (xs: readonly NdArray[]): Forward => {
      const result = forwardCall(...(unflatten(structure, xs) as never[]))
      const [out, residuals] = ruleResult(name, 'fwd', '[f(...args), residuals]', result)
      const [outs, outStructure] = arraysOf(out, name)
      requireSame(name, body.structure, outStructure, 'fwd returns [f(...args), residuals]')
      const [kept, keptStructure] = arraysOf(residuals, name)
      residualStructure = keptStructure
      return { outs, residuals: kept }
    }
    const backward: Backward = (residuals, cts) => {
      const result = (options.bwd as AnyFunction)(
        ...([
          ...fixed,
          unflatten(residualStructure as Structure, residuals), // forward has run
          unflatten(body.structure, cts)
        ] as never[])
      )
      const [outs, outStructure] = arraysOf(result, name)
      requireSame(
        name,
        structure,
        outStructure,
        'bwd returns one cotangent per argument, in a list'
      )
      return checkCotangents(name, avals, outs)
    }
    const outs = bind(customVjpP, [...body.consts, ...arrays], {
      jaxpr: body.jaxpr,
      constCount: body.consts.length,
      forward,
      backward,
      name
    })
    return unflatten(body.structure, outs) as O
  }
  return Object.defineProperty(wrapped, 'name', { value: f.name })
}
