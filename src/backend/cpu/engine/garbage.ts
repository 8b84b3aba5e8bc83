/**
 * Which results nobody holds any more, found out in the middle of a synchronous loop.
 *
 * Finalizers run when the event loop does, so such a loop sees none. Weak references tell at once,
 * but the engine keeps what they refer to until the running job ends. Where the host can end that
 * hold and collect, dead results give their slots back without a copy; elsewhere the oldest are
 * copied out.
 *
 * Collecting takes as long as the heap is large, copying as long as the results are. A collection
 * that saved more than it took is done again when memory is short next; one that did not has to
 * wait until copies have taken its time, twice its time after the next failure, and so on. So
 * collecting never takes much more time than copying alone would have.
 */
import type { Collector } from './host.ts'

export interface Garbage {
  /** A reference that will tell when the handle is gone; null where nothing can. */
  readonly watch: (handle: object, bytes: number) => WeakRef<object> | null
  /** Copies a result of so many bytes, and takes note of the time. */
  readonly copying: <T>(bytes: number, copy: () => T) => T
  /** Collects if that is worth its time; `sweep` frees what is gone and counts the bytes. */
  readonly reclaim: (sweep: () => number) => number
}

/** Milliseconds that copying a byte into fresh memory takes, before it is measured: 0.25 for a MiB. */
const usualCopyTime = 0.25 / 2 ** 20

/** How much a measurement counts beside those before it. */
const newest = 0.1

/** Failures after which the price of another attempt stays: 32 times a collection. */
const mostDoublings = 5

/** The engine's hold on the targets of new weak references is ended this often. */
const mostHeld = 1024
const mostHeldBytes = 2 ** 24

const referenceToNothing = (): WeakRef<object> => new WeakRef({})

/** Whether a collection clears a weak reference that was made in the running job. */
const works = (collector: Collector): boolean => {
  const probe = referenceToNothing()
  collector.release()
  collector.collect()
  return probe.deref() === undefined
}

/** `open` gives the engine's collector, where it has one to give, and is asked once it is `allowed`. */
export const createGarbage = (
  allowed: () => boolean,
  open: () => Collector | undefined
): Garbage => {
  let collector: Collector | null | undefined // undefined until it is asked for
  let [held, heldBytes] = [0, 0]
  let [spent, price, failures] = [0, 0, 0]
  let copyTime = usualCopyTime

  const opened = (): Collector | null => {
    if (!allowed()) return null
    if (collector === undefined) {
      const found = open()
      collector = found !== undefined && works(found) ? found : null
    }
    return collector
  }

  const release = (c: Collector): void => {
    c.release()
    held = 0
    heldBytes = 0
  }

  return {
    watch: (handle, bytes) => {
      const c = opened()
      if (c === null) return null
      held++
      heldBytes += bytes
      if (held > mostHeld || heldBytes > mostHeldBytes) release(c)
      return new WeakRef(handle)
    },
    copying: (bytes, copy) => {
      const started = performance.now()
      const result = copy()
      const took = performance.now() - started
      spent += took
      copyTime += newest * (took / bytes - copyTime)
      return result
    },
    reclaim: (sweep) => {
      if (spent < price) return 0
      const c = opened()
      if (c === null) return 0
      const started = performance.now()
      release(c)
      c.collect()
      const freed = sweep()
      release(c) // what is alive was referred to by the sweep
      const took = performance.now() - started
      const paid = freed * copyTime > took
      failures = paid ? 0 : Math.min(failures + 1, mostDoublings + 1)
      price = paid ? 0 : took * 2 ** (failures - 1)
      spent = 0
      return freed
    }
  }
}
