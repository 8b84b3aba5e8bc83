/**
 * Devices by name: webgpu before webgl2 before headlessgl, all driven through gpu.js, and the CPU.
 * A device is opened once, asynchronously; after that everything about it is synchronous.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { DeviceError } from '../core/errors.ts'
import type { Backend } from './backend.ts'
import type { GpuBackend } from './gpujs/backend.ts'

/** A device that programs can run on. */
export interface DeviceInfo {
  readonly name: string
  /** The gpu.js mode, or wasm for the CPU. */
  readonly mode: string
  /** The hardware or driver, in its own words. */
  readonly adapter: string
}

/** Modes of gpu.js in the order of preference. */
export const gpuModes = ['webgpu', 'webgl2', 'headlessgl'] as const
export type GpuMode = (typeof gpuModes)[number]

/** Names that settings and options may have; `gpu` is the best one, `auto` may be the CPU. */
export const deviceNames = ['cpu', 'gpu', 'auto', ...gpuModes] as const

export interface SelectOptions {
  readonly cpu: Backend
  readonly maxBytes: () => number
}

const opened = new Map<string, GpuBackend>()
const opening = new Map<string, Promise<GpuBackend>>()

const asDeviceError = (mode: string, error: unknown): DeviceError =>
  error instanceof DeviceError
    ? error
    : new DeviceError(mode, {
        problem: 'the device could not be opened',
        got: error instanceof Error ? error.message : String(error),
        expected: 'a device that computes',
        hint: 'await devices() lists what there is'
      })

/** Opens one mode; repeated calls share one device. */
const open = (mode: GpuMode, options: SelectOptions): Promise<GpuBackend> => {
  const before = opening.get(mode)
  if (before !== undefined) return before
  const started = import('./gpujs/open.ts').then(async ({ openGpu }) => {
    const backend = await openGpu(mode, options)
    opened.set(mode, backend)
    return backend
  })
  opening.set(mode, started)
  started.catch(() => opening.delete(mode))
  return started
}

const none = (reasons: readonly DeviceError[]): DeviceError =>
  new DeviceError('gpu', {
    problem: 'there is no GPU that gpu.js can drive',
    got: reasons.map((e) => `${e.operation}: ${e.problem} (${e.got})`).join('; '),
    expected: `one of ${gpuModes.join(', ')}`,
    hint: reasons.some((e) => e.hint.startsWith('npm i '))
      ? 'npm i gpu.js webgpu@0.6.2'
      : "device 'auto' takes the CPU where there is no GPU"
  })

/** Opens the device of a name; the result is the name of what was opened. */
export const openDevice = async (name: string, options: SelectOptions): Promise<string> => {
  if (name === 'cpu') return name
  if (name !== 'gpu' && name !== 'auto') return (await open(checkMode(name), options)).name
  const reasons: DeviceError[] = []
  for (const mode of gpuModes) {
    try {
      return (await open(mode, options)).name
    } catch (error) {
      reasons.push(asDeviceError(mode, error))
    }
  }
  if (name === 'auto') return 'cpu'
  throw none(reasons)
}

const unknown = (name: string): DeviceError =>
  new DeviceError('device', {
    problem: 'there is no device of this name',
    got: `'${name}'`,
    expected: `one of ${deviceNames.join(', ')}`,
    hint: "'gpu' is the best GPU there is"
  })

const checkMode = (name: string): GpuMode => {
  const mode = gpuModes.find((m) => m === name)
  if (mode === undefined) throw unknown(name)
  return mode
}

const unopened = (name: string): DeviceError =>
  new DeviceError('device', {
    problem: 'the device has not been opened yet',
    got: `'${name}'`,
    expected: 'a device that await devices() or await config({ device }) has opened',
    hint: `write await config({ device: '${name}' }) once, before the first call`
  })

/** The name of the opened device that `name` stands for, or null when none is open. */
export const openedName = (name: string): string | null => {
  if (name === 'cpu') return name
  if (name !== 'gpu' && name !== 'auto') return opened.has(checkMode(name)) ? name : null
  return gpuModes.find((m) => opened.has(m)) ?? null
}

/** The backend of an opened device. Errors: DeviceError when it has not been opened. */
export const gpuBackend = (name: string): GpuBackend => {
  const found = opened.get(openedName(name) ?? '')
  if (found === undefined) throw unopened(name)
  return found
}

/** Every device with what it is, or why it is none. Opens those that are. */
export const listDevices = async (
  options: SelectOptions
): Promise<readonly Either<DeviceError, DeviceInfo>[]> => {
  const found: Either<DeviceError, DeviceInfo>[] = []
  for (const mode of gpuModes) {
    try {
      const { name, machine } = await open(mode, options)
      found.push({ _tag: 'Right', right: { name, mode, adapter: machine.adapter } })
    } catch (error) {
      found.push({ _tag: 'Left', left: asDeviceError(mode, error) })
    }
  }
  found.push({ _tag: 'Right', right: { name: 'cpu', mode: 'wasm', adapter: 'WebAssembly' } })
  return found
}
