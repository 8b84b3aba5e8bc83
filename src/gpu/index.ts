/**
 * GPUs through gpu.js: which there are, and where bundled applications find gpu.js.
 *
 * @packageDocumentation
 */
import '../install.ts'
import { setGpuJsSource } from '../backend/gpujs/load.ts'
import type { DeviceInfo } from '../backend/select.ts'
import { allDevices } from '../compile/backends.ts'
import type { DeviceError } from '../core/errors.ts'
import type { Either } from 'fp-ts/lib/Either.js'

// Under its literal name, so that a bundler follows it; the package is an optional peer.
setGpuJsSource(() => import('gpu.js'))

export type { DeviceInfo }

/**
 * Every device in the order of preference (webgpu, webgl2, headlessgl, cpu): what it is, or why it
 * cannot be used. Opens those that are there, so that `jit(f, { device })`, `devicePut(x, device)`
 * and `config({ device })` may name them from then on without waiting.
 *
 * Errors: none are thrown; a device that is missing is a Left with a DeviceError.
 *
 * @example
 * const found = await devices()
 * found[found.length - 1]._tag // => 'Right'
 *
 * @category devices
 * @since 0.1.0
 */
export const devices = (): Promise<readonly Either<DeviceError, DeviceInfo>[]> => allDevices()
