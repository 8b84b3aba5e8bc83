/**
 * Transposition: a linear program run backwards. Cotangents flow from results to inputs, each
 * primitive's transpose rule says how, and contributions to one variable are added.
 *
 * Source: Frostig, Johnson, Maclaurin, Paszke & Radul 2021, "Decomposing reverse-mode AD".
 */
import type { NdArray } from '../core/array.ts'
import { TransformError } from '../core/errors.ts'
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
    args.forEach((a, i) => {
      if (isUnknown(a) && (cts[i] ?? null) === null)
        throw notLinear(primitive.name, `is not linear in argument ${i}`)
    })
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
  const values = new Map<Var, NdArray>()
  const linear = new Set<Var>()
  jaxpr.inputs.forEach((v, i) => {
    const a = args[i]
    if ('_tag' in a) linear.add(v)
    else values.set(v, a)
  })
  const isLinear = (a: Atom): boolean => a._tag === 'var' && linear.has(a)
  const read = (a: Atom): NdArray | Unknown =>
    a._tag === 'literal' ? a.value : linear.has(a) ? unknown(a.aval) : (values.get(a) as NdArray)

  const pending: Equation[] = []
  for (const e of jaxpr.equations) {
    if (e.inputs.some(isLinear)) {
      pending.push(e)
      e.outputs.forEach((v) => linear.add(v))
    } else {
      // No input is linear, so every one has a value.
      const outs = bind(e.primitive, e.inputs.map(read) as readonly NdArray[], e.params)
      e.outputs.forEach((v, i) => values.set(v, outs[i]))
    }
  }

  const cts = new Map<Var, Tangent>()
  const accumulate = (a: Atom, ct: Tangent): void => {
    if (a._tag === 'literal' || isZero(ct) || !linear.has(a)) return
    const sofar = cts.get(a)
    cts.set(a, sofar === undefined ? ct : addTangents(sofar, ct))
  }
  jaxpr.outputs.forEach((a, i) => accumulate(a, cotangents[i]))
  for (let i = pending.length - 1; i >= 0; i--) {
    const e = pending[i]
    const outs = e.outputs.map((v): Tangent => cts.get(v) ?? zero(v.aval))
    if (outs.every(isZero)) continue
    const ins = transposeEquation(e, outs, e.inputs.map(read))
    e.inputs.forEach((a, j) => {
      const ct = ins[j]
      if (ct !== null && ct !== undefined) accumulate(a, ct)
    })
    e.outputs.forEach((v) => cts.delete(v))
  }
  return jaxpr.inputs.map((v, i) => ('_tag' in args[i] ? (cts.get(v) ?? zero(v.aval)) : null))
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
