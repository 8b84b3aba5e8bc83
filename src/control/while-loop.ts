/**
 * while: a loop that a condition ends. It has forward mode; reverse mode needs a bound on the
 * number of trips, and then it is a scan (see loops.ts).
 */
import '../install-loops.ts'
import { avalOf, hostOf, type NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import { lowerLoop } from '../primitives/control-flow.ts'
import { selectN } from '../primitives/compare.ts'
import { instantiate } from '../primitives/elementwise.ts'
import { batchFirst, broadcastInDim, moveAxis } from '../primitives/movement.ts'
import { reduceOr } from '../primitives/reduction.ts'
import { dceJaxpr } from '../trace/dce.ts'
import { evaluate, inputAvals, isEffectful, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { traceClosed } from '../trace/make-jaxpr.ts'
import { definePrimitive, isZero, zero, type Primitive, type Tangent } from '../trace/primitive.ts'
import { bind } from '../trace/tracer.ts'
import { jvpJaxpr } from '../transforms/jvp.ts'
import { partialEvalJaxpr } from '../transforms/partial-eval.ts'
import { batchJaxpr } from '../transforms/vmap.ts'
import { cut, fixpoint, pick } from './flags.ts'

export interface WhileParams {
  /** Inputs: its constants, then the carry. Result: a scalar bool. */
  readonly cond: Jaxpr
  /** Inputs: its constants, then the carry. Results: the carry. */
  readonly body: Jaxpr
  readonly condConsts: number
  readonly bodyConsts: number
}

export const whileP: Primitive<WhileParams> = definePrimitive<WhileParams>({
  name: 'while',
  abstractEval: (_avals, { body }) => outputAvals(body),

  evaluate: (args, p) => {
    const [cc, bc, init] = cut(args, p.condConsts, p.bodyConsts)
    let carry = init
    for (;;) {
      const [more] = evaluate(bind, p.cond, [...cc, ...carry])
      if (hostOf(more, 'while')[0] === 0) return carry
      carry = evaluate(bind, p.body, [...bc, ...carry])
    }
  },

  worthCompiling: () => true,

  lower: (inputs, p, _outs, context) => {
    const [cc, bc, carry] = cut(inputs, p.condConsts, p.bodyConsts)
    const condConsts = cc.map((c) => context.store(c))
    const bodyConsts = bc.map((c) => context.store(c))
    return lowerLoop(context, {
      trips: null,
      condition: (state) => lowerJaxpr(p.cond, [...condConsts, ...state], context)[0],
      carry,
      xs: [],
      stacked: [],
      reverse: false,
      body: (state) => ({
        carry: lowerJaxpr(p.body, [...bodyConsts, ...state], context),
        stacked: []
      })
    })
  },

  jvp: (primals, tangents, p) => {
    const live = tangents.map((t) => !isZero(t))
    const [, constLive, carryGiven] = cut(live, p.condConsts, p.bodyConsts)
    const carryLive = fixpoint(
      carryGiven,
      (c) => jvpJaxpr(p.body, [...constLive, ...c], false).outputs
    )
    const dual = jvpJaxpr(p.body, [...constLive, ...carryLive], carryLive)
    const [c, s] = cut(dual.jaxpr.inputs.slice(0, p.body.inputs.length), p.bodyConsts)
    const [dc, ds] = cut(
      dual.jaxpr.inputs.slice(p.body.inputs.length),
      constLive.filter(Boolean).length
    )
    const body: Jaxpr = { ...dual.jaxpr, inputs: [...c, ...dc, ...s, ...ds] }
    const tangentInputs = pick(p.cond.inputs.slice(p.condConsts), carryLive).map((v) => ({ ...v }))
    const cond: Jaxpr = { ...p.cond, inputs: [...p.cond.inputs, ...tangentInputs] }
    const [pcc, pbc, ps] = cut(primals, p.condConsts, p.bodyConsts)
    const [, tbc, ts] = cut(tangents, p.condConsts, p.bodyConsts)
    const outs = bind(
      whileP,
      [
        ...pcc,
        ...pbc,
        ...pick(tbc, constLive).map(instantiate),
        ...ps,
        ...pick(ts, carryLive).map(instantiate)
      ],
      { cond, body, condConsts: p.condConsts, bodyConsts: c.length + dc.length }
    )
    let next = ps.length
    return [
      outs.slice(0, ps.length),
      carryLive.map((l, i): Tangent => (l ? outs[next++] : zero(avalOf(ps[i]))))
    ]
  },

  batch: (axis, args, dims, p) => {
    const given = dims.map((d) => d !== null)
    const [condMapped, bodyMapped, carryGiven] = cut(given, p.condConsts, p.bodyConsts)
    const spread = fixpoint(
      carryGiven,
      (c) => batchJaxpr(p.body, axis, [...bodyMapped, ...c], false).outputs
    )
    const choiceMapped = batchJaxpr(p.cond, axis, [...condMapped, ...spread], false).outputs[0]
    // When examples stop at different times, every carry differs between them.
    const carryMapped = choiceMapped ? spread.map(() => true) : spread
    const body = batchJaxpr(p.body, axis, [...bodyMapped, ...carryMapped], carryMapped).jaxpr
    const cond = batchJaxpr(p.cond, axis, [...condMapped, ...carryMapped], choiceMapped).jaxpr
    const operands = args.map((x, i) => {
      const d = dims[i]
      const c = i - p.condConsts - p.bodyConsts
      if (d !== null) return moveAxis(x, d, 0)
      return c >= 0 && carryMapped[c] ? batchFirst(x, null, axis.size) : x
    })
    const params = choiceMapped
      ? lanewise(p, cond, body)
      : { cond, body, condConsts: p.condConsts, bodyConsts: p.bodyConsts }
    const [cc, bc, carry] = cut(operands, p.condConsts, p.bodyConsts)
    const outs = bind(whileP, choiceMapped ? [...cc, ...cc, ...bc, ...carry] : operands, params)
    return [outs, carryMapped.map((m) => (m ? 0 : null))]
  },

  partialEval: ({ known, avals, stage }, p) => {
    // Values that are known can be computed now; the program repeats what it needs of them.
    const rest = stage(
      whileP,
      avals.map((_, i) => i),
      p
    )
    const [cc, bc, carry] = cut(known, p.condConsts, p.bodyConsts)
    const isKnown = knownCarry(p, cc, bc, carry)
    if (isKnown === null) return rest
    const results = bind(whileP, isKnown.args, isKnown.params)
    let next = 0
    return rest.map((y, i) => (isKnown.flags[i] ? results[next++] : y))
  },

  transpose: () => {
    throw new TransformError('whileLoop', {
      problem: 'a loop with an unknown number of trips has no reverse mode',
      got: 'grad or vjp of a whileLoop, or of a foriLoop with traced bounds',
      expected: 'a bound on the trips, whose carries reverse mode has to keep',
      hint: 'pass { maxTrips: n }, use scan, or differentiate with jvp or jacfwd'
    })
  },

  effects: ({ cond, body }) => isEffectful(cond) || isEffectful(body),
  programs: ({ cond, body }) => [cond, body]
})

/** The loop over the carries that do not depend on unknown values, or null when there are none. */
const knownCarry = (
  p: WhileParams,
  cc: readonly (NdArray | null)[],
  bc: readonly (NdArray | null)[],
  carry: readonly (NdArray | null)[]
): {
  readonly args: readonly NdArray[]
  readonly params: WhileParams
  readonly flags: readonly boolean[]
} | null => {
  if (cc.includes(null)) return null
  const unknown = fixpoint(
    carry.map((x) => x === null),
    (u) => partialEvalJaxpr(p.body, [...bc.map((x) => x === null), ...u]).unknownOutputs
  )
  const flags = unknown.map((u) => !u)
  const needed = dceJaxpr(p.cond, [true]).usedInputs.slice(p.condConsts)
  if (!flags.includes(true) || needed.some((n, i) => n && unknown[i])) return null
  const body = dceJaxpr(p.body, flags, true).jaxpr
  const cond = dceJaxpr(p.cond, [true], true).jaxpr
  const bodyFlags = [...bc.map((x) => x !== null), ...flags]
  const condFlags = [...cc.map(() => true), ...flags]
  const isValue = (x: NdArray | null): x is NdArray => x !== null
  return {
    flags,
    args: [...cc.filter(isValue), ...bc.filter(isValue), ...pick(carry, flags).filter(isValue)],
    params: {
      cond: { ...cond, inputs: pick(cond.inputs, condFlags) },
      body: { ...body, inputs: pick(body.inputs, bodyFlags) },
      condConsts: cc.length,
      bodyConsts: bc.filter(isValue).length
    }
  }
}

/** Goes on while any example does, and keeps the carry of those that have stopped. */
const lanewise = (p: WhileParams, cond: Jaxpr, body: Jaxpr): WhileParams => {
  const any = traceClosed(
    (...args) => [reduceOr(evaluate(bind, cond, args)[0], [0])],
    inputAvals(cond),
    'while'
  )
  const condConstAvals = inputAvals(cond).slice(0, p.condConsts)
  const masked = traceClosed(
    (...args) => {
      const [cc, bc, carry] = cut(args, p.condConsts, p.bodyConsts)
      const [going] = evaluate(bind, cond, [...cc, ...carry])
      const next = evaluate(bind, body, [...bc, ...carry])
      return next.map((y, i) => selectN(broadcastInDim(going, y.shape, [0]), carry[i], y))
    },
    [...condConstAvals, ...inputAvals(body)],
    'while'
  )
  return {
    cond: any,
    body: masked,
    condConsts: p.condConsts,
    bodyConsts: p.condConsts + p.bodyConsts
  }
}
