/** The GPU suite in Chromium: WebGL2 and WebGPU, on software adapters where there is no GPU. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { load } from '../conformance/golden.ts'
import type { ProgramRecord } from '../conformance/programs.ts'
import { fitsGpu } from '../gpu/programs.ts'
import type { GpuPage } from '../gpu/browser/page.ts'
import { isolation, resultInChromium, softwareWebGpu } from '../tools/chromium.ts'
import { root } from '../tools/sources.ts'

/** Every fourth recorded program: a software adapter compiles shaders slowly. */
const programs = (
  load('test/conformance/data/programs.json.gz') as { readonly programs: readonly ProgramRecord[] }
).programs
  .filter(fitsGpu)
  .filter((_, i) => i % 4 === 0)

const runPage = async (): Promise<GpuPage> => {
  const folder = mkdtempSync(join(tmpdir(), 'cotangent-gpu-'))
  try {
    await build({
      root: join(root, 'test/gpu/browser'),
      configFile: false,
      logLevel: 'error',
      resolve: {
        conditions: ['cotangent-source', 'module', 'browser', 'development|production'],
        alias: [
          { find: /^node:(?:fs|zlib)$/, replacement: join(root, 'test/gpu/browser/no-files.ts') },
          { find: /^cotangent$/, replacement: join(root, 'src/index.ts') },
          { find: /^cotangent\/extend$/, replacement: join(root, 'src/extend.ts') },
          { find: /^cotangent\/(\w+)$/, replacement: join(root, 'src/$1/index.ts') }
        ]
      },
      build: { outDir: folder, target: 'es2022', minify: false }
    })
    writeFileSync(join(folder, 'programs.json'), JSON.stringify({ programs }))
    return await resultInChromium<GpuPage>(folder, 'gpuPage', softwareWebGpu, isolation, 900_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { adapters, outcomes } = await runPage()

console.log(
  Object.entries(adapters)
    .map(([name, adapter]) => `${name}: ${adapter}`)
    .join('\n')
)

test('Chromium has both modes', () => {
  expect(Object.keys(adapters).filter((name) => !adapters[name].startsWith('missing'))).toEqual([
    'webgpu',
    'webgl2',
    'cpu'
  ])
})

test.each(outcomes.map((o) => [`${o.suite}: ${o.name}`, o.error] as const))(
  '%s',
  (_name, error) => {
    expect(error).toBe(null)
  }
)
