/**
 * Programs for a machine with a GPU, printed for people and as JSON lines:
 *
 * - `npm run gpu -- leaks [--steps 10000] [--device gpu]`: memory over a long training
 * - `npm run gpu -- measure [--small] [--device gpu]`: the figures of docs/benchmarks.md; `--small`
 *   is for software adapters, on which no figure means anything
 * - `npm run gpu -- fuzz [--seed 0] [--seconds 600] [--device gpu]`: random programs, compared with
 *   the CPU
 *
 * `--dawn NAME,…` switches features of Dawn on, such as disable_robustness, which takes the clamps
 * off indices: those of kernels stay inside of their arrays.
 */
import { parseArgs } from 'node:util'
import { config } from 'cotangent'
import { devices } from 'cotangent/gpu'
import { setWebGpuSource, type NodeWebGpu } from '../../src/backend/gpujs/load.ts'
import { failureOf } from './fuzz.ts'
import { between, growth, memoryOverTime } from './leaks.ts'
import { mostDifference, showRow, workloads } from './measure.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'gpu' },
    steps: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '600' },
    dawn: { type: 'string', default: '' },
    small: { type: 'boolean', default: false }
  }
})

if (values.dawn !== '') {
  setWebGpuSource(async () => {
    const { create, globals } = (await import('webgpu')) as unknown as NodeWebGpu // declared in part
    return { create: () => create([`enable-dawn-features=${values.dawn}`]), globals }
  })
}

/** The name of the device in force, after its mode and adapter were printed. */
const open = async (): Promise<string> => {
  await config({ device: values.device })
  const { device } = config()
  for (const found of await devices()) {
    if (found._tag === 'Right' && found.right.name === device)
      console.log(`device ${device}, mode ${found.right.mode}, adapter ${found.right.adapter}`)
  }
  config({ device: 'cpu' })
  return device
}

/** Host bytes by which a heap rises and falls between two collections. */
const room = { heap: 64e6, rss: 64e6 }

const leaks = async (): Promise<number> => {
  const device = await open()
  const began = performance.now()
  const samples = await memoryOverTime(device, Number(values.steps), (s) => {
    if (s.step % (between * 10) === 0) console.log(JSON.stringify(s))
  })
  const grown = growth(samples, room)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(`${values.steps} steps in ${seconds} s: ${grown.join('; ') || 'memory is flat'}`)
  return grown.length
}

const measure = async (): Promise<number> => {
  const device = await open()
  let failed = 0
  for (const run of workloads({ device, small: values.small })) {
    const row = await run()
    console.log(showRow(row))
    console.log(JSON.stringify({ device, ...row }))
    if (!((row.difference ?? 0) <= mostDifference)) failed++
  }
  return failed
}

const fuzz = async (): Promise<number> => {
  const device = await open()
  const end = performance.now() + 1000 * Number(values.seconds)
  const first = Number(values.seed)
  let [seed, failed] = [first, 0]
  for (; performance.now() < end; seed++) {
    const why = await failureOf(device, seed)
    if (why === null) continue
    failed++
    console.log(why)
  }
  console.log(`${seed - first} programs from seed ${first}, ${failed} of them differ`)
  return failed
}

const programs: Readonly<Record<string, () => Promise<number>>> = { leaks, measure, fuzz }

const run = programs[positionals[0] ?? '']
if (run === undefined) {
  console.error(`name a program: ${Object.keys(programs).join(', ')}`)
  process.exit(2)
}
const failed = await run()
console.log(`${failed === 0 ? 1 : 0} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
