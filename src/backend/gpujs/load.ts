/**
 * gpu.js and, in Node, the WebGPU implementation of the package `webgpu`: both optional, loaded
 * when somebody asks for a GPU.
 */
import { DeviceError } from '../../core/errors.ts'
import type { GpuAdapter } from './gpu-types.ts'
import type { WebGpuContext } from './webgpu.ts'

/** A kernel of gpu.js. */
export interface GpuJsKernel {
  (...args: readonly unknown[]): unknown
  readonly kernel?: { readonly fallbackReason?: string | null }
  readonly destroy?: (removeCanvasReferences?: boolean) => void
}

/** An instance of gpu.js. */
export interface GpuJsInstance {
  readonly mode: string
  readonly context: unknown
  readonly Kernel: { readonly name: string }
  readonly createKernel: (source: string, settings: object) => GpuJsKernel
}

/** The part of gpu.js that is used here. */
export interface GpuJs {
  readonly GPU: new (settings: { readonly mode: string }) => GpuJsInstance
  readonly WebGPUContext: { readonly acquire: () => Promise<WebGpuContext> }
}

interface GpuApi {
  requestAdapter: (options?: object) => Promise<GpuAdapter | null>
}

/** The package `webgpu`. */
export interface NodeWebGpu {
  readonly create: (options: readonly string[]) => GpuApi
  readonly globals: Record<string, unknown>
}

const unusable = (name: string, problem: string, got: string): DeviceError =>
  new DeviceError('gpu', {
    problem: `the package ${name}${problem}`,
    got: got.split('\n')[0].replace(/ imported from .*/, ''),
    expected: 'gpu.js, and in Node webgpu',
    hint: 'npm i gpu.js webgpu@0.6.2'
  })

const isMissing = (error: Error): boolean =>
  'code' in error && ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(error.code))

/** An optional package; a failure says how to install it. */
const importOptional = async (name: string, load: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await load()
  } catch (error) {
    const known = error instanceof Error ? error : new RangeError(String(error))
    throw isMissing(known)
      ? unusable(name, ' is not installed', known.message)
      : unusable(name, ', which drives the GPU, does not load', known.message)
  }
}

/** By a name that no bundler follows, since the package may not be there. */
const byName = (name: string) => (): Promise<unknown> => import(/* @vite-ignore */ name)

let source = byName('gpu.js')

/** Says where gpu.js comes from: bundled applications import it under its literal name. */
export const setGpuJsSource = (load: () => Promise<unknown>): void => {
  source = load
}

let webGpuSource = byName('webgpu')

/** Says where Node's WebGPU comes from. */
export const setWebGpuSource = (load: () => Promise<unknown>): void => {
  webGpuSource = load
}

const isGpuJs = (x: unknown): x is GpuJs =>
  typeof x === 'object' && x !== null && 'GPU' in x && 'WebGPUContext' in x

/** CommonJS in ESM, an object with statics in the browser build: wherever the two names are. */
const unwrap = (loaded: unknown): GpuJs => {
  const seen: unknown[] = [loaded]
  if (typeof loaded === 'object' && loaded !== null && 'default' in loaded)
    seen.push(loaded.default)
  for (const x of seen) {
    if (isGpuJs(x)) return x
    if (typeof x === 'function' && 'WebGPUContext' in x)
      return { GPU: x, WebGPUContext: x.WebGPUContext } as unknown as GpuJs // the browser build exports GPU with the rest on it
  }
  throw unusable('gpu.js', ' is of a version without webgpu', 'no GPU, or no WebGPUContext')
}

let loaded: Promise<GpuJs> | null = null

export const loadGpuJs = (): Promise<GpuJs> => {
  loaded ??= importOptional('gpu.js', source).then(unwrap)
  loaded.catch(() => {
    loaded = null
  })
  return loaded
}

interface Host {
  navigator?: { gpu?: GpuApi }
  process?: { readonly versions?: { readonly node?: string } }
}

const host = globalThis as unknown as Host

/** Dawn crashes when the object that it was made by is collected. */
let alive: GpuApi | null = null

/** navigator.gpu; in Node it is made from the package `webgpu`. */
const gpuApi = async (): Promise<GpuApi> => {
  const present = host.navigator?.gpu
  if (present !== undefined) return present
  if (host.process?.versions?.node === undefined)
    throw new DeviceError('webgpu', {
      problem: 'this browser has no WebGPU',
      got: 'no navigator.gpu',
      expected: 'a browser with WebGPU, in a secure context',
      hint: 'serve the page by https or from localhost; webgl2 needs neither'
    })
  const { create, globals } = (await importOptional('webgpu', webGpuSource)) as NodeWebGpu
  for (const [name, value] of Object.entries(globals))
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value })
  alive = create([])
  const navigator = host.navigator ?? {}
  Object.defineProperty(navigator, 'gpu', { value: alive, configurable: true })
  if (host.navigator === undefined)
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  return alive
}

/** Limits that gpu.js leaves at their defaults, which are small. */
const raised = [
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize'
] as const

/** gpu.js's device, asked for with everything that the adapter offers. */
export const acquireWebGpu = async (): Promise<WebGpuContext> => {
  const [api, { WebGPUContext }] = [await gpuApi(), await loadGpuJs()]
  const request = api.requestAdapter.bind(api)
  let hasAdapter = true
  const requestRaised: GpuApi['requestAdapter'] = async () => {
    const adapter = await request({ powerPreference: 'high-performance' })
    hasAdapter = adapter !== null
    if (adapter === null) return null
    const requestDevice = adapter.requestDevice.bind(adapter)
    const more = Object.fromEntries(raised.map((name) => [name, adapter.limits[name]]))
    Object.defineProperty(adapter, 'requestDevice', {
      value: (o: { readonly requiredLimits?: Record<string, number> } = {}) =>
        requestDevice({ ...o, requiredLimits: { ...o.requiredLimits, ...more } })
    })
    return adapter
  }
  Object.defineProperty(api, 'requestAdapter', { value: requestRaised, configurable: true })
  try {
    return await WebGPUContext.acquire()
  } catch (error) {
    throw error instanceof DeviceError
      ? error
      : new DeviceError('webgpu', {
          problem: 'there is no WebGPU adapter',
          got: !hasAdapter
            ? 'the host offers none'
            : error instanceof Error
              ? error.message
              : String(error),
          expected: 'a GPU with a Vulkan, Metal or Direct3D 12 driver',
          hint: 'await devices() lists what there is; drivers without a GPU, such as SwiftShader, work too'
        })
  } finally {
    Object.defineProperty(api, 'requestAdapter', { value: request, configurable: true })
  }
}

/** The adapter in words. */
export const describeAdapter = ({ info }: GpuAdapter): string =>
  [info?.vendor, info?.architecture, info?.device, info?.description]
    .filter((x, i, all) => x !== undefined && x !== '' && all.indexOf(x) === i)
    .join(' ') || 'unnamed adapter'
