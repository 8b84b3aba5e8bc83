/**
 * The speed of a GPU: products, traffic, launches, and the training steps of the bench. Every
 * figure is the best of three rounds after a warm-up, the device awaited; losses are compared with
 * those of the CPU, so that what is fast is also right.
 */
import { config, devicePut, jit, np, type NdArray } from 'cotangent'
import { gpuBackend } from '../../src/backend/select.ts'
import { gptSizes } from '../bench/data.ts'
import { cnnTraining, gptTraining, type Training } from '../bench/workloads/training.ts'

/** One measured workload. */
export interface Row {
  readonly name: string
  readonly milliseconds: number
  /** What one counts in: TFLOP/s, TB/s, µs, steps/s. */
  readonly value: number
  readonly unit: string
  /** Milliseconds that the host is busy with one run, where that is a part of it. */
  readonly host?: number
  readonly launches?: number
  readonly submissions?: number
  /** The largest relative difference of the losses from the CPU's. */
  readonly difference?: number
}

export interface MeasureOptions {
  readonly device: string
  /** Sizes that a software adapter gets through. */
  readonly small: boolean
}

const rounds = 3
/** Milliseconds that a round lasts at least, and runs that it makes at most. */
const roundLasts = 600
const mostRuns = 500

interface Timed {
  readonly milliseconds: number
  readonly host: number
  readonly launches: number
  readonly submissions: number
}

/** The best of the rounds; `run` starts work and gives something to await. */
const best = async (device: string, run: () => NdArray): Promise<Timed> => {
  const { machine } = gpuBackend(device)
  const round = async (n: number): Promise<Timed> => {
    const before = machine.statistics()
    const began = performance.now()
    let last = run()
    for (let i = 1; i < n; i++) last = run()
    const encoded = performance.now()
    await np.sum(last).data()
    const now = machine.statistics()
    return {
      milliseconds: (performance.now() - began) / n,
      host: (encoded - began) / n,
      launches: Math.round((now.launches - before.launches) / n),
      submissions: (now.submissions - before.submissions) / n
    }
  }
  await round(1)
  const { milliseconds } = await round(2)
  const n = Math.min(mostRuns, Math.max(2, Math.ceil(roundLasts / milliseconds)))
  const all: Timed[] = []
  for (let i = 0; i < rounds; i++) all.push(await round(n))
  return all.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a))
}

/** f again and again on its own result. */
const chained = (f: (x: NdArray) => NdArray, start: NdArray): (() => NdArray) => {
  let x = start
  return () => {
    x = f(x)
    return x
  }
}

const product = async (device: string, n: number): Promise<Row> => {
  const a = devicePut(np.ones([n, n]).div(n), device)
  const f = jit((x: NdArray) => np.matmul(x, a), { device })
  const { milliseconds } = await best(device, chained(f, a))
  const value = (2 * n ** 3) / milliseconds / 1e9
  return { name: `matmul ${n}`, milliseconds, value, unit: 'TFLOP/s' }
}

const elementwise = async (device: string, log2: number): Promise<Row> => {
  const x = devicePut(np.ones([2 ** log2]), device)
  const f = jit((v: NdArray) => np.tanh(v.mul(2).add(1)).mul(v).mul(0.5), { device })
  const { milliseconds } = await best(device, chained(f, x))
  const value = (2 * 4 * 2 ** log2) / milliseconds / 1e9
  return { name: `fused elementwise 2^${log2}`, milliseconds, value, unit: 'TB/s' }
}

const launch = async (device: string): Promise<Row> => {
  const x = devicePut(np.ones([1024]), device)
  const f = jit((v: NdArray) => v.mul(0.999), { device })
  const { milliseconds, host, submissions } = await best(device, chained(f, x))
  const value = milliseconds * 1000
  return { name: 'chained small kernel', milliseconds, value, unit: 'µs', host, submissions }
}

/** Steps whose losses are compared. */
const compared = 3

const lossesOf = async (device: string, prepare: () => Training): Promise<readonly number[]> => {
  const before = config({ device })
  try {
    const training = prepare()
    const losses: number[] = []
    for (let i = 0; i < compared; i++) losses.push(...(await training.run().data()))
    return losses
  } finally {
    config(before)
  }
}

const steps = async (device: string, name: string, prepare: () => Training): Promise<Row> => {
  const there = await lossesOf('cpu', prepare)
  const here = await lossesOf(device, prepare)
  const difference = Math.max(...here.map((x, i) => Math.abs(x - there[i]) / Math.abs(there[i])))
  const before = config({ device })
  try {
    const timed = await best(device, prepare().run)
    const { milliseconds } = timed
    return { name, ...timed, value: 1000 / milliseconds, unit: 'steps/s', difference }
  } finally {
    config(before)
  }
}

const smallGpt = { ...gptSizes, batch: 2, time: 16, width: 32, layers: 1, vocabulary: 64 }

/** The workloads, each when it is asked for. */
export const workloads = ({ device, small }: MeasureOptions): readonly (() => Promise<Row>)[] =>
  small
    ? [
        () => product(device, 256),
        () => elementwise(device, 18),
        () => launch(device),
        () => steps(device, 'CNN step, batch 4', () => cnnTraining(4)),
        () => steps(device, 'small GPT step, batch 2', () => gptTraining(compared, smallGpt))
      ]
    : [
        () => product(device, 1024),
        () => product(device, 2048),
        () => product(device, 4096),
        () => elementwise(device, 24),
        () => launch(device),
        () => steps(device, 'CNN step, batch 64', () => cnnTraining(64)),
        () => steps(device, 'CNN step, batch 256', () => cnnTraining(256)),
        () => steps(device, 'GPT step, batch 8', () => gptTraining(compared))
      ]

/** Losses further from the CPU's than this say that the device is wrong. */
export const mostDifference = 1e-3

const digits = (x: number): string => x.toPrecision(4)

/** A row for people. */
export const showRow = (r: Row): string =>
  [
    r.name.padEnd(26),
    `${digits(r.milliseconds).padStart(9)} ms`,
    `${digits(r.value).padStart(9)} ${r.unit.padEnd(8)}`,
    ...(r.host === undefined ? [] : [`host ${digits(r.host)} ms`]),
    ...(r.launches === undefined ? [] : [`${r.launches} launches`]),
    ...(r.submissions === undefined ? [] : [`${digits(r.submissions)} submissions`]),
    ...(r.difference === undefined ? [] : [`losses within ${r.difference.toExponential(1)}`])
  ].join('  ')
