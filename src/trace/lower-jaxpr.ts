/**
 * Jaxprs as lazy kernel values: each equation's lowering rule in order, values with several
 * costly uses stored once. Rules whose parameter is a program (jit, scan, cond) use it too.
 */
import { hostOf } from '../core/array.ts'
import { sizeOf } from '../core/shape.ts'
import { type Expr, type Load, operands } from '../kernel/expr.ts'
import { isWhole, worthStoring, type LoweredValue, type Lowering } from '../kernel/fuse.ts'
import { broadcastInDim, squeeze } from '../kernel/views.ts'
import { dependsOn } from '../kernel/walk.ts'
import { type Atom, type Equation, type Jaxpr, type Var } from './jaxpr.ts'
import { memoByJaxpr } from './memo.ts'
import { runOnHost, withoutValue } from './host-routine.ts'
import { traceToJaxpr } from './make-jaxpr.ts'

/** Where a value is read in the memory where it lies, whatever its strides are. */
const products: ReadonlySet<string> = new Set(['dotGeneral', 'convGeneralDilated'])

/** Operations that only look at their operand in another way. */
const looks: ReadonlySet<string> = new Set(['reshape', 'transpose', 'squeeze', 'slice', 'split'])

/**
 * Variables that a product reads, directly or through views: those are stored in any case. A view
 * itself is not: it is best stored the way its source lies.
 */
const readByProducts = (jaxpr: Jaxpr): ReadonlySet<Var> => {
  const found = new Set<Var>()
  const views = new Set<Var>()
  for (let i = jaxpr.equations.length - 1; i >= 0; i--) {
    const { primitive, inputs, outputs } = jaxpr.equations[i] // i is in range
    if (looks.has(primitive.name)) outputs.forEach((v) => views.add(v))
    const passes = looks.has(primitive.name) && outputs.some((v) => found.has(v))
    if (products.has(primitive.name) || passes)
      for (const a of inputs) if (a._tag === 'var') found.add(a)
  }
  for (const v of views) found.delete(v)
  return found
}

interface Analysis {
  readonly uses: ReadonlyMap<Var, number>
  readonly stored: ReadonlySet<Var>
}

const countUses = (jaxpr: Jaxpr): ReadonlyMap<Var, number> => {
  const uses = new Map<Var, number>()
  const use = (a: Atom): void => {
    if (a._tag === 'var') uses.set(a, (uses.get(a) ?? 0) + 1)
  }
  // Each part of what is split is a use of the whole.
  for (const e of jaxpr.equations)
    for (let part = 0; part < (looks.has(e.primitive.name) ? e.outputs.length : 1); part++)
      e.inputs.forEach(use)
  jaxpr.outputs.forEach(use)
  return uses
}

const remember = memoByJaxpr<Analysis>()

/** Host routines that stand in for a lowering, by name: `explain` and conformance count them. */
const hostRoutine = (
  e: Equation,
  inputs: readonly LoweredValue[],
  context: Lowering
): readonly LoweredValue[] => {
  const { primitive, params } = e
  const avals = e.inputs.map((a) => a.aval)
  const outs = e.outputs.map((v) => v.aval)
  const { reference } = primitive
  if (reference === undefined) {
    const { like } = primitive
    if (like === undefined) throw withoutValue(primitive.name)
    const { jaxpr } = traceToJaxpr((...xs) => like(xs, params), avals, primitive.name, true)
    return lowerJaxpr(jaxpr, inputs, context)
  }
  const { name, host: reason = null } = primitive
  return runOnHost({ name, params, reason, reference }, inputs, outs, context)
}

/**
 * Operations that look at an element of an operand more than once, so that what is costly to
 * compute is stored before them: broadcasts to more elements, and products.
 */
const isRepeater = (e: Equation): boolean => {
  switch (e.primitive.name) {
    case 'broadcastInDim':
      return sizeOf(e.outputs[0].aval.shape) > sizeOf(e.inputs[0].aval.shape)
    case 'reduceWindowMax':
    case 'reduceWindowMin':
    case 'reduceWindowSum':
      return true
    default:
      return false
  }
}

/** Scalars are computed once per kernel anyway. */
const isCostly = (x: LoweredValue): boolean => sizeOf(x.shape) > 1 && worthStoring(x)

/** More arrays than an optimizer's update of one parameter reads. */
const mostHeld = 6

/** Loads alone, which can be looked at where they are. */
const isView = (x: LoweredValue): boolean =>
  x.parts.every((e) => e._tag === 'load' && e.base === null) && !worthStoring(x)

/** Below this many elements it does not matter how long an array stays in memory. */
const smallSize = 1024

/**
 * Whether a value waits for more arrays of its own size than it should: each stays in memory until
 * the value is stored. The gradient of a weight that many layers share is such a sum.
 */
