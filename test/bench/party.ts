/**
 * A party of the bench is a process that prepares workloads by name and measures them for a given
 * time, as lines of JSON on stdin and stdout. So all parties stay alive side by side and take
 * turns, and whatever else the machine does falls on each of them.
 */
import { createInterface } from 'node:readline'

/** A prepared workload. `run` may be asynchronous; `repeat` says how many operations it does. */
export interface Prepared {
  readonly run: () => unknown
  readonly repeat?: number
  /** What the workload computes, or the beginning of it: parties have to agree. */
  readonly check: () => readonly number[] | Promise<readonly number[]>
}

export type Workloads = Readonly<Record<string, () => Prepared | Promise<Prepared>>>

export type Request =
  | { readonly op: 'prepare'; readonly name: string }
  | { readonly op: 'measure'; readonly milliseconds: number }

export type Answer =
  | { readonly ok: true; readonly check: readonly number[]; readonly first: number }
  | { readonly ok: true; readonly samples: readonly number[] }
  | { readonly ok: false; readonly reason: string }

/** Milliseconds of one operation: wall time, or CPU time where that is less and one thread works. */
const sample = async (of: Prepared, threaded: boolean): Promise<number> => {
  const before = process.cpuUsage()
  const start = performance.now()
  const pending = of.run()
  if (pending instanceof Promise) await pending
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  const time = threaded ? wall : Math.min(wall, (user + system) / 1000)
  return time / (of.repeat ?? 1)
}

const measure = async (of: Prepared, milliseconds: number, threaded: boolean) => {
  const samples: number[] = []
  const end = performance.now() + milliseconds
  do samples.push(await sample(of, threaded))
  while (performance.now() < end)
  return samples
}

/** Answers requests until stdin ends. `first` of a preparation is the time of the first run, ms. */
export const serve = async (workloads: Workloads, threaded = false): Promise<void> => {
  let current: Prepared | null = null
  const answer = async (request: Request): Promise<Answer> => {
    if (request.op === 'measure') {
      if (current === null) return { ok: false, reason: 'nothing is prepared' }
      return { ok: true, samples: await measure(current, request.milliseconds, threaded) }
    }
    current = null
    const make = workloads[request.name]
    if (make === undefined) return { ok: false, reason: 'not offered' }
    current = await make()
    const start = performance.now()
    const check = await current.check()
    return { ok: true, check, first: performance.now() - start }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({
      ok: false,
      reason: String(error instanceof Error ? error.message : error).split('\n')[0]
    }))
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }
}
