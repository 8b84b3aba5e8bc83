/**
 * The recorded programs on a GPU: what `npm run conformance` compares on the CPU, compiled for a
 * device, awaited, and compared in the same way. Programs of 64-bit types are not for a GPU.
 */
import { avalOf, fromHost, hostOfAsync, type NdArray } from '../../src/core/array.ts'
import { firstDifference } from '../conformance/compare.ts'
import { decode } from '../conformance/golden.ts'
import { converters } from '../conformance/primitives/index.ts'
import { casesOf, type ProgramRecord } from '../conformance/programs.ts'
import { replay, unmappedIn } from '../conformance/replay.ts'

export interface GpuOutcome {
  readonly name: string
  readonly failure: string | null
}

const wide = /"dtype":"(?:float64|complex128)"|f64\[|c128\[/

/** Whether a program has no 64-bit types. */
export const fitsGpu = (p: ProgramRecord): boolean =>
  ![...p.in, ...p.out].some((r) => /float64|complex128/.test(r.dtype)) &&
  !wide.test(JSON.stringify(p.jaxpr)) &&
  unmappedIn(p.jaxpr, converters).length === 0

/** The values of device arrays, as arrays of the host. */
export const fetched = (xs: readonly NdArray[]): Promise<readonly NdArray[]> =>
  Promise.all(xs.map(async (x) => fromHost(avalOf(x), await hostOfAsync(x))))

/** Runs the compiled cases of a program on the device in force. */
export const checkOnDevice = async (
  p: ProgramRecord,
  checks: readonly string[]
): Promise<readonly GpuOutcome[]> => {
  const cases = casesOf(p, replay(p.jaxpr, converters)).filter((c) => checks.includes(c.check))
  const outcomes: GpuOutcome[] = []
  for (const c of cases) {
    const name = `${p.group}/${p.name}, ${c.check}`
    try {
      const results = await fetched(c.run())
      const expected = c.expected.map((r) => (r === null ? null : decode(r)))
      const tolerance = { tol: p.tol, elementwise: p.group.startsWith('corner') }
      outcomes.push({ name, failure: firstDifference(results, expected, tolerance) })
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      outcomes.push({ name, failure: text.split('\n').slice(0, 3).join(' | ') })
    }
  }
  return outcomes
}
