/** Settings that hold for the whole process. They change how programs run, never what they mean. */
import { ValueError, checkOptions } from './errors.ts'

export interface Config {
  /** Where programs run: `cpu`, `gpu` for the best GPU, or the name of a device. */
  readonly device: string
  /** Operations on fewer elements are computed by plain loops when no jit is involved. */
  readonly eagerThreshold: number
  /** What happens where a device has no kernel: run it on the CPU by other means, or throw. */
  readonly fallback: 'reference' | 'error'
  /** The same bits on every machine, engine and number of threads. */
  readonly deterministic: boolean
  /** Threads of the CPU backend; 0 means as many as the machine has, at most 8. */
  readonly threads: number
  /** Microseconds of estimated work below which a kernel runs on one thread. */
  readonly threadThreshold: number
  /** Engine flags may be set around compiles, where they make kernels faster and compile sooner. */
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
  /** Bytes that the memory of the CPU backend may grow to, at most 4 GiB. It never shrinks. */
  readonly maxMemoryBytes: number
  /** Bytes of arrays that stay in that memory between calls; more where one call needs more. */
  readonly maxResidentBytes: number
  /** Bytes of GPU memory in use above which a call throws instead of allocating more. */
  readonly maxInFlightBytes: number
}

let current: Config = {
  device: 'cpu',
  eagerThreshold: 16384,
  fallback: 'reference',
  deterministic: false,
  threads: 0,
  threadThreshold: 40,
  engineFlags: true,
  debugNans: false,
  checkTracerLeaks: false,
  checkKeyReuse: false,
  maxModules: 2000,
  maxTraces: 1000,
  maxMemoryBytes: 2 ** 32,
  maxResidentBytes: 2 ** 28,
  maxInFlightBytes: 2 ** 32
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

/** Opens devices: known names to names at once, others by a promise. */
export interface DeviceOpener {
  /** The name of the opened device that `name` stands for, or null. Throws for unknown names. */
  readonly opened: (name: string) => string | null
  readonly open: (name: string) => Promise<string>
}

let opener: DeviceOpener = {
  opened: (name) => (name === 'cpu' ? name : null),
  open: (name) => Promise.reject(invalid('device', name, "'cpu'"))
}

/** The hook through which the compiler, which core must not import, opens devices. */
export const setDeviceOpener = (o: DeviceOpener): void => {
  opener = o
}

const apply = (changes: Partial<Config>): void => {
  current = { ...current, ...changes }
  version = versionOf(current)
}

/**
 * Computes something whose values are read at once: large host arrays stay on the host meanwhile,
 * whatever the device in force. Arrays of a device stay where they are.
 */
export const onHost = <A>(f: () => A): A => {
  if (current.device === 'cpu') return f()
  const before = current
  apply({ device: 'cpu' })
  try {
    return f()
  } finally {
    apply({ device: before.device })
  }
}

/** The settings in force before, and a promise of them: what `config` returns for a device. */
export type SettledConfig = Config & PromiseLike<Config>

/** `before` with a `then` that nobody lists, so that it can be given back to `config`. */
const settledBy = (before: Config, ready: Promise<void>): SettledConfig => {
  const result = { ...before }
  const plain = { ...before }
  ready.catch(() => undefined) // whoever awaits the result learns of it
  // Awaiting is optional: a change that needs no device has been made by now.
  // oxlint-disable-next-line unicorn/no-thenable
  Object.defineProperty(result, 'then', {
    value: (...handlers: Parameters<Promise<Config>['then']>) =>
      ready.then(() => plain).then(...handlers)
  })
  return result as SettledConfig // `then` was just added
}

/**
 * Changes settings and returns those in force before, so that they can be put back:
 * `const before = config({ threads: 1 }); try { … } finally { config(before) }`.
 * A GPU has to be opened first, so `await config({ device: 'gpu' })`; once it is open the change is
 * made at once. Every other change is made at once.
 *
 * Errors: ValueError for unknown settings and values outside their domain; DeviceError when awaited
 * for a device that is not there.
 */
export function config(changes: Partial<Config> & { readonly device: string }): SettledConfig
export function config(changes?: Partial<Config>): Config
export function config(changes: Partial<Config> = {}): Config {
  checkOptions('config', changes, Object.keys(current))
  check(changes)
  const before = current
  if (changes.device === undefined) {
    if (Object.keys(changes).length > 0) apply(changes)
    return before
  }
  const { device, ...rest } = changes
  const name = opener.opened(device)
  if (name !== null) {
    apply({ ...rest, device: name })
    return settledBy(before, Promise.resolve())
  }
  if (Object.keys(rest).length > 0) apply(rest)
  return settledBy(
    before,
    opener.open(device).then((found) => apply({ device: found }))
  )
}