const holdsMany = (x: LoweredValue): boolean => {
  if (sizeOf(x.shape) < smallSize) return false
  const loads = x.parts.map(loadsUnder).reduce(union)
  if (loads.length <= mostHeld) return false
  const whole = new Set<number>()
  for (const e of loads) if (isWhole(e, x.shape)) whole.add(e.buffer)
  return whole.size > mostHeld
}

/** The loads of both lists; one of them where it has all. */
const union = (a: readonly Load[], b: readonly Load[]): readonly Load[] => {
  if (b.length === 0 || a === b) return a
  if (a.length === 0) return b
  const both = new Set(a)
  for (const e of b) both.add(e)
  return both.size === a.length ? a : [...both]
}

const loadsKnown = new WeakMap<Expr, readonly Load[]>()

/** Loads below a node, remembered: chains of operations are asked for theirs at every link. */
const loadsUnder = (e: Expr): readonly Load[] => {
  if (e._tag === 'const' || e._tag === 'iota') return []
  const known = loadsKnown.get(e)
  if (known !== undefined) return known
  const below = operands(e).map(loadsUnder).reduce(union, [])
  const loads = e._tag === 'load' ? [...below, e] : below
  loadsKnown.set(e, loads)
  return loads
}

/** Why the value is stored before it is used, or null where every use computes it. */
const reasonToStore = (x: LoweredValue, uses: number, byProduct: boolean): string | null => {
  if (uses > 1 && !isView(x)) {
    // Other uses had better read what a product needs stored than compute it again.
    if (byProduct) return 'a product reads it'
    if (worthStoring(x)) return 'costly to compute again'
  }
  return holdsMany(x) ? 'it would keep many arrays waiting' : null
}

/** A value without the axes along which it repeats itself, and how to see it as it was. */
interface Once {
  readonly value: LoweredValue
  readonly repeated: (stored: LoweredValue) => LoweredValue
}

const whole = (value: LoweredValue): Once => ({ value, repeated: (stored) => stored })

/** What has to be stored of a value: a number that was broadcast is one number. */
const once = (x: LoweredValue): Once => {
  const moving = dependsOn(x.parts)
  const kept = x.shape.flatMap((n, a) => (n === 1 || moving.has(a) ? [a] : []))
  if (kept.length === x.shape.length) return whole(x)
  const still = x.shape.flatMap((_, a) => (kept.includes(a) ? [] : [a]))
  return {
    value: squeeze(x, still),
    repeated: (stored) => broadcastInDim(stored, x.shape, kept)
  }
}

/** Results of the program on lazy arguments. */
export const lowerJaxpr = (
  jaxpr: Jaxpr,
  args: readonly LoweredValue[],
  context: Lowering
): readonly LoweredValue[] => {
  const { uses, stored } = remember(jaxpr, '', () => ({
    uses: countUses(jaxpr),
    stored: readByProducts(jaxpr)
  }))
  const values = new Map<Var, LoweredValue>()
  const define = (v: Var, value: LoweredValue, operation: string): void => {
    const count = uses.get(v) ?? 0
    const reason = reasonToStore(value, count, stored.has(v))
    // Products read memory best where nothing repeats itself.
    const held = reason === null || stored.has(v) ? whole(value) : once(value)
    values.set(v, reason === null ? value : held.repeated(context.store(held.value)))
    if (context.observe === undefined || isView(value) || (reason === null && count < 2)) return
    const choice = reason === null ? 'recomputed' : 'stored'
    const told = { variable: v, operation, value: held.value, uses: count, choice } as const
    context.observe({ ...told, reason: reason ?? 'cheap to compute again' })
  }
  const read = (a: Atom): LoweredValue =>
    a._tag === 'literal'
      ? context.constant(a.aval, hostOf(a.value))
      : (values.get(a) as LoweredValue) // definition precedes use
  jaxpr.inputs.forEach((v, i) => define(v, args[i], 'an input'))
  for (const e of jaxpr.equations) {
    const repeats = isRepeater(e)
    const inputs = e.inputs.map((a) => {
      const x = read(a)
      if (!repeats || !isCostly(x)) return x
      const held = once(x)
      if (a._tag === 'var')
        context.observe?.({
          variable: a,
          operation: `an operand of ${e.primitive.name}`,
          value: held.value,
          uses: uses.get(a) ?? 1,
          choice: 'stored',
          reason: 'its elements are read more than once'
        })
      return held.repeated(context.store(held.value))
    })
    const outs =
      e.primitive.lower === undefined
        ? hostRoutine(e, inputs, context)
        : e.primitive.lower(
            inputs,
            e.params,
            e.outputs.map((v) => v.aval),
            context
          )
    e.outputs.forEach((v, i) => define(v, outs[i], e.primitive.name))
  }
  return jaxpr.outputs.map(read)
}
