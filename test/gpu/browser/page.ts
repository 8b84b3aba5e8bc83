/** Runs the GPU suite in a page, on every device that the browser has. */
import { devices } from 'cotangent/gpu'
import type { Outcome } from '../../browser/suite.ts'
import type { ProgramRecord } from '../../conformance/programs.ts'
import { runSuite } from '../suite.ts'

export interface GpuPage {
  readonly adapters: Readonly<Record<string, string>>
  readonly outcomes: readonly Outcome[]
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
  const suite = { device: name, isAsynchronous: name === 'webgpu', checks: ['jit f'] }
  outcomes.push(...(await runSuite({ ...suite, programs: file.programs })))
}

Object.assign(globalThis, { gpuPage: { adapters, outcomes } satisfies GpuPage })
