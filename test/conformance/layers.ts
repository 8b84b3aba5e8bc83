/**
 * PyTorch's layers and losses against ours: outputs, compiled or not, gradients of inputs and
 * parameters, and the buffers afterwards, within 2e-5.
 */
import '../../src/install.ts'
import type { NdArray } from '../../src/core/array.ts'
import { isInexact } from '../../src/core/dtype.ts'
import { ValueError } from '../../src/core/errors.ts'
import { jit } from '../../src/control/jit.ts'
import * as lax from '../../src/lax/index.ts'
import { vjp } from '../../src/transforms/vjp.ts'
import { firstDifference, type Tolerance } from './compare.ts'
import { decode, type ArrayRecord } from './golden.ts'
import { losses } from './layers-losses.ts'
import { settingsOf, type Adapter, type Arrays, type Run } from './layers/adapter.ts'
import { adapters } from './layers/index.ts'
import { check, type Outcome } from './report.ts'

type Records = Readonly<Record<string, ArrayRecord | null>>

export interface LayerCase {
  readonly name: string
  readonly layer: string
  readonly config: unknown
  readonly train?: boolean
  readonly params: Records
  readonly inputs: Records
  readonly outputs: readonly ArrayRecord[]
  readonly cotangents?: readonly (ArrayRecord | null)[]
  readonly input_grads?: Records
  readonly param_grads?: Records
  readonly state_after?: Records
}

const tolerance: Tolerance = { tol: 2e-5, elementwise: false }

const decodeAll = (records: Records): Arrays =>
  Object.fromEntries(
    Object.entries(records).flatMap(([name, r]) => (r === null ? [] : [[name, decode(r)]]))
  )

const adapterOf = (layer: string): Adapter => {
  const adapter = adapters[layer] ?? losses[layer]
  if (adapter !== undefined) return adapter
  throw new ValueError('conformance', {
    problem: 'a layer has no adapter',
    got: layer,
    expected: 'a module of torch.nn',
    hint: 'add it to test/conformance/layers'
  })
}

/** The recorded entries in their order, beside ours under the same names. */
const difference = (actual: Arrays, expected: Records): string | null => {
  const wanted = decodeAll(expected)
  const names = Object.keys(wanted)
  const absent = names.filter((n) => actual[n] === undefined)
  if (absent.length > 0) return `no ${absent.join(', ')}`
  const found = names.map((name) => {
    const d = firstDifference([actual[name]], [wanted[name]], tolerance)
    return d === null ? null : d.replace('result 0', name)
  })
  return found.find((d) => d !== null) ?? null
}

/** Gradients by name of everything recorded, from the recorded cotangents. */
const gradients = (
  c: LayerCase,
  run: Run
): { readonly params: Arrays; readonly inputs: Arrays } => {
  const [params, inputs] = [decodeAll(c.params), decodeAll(c.inputs)]
  const pick = (all: Arrays, of: Records | undefined): Arrays =>
    Object.fromEntries(Object.keys(of ?? {}).map((name) => [name, all[name]]))
  const f = (p: Arrays, x: Arrays): readonly NdArray[] =>
    run({ ...params, ...p }, { ...inputs, ...x }).outputs
  const [outs, pullback] = vjp(f, [pick(params, c.param_grads), pick(inputs, c.input_grads)])
  const cotangents = outs.map((y, i) => {
    const ct = c.cotangents?.[i]
    return ct !== undefined && ct !== null ? decode(ct) : lax.zerosLike(y)
  })
  const [dp, dx] = pullback(cotangents)
  return { params: dp, inputs: dx }
}

/** Indices and masks among outputs are compared as what they are, whatever integers hold them. */
const aligned = (ys: readonly NdArray[], expected: readonly NdArray[]): readonly NdArray[] =>
  ys.map((y, i) =>
    expected[i] !== undefined && !isInexact(y.dtype) && !isInexact(expected[i].dtype)
      ? lax.convertElementType(y, expected[i].dtype)
      : y
  )

export const checkLayer = (c: LayerCase): readonly Outcome[] => {
  const at = (what: string): string => `${c.name} (${c.layer}), ${what}`
  const build = (): Run => {
    const adapter = adapterOf(c.layer)
    return adapter.build(
      settingsOf(adapter.signature, c.config, c.train ?? false, Object.keys(c.inputs))
    )
  }
  // A layer that cannot be built is one failure, not one for each thing recorded of it.
  const built = check(at('outputs'), () => {
    build()
    return null
  })
  if (built.failure !== null) return [built]
  const run = build()
  const [params, inputs] = [decodeAll(c.params), decodeAll(c.inputs)]
  const expected = c.outputs.map(decode)
  const compared = (f: Run): string | null =>
    firstDifference(aligned(f(params, inputs).outputs, expected), expected, tolerance)
  const has = (records: Records | undefined): records is Records =>
    records !== undefined && Object.keys(records).length > 0
  // Both checks of gradients read one backward pass; a pass that throws fails both.
  let pulled: ReturnType<typeof gradients> | undefined
  const grads = (): ReturnType<typeof gradients> => (pulled ??= gradients(c, run))
  const { input_grads: dx, param_grads: dp, state_after: after } = c
  return [
    check(at('outputs'), () => compared(run)),
    check(at('outputs of jit'), () => compared(jit(run))),
    ...(has(dx) ? [check(at('gradients of inputs'), () => difference(grads().inputs, dx))] : []),
    ...(has(dp)
      ? [check(at('gradients of parameters'), () => difference(grads().params, dp))]
      : []),
    ...(has(after)
      ? [check(at('buffers'), () => difference(run(params, inputs).state ?? {}, after))]
      : [])
  ]
}

export const checkLayers = (file: unknown): readonly Outcome[] =>
  (file as { readonly cases: readonly LayerCase[] }).cases.flatMap(checkLayer)
