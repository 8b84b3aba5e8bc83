/** How long the kernels of a program take, by code that says when each of them ends. */
import type { Kernel, Program } from '../../kernel/ir.ts'
import { withBodies } from '../../kernel/uses.ts'
import type { Values } from '../backend.ts'
import type { CpuBackend } from './program.ts'

/** Milliseconds, medians over the runs. */
export interface Measurement {
  readonly runs: number
  /** A call, with what is copied before and after its kernels. */
  readonly call: number
  /** A loop or branch comes before the kernels of its body. */
  readonly kernels: readonly Timing[]
}

export interface Timing {
  /** Of all times that the kernel ran in a call. */
  readonly milliseconds: number
  /** How often it ran, which is as often as the body of the loop that it is in. */
  readonly times: number
}

const median = (xs: readonly number[]): number =>
  xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)]

/** Runs the program so many times, after once to warm up. */
export const measure = (
  { instantiate }: Pick<CpuBackend, 'instantiate'>,
  program: Program,
  inputs: readonly Values[],
  runs: number
): Measurement => {
  const list = program.kernels.flatMap(withBodies)
  const numbers = new Map<Kernel, number>(list.map((k, i) => [k, i]))
  const nothing = (): Timing[] => list.map(() => ({ milliseconds: 0, times: 0 }))
  const [calls, laps]: [number[], Timing[][]] = [[], []]
  let own = nothing()
  let last = 0
  const { executable } = instantiate(program, {
    numberOf: (kernel) => numbers.get(kernel) as number, // kernels of the program
    ended: (i) => {
      const now = performance.now()
      if (i >= 0) {
        const { milliseconds, times } = own[i]
        own[i] = { milliseconds: milliseconds + now - last, times: times + 1 }
      }
      last = now
      return 0
    }
  })
  for (let run = -1; run < runs; run++) {
    own = nothing()
    const started = performance.now()
    executable.call(inputs)
    if (run < 0) continue
    calls.push(performance.now() - started)
    laps.push(own)
  }
  const timing = (k: Kernel, i: number): Timing => {
    if (k._tag !== 'loop' && k._tag !== 'branch')
      return {
        milliseconds: median(laps.map((lap) => lap[i].milliseconds)),
        times: own[i].times
      }
    const inner = withBodies(k)
      .slice(1)
      .filter((o) => o._tag !== 'loop' && o._tag !== 'branch')
    const parts = inner.map((o) => timing(o, numbers.get(o) as number))
    return { milliseconds: parts.reduce((sum, part) => sum + part.milliseconds, 0), times: 1 }
  }
  return { runs, call: median(calls), kernels: list.map(timing) }
}
