/**
 * checkpoint: keeps the inputs of a function instead of its intermediate values, and computes
 * these again in the backward pass. A policy names primitives whose results are kept all the same.
 *
 * Source: Griewank & Walther 2000 (revolve); policies as in jax.checkpoint.
 */
import { avalOf, type NdArray } from '../core/array.ts'
import { checkOptions, checkFunction } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { optimizationBarrier } from '../primitives/barrier.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { moveAxis } from '../primitives/movement.ts'
import { dceJaxpr } from '../trace/dce.ts'
import { arraysOf, nameOf } from '../trace/flat.ts'
import { evaluate, isEffectful, outputAvals, type Jaxpr, type Var } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { traceClosed } from '../trace/make-jaxpr.ts'
import { memoByJaxpr, flags } from '../trace/memo.ts'
import {
  definePrimitive,
  isUnknown,
  isZero,
  unknown as unknownOf,
  zero,
  type Primitive,
  type Tangent
} from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { partialEvalJaxpr } from '../transforms/partial-eval.ts'
import { backward } from '../transforms/transpose.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { traceBody } from './closed.ts'
import { merge, omit, pick } from './flags.ts'

/** Whether the results of this equation are kept for the backward pass. */
export type CheckpointPolicy = (primitive: string, params: unknown) => boolean

interface CheckpointParams {
  readonly jaxpr: Jaxpr
  readonly policy: CheckpointPolicy | null
  /** In the backward pass: nothing computed here may be shared with the forward pass. */
  readonly differentiated: boolean
}

/** Policies by JAX's names. */
export const checkpointPolicies = {
  nothingSaveable: (): boolean => false,
  everythingSaveable: (): boolean => true,
  dotsSaveable: (primitive: string): boolean =>
    primitive === 'dotGeneral' || primitive === 'convGeneralDilated',
  dotsWithNoBatchDimsSaveable: (primitive: string, params: unknown): boolean =>
    primitive === 'dotGeneral' && !hasBatch(params)
} as const

const hasBatch = (params: unknown): boolean => {
  const numbers = (
    params as { readonly dimensionNumbers?: { readonly lhsBatch?: readonly number[] } }
  ).dimensionNumbers
  return (numbers?.lhsBatch?.length ?? 0) > 0
}

/** The program with the results that the policy keeps added to its own, and which those are. */
const withSaved = (jaxpr: Jaxpr, policy: CheckpointPolicy): readonly Var[] =>
  jaxpr.equations.flatMap((e) => (policy(e.primitive.name, e.params) ? e.outputs : []))

export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>({
  name: 'checkpoint',
  abstractEval: (_avals, { jaxpr }) => outputAvals(jaxpr),
  evaluate: (args, { jaxpr }) => evaluate(bind, jaxpr, args),

  lower: (inputs, { jaxpr, differentiated }, _outs, context) =>
    lowerJaxpr(jaxpr, differentiated ? inputs.map((x) => context.store(x)) : inputs, context),

  jvp: (primals, tangents, p) => {
    const live = tangents.map((t) => !isZero(t))
    const dual = jvpJaxpr(p.jaxpr, live, false)
    const given = tangents.filter((t): t is NdArray => !isZero(t))
    const outs = bind(checkpointP, [...primals, ...given], { ...p, jaxpr: dual.jaxpr })
    const count = p.jaxpr.outputs.length
    let next = count
    return [
      outs.slice(0, count),
      p.jaxpr.outputs.map((o, i): Tangent => (dual.outputs[i] ? outs[next++] : zero(o.aval)))
    ]
  },

  batch: (axis, args, dims, p) => {
    const mapped = dims.map((d) => d !== null)
    const batched = batchJaxpr(p.jaxpr, axis, mapped, false)
    const first = args.map((x, i) => {
      const d = dims[i]
      return d === null ? x : moveAxis(x, d, 0)
    })
    return [
      bind(checkpointP, first, { ...p, jaxpr: batched.jaxpr }),
      batched.outputs.map((b) => (b ? 0 : null))
    ]
  },

  partialEval: ({ known, stage }, p) => {
    const unknown = known.map((x) => x === null)
    const split = partialEvalJaxpr(p.jaxpr, unknown)
    const outCount = split.known.outputs.length - split.residuals.length
    const inputs = known.filter((x): x is NdArray => x !== null)
    const saved = p.policy === null ? [] : withSaved(split.known, p.policy)
    const forward: Jaxpr = {
      ...split.known,
      outputs: [...split.known.outputs.slice(0, outCount), ...saved]
    }
    const { jaxpr: run, usedInputs } = dceJaxpr(
      forward,
      forward.outputs.map(() => true)
    )
    const results = bind(checkpointP, pick(inputs, usedInputs), { ...p, jaxpr: run })
    // The rest starts from the known inputs and the saved values, and computes residuals again.
    const again = recompute(split.known, split.unknown, saved, outCount)
    const outs = results.slice(0, outCount)
    const { jaxpr: lean, usedInputs: needed } = dceJaxpr(
      again,
      again.outputs.map(() => true)
    )
    const barred = pick([...inputs, ...results.slice(outCount)], needed)
    const rest = stage(
      checkpointP,
      [
        ...barred,
        ...unknown
          .flatMap((u, i) => (u ? [i] : []))
          .filter((_, i) => needed[inputs.length + saved.length + i])
      ],
      { jaxpr: lean, policy: p.policy, differentiated: true } satisfies CheckpointParams
    )
    return merge(split.unknownOutputs, rest, outs)
  },

  transpose: (cts, args, p) => {
    const linear = args.map(isUnknown)
    const live = cts.map((ct) => !isZero(ct))
    const known = args.filter((a): a is NdArray => !isUnknown(a))
    const given = cts.filter((ct): ct is NdArray => !isZero(ct))
    const transposed = transposedBody(p.jaxpr, linear, live)
    // The barrier makes the recomputation wait for the cotangents: it cannot move forward.
    const waiting = p.differentiated
      ? optimizationBarrier([...known, ...given])
      : [...known, ...given]
    const outs = bind(checkpointP, waiting, { ...p, jaxpr: transposed })
    let next = 0
    return linear.map((l) => (l ? outs[next++] : null))
  },

  dce: (usedOutputs, p) => {
    const { jaxpr, usedInputs } = dceJaxpr(p.jaxpr, usedOutputs)
    return { usedInputs, params: { ...p, jaxpr } }
  },

  effects: ({ jaxpr }) => isEffectful(jaxpr),
  programs: ({ jaxpr }) => [jaxpr]
})

