/**
 * Eager evaluation: one operation on concrete arrays, now.
 *
 * Small arrays go through the reference rule, whose plain loops beat any call into a kernel; large
 * ones through a kernel, compiled once per primitive, parameters and types.
 */
import {
  avalOf,
  deviceOf,
  fromHost,
  hostOf,
  plainOf,
  type Aval,
  type NdArray
} from '../core/array.ts'
import { settings, settingsVersion } from '../core/config.ts'
import { ValueError } from '../core/errors.ts'
import { isInexact } from '../core/dtype.ts'
import { mapList } from '../core/list.ts'
import { createRecent } from '../core/recent.ts'
import { sizeOf } from '../core/shape.ts'
import { equals, key as avalKey } from '../trace/aval.ts'
import { variable, type Jaxpr } from '../trace/jaxpr.ts'
import type { HostArray, Primitive } from '../trace/primitive.ts'
import type { Evaluator } from '../trace/tracer.ts'
import { noKernel } from '../kernel/ir.ts'
import { backend } from './backends.ts'
import { count, countLoop } from './counters.ts'
import { parameterKey, sameParameters } from './keys.ts'
import { runProgram } from './program.ts'
import { evaluateByReference } from './reference.ts'
import { forbidRefusals } from './refusals.ts'

const maximumKept = 4096
const single = createRecent<string, Jaxpr>(() => maximumKept)

/** The latest program of each primitive: in a loop the next call is mostly of the same. */
interface Latest {
  readonly jaxpr: Jaxpr
  readonly version: number
}

const latest = new WeakMap<Primitive, Latest>()

/** The program of one operation; one per primitive, parameters and types. */
const singleEquation = (
  primitive: Primitive,
  avals: readonly Aval[],
  params: unknown,
  outs: readonly Aval[]
): Jaxpr => {
  // A loop whose body is traced anew must be found again however long it is: compiling it costs more.
  const content = parameterKey(params, Infinity)
  const key = content === null ? null : `${primitive.name}|${content}|${avals.map(avalKey).join()}`
  const make = (): Jaxpr => {
    const inputs = avals.map(variable)
    const outputs = outs.map(variable)
    return { inputs, equations: [{ primitive, inputs, outputs, params }], outputs }
  }
  if (key === null) return make()
  const jaxpr = single.get(key) ?? make()
  single.set(key, jaxpr)
  return jaxpr
}

/** Elements of the largest of these. */
const largest = (avals: readonly Aval[]): number => {
  let n = 0
  for (let i = 0; i < avals.length; i++) n = Math.max(n, sizeOf(avals[i].shape))
  return n
}

/** Whether plain loops are done before a kernel would pay. */
const isLittle = (
  { work }: Primitive,
  avals: readonly Aval[],
  params: unknown,
  outs: readonly Aval[]
): boolean => {
  const { eagerThreshold } = settings()
  if (largest(avals) >= eagerThreshold || largest(outs) >= eagerThreshold) return false
  return work === undefined || work(avals, params, outs) < eagerThreshold
}

/**
 * The results where plain loops over plain memory give them, else null. What most operations on
 * small arrays come to, in as few steps as there can be: an eager gradient is dozens of them.
 */
const runSmall = (
  primitive: Primitive,
  args: readonly NdArray[],
  params: unknown
): readonly NdArray[] | null => {
  const { reference, evaluate, worthCompiling } = primitive
  if (reference === undefined || evaluate !== undefined || worthCompiling !== undefined) return null
  const { eagerThreshold } = settings()
  const avals: Aval[] = []
  const operands: HostArray[] = []
  for (let i = 0; i < args.length; i++) {
    const x = args[i]
    const data = plainOf(x)
    const aval = avalOf(x)
    if (data === null || data.length >= 2 * eagerThreshold) return null
    avals.push(aval)
    operands.push({ shape: aval.shape, dtype: aval.dtype, data })
  }
  const outs = primitive.abstractEval(avals, params)
  if (!isLittle(primitive, avals, params, outs)) return null
  countLoop()
  return mapList(reference(operands, params, outs), (data, i) => fromHost(outs[i], data))
}

const checkNans = (primitive: Primitive, outs: readonly NdArray[]): void => {
  for (const y of outs)
    if (isInexact(y.dtype) && deviceOf(y) === 'cpu' && hostOf(y, 'debugNans').some(Number.isNaN))
      throw new ValueError(primitive.name, {
        problem: 'a NaN was made',
        got: `NaN in a result of type ${y.dtype}[${y.shape.join(', ')}]`,
        expected: 'finite values or infinities',
        hint: 'this is what config({ debugNans: true }) looks for'
      })
}

/** The program that ran last, where this call is one of it. */
const again = (primitive: Primitive, args: readonly NdArray[], params: unknown): Jaxpr | null => {
  const known = latest.get(primitive)
  if (known === undefined || known.version !== settingsVersion()) return null
  const { inputs } = known.jaxpr
  if (inputs.length !== args.length) return null
  for (let i = 0; i < args.length; i++)
    if (!equals(inputs[i].aval, avalOf(args[i])) || deviceOf(args[i]) !== 'cpu') return null
  return sameParameters(known.jaxpr.equations[0].params, params) ? known.jaxpr : null
}

const run = (
  primitive: Primitive,
  args: readonly NdArray[],
  params: unknown
): readonly NdArray[] => {
  const { device, eagerThreshold } = settings()
  const onDevice = args.some((x) => deviceOf(x) !== 'cpu')
  // Control flow on a device is a program there; values stay where they are.
  const isControl = primitive.worthCompiling !== undefined
  const goesThere = device !== 'cpu' && args.some((x) => x.size >= eagerThreshold)
  const compiles =
    (isControl && (onDevice || goesThere)) || (primitive.worthCompiling?.(params) ?? false)
  if (primitive.evaluate !== undefined && !compiles) return primitive.evaluate(args, params)
  const avals = mapList(args, avalOf)
  const outs = primitive.abstractEval(avals, params)
  if (compiles) return runProgram(singleEquation(primitive, avals, params, outs), args)
  if (onDevice) return runProgram(singleEquation(primitive, avals, params, outs), args)
  if (isLittle(primitive, avals, params, outs)) {
    countLoop()
    return evaluateByReference(primitive, args, params, outs)
  }
  if (primitive.lower === undefined && primitive.reference !== undefined) {
    const { host } = primitive
    const refusals = host === undefined ? [{ kernel: primitive.name, reason: noKernel }] : []
    forbidRefusals(backend().name, refusals)
    count({ compiled: 0, host: 1 - refusals.length, reference: refusals.length })
    return evaluateByReference(primitive, args, params, outs)
  }
  const jaxpr = singleEquation(primitive, avals, params, outs)
  latest.set(primitive, { jaxpr, version: settingsVersion() })
  return runProgram(jaxpr, args)
}

const results: Evaluator = (primitive, args, params) => {
  // A jitted function: it has a program, and nothing is to be decided.
  if (primitive.evaluate !== undefined && primitive.worthCompiling === undefined)
    return primitive.evaluate(args, params)
  const jaxpr = again(primitive, args, params)
  if (jaxpr !== null) return runProgram(jaxpr, args)
  return runSmall(primitive, args, params) ?? run(primitive, args, params)
}

/** The evaluator that install.ts gives to trace. */
export const evaluate: Evaluator = (primitive, args, params) => {
  const outs = results(primitive, args, params)
  if (settings().debugNans) checkNans(primitive, outs)
  return outs
}
