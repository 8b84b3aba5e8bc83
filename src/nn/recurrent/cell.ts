/**
 * One step of a recurrence: Elman's, the LSTM and the GRU. Gates are stacked along the last axis of
 * the kernels, in PyTorch's order: input, forget, cell, output; reset, update, new.
 */
import type { NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import type { Shape } from '../../core/shape.ts'
import * as lax from '../../lax/index.ts'
import * as random from '../../random/index.ts'
import { addBias } from '../layers/bias.ts'
import { orthogonal } from '../initializers/orthogonal.ts'
import { zeros, type Initializer } from '../initializers/simple.ts'
import { lecunNormal } from '../initializers/variance-scaling.ts'

export interface CellParams {
  readonly inputKernel: NdArray // [in, gates · features]
  readonly recurrentKernel: NdArray // [out, gates · features]
  readonly inputBias?: NdArray // [gates · features]
  readonly recurrentBias?: NdArray // [gates · features]
  readonly projection?: NdArray // [features, out], of an LSTM whose output is projected
}

/** What a step hands to the next: its output, and the LSTM's memory. Shapes [..., features]. */
export interface Carry {
  readonly h: NdArray
  readonly c?: NdArray
}

export interface CellOptions {
  readonly features: number
  readonly useBias?: boolean
  /** lecunNormal by default. */
  readonly kernelInit?: Initializer
  /** Orthogonal, gate by gate, by default. */
  readonly recurrentInit?: Initializer
  /** Zeros by default. */
  readonly biasInit?: Initializer
}

/** A recurrence: how many gates it has, and the step from projected inputs and a carry. */
export interface Cell {
  readonly kind: string
  readonly gates: number
  readonly features: number
  /** Features of the output: fewer than `features` when projected. */
  readonly outFeatures: number
  readonly hasMemory: boolean
  readonly options: CellOptions
  /** `projected` is x · inputKernel + inputBias. */
  readonly step: (params: CellParams, projected: NdArray, carry: Carry) => Carry
}

/** x · kernel on the last axis. */
export const project = (x: NdArray, kernel: NdArray): NdArray =>
  lax.dotGeneral(x, kernel, {
    dimensionNumbers: { lhsContracting: [x.ndim - 1], rhsContracting: [0] }
  })

const gatesOf = (x: NdArray, count: number): readonly NdArray[] =>
  lax.split(x, new Array<number>(count).fill(x.shape[x.ndim - 1] / count), x.ndim - 1)

const recur = (p: CellParams, h: NdArray): NdArray =>
  addBias(project(h, p.recurrentKernel), p.recurrentBias)

export const elman = (
  kind: string,
  options: CellOptions,
  activation: (x: NdArray) => NdArray
): Cell => ({
  kind,
  gates: 1,
  features: options.features,
  outFeatures: options.features,
  hasMemory: false,
  options,
  step: (p, projected, { h }) => ({ h: activation(lax.add(projected, recur(p, h))) })
})

export const lstmOf = (kind: string, options: CellOptions, projectionSize?: number): Cell => ({
  kind,
  gates: 4,
  features: options.features,
  outFeatures: projectionSize ?? options.features,
  hasMemory: true,
  options,
  step: (p, projected, { h, c }) => {
    const [i, f, g, o] = gatesOf(lax.add(projected, recur(p, h)), 4)
    const kept = lax.mul(lax.logistic(f), c as NdArray) // an LSTM's carry has its memory
    const memory = lax.add(kept, lax.mul(lax.logistic(i), lax.tanh(g)))
    const out = lax.mul(lax.logistic(o), lax.tanh(memory))
    return { h: p.projection === undefined ? out : project(out, p.projection), c: memory }
  }
})

export const gruOf = (kind: string, options: CellOptions): Cell => ({
  kind,
  gates: 3,
  features: options.features,
  outFeatures: options.features,
  hasMemory: false,
  options,
  step: (p, projected, { h }) => {
    const [xr, xz, xn] = gatesOf(projected, 3)
    const [hr, hz, hn] = gatesOf(recur(p, h), 3)
    const r = lax.logistic(lax.add(xr, hr))
    const z = lax.logistic(lax.add(xz, hz))
    const n = lax.tanh(lax.add(xn, lax.mul(r, hn)))
    return { h: lax.add(lax.mul(lax.sub(1, z), n), lax.mul(z, h)) }
  }
})

export const initCell = (
  cell: Cell,
  key: NdArray,
  inFeatures: number,
  dtype: DType | undefined
): CellParams => {
  const {
    kernelInit = lecunNormal(),
    recurrentInit = orthogonal(),
    biasInit = zeros
  } = cell.options
  const { gates, features, outFeatures } = cell
  const named = (name: string): NdArray => random.foldIn(key, name)
  const blocks = Array.from({ length: gates }, (_, g) =>
    recurrentInit(random.foldIn(named('recurrentKernel'), g), [outFeatures, features], dtype)
  )
  const bias = (name: string): NdArray => biasInit(named(name), [gates * features], dtype)
  return {
    inputKernel: kernelInit(named('inputKernel'), [inFeatures, gates * features], dtype),
    recurrentKernel: lax.concatenate(blocks, 1),
    ...(cell.options.useBias === false
      ? {}
      : { inputBias: bias('inputBias'), recurrentBias: bias('recurrentBias') }),
    ...(outFeatures === features
      ? {}
      : { projection: kernelInit(named('projection'), [features, outFeatures], dtype) })
  }
}

/** The carry before the first step: zeros. */
export const zeroCarry = (cell: Cell, batch: Shape, dtype: DType): Carry => ({
  h: lax.full([...batch, cell.outFeatures], 0, dtype),
  ...(cell.hasMemory ? { c: lax.full([...batch, cell.features], 0, dtype) } : {})
})
