/**
 * scan: a loop that carries a state and stacks what each step returns, as one equation.
 *
 * Inputs and results are in three groups: constants (the same every step), carry, and arrays read
 * or written one slice per step. Every rule rewrites the body and keeps the loop.
 */
import '../install-loops.ts'
import { avalOf, type NdArray } from '../core/array.ts'
import { ShapeError } from '../core/errors.ts'
import { lowerLoop } from '../primitives/control-flow.ts'
import { addTangents, instantiate } from '../primitives/elementwise.ts'
import { batchFirst, moveAxis } from '../primitives/movement.ts'
import { fits, show as showAval } from '../trace/aval.ts'
import { dceJaxpr } from '../trace/dce.ts'
import {
  countEquations,
  inputAvals,
  isEffectful,
  outputAvals,
  type Jaxpr,
  type Var
} from '../trace/jaxpr.ts'
import { lowerJaxpr } from '../trace/lower-jaxpr.ts'
import { traceClosed } from '../trace/make-jaxpr.ts'
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
import { cut, fixpoint, merge, omit, pick } from './flags.ts'
import { hoistInvariants } from './hoist.ts'
import { sinkSums } from './sink.ts'
import { groups, runScan, sliceAval, stackedAval, type ScanParams } from './scan-steps.ts'

const none = (n: number): readonly boolean[] => new Array<boolean>(n).fill(false)
const every = (n: number): readonly boolean[] => new Array<boolean>(n).fill(true)

const reorder = (jaxpr: Jaxpr, inputs: readonly Var[], outputs = jaxpr.outputs): Jaxpr => ({
  ...jaxpr,
  inputs,
  outputs
})

/** Which carries are live when these inputs are: the least set closed under the body. */
const liveCarry = (
  p: ScanParams,
  flags: readonly boolean[],
  outputsOf: (inputs: readonly boolean[]) => readonly boolean[]
): readonly boolean[] => {
  const [consts, carry, xs] = groups(flags, p)
  return fixpoint(carry, (c) => outputsOf([...consts, ...c, ...xs]).slice(0, p.carryCount))
}

