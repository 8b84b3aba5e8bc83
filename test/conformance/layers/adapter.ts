/**
 * What an adapter is: from the arguments of a PyTorch constructor to a function of PyTorch's
 * parameters and inputs, made of our layers. It translates names and layouts and computes nothing;
 * the translation is differentiated with the rest, so gradients come out in PyTorch's layouts.
 */
import type { NdArray } from '../../../src/core/array.ts'
import { ValueError } from '../../../src/core/errors.ts'
import * as np from '../../../src/numpy/index.ts'

export type Arrays = Readonly<Record<string, NdArray>>

export interface Result {
  readonly outputs: readonly NdArray[]
  /** Buffers after the call, under PyTorch's names. */
  readonly state?: Arrays
}

export type Run = (params: Arrays, inputs: Arrays) => Result

/** Reads the arguments of a constructor, each under its name. */
export interface Settings {
  readonly train: boolean
  /** Names of the inputs in the order in which they were recorded; trees forget the order. */
  readonly inputs: readonly string[]
  readonly get: (name: string) => unknown
  readonly has: (name: string) => boolean
  /** Whether the argument was written, be it as None. */
  readonly given: (name: string) => boolean
  readonly number: (name: string, otherwise?: number) => number
  readonly flag: (name: string, otherwise: boolean) => boolean
  readonly text: (name: string, otherwise: string) => string
  /** One number for each spatial axis. */
  readonly axes: (
    name: string,
    rank: number,
    otherwise?: number,
    /** Another argument that stands in. */
    like?: string
  ) => readonly number[]
}

export interface Adapter {
  /** The constructor's arguments in order, and what the recording says besides. */
  readonly signature: readonly string[]
  readonly build: (settings: Settings) => Run
}

export type Adapters = Readonly<Record<string, Adapter>>

/** What every torch.nn constructor accepts and what changes no value. */
const silent = ['device', 'dtype', 'inplace']

const missing = (name: string, got: unknown): ValueError =>
  new ValueError('conformance', {
    problem: `the argument ${name} cannot be read`,
    got: JSON.stringify(got) ?? 'nothing',
    expected: 'what the PyTorch constructor takes',
    hint: 'see the signature of the adapter'
  })

/** A configuration by position or by name. Errors: ValueError for names that nobody reads. */
const named = (
  signature: readonly string[],
  config: unknown
): Readonly<Record<string, unknown>> => {
  if (Array.isArray(config))
    return Object.fromEntries(config.map((value, i) => [signature[i], value as unknown]))
  const { args = [], kwargs = {}, ...rest } = config as Readonly<Record<string, unknown>>
  const all: Readonly<Record<string, unknown>> = {
    ...named(signature, Array.isArray(args) ? args : [args]),
    ...(kwargs as object),
    ...rest
  }
  const unread = Object.keys(all).find((k) => !signature.includes(k) && !silent.includes(k))
  if (unread === undefined) return all
  throw new ValueError('conformance', {
    problem: 'an argument of the constructor is unknown',
    got: unread,
    expected: `one of ${signature.join(', ')}`,
    hint: 'add it to the adapter'
  })
}

export const settingsOf = (
  signature: readonly string[],
  config: unknown,
  train: boolean,
  inputs: readonly string[]
): Settings => {
  const all = named(signature, config)
  const get = (name: string): unknown => all[name] ?? undefined
  const number = (name: string, otherwise?: number): number => {
    const value = get(name) ?? otherwise
    if (typeof value === 'number') return value
    throw missing(name, value)
  }
  return {
    train,
    inputs,
    get,
    has: (name) => get(name) !== undefined,
    given: (name) => Object.hasOwn(all, name),
    number,
    flag: (name, otherwise) => Boolean(get(name) ?? otherwise),
    text: (name, otherwise) => {
      const value = get(name) ?? otherwise
      if (typeof value === 'string') return value
      throw missing(name, value)
    },
    axes: (name, rank, otherwise, like) => {
      const value = get(name) ?? (like === undefined ? otherwise : get(like))
      if (typeof value === 'number') return new Array<number>(rank).fill(value)
      if (Array.isArray(value) && value.length === 1)
        return new Array<number>(rank).fill(value[0] as number)
      if (Array.isArray(value) && value.length === rank) return value as readonly number[]
      throw missing(name, value)
    }
  }
}

/** [..., C, …spatial] -> [..., …spatial, C]. */
export const channelsLast = (x: NdArray, rank: number): NdArray =>
  np.moveaxis(x, x.ndim - 1 - rank, -1)

/** [..., …spatial, C] -> [..., C, …spatial]. */
export const channelsFirst = (x: NdArray, rank: number): NdArray =>
  np.moveaxis(x, -1, x.ndim - 1 - rank)

/** Inputs in the order in which they were recorded. */
export const listed = (settings: Settings, inputs: Arrays): readonly NdArray[] =>
  settings.inputs.map((name) => inputs[name])

/** Drops the entries that are not there. */
export const present = (fields: Readonly<Record<string, NdArray | undefined>>): Arrays =>
  Object.fromEntries(
    Object.entries(fields).filter((e): e is [string, NdArray] => e[1] !== undefined)
  )
