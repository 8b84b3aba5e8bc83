/** Runs the GPU suite in a page, on every device that the browser has. */
import { devices } from 'cotangent/gpu'
import { acquireWebGpu } from '../../../src/backend/gpujs/load.ts'
import type { Outcome } from '../../browser/suite.ts'
import type { ProgramRecord } from '../../conformance/programs.ts'
import { runSuite } from '../suite.ts'

export interface GpuPage {
  readonly adapters: Readonly<Record<string, string>>
  readonly outcomes: readonly Outcome[]
}

/** Contexts that gpu.js has made, latest last. */
const contexts: WebGL2RenderingContext[] = []
const spied = <C extends { getContext: (...args: never[]) => unknown }>(prototype: C): void => {
  const { getContext } = prototype
  Object.defineProperty(prototype, 'getContext', {
    value(this: C, ...args: never[]) {
      const made: unknown = getContext.apply(this, args)
      if (made instanceof WebGL2RenderingContext && !contexts.includes(made)) contexts.push(made)
      return made
    }
  })
}
spied(HTMLCanvasElement.prototype)
spied(OffscreenCanvas.prototype)

const lose = async (device: string): Promise<void> => {
  if (device === 'webgpu') {
    const { device: gpu } = await acquireWebGpu()
    gpu.destroy()
    await gpu.lost
    return
  }
  for (const gl of contexts) gl.getExtension('WEBGL_lose_context')?.loseContext()
}

const file = (await (await fetch('./programs.json')).json()) as {
  readonly programs: readonly ProgramRecord[]
}

const adapters: Record<string, string> = {}
const outcomes: Outcome[] = []
for (const found of await devices()) {
  if (found._tag === 'Left') {
    const { operation, problem, got } = found.left
    adapters[operation] = `missing: ${problem} (${got})`
    continue
  }
  const { name, adapter } = found.right
  adapters[name] = adapter
  if (name === 'cpu') continue
  const suite = {
    device: name,
    isAsynchronous: name === 'webgpu',
    checks: ['jit f'],
    lose: () => lose(name)
  }
  outcomes.push(...(await runSuite({ ...suite, programs: file.programs })))
}

Object.assign(globalThis, { gpuPage: { adapters, outcomes } satisfies GpuPage })
