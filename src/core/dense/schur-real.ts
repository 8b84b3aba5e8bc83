/** The QR iteration for real Hessenberg matrices. */

import type { Dense } from './dense.ts'
import { reflectColumns, reflectRows, reflector } from './householder.ts'
import { rotate } from './vector.ts'

/** A real Hessenberg matrix on its way to Schur form; `q` (when wanted) collects the similarity. */
interface Problem {
  readonly h: Dense // [n, n]
  readonly q: Dense | null // [n, n]
  readonly n: number
  readonly lo: number
}

/** Two shifts: real and equal, or a conjugate pair. */
interface Shifts {
  readonly sum: number
  readonly product: number
}

const EPSILON = Number.EPSILON / 2
const TINY = 2 ** -1021 / EPSILON

const copySign = (size: number, like: number): number =>
  like < 0 || Object.is(like, -0) ? -Math.abs(size) : Math.abs(size)

/**
 * True when the subdiagonal entry (k, k − 1) can be set to zero without harm.
 *
 * Source: Ahues and Tisseur, A new deflation criterion for the QR algorithm (1997).
 */
const isNegligible = ({ h: { re }, n, lo }: Problem, k: number, hi: number): boolean => {
  const below = Math.abs(re[k * n + k - 1])
  if (below <= TINY) return true
  const [a, d] = [re[(k - 1) * n + k - 1], re[k * n + k]]
  let size = Math.abs(a) + Math.abs(d)
  if (size === 0) {
    if (k - 2 >= lo) size += Math.abs(re[(k - 1) * n + k - 2])
    if (k + 1 <= hi) size += Math.abs(re[(k + 1) * n + k])
  }
  if (!(below <= EPSILON * size)) return false
  const above = Math.abs(re[(k - 1) * n + k])
  const [ab, ba] = [Math.max(below, above), Math.min(below, above)]
  const aa = Math.max(Math.abs(d), Math.abs(a - d))
  const bb = Math.min(Math.abs(d), Math.abs(a - d))
  const s = aa + ab
  return ba * (ab / s) <= Math.max(TINY, EPSILON * (bb * (aa / s)))
}

/** Eigenvalues of [[a, b], [c, d]] as shifts; of two real ones the one nearer to d, twice. */
const shiftsOf = (a: number, b: number, c: number, d: number) => {
  const s = Math.abs(a) + Math.abs(b) + Math.abs(c) + Math.abs(d)
  if (s === 0) return { re1: 0, im1: 0, re2: 0 }
  const mean = (a / s + d / s) / 2
  const det = (a / s - mean) * (d / s - mean) - (b / s) * (c / s)
  const root = Math.sqrt(Math.abs(det))
  if (det >= 0) return { re1: mean * s, im1: root * s, re2: mean * s }
  const [up, down] = [mean + root, mean - root]
  const near = s * (Math.abs(up - d / s) <= Math.abs(down - d / s) ? up : down)
  return { re1: near, im1: 0, re2: near }
}

/** Shifts for the block lo … hi; every tenth without progress is an arbitrary one. */
const chooseShifts = ({ h: { re }, n }: Problem, lo: number, hi: number, stalled: number) => {
  const at = (i: number, j: number): number => re[i * n + j]
  if (stalled % 10 === 0) {
    const fromBelow = stalled % 20 === 0
    const s = fromBelow
      ? Math.abs(at(hi, hi - 1)) + (hi - 2 >= lo ? Math.abs(at(hi - 1, hi - 2)) : 0)
      : Math.abs(at(lo + 1, lo)) + (lo + 2 <= hi ? Math.abs(at(lo + 2, lo + 1)) : 0)
    const corner = 0.75 * s + (fromBelow ? at(hi, hi) : at(lo, lo))
    return shiftsOf(corner, -0.4375 * s, s, corner)
  }
  return shiftsOf(at(hi - 1, hi - 1), at(hi - 1, hi), at(hi, hi - 1), at(hi, hi))
}
