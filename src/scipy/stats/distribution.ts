/**
 * What distributions share: a place and a width, and functions that follow from two or three. Shape
 * parameters come by position, as in SciPy; `loc` and `scale` stand in one last options object.
 */
import { isArray, notAnArray, type ArrayLike, type NdArray } from '../../core/array.ts'
import type { DType } from '../../core/dtype.ts'
import { checkOptions } from '../../core/errors.ts'
import * as np from '../../numpy/index.ts'

export interface Location {
  /** Where the distribution is: 0 by default. */
  readonly loc?: ArrayLike
}

export interface LocationScale extends Location {
  /** How wide it is: 1 by default. NaN comes of widths that are not positive. */
  readonly scale?: ArrayLike
}

/** Parameters of the shape, then where and how wide. */
export type Place<S extends readonly ArrayLike[], O> = readonly [...shape: S, options?: O]

const isOptions = (x: unknown): x is object =>
  typeof x === 'object' && x !== null && !isArray(x) && !Array.isArray(x)

/** All in the type in which they meet: that of the arrays among them, where it has fractions. */
const meeting = (operation: string, xs: readonly unknown[]): readonly NdArray[] => {
  const dtype = xs.reduce<DType>(
    (joined, x) => (isArray(x) ? np.promoteTypes(joined, x.dtype) : joined),
    'bool'
  )
  const inexact = np.issubdtype(dtype, 'inexact') ? dtype : 'float32'
  return xs.map((x) => {
    if (isArray(x)) return np.astype(x, inexact)
    if (typeof x === 'number' || typeof x === 'boolean') return np.full([], x, { dtype: inexact })
    throw notAnArray(operation, x)
  })
}

interface Given {
  readonly x: NdArray
  readonly shape: readonly NdArray[]
  readonly loc: NdArray
  readonly scale: NdArray
}

/** What a function was given, in one type. */
const placed = (
  operation: string,
  of: ArrayLike,
  rest: readonly unknown[],
  known: readonly string[]
): Given => {
  const last = rest.at(-1)
  const options: LocationScale = isOptions(last) ? last : {}
  checkOptions(operation, options, known)
  const given = isOptions(last) || last === undefined ? rest.slice(0, -1) : rest
  const { loc = 0, scale = 1 } = options
  const [x, at, width, ...shape] = meeting(operation, [of, loc, scale, ...given])
  return { x, loc: at, scale: width, shape }
}

/** x where a condition holds, else a harmless value: derivatives of both branches are computed. */
export const inside = (isIn: NdArray, x: NdArray, harmless: number): NdArray =>
  np.where(isIn, x, harmless)

type Formula = (z: NdArray, ...shape: readonly ArrayLike[]) => NdArray

/** A distribution at 0 with width 1. */
export interface Standard {
  readonly name: string
  readonly logpdf: Formula
  /** Left out where it has no closed form here. */
  readonly cdf?: Formula
  /** 1 − cdf unless something is more precise in the tail. */
  readonly sf?: Formula
  readonly logcdf?: Formula
  readonly logsf?: Formula
  readonly ppf?: Formula
  /** ppf(1 − q) unless something is more precise for small q. */
  readonly isf?: Formula
  /** What the density is not zero for: all numbers by default. */
  readonly support?: (...shape: readonly ArrayLike[]) => readonly [low: ArrayLike, high: ArrayLike]
  /** A number well inside every support. */
  readonly harmless?: number
}

export interface Density<S extends readonly ArrayLike[]> {
  /** The logarithm of the density. */
  readonly logpdf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
  readonly pdf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
}

