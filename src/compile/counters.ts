/** What ran where: conformance and explain ask, so that nothing passes on a path nobody runs. */

export interface Counters {
  /** Kernels that generated code ran. */
  readonly compiled: number
  /** Routines of the host that have no kernel, such as factorisations. */
  readonly host: number
  /** Operations computed by plain loops because their arrays are small. */
  readonly loops: number
}

let now = { compiled: 0, host: 0, loops: 0 }

export const counters = (): Counters => ({ ...now })

export const resetCounters = (): void => {
  now = { compiled: 0, host: 0, loops: 0 }
}

export const count = (add: { readonly compiled: number; readonly host: number }): void => {
  now.compiled += add.compiled
  now.host += add.host
}

export const countLoop = (): void => {
  now.loops++
}
