/** The parameters of a scan, and its steps one by one on the host. */
import { avalOf, fromHost, hostOf, makeAval, type Aval, type NdArray } from '../core/array.ts'
import { allocate, slotsOf } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import { evaluate, outputAvals, type Jaxpr } from '../trace/jaxpr.ts'
import { bind } from '../trace/tracer.ts'
import { cut } from './flags.ts'

export interface ScanParams {
  /** Inputs: constants, carry, slices. Results: carry, slices. */
  readonly jaxpr: Jaxpr
  readonly length: number
  readonly reverse: boolean
  readonly constCount: number
  readonly carryCount: number
}

/** What a step sees of a scanned array, and what its results are stacked to. */
export const sliceAval = (a: Aval): Aval => makeAval(a.shape.slice(1), a.dtype, a.weak)
export const stackedAval = (a: Aval, length: number): Aval =>
  makeAval([length, ...a.shape], a.dtype)

/** Groups a list of inputs: constants, carry, slices. */
export const groups = <T>(xs: readonly T[], p: ScanParams): readonly (readonly T[])[] =>
  cut(xs, p.constCount, p.carryCount)

/** Results of the scan on concrete arrays, a step at a time. */
export const runScan = (args: readonly NdArray[], p: ScanParams): readonly NdArray[] => {
  const [consts, init, xs] = groups(args, p)
  const outAvals = outputAvals(p.jaxpr).slice(p.carryCount)
  const columns = xs.map((x) => ({ aval: sliceAval(avalOf(x)), data: hostOf(x, 'scan') }))
  const stacks = outAvals.map((a) => allocate(a.dtype, p.length * sizeOf(a.shape)))
  let carry = init
  for (let step = 0; step < p.length; step++) {
    const t = p.reverse ? p.length - 1 - step : step
    const slices = columns.map(({ aval, data }) => {
      const n = sizeOf(aval.shape) * slotsOf(aval.dtype)
      return fromHost(aval, data.slice(t * n, (t + 1) * n))
    })
    const outs = evaluate(bind, p.jaxpr, [...consts, ...carry, ...slices])
    carry = outs.slice(0, p.carryCount)
    outs.slice(p.carryCount).forEach((y, i) => {
      const values = hostOf(y, 'scan')
      stacks[i].set(values, t * values.length)
    })
  }
  return [...carry, ...stacks.map((data, i) => fromHost(stackedAval(outAvals[i], p.length), data))]
}
