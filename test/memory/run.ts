/** Runs a program and samples what the process holds on the way. */
import { sample, type Sample } from './meter.ts'
import type { LongProgram } from './programs.ts'

/** Samples of a run; the same number whatever its length. */
export const samplesPerRun = 40

/**
 * Every step and every sample in one job, unless a step returns a promise: nothing that waits for
 * the event loop happens before the end.
 */
export const run = (
  { begin }: LongProgram,
  steps: number,
  count = samplesPerRun
): readonly Sample[] | Promise<readonly Sample[]> => {
  const step = begin()
  const samples: Sample[] = []
  const isDue = (i: number): boolean =>
    Math.floor(((i + 1) * count) / steps) > Math.floor((i * count) / steps)
  const rest = async (from: number): Promise<readonly Sample[]> => {
    for (let i = from; i < steps; i++) {
      await step(i)
      if (isDue(i)) samples.push(sample())
    }
    return samples
  }
  for (let i = 0; i < steps; i++) {
    const pending = step(i)
    if (pending !== undefined) return pending.then(() => rest(i + 1))
    if (isDue(i)) samples.push(sample())
  }
  return samples
}
