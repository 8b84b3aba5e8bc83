/** Settings that hold for the whole process. They change how programs run, never what they mean. */
import { ValueError, checkOptions } from './errors.ts'

export interface Config {
  /** `cpu`, or a device that `await devices()` has found. */
  readonly device: string
  /** Arrays with fewer elements are computed by plain loops when no jit is involved. */
  readonly eagerThreshold: number
  /** What happens where no kernel exists: run the reference rule, or throw. */
  readonly fallback: 'reference' | 'error'
  /** The same bits on every machine, engine and number of threads. */
  readonly deterministic: boolean
  /** Threads of the CPU backend; 0 means as many as the machine has, at most 8. */
  readonly threads: number
  /** Microseconds of estimated work below which a kernel runs on one thread. */
  readonly threadThreshold: number
  /** Engine flags may be set around compiles, where they make kernels faster. */
  readonly engineFlags: boolean
  /** Throw at the first operation that makes a NaN. */
  readonly debugNans: boolean
  /** Remember where tracers are made, to name the place when one leaks. Slow. */
  readonly checkTracerLeaks: boolean
  /** Throw when a random key is used twice. */
  readonly checkKeyReuse: boolean
  /** Compiled modules kept. Engines abort near 32,000 live ones. */
  readonly maxModules: number
  /** Traces kept per jitted function. */
  readonly maxTraces: number
}

let current: Config = {
  device: 'cpu',
  eagerThreshold: 16384,
  fallback: 'reference',
  deterministic: false,
  threads: 0,
  threadThreshold: 150,
  engineFlags: true,
  debugNans: false,
  checkTracerLeaks: false,
  checkKeyReuse: false,
  maxModules: 2000,
  maxTraces: 1000
}

const versions = new Map<string, number>()

/** A number per combination of settings: what was made under them is found again with them. */
const versionOf = (c: Config): number => {
  const key = JSON.stringify(c)
  const known = versions.get(key) ?? versions.size
  versions.set(key, known)
  return known
}

let version = versionOf(current)

/** The settings in force. */
export const settings = (): Config => current

/** Equal for equal settings; part of the key of whatever depends on them. */
export const settingsVersion = (): number => version

const invalid = (key: string, value: unknown, expected: string): ValueError =>
  new ValueError('config', {
    problem: `the setting ${key} has a value it cannot take`,
    got: String(value),
    expected,
    hint: 'config() without arguments returns the settings in force'
  })

const check = (changes: Partial<Config>): void => {
  for (const [key, value] of Object.entries(changes)) {
    const expected = typeof current[key as keyof Config]
    if (typeof value !== expected) throw invalid(key, value, `a ${expected}`)
    if (typeof value === 'number' && !(value >= 0)) throw invalid(key, value, 'a number from 0 on')
  }
  if (changes.fallback !== undefined && !['reference', 'error'].includes(changes.fallback))
    throw invalid('fallback', changes.fallback, "'reference' or 'error'")
}

/**
 * Changes settings and returns those in force before, so that they can be put back:
 * `const before = config({ threads: 1 }); try { … } finally { config(before) }`.
 *
 * Errors: ValueError for unknown settings and values outside their domain.
 */
export const config = (changes: Partial<Config> = {}): Config => {
  checkOptions('config', changes, Object.keys(current))
  check(changes)
  const before = current
  if (Object.keys(changes).length > 0) {
    current = { ...current, ...changes }
    version = versionOf(current)
  }
  return before
}