const rememberAgain = memoByJaxpr<Jaxpr>()

/** Known inputs, saved values, unknown inputs -> unknown results. */
const recompute = (known: Jaxpr, rest: Jaxpr, saved: readonly Var[], outCount: number): Jaxpr =>
  rememberAgain(known, String(saved.length), () => {
    const keep = new Set(saved)
    // A residual variable of the known part is what the rest calls by its own input's name.
    const residuals = known.outputs.slice(outCount)
    const unknownInputs = rest.inputs.slice(residuals.length)
    return traceClosed(
      (...args) => {
        const values = new Map(known.inputs.map((v, i) => [v, args[i]]))
        saved.forEach((v, i) => values.set(v, args[known.inputs.length + i]))
        const read = (a: (typeof residuals)[number]): NdArray =>
          a._tag === 'literal' ? a.value : (values.get(a) as NdArray)
        for (const e of known.equations) {
          if (e.outputs.every((v) => keep.has(v))) continue
          const outs = bind(e.primitive, e.inputs.map(read), e.params)
          e.outputs.forEach((v, i) => {
            if (!keep.has(v)) values.set(v, outs[i])
          })
        }
        return evaluate(bind, rest, [
          ...residuals.map(read),
          ...args.slice(known.inputs.length + saved.length)
        ])
      },
      [...known.inputs, ...saved, ...unknownInputs].map((v) => v.aval),
      'checkpoint'
    )
  })

const rememberTransposed = memoByJaxpr<Jaxpr>()

/** Known inputs, live cotangents -> cotangents of all linear inputs. Splits before it transposes. */
const transposedBody = (
  jaxpr: Jaxpr,
  linear: readonly boolean[],
  live: readonly boolean[]
): Jaxpr =>
  rememberTransposed(jaxpr, `${flags(linear)}/${flags(live)}`, () => {
    const split = partialEvalJaxpr(jaxpr, linear, true)
    const avals = jaxpr.inputs.map((v) => v.aval)
    const knownAvals = omit(avals, linear)
    return traceClosed(
      (...args) => {
        const residuals = evaluate(bind, split.known, args.slice(0, knownAvals.length))
        let next = knownAvals.length
        const cts = jaxpr.outputs.map((o, i): Tangent => (live[i] ? args[next++] : zero(o.aval)))
        const results = backward(
          split.unknown,
          [...residuals, ...pick(avals, linear).map(unknownOf)],
          cts
        )
        // Only the linear inputs come after the residuals, and each has a cotangent.
        return (results.slice(residuals.length) as readonly Tangent[]).map(instantiate)
      },
      [...knownAvals, ...pick(jaxpr.outputs, live).map((o) => o.aval)],
      'checkpoint'
    )
  })

export interface CheckpointOptions {
  /** Results to keep instead of computing them again; none by default. */
  readonly policy?: CheckpointPolicy
}

/**
 * `f`, computed again in the backward pass: memory for its inputs instead of its intermediate
 * values, at the cost of running it once more.
 *
 * @example
 * grad(checkpoint((x: NdArray) => x.mul(x).mul(x)))(2).item() // => 12
 */
export const checkpoint = <A extends readonly unknown[], O>(
  f: (...args: A) => O,
  options: CheckpointOptions = {}
): ((...args: A) => O) => {
  checkFunction('checkpoint', f)
  checkOptions('checkpoint', options, ['policy'])
  const name = nameOf('checkpoint', f)
  const wrapped = (...args: A): O => {
    const [arrays, structure] = arraysOf(args, name)
    const body = traceBody(name, f, arrays.map(avalOf), structure)
    const outs = bind(checkpointP, [...body.consts, ...arrays], {
      jaxpr: body.jaxpr,
      policy: options.policy ?? null,
      differentiated: false
    })
    return unflatten(body.structure, outs) as O
  }
  return Object.defineProperty(wrapped, 'name', { value: name })
}
