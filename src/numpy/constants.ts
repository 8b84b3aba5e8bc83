/** Numbers with names. */
export const pi = Math.PI
export const e = Math.E
/** Euler's constant γ (OEIS A001620). */
export const eulerGamma = 0.5772156649015329
export const inf = Infinity
export const nan = NaN
/** A new axis of extent 1, in `x.slice(np.newaxis, ':')`. */
export const newaxis = null
