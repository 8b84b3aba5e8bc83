/** What ran where: conformance and explain ask, so that nothing passes on a path nobody runs. */

export interface Counters {
  /** Kernels that generated code ran. */
  readonly compiled: number
  /** Routines of the host by design, such as factorisations. */
  readonly host: number
  /** Reference rules that stood in for want of a kernel. */
  readonly reference: number
  /** Operations computed by plain loops because their arrays are small. */
  readonly loops: number
}

let now = { compiled: 0, host: 0, reference: 0, loops: 0 }

export const counters = (): Counters => ({ ...now })

export const resetCounters = (): void => {
  now = { compiled: 0, host: 0, reference: 0, loops: 0 }
}

export const count = (add: Omit<Counters, 'loops'>): void => {
  now.compiled += add.compiled
  now.host += add.host
  now.reference += add.reference
}

export const countLoop = (): void => {
  now.loops++
}
