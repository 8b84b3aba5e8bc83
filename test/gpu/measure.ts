/**
 * `node dist/test/gpu/measure.js [--device gpu]`: the speed of a GPU. Prints the adapter, a table, and
 * a JSON line per workload. Every figure is the best of three rounds after a warm-up, the device awaited.
 */
import { parseArgs } from 'node:util'
import { config, devicePut, explain, jit, np, random, type NdArray } from 'cotangent'
import { train } from './training.ts'

const { values } = parseArgs({ options: { device: { type: 'string', default: 'gpu' } } })
await config({ device: values.device })
const { device } = config()

interface Row {
  readonly name: string
  readonly milliseconds: number
  readonly figure: string
}

/** Milliseconds of one of `repeats` chained runs. */
const best = async (repeats: number, run: (n: number) => Promise<void>): Promise<number> => {
  await run(2)
  let least = Infinity
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    await run(repeats)
    least = Math.min(least, (performance.now() - began) / repeats)
  }
  return least
}

/** f again and again on its own result, awaited once. */
const chained = (f: (x: NdArray) => NdArray, start: NdArray) => async (n: number) => {
  let x = start
  for (let i = 0; i < n; i++) x = f(x)
  await np.sum(x).data()
}

const product = async (n: number): Promise<Row> => {
  const a = devicePut(np.ones([n, n]).div(n), device)
  const f = jit((x: NdArray) => np.matmul(x, a), { device })
  const milliseconds = await best(n > 2048 ? 5 : 20, chained(f, a))
  const flops = (2 * n ** 3) / milliseconds / 1e9
  return { name: `matmul ${n}`, milliseconds, figure: `${flops.toFixed(2)} TFLOP/s` }
}

const elementwise = async (): Promise<Row> => {
  const x = devicePut(np.ones([2 ** 24]), device)
  const f = jit((v: NdArray) => np.tanh(v.mul(2).add(1)).mul(v).mul(0.5), {
    device,
    donateArgnums: []
  })
  const milliseconds = await best(20, chained(f, x))
  const rate = (2 * 4 * 2 ** 24) / milliseconds / 1e9
  return { name: 'fused elementwise 2^24', milliseconds, figure: `${rate.toFixed(3)} TB/s` }
}

const launch = async (): Promise<Row> => {
  const x = devicePut(np.ones([1024]), device)
  const f = jit((v: NdArray) => v.mul(0.999), { device })
  const milliseconds = await best(500, chained(f, x))
  return {
    name: 'chained small kernel',
    milliseconds,
    figure: `${(milliseconds * 1000).toFixed(1)} µs`
  }
}

const step = async (): Promise<Row> => {
  const trained = await train(device, 3)
  let { carry } = trained
  const { images, labels } = trained.data
  const milliseconds = await best(20, async (n) => {
    let loss: NdArray | null = null
    for (let i = 0; i < n; i++) [carry, loss] = trained.step(carry, images, labels)
    await loss?.data()
  })
  return {
    name: 'small CNN train step, batch 16',
    milliseconds,
    figure: `${(1000 / milliseconds).toFixed(1)} steps/s`
  }
}

const report = explain(jit((x: NdArray) => x.add(1), { device }))(random.normal(random.key(0), [4]))
console.log(`device ${report.device}, adapter ${report.adapter}, ${new Date().toISOString()}`)
for (const run of [
  () => product(1024),
  () => product(2048),
  () => product(4096),
  elementwise,
  launch,
  step
]) {
  const row = await run()
  console.log(
    `${row.name.padEnd(32)} ${row.milliseconds.toFixed(4).padStart(10)} ms  ${row.figure}`
  )
  console.log(JSON.stringify({ device: report.device, adapter: report.adapter, ...row }))
}
process.exit(0)
