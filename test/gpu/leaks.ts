/**
 * Memory over a long training on a device. A step donates what it replaces, and every 50 steps its
 * loss is awaited, as a user would write it.
 */
import { gpuBackend } from '../../src/backend/select.ts'
import { tiny, train } from './training.ts'

/** Memory after some steps, in bytes; `allocations` counts buffers made since the start. */
export interface Sample {
  readonly step: number
  readonly live: number
  readonly pooled: number
  readonly allocations: number
  readonly rss: number
  readonly heap: number
}

/** Steps between two awaits. */
export const between = 50

/**
 * Trains and looks at the memory at each await; `seen` gets every sample as it is taken. `collect`
 * runs before a sample: a long training does without, a short one cannot wait for the engine.
 */
export const memoryOverTime = async (
  device: string,
  steps: number,
  seen: (s: Sample) => void = () => undefined,
  collect: () => Promise<void> = () => Promise.resolve()
): Promise<readonly Sample[]> => {
  const trained = await train(device, 1, tiny)
  const { machine } = gpuBackend(device)
  const { images, labels } = trained.data
  let { carry } = trained
  const samples: Sample[] = []
  for (let i = 1; i <= steps; i++) {
    const [next, loss] = trained.step(carry, images, labels)
    carry = next
    if (i % between !== 0) continue
    const [value] = await loss.data()
    if (!Number.isFinite(value)) throw new RangeError(`the loss of step ${i} is ${value}`)
    await collect()
    const { live, pooled, allocations } = machine.statistics()
    const { rss, heapUsed: heap } = process.memoryUsage()
    const sample = { step: i, live, pooled, allocations, rss, heap }
    samples.push(sample)
    seen(sample)
  }
  return samples
}

const most = (samples: readonly Sample[], of: (s: Sample) => number): number =>
  samples.reduce((n, s) => Math.max(n, of(s)), 0)

/**
 * What grew between the middle of the training and its end, in words. A handle that was not yet
 * collected keeps its few bytes, so peaks are compared. The host is given room: engines keep pages
 * that they had once, and a process that has run for seconds still gets its share of them.
 */
export const growth = (
  samples: readonly Sample[],
  room: { readonly heap: number; readonly rss: number }
): readonly string[] => {
  const half = Math.floor(samples.length / 2)
  const [before, after] = [samples.slice(0, half), samples.slice(half)]
  const grew = (name: string, of: (s: Sample) => number, more: number): readonly string[] => {
    const [a, b] = [most(before, of), most(after, of)]
    return b <= a + more ? [] : [`${name}: at most ${a} in the first half, ${b} in the second`]
  }
  return [
    ...grew('device bytes in use', (s) => s.live, most(before, (s) => s.live) / 10),
    ...grew('device bytes held', (s) => s.live + s.pooled, most(before, (s) => s.live) / 10),
    ...grew('bytes of the heap', (s) => s.heap, room.heap),
    ...grew('resident bytes of the process', (s) => s.rss, room.rss)
  ]
}
