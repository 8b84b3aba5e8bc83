/**
 * The suite in headlessgl mode: OpenGL without a window, by the package `gl`. It is built from
 * source for minutes, so it is no dependency here: GL_PACKAGE says in which folder it is installed.
 */
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { devices } from 'cotangent/gpu'
import { load } from '../conformance/golden.ts'
import type { ProgramRecord } from '../conformance/programs.ts'
import { fitsGpu } from './programs.ts'
import { runSuite } from './suite.ts'

const folder = process.env.GL_PACKAGE
const ofGpuJs = createRequire(createRequire(import.meta.url).resolve('gpu.js'))

if (folder === undefined) {
  test.skip('headlessgl: GL_PACKAGE names no folder of the package gl', () => undefined)
} else {
  // What gpu.js finds under the name is an empty package (overrides in package.json).
  const empty = ofGpuJs.resolve('gl')
  ofGpuJs(empty)
  const module = ofGpuJs.cache[empty]
  if (module !== undefined) module.exports = ofGpuJs(folder)
  const found = (await devices()).find((d) =>
    d._tag === 'Right' ? d.right.name === 'headlessgl' : d.left.operation === 'headlessgl'
  )
  if (found?._tag !== 'Right') {
    test('headlessgl opens', () => {
      expect(found?.left.message).toBe(undefined)
    })
  } else {
    console.log(`mode ${found.right.mode}, adapter ${found.right.adapter}`)
    // Every fourth recorded program: Mesa compiles for a tenth of a second each.
    const { programs } = load('test/conformance/data/programs.json.gz') as {
      readonly programs: readonly ProgramRecord[]
    }
    const outcomes = await runSuite({
      device: 'headlessgl',
      isAsynchronous: false,
      programs: programs.filter(fitsGpu).filter((_, i) => i % 4 === 0),
      checks: ['jit f']
    })
    test.each(outcomes.map((o) => [`headlessgl: ${o.name}`, o.error] as const))(
      '%s',
      (_name, error) => {
        expect(error).toBe(null)
      }
    )
  }
}