export const scanP: Primitive<ScanParams> = definePrimitive<ScanParams>({
  name: 'scan',

  abstractEval: (avals, p) => {
    const expected = inputAvals(p.jaxpr)
    const [, , xs] = groups(avals, p)
    const given = [...avals.slice(0, p.constCount + p.carryCount), ...xs.map(sliceAval)]
    given.forEach((a, i) => {
      if (!fits(a, expected[i]))
        throw new ShapeError('scan', {
          problem: 'an argument does not fit the body',
          got: `argument ${i}: ${showAval(a)}`,
          expected: showAval(expected[i]),
          hint: 'scanned arrays have one more axis in front than the body sees'
        })
    })
    const outs = outputAvals(p.jaxpr)
    return [
      ...outs.slice(0, p.carryCount),
      ...outs.slice(p.carryCount).map((a) => stackedAval(a, p.length))
    ]
  },

  evaluate: runScan,
  worthCompiling: (p) => p.length * countEquations(p.jaxpr) >= 500,

  lower: (inputs, p, _outs, context) => {
    const [consts, carry, xs] = groups(inputs, p)
    const held = consts.map((c) => context.store(c))
    return lowerLoop(context, {
      trips: p.length,
      condition: null,
      carry,
      xs,
      stacked: outputAvals(p.jaxpr).slice(p.carryCount),
      reverse: p.reverse,
      body: (state, slices) => {
        const results = lowerJaxpr(p.jaxpr, [...held, ...state, ...slices], context)
        return { carry: results.slice(0, p.carryCount), stacked: results.slice(p.carryCount) }
      }
    })
  },

  jvp: (primals, tangents, p) => {
    const given = tangents.map((t) => !isZero(t))
    const carryLive = liveCarry(p, given, (live) => jvpJaxpr(p.jaxpr, live, false).outputs)
    const [constLive, , xsLive] = groups(given, p)
    const live = [...constLive, ...carryLive, ...xsLive]
    const wanted = [...carryLive, ...none(p.jaxpr.outputs.length - p.carryCount)]
    const dual = jvpJaxpr(p.jaxpr, live, wanted)
    const [c, s, x] = groups(dual.jaxpr.inputs.slice(0, primals.length), p)
    const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length
    const [dc, ds, dx] = cut(
      dual.jaxpr.inputs.slice(primals.length),
      count(constLive),
      count(carryLive)
    )
    const outCount = p.jaxpr.outputs.length
    const [ys, zs] = cut(dual.jaxpr.outputs.slice(0, outCount), p.carryCount)
    const outCarryLive = dual.outputs.slice(0, p.carryCount)
    const [dys, dzs] = cut(dual.jaxpr.outputs.slice(outCount), count(outCarryLive))
    const jaxpr = reorder(
      dual.jaxpr,
      [...c, ...dc, ...s, ...ds, ...x, ...dx],
      [...ys, ...dys, ...zs, ...dzs]
    )
    const [pc, ps, px] = groups(primals, p)
    const [tc, ts, tx] = groups(tangents, p)
    const solid = (t: readonly Tangent[], flags: readonly boolean[]): readonly NdArray[] =>
      pick(t, flags).map(instantiate)
    const outs = bind(
      scanP,
      [...pc, ...solid(tc, constLive), ...ps, ...solid(ts, carryLive), ...px, ...solid(tx, xsLive)],
      {
        ...p,
        jaxpr,
        constCount: c.length + dc.length,
        carryCount: s.length + ds.length
      }
    )
    const [outCarry, outDots, stacks, stackDots] = cut(outs, s.length, ds.length, zs.length)
    const avals = scanP.abstractEval(primals.map(avalOf), p)
    const dots = [...outDots, ...stackDots]
    let next = 0
    return [
      [...outCarry, ...stacks],
      avals.map((a, i): Tangent => (dual.outputs[i] ? dots[next++] : zero(a)))
    ]
  },

  batch: (axis, args, dims, p) => {
    const given = dims.map((d) => d !== null)
    const carryMapped = liveCarry(p, given, (m) => batchJaxpr(p.jaxpr, axis, m, false).outputs)
    const [constMapped, , xsMapped] = groups(given, p)
    const wanted = [...carryMapped, ...none(p.jaxpr.outputs.length - p.carryCount)]
    const batched = batchJaxpr(p.jaxpr, axis, [...constMapped, ...carryMapped, ...xsMapped], wanted)
    const place = (x: NdArray, i: number): NdArray => {
      const d = dims[i]
      const isSlice = i >= p.constCount + p.carryCount
      const to = isSlice ? 1 : 0
      if (d !== null) return moveAxis(x, d, to)
      const isCarry = !isSlice && i >= p.constCount
      return isCarry && carryMapped[i - p.constCount] ? batchFirst(x, null, axis.size) : x
    }
    const outs = bind(scanP, args.map(place), { ...p, jaxpr: batched.jaxpr })
    return [outs, batched.outputs.map((m, i) => (m ? (i < p.carryCount ? 0 : 1) : null))]
  },

  partialEval: ({ known, avals, stage }, p) => {
    const given = known.map((x) => x === null)
    const [constUnknown, , xsUnknown] = groups(given, p)
    const carryUnknown = liveCarry(
      p,
      given,
      (u) => partialEvalJaxpr(p.jaxpr, u, false).unknownOutputs
    )
    if (
      !carryUnknown.includes(false) &&
      !constUnknown.includes(false) &&
      !xsUnknown.includes(false)
    )
      return stage(
        scanP,
        avals.map((_, i) => i),
        p
      )
    const wanted = [...carryUnknown, ...none(p.jaxpr.outputs.length - p.carryCount)]
    const split = partialEvalJaxpr(
      p.jaxpr,
      [...constUnknown, ...carryUnknown, ...xsUnknown],
      wanted
    )
    const count = (flags: readonly boolean[]): number => flags.filter((f) => !f).length
    const knownConsts = count(constUnknown)
    const hoisted = hoistInvariants(split, knownConsts, count(carryUnknown))

    // An unknown carry may start from a known value: it is an argument of the equation all the same.
    const values = (flags: readonly boolean[], from: number): readonly NdArray[] =>
      flags.flatMap((u, i) => (u ? [] : [known[from + i] as NdArray]))
    const constValues = values(constUnknown, 0)
    const carryValues = values(carryUnknown, p.constCount)
    const sliceValues = values(xsUnknown, p.constCount + p.carryCount)
    const invariants = hoisted.invariants(constValues)
    const results = bind(
      scanP,
      [...constValues, ...invariants.inner, ...carryValues, ...sliceValues],
      {
        ...p,
        jaxpr: hoisted.loop,
        constCount: knownConsts + invariants.inner.length,
        carryCount: carryValues.length
      }
    )
    const stackOut = split.unknownOutputs.slice(p.carryCount).filter((u) => !u).length
    const [carryOut, stacksOut, ownResiduals] = cut(results, carryValues.length, stackOut)
    const stackedResiduals = hoisted.stacked(sliceValues, stacksOut, ownResiduals)

    const residualVars = split.unknown.inputs.slice(0, split.residuals.length)
    const [uConsts, uCarry, uXs] = cut(
      split.unknown.inputs.slice(split.residuals.length),
      constUnknown.filter(Boolean).length,
      carryUnknown.filter(Boolean).length
    )
    const jaxpr = reorder(split.unknown, [
      ...pick(residualVars, hoisted.isInvariant),
      ...uConsts,
      ...uCarry,
      ...omit(residualVars, hoisted.isInvariant),
      ...uXs
    ])
    const reference = (flags: readonly boolean[], from: number): readonly (NdArray | number)[] =>
      flags.flatMap((u, i) => (u ? [from + i] : []))
    const rest = stage(
      scanP,
      [
        ...invariants.residuals,
        ...reference(constUnknown, 0),
        ...reference(carryUnknown, p.constCount),
        ...stackedResiduals,
        ...reference(xsUnknown, p.constCount + p.carryCount)
      ],
      {
        ...p,
        jaxpr,
        constCount: invariants.residuals.length + uConsts.length,
        carryCount: uCarry.length
      } satisfies ScanParams
    )
    return merge(split.unknownOutputs, rest, [...carryOut, ...stacksOut])
  },

  transpose: (cts, args, p) => {
    const [constArgs, carryArgs, xsArgs] = groups(args, p)
    const constLinear = constArgs.map(isUnknown)
    const xsLinear = xsArgs.map(isUnknown)
    // A linear carry may start from a known value, which is then zero: it is linear all the same.
    const carryLinear = every(p.carryCount)
    const linear = [...constLinear, ...carryLinear, ...xsLinear]
    const isKnown = (x: (typeof args)[number]): x is NdArray => !isUnknown(x)
    const knownConsts = constArgs.filter(isKnown)
    const knownXs = xsArgs.filter(isKnown)
    const inAvals = inputAvals(p.jaxpr)
    const [constAvals, carryAvals] = groups(inAvals, p)
    const linearConsts = pick(constAvals, constLinear)
    const [carryCts, stackCts] = cut(cts, p.carryCount)
    const stackLive = stackCts.map((ct) => !isZero(ct))
    const outAvals = outputAvals(p.jaxpr)
    const stackAvals = outAvals.slice(p.carryCount)
    // Body: known constants, sums for the linear ones, carry cotangents, then slices of result
    // cotangents and of known arrays. Results: sums, carry cotangents, cotangents of slices.
    const jaxpr = traceClosed(
      (...inputs) => {
        const [kc, sums, cc, cs, kx] = cut(
          inputs,
          knownConsts.length,
          linearConsts.length,
          carryAvals.length,
          stackLive.filter(Boolean).length
        )
        const ins = merge<NdArray | ReturnType<typeof unknownOf>>(
          linear,
          inAvals.filter((_, i) => linear[i]).map(unknownOf),
          [...kc, ...kx]
        )
        let next = 0
        const results = backward(p.jaxpr, ins, [
          ...cc,
          ...stackAvals.map((a, i): Tangent => (stackLive[i] ? cs[next++] : zero(a)))
        ])
        const [rc, rs, rx] = groups(results, p)
        const solid = (
          t: readonly (Tangent | null)[],
          flags: readonly boolean[]
        ): readonly Tangent[] => pick(t, flags) as readonly Tangent[] // cotangents exist where the argument is linear
        return [
          ...solid(rc, constLinear).map((t, i) => instantiate(addTangents(sums[i], t))),
          ...solid(rs, every(carryAvals.length)).map(instantiate),
          ...solid(rx, xsLinear).map(instantiate)
        ]
      },
      [
        ...knownConsts.map(avalOf),
        ...linearConsts,
        ...outAvals.slice(0, p.carryCount),
        ...pick(stackAvals, stackLive),
        ...knownXs.map((x) => sliceAval(avalOf(x)))
      ],
      'scan'
    )
    const slices = [...pick(stackCts, stackLive).map(instantiate), ...knownXs]
    const sumCount = linearConsts.length
    const sunk = sinkSums(jaxpr, knownConsts.length, sumCount, sumCount + carryAvals.length)
    const inLoop = omit(linearConsts, sunk.isSunk)
    const carryCount = inLoop.length + carryAvals.length
    const results = bind(
      scanP,
      [
        ...knownConsts,
        ...inLoop.map((a) => instantiate(zero(a))),
        ...carryCts.map(instantiate),
        ...slices
      ],
      {
        jaxpr: sunk.loop,
        length: p.length,
        reverse: !p.reverse,
        constCount: knownConsts.length,
        carryCount
      }
    )
    const [sums, rest, stacks] = cut(
      results,
      inLoop.length,
      carryAvals.length + xsLinear.filter(Boolean).length
    )
    const outs = [...merge(sunk.isSunk, sunk.sums(slices, stacks), sums), ...rest]
    let next = 0
    const carryFrom = p.constCount
    return linear.map((l, i) => {
      if (!l) return null
      const ct = outs[next++]
      const start = carryArgs[i - carryFrom]
      return start !== undefined && !isUnknown(start) ? null : ct
    })
  },

  dce: (usedOutputs, p) => {
    const [usedCarry, usedStacks] = cut(usedOutputs, p.carryCount)
    const carry = fixpoint(usedCarry, (c) => {
      const { usedInputs } = dceJaxpr(p.jaxpr, [...c, ...usedStacks])
      return groups(usedInputs, p)[1]
    })
    const kept = [...carry, ...usedStacks]
    const { usedInputs } = dceJaxpr(p.jaxpr, kept)
    const [consts, , xs] = groups(usedInputs, p)
    const inputs = [...consts, ...carry, ...xs]
    const { jaxpr } = dceJaxpr(p.jaxpr, kept, true)
    return {
      usedInputs: inputs,
      usedOutputs: kept,
      params: {
        ...p,
        jaxpr: { ...jaxpr, inputs: pick(jaxpr.inputs, inputs) },
        constCount: consts.filter(Boolean).length,
        carryCount: carry.filter(Boolean).length
      }
    }
  },

  effects: ({ jaxpr }) => isEffectful(jaxpr),
  programs: ({ jaxpr }) => [jaxpr]
})
