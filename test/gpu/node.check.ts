/** The suite in Node, on whatever adapter Dawn finds. `npm run test:gpu` starts this. */
import { expect, test } from 'vitest'
import { devices } from 'cotangent/gpu'
import type { ProgramRecord } from '../conformance/programs.ts'
import { load } from '../conformance/golden.ts'
import { runSuite } from './suite.ts'

const [webgpu] = await devices()
const programs = ['programs', 'corners'].flatMap(
  (name) =>
    (
      load(`test/conformance/data/${name}.json.gz`) as {
        readonly programs: readonly ProgramRecord[]
      }
    ).programs
)

if (webgpu._tag === 'Left') {
  test.skip(`webgpu: ${webgpu.left.message}`, () => undefined)
} else {
  console.log(`mode ${webgpu.right.mode}, adapter ${webgpu.right.adapter}`)
  const outcomes = await runSuite({
    device: 'webgpu',
    isAsynchronous: true,
    programs,
    checks: ['jit f', 'vjp of jit']
  })
  test.each(outcomes.map((o) => [`${webgpu.right.mode}: ${o.name}`, o.error] as const))(
    '%s',
    (_name, error) => {
      expect(error).toBe(null)
    }
  )
}
