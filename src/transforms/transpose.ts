/**
 * Transposition: a linear program run backwards. Cotangents flow from results to inputs, each
 * primitive's transpose rule says how, and contributions to one variable are added.
 *
 * Source: Frostig, Johnson, Maclaurin, Paszke & Radul 2021, "Decomposing reverse-mode AD".
 */
import type { NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
import { mapList } from '../core/list.ts'
import { addTangents, instantiate } from '../primitives/elementwise.ts'
import { inputAvals, type Atom, type Equation, type Jaxpr, type Var } from '../trace/jaxpr.ts'
import { traceClosed, traceToJaxpr } from '../trace/make-jaxpr.ts'
import { isUnknown, isZero, unknown, zero, type Tangent, type Unknown } from '../trace/primitive.ts'
import { flags, memoByJaxpr } from '../trace/memo.ts'
import { bind } from '../trace/tracer.ts'

const notLinear = (name: string, problem: string): TransformError =>
  new TransformError('transpose', {
    problem: `${name} ${problem}`,
    got: name,
    expected: 'a linear function of the arguments that are transposed',
    hint: 'linearTranspose takes linear functions only; grad needs a jvp rule made of linear operations'
  })

const transposeEquation = (
  e: Equation,
  cotangents: readonly Tangent[],
  args: readonly (NdArray | Unknown)[]
): readonly (Tangent | null)[] => {
  const { primitive } = e
  if (primitive.transpose !== undefined) {
    if (primitive.multilinear === true && args.filter(isUnknown).length > 1)
      throw notLinear(primitive.name, 'of several arguments at once is not linear')
    const cts = primitive.transpose(cotangents, args, e.params)
    for (let i = 0; i < args.length; i++)
      if (isUnknown(args[i]) && (cts[i] ?? null) === null)
        throw notLinear(primitive.name, `is not linear in argument ${i}`)
    return cts
  }
  if (primitive.like !== undefined) {
    const like = primitive.like
    const { jaxpr, consts } = traceToJaxpr(
      (...xs) => like(xs, e.params),
      e.inputs.map((a) => a.aval),
      primitive.name
    )
    return backward(jaxpr, [...consts, ...args], cotangents).slice(consts.length)
  }
  throw notLinear(primitive.name, 'is not linear, or has no transpose rule')
}

/** An equation over unknown values, with what its inputs stand for. */
interface Pending {
  readonly e: Equation
  readonly ins: readonly (NdArray | Unknown)[]
}

/**
 * Cotangents of the unknown inputs (null for known ones), given cotangents of the results.
 * Equations over known values alone are evaluated first, so the program may be linear in some
 * inputs only.
 */
export const backward = (
  jaxpr: Jaxpr,
  args: readonly (NdArray | Unknown)[],
  cotangents: readonly Tangent[]
): readonly (Tangent | null)[] => {
  const values = new Map<Var, NdArray | Unknown>()
  for (let i = 0; i < args.length; i++) values.set(jaxpr.inputs[i], args[i])
  // Definition precedes use in every jaxpr.
  const read = (a: Atom): NdArray | Unknown =>
    a._tag === 'literal' ? a.value : (values.get(a) as NdArray | Unknown)

  const pending: Pending[] = []
  for (const e of jaxpr.equations) {
    const ins = mapList(e.inputs, read)
    if (ins.some(isUnknown)) {
      pending.push({ e, ins })
      for (const v of e.outputs) values.set(v, unknown(v.aval))
    } else {
      const outs = bind(e.primitive, ins as readonly NdArray[], e.params) // none is unknown
      for (let i = 0; i < outs.length; i++) values.set(e.outputs[i], outs[i])
    }
  }

  const cts = new Map<Var, Tangent>()
  const accumulate = (a: Atom, value: NdArray | Unknown, ct: Tangent): void => {
    if (a._tag === 'literal' || isZero(ct) || !isUnknown(value)) return
    const sofar = cts.get(a)
    cts.set(a, sofar === undefined ? ct : addTangents(sofar, ct))
  }
  for (let i = 0; i < cotangents.length; i++) {
    const a = jaxpr.outputs[i]
    accumulate(a, read(a), cotangents[i])
  }
  for (let i = pending.length - 1; i >= 0; i--) {
    const { e, ins } = pending[i]
    const outs = mapList(e.outputs, (v): Tangent => cts.get(v) ?? zero(v.aval))
    if (outs.every(isZero)) continue
    const found = transposeEquation(e, outs, ins)
    for (let j = 0; j < ins.length; j++) {
      const ct = found[j]
      if (ct !== null && ct !== undefined) accumulate(e.inputs[j], ins[j], ct)
    }
    for (const v of e.outputs) cts.delete(v)
  }
  return mapList(jaxpr.inputs, (v, i) => (isUnknown(args[i]) ? (cts.get(v) ?? zero(v.aval)) : null))
}

const remember = memoByJaxpr<TransposedJaxpr>()

export interface TransposedJaxpr {
  /** Known inputs, then live cotangents of results -> live cotangents of the linear inputs. */
  readonly jaxpr: Jaxpr
  /** For each linear input, in order: whether its cotangent is among the results. */
  readonly outputs: readonly boolean[]
}

/**
 * The transpose of a program in the inputs that `linear` marks. `live` marks the results whose
 * cotangents are not zero; `instantiated` makes zeros of all linear inputs results too.
 */
export const transposeJaxpr = (
  jaxpr: Jaxpr,
  linear: readonly boolean[],
  live: readonly boolean[],
  instantiated = false
): TransposedJaxpr => {
  const key = [linear, live, [instantiated]].map(flags).join('/')
  return remember(jaxpr, key, () => {
    const avals = inputAvals(jaxpr)
    const knownAvals = avals.filter((_, i) => !linear[i])
    let outputs: readonly boolean[] = []
    const transposed = traceClosed(
      (...args) => {
        let nextKnown = 0
        let nextCt = knownAvals.length
        const ins = avals.map((a, i) => (linear[i] ? unknown(a) : args[nextKnown++]))
        const cts = jaxpr.outputs.map((o, i): Tangent => (live[i] ? args[nextCt++] : zero(o.aval)))
        const results = backward(jaxpr, ins, cts).filter((_, i) => linear[i]) as readonly Tangent[]
        outputs = results.map((t) => instantiated || !isZero(t))
        return results.filter((_, i) => outputs[i]).map(instantiate)
      },
      [...knownAvals, ...jaxpr.outputs.filter((_, i) => live[i]).map((o) => o.aval)],
      'transpose'
    )
    return { jaxpr: transposed, outputs }
  })
}