export interface Continuous<S extends readonly ArrayLike[]> extends Density<S> {
  /** The probability of at most x. */
  readonly cdf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
  readonly logcdf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
  /** The probability of more than x. */
  readonly sf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
  readonly logsf: (x: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
}

export interface Quantile<S extends readonly ArrayLike[]> {
  /** The number that a probability of at most q belongs to: the inverse of cdf. */
  readonly ppf: (q: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
  /** The inverse of sf. */
  readonly isf: (q: ArrayLike, ...rest: Place<S, LocationScale>) => NdArray
}

const known = ['loc', 'scale']

/** y where the width is one. */
const valid = (y: NdArray, scale: ArrayLike): NdArray => np.where(np.greater(scale, 0), y, NaN)

/** The density of a distribution from its standard form. */
export const density = <S extends readonly ArrayLike[]>(d: Standard): Density<S> => {
  const logpdf = (of: ArrayLike, ...rest: readonly unknown[]): NdArray => {
    const { x, shape, loc, scale } = placed(`${d.name}.logpdf`, of, rest, known)
    const z = np.div(np.sub(x, loc), scale)
    const value = (at: NdArray): NdArray => np.sub(d.logpdf(at, ...shape), np.log(scale))
    if (d.support === undefined) return valid(value(z), scale)
    const [low, high] = d.support(...shape)
    const isIn = np.logicalAnd(np.greaterEqual(z, low), np.lessEqual(z, high))
    const y = np.where(isIn, value(inside(isIn, z, d.harmless ?? 1)), -Infinity)
    return valid(np.where(np.isnan(z), NaN, y), scale)
  }
  return { logpdf, pdf: (x, ...rest) => np.exp(logpdf(x, ...rest)) }
}

/** A distribution from its standard form, with probabilities of half lines. */
export const continuous = <S extends readonly ArrayLike[]>(
  d: Standard & Required<Pick<Standard, 'cdf'>>
): Continuous<S> => {
  const half =
    (name: string, formula: Formula, below: number, above: number) =>
    (of: ArrayLike, ...rest: readonly unknown[]): NdArray => {
      const { x, shape, loc, scale } = placed(`${d.name}.${name}`, of, rest, known)
      const z = np.div(np.sub(x, loc), scale)
      if (d.support === undefined) return valid(formula(z, ...shape), scale)
      const [low, high] = d.support(...shape)
      const [isBelow, isAbove] = [np.less(z, low), np.greater(z, high)]
      const isIn = np.logicalNot(np.logicalOr(isBelow, isAbove))
      const y = formula(inside(isIn, z, d.harmless ?? 1), ...shape)
      return valid(np.where(isBelow, below, np.where(isAbove, above, y)), scale)
    }
  const sf: Formula = d.sf ?? ((z, ...shape) => np.sub(1, d.cdf(z, ...shape)))
  return {
    ...density<S>(d),
    cdf: half('cdf', d.cdf, 0, 1),
    logcdf: half('logcdf', d.logcdf ?? ((z, ...s) => np.log(d.cdf(z, ...s))), -Infinity, 0),
    sf: half('sf', sf, 1, 0),
    logsf: half('logsf', d.logsf ?? ((z, ...s) => np.log(sf(z, ...s))), 0, -Infinity)
  }
}

/** A distribution whose cdf has an inverse here. */
export const invertible = <S extends readonly ArrayLike[]>(
  d: Standard & Required<Pick<Standard, 'cdf' | 'ppf'>>
): Continuous<S> & Quantile<S> => {
  const at =
    (name: string, formula: Formula) =>
    (q: ArrayLike, ...rest: readonly unknown[]): NdArray => {
      const { x, shape, loc, scale } = placed(`${d.name}.${name}`, q, rest, known)
      const isIn = np.logicalAnd(np.greaterEqual(x, 0), np.lessEqual(x, 1))
      const z = formula(inside(isIn, x, 0.5), ...shape)
      return valid(np.where(isIn, np.add(np.mul(z, scale), loc), NaN), scale)
    }
  return {
    ...continuous<S>(d),
    ppf: at('ppf', d.ppf),
    isf: at('isf', d.isf ?? ((q, ...shape) => d.ppf(np.sub(1, q), ...shape)))
  }
}

export interface Discrete<S extends readonly ArrayLike[]> {
  /** The logarithm of the probability of k. */
  readonly logpmf: (k: ArrayLike, ...rest: Place<S, Location>) => NdArray
  readonly pmf: (k: ArrayLike, ...rest: Place<S, Location>) => NdArray
}

export interface Cumulative<S extends readonly ArrayLike[]> {
  /** The probability of at most k. */
  readonly cdf: (k: ArrayLike, ...rest: Place<S, Location>) => NdArray
  /** The probability of more than k. */
  readonly sf: (k: ArrayLike, ...rest: Place<S, Location>) => NdArray
}

/** A distribution over whole numbers within bounds. */
export interface StandardDiscrete {
  readonly name: string
  readonly logpmf: Formula
  readonly cdf?: Formula
  readonly support: (...shape: readonly ArrayLike[]) => readonly [low: ArrayLike, high: ArrayLike]
}

/** Probabilities of whole numbers from the form at 0. */
export const discrete = <S extends readonly ArrayLike[]>(d: StandardDiscrete): Discrete<S> => {
  const logpmf = (k: ArrayLike, ...rest: readonly unknown[]): NdArray => {
    const { x, shape, loc } = placed(`${d.name}.logpmf`, k, rest, ['loc'])
    const z = np.sub(x, loc)
    const [low, high] = d.support(...shape)
    const isWhole = np.equal(np.floor(z), z)
    const isBetween = np.logicalAnd(np.greaterEqual(z, low), np.lessEqual(z, high))
    const isIn = np.logicalAnd(isWhole, isBetween)
    const y = d.logpmf(np.where(isIn, z, low), ...shape)
    return np.where(np.isnan(z), NaN, np.where(isIn, y, -Infinity))
  }
  return { logpmf, pmf: (k, ...rest) => np.exp(logpmf(k, ...rest)) }
}

/** The same, with probabilities of at most k. */
export const cumulative = <S extends readonly ArrayLike[]>(
  d: StandardDiscrete & Required<Pick<StandardDiscrete, 'cdf'>>
): Discrete<S> & Cumulative<S> => {
  const cdf = (k: ArrayLike, ...rest: readonly unknown[]): NdArray => {
    const { x, shape, loc } = placed(`${d.name}.cdf`, k, rest, ['loc'])
    const z = np.floor(np.sub(x, loc))
    const [low, high] = d.support(...shape)
    const [isBelow, isAbove] = [np.less(z, low), np.greaterEqual(z, high)]
    const isIn = np.logicalNot(np.logicalOr(isBelow, isAbove))
    const y = d.cdf(np.where(isIn, z, low), ...shape)
    return np.where(isBelow, 0, np.where(isAbove, 1, y))
  }
  return { ...discrete<S>(d), cdf, sf: (k, ...rest) => np.sub(1, cdf(k, ...rest)) }
}
