/** What every GPU has to do, whatever the mode: run in Node and in the browser alike. */
import {
  DeviceError,
  config,
  devicePut,
  explain,
  grad,
  jit,
  lax,
  np,
  random,
  type NdArray
} from 'cotangent'
import { counters, resetCounters } from 'cotangent/extend'
import type { Outcome } from '../browser/suite.ts'
import type { ProgramRecord } from '../conformance/programs.ts'
import { worstErrors } from './elementary.ts'
import { differences } from './integers.ts'
import { checkOnDevice, fitsGpu } from './programs.ts'
import { checkTraining, mnist, small } from './training.ts'

type Check = () => Promise<void>

const fail = (problem: string): never => {
  throw new RangeError(problem)
}

const expectEqual = (actual: unknown, expected: unknown): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) fail(`got ${a}, expected ${b}`)
}

const messageOf = async (f: () => unknown): Promise<string> => {
  try {
    await f()
  } catch (error) {
    return error instanceof DeviceError
      ? error.message
      : fail(`not a DeviceError: ${String(error)}`)
  }
  return fail('nothing was thrown')
}

const values = async (x: NdArray): Promise<readonly number[]> => Array.from(await x.data())

/** Checks that hold in every mode. */
export const general = (
  device: string,
  isAsynchronous: boolean
): Readonly<Record<string, Check>> => ({
  'elementary functions are within 1e-6 or 4 ulp': async () => {
    expectEqual(await worstErrors(device), [])
  },

  'infinities, NaN and signed zeros are as on the CPU': async () => {
    const x = np.array([NaN, Infinity, -Infinity, 0, -0, 1, -1])
    const f = (v: NdArray): readonly NdArray[] => [
      np.maximum(v, 0.5),
      np.maximum(v.sub(v), v),
      np.minimum(v, v.mul(0)),
      np.exp(v),
      np.log(v),
      np.isnan(v).astype('float32'),
      np.isfinite(v).astype('float32'),
      np.equal(v, v).astype('float32'),
      np.tanh(v),
      np.sign(v),
      np.where(np.greater(v, 0), v, -1)
    ]
    const here = await Promise.all(jit(f, { device })(x).map(values))
    const there = await Promise.all(jit(f, { device: 'cpu' })(x).map(values))
    // Mesa orders sums as it likes, so that exp(1) has another last bit.
    const allowed = device === 'headlessgl' ? 1e-6 : 0
    here.forEach((result, i) =>
      result.forEach((v, j) => {
        const expected = there[i][j]
        const isSame = Object.is(v, expected) || Math.abs(v - expected) <= allowed
        if (!isSame) fail(`result ${i}, element ${j}: ${v}, not ${expected}`)
      })
    )
  },

  'integers of every width and random words are bit for bit those of the CPU': async () => {
    expectEqual(await differences(device), [])
  },

  'random words are made on the device': () => {
    const f = jit((key: NdArray) => random.normal(key, [64]), { device })
    const backends = explain(f)(random.key(7)).kernels.map((k) => k.backend)
    expectEqual([...new Set(backends)], [device])
    return Promise.resolve()
  },

  'products agree with the CPU, whatever fills their tiles': async () => {
    const sizes = [
      [64, 64, 64],
      [96, 128, 80],
      [65, 66, 67],
      [33, 40, 1100],
      [128, 256, 16]
    ] as const
    for (const [m, n, k] of sizes) {
      const key = random.key(m)
      const a = random.normal(key, [m, k])
      const b = random.normal(random.foldIn(key, 1), [k, n])
      const f = (x: NdArray, y: NdArray): readonly NdArray[] => [
        np.matmul(x, y).add(1),
        np.matmul(np.transpose(y), np.transpose(x))
      ]
      const here = await Promise.all(jit(f, { device })(a, b).map(values))
      const there = await Promise.all(jit(f, { device: 'cpu' })(a, b).map(values))
      here.forEach((result, i) => {
        const worst = Math.max(...result.map((v, j) => Math.abs(v - there[i][j])))
        if (!(worst <= 1e-5 * Math.sqrt(k) * 4)) fail(`${m}×${k}×${n}: ${worst} off the CPU`)
      })
    }
  },

  'products of every layout, type and tile agree with the CPU': async () => {
    const compare = async (
      what: string,
      f: (x: NdArray, y: NdArray) => readonly NdArray[],
      [x, y]: readonly [NdArray, NdArray],
      tolerance: number
    ): Promise<void> => {
      const here = await Promise.all(jit(f, { device })(x, y).map(values))
      const there = await Promise.all(jit(f, { device: 'cpu' })(x, y).map(values))
      here.forEach((result, i) => {
        const largest = Math.max(1, ...there[i].map(Math.abs))
        const worst = Math.max(...result.map((v, j) => Math.abs(v - there[i][j])))
        if (!(worst <= tolerance * largest)) fail(`${what}, result ${i}: ${worst} off the CPU`)
      })
    }
    const flip = (x: NdArray): NdArray => np.swapaxes(x, -1, -2)
    const layouts = (x: NdArray, y: NdArray): readonly NdArray[] => [
      np.matmul(x, y),
      np.matmul(flip(flip(x).mul(1)), y),
      np.matmul(x, flip(flip(y).add(0))),
      flip(np.matmul(flip(y), flip(x)))
    ]
    const draw = (seed: number, shape: readonly number[]): NdArray =>
      random.normal(random.key(seed), shape)
    const pair = (a: readonly number[], b: readonly number[]): readonly [NdArray, NdArray] => [
      draw(1, a),
      draw(2, b)
    ]
    for (const [batch, m, n, k] of [
      [[], 65, 66, 67],
      [[3], 66, 70, 34],
      [[2, 3], 64, 72, 36]
    ] as const)
      await compare(`${m}×${k}×${n}`, layouts, pair([...batch, m, k], [...batch, k, n]), 1e-5)
    // Enough results for the largest tiles, whose edges cut fours of columns.
    const large = (x: NdArray, y: NdArray): readonly NdArray[] => [np.matmul(x, y).sum({ axis: 0 })]
    if (device === 'webgpu') await compare('large', large, pair([1793, 17], [17, 1795]), 1e-4)
    const [p, q] = pair([80, 70], [70, 96])
    for (const [dtype, tolerance] of [
      ['int32', 0],
      ['float16', 2e-3],
      ['bfloat16', 2e-2]
    ] as const)
      await compare(dtype, layouts, [p.mul(3).astype(dtype), q.mul(3).astype(dtype)], tolerance)
    const nhwc = ['NHWC', 'HWIO', 'NHWC'] as const
    for (const options of [
      { padding: 'same', windowStrides: [2, 2] },
      { padding: 'valid', rhsDilation: [2, 2] },
      { padding: 'same', lhsDilation: [2, 1] },
      { padding: 'same', featureGroupCount: 2 }
    ] as const) {
      const inputs = 'featureGroupCount' in options ? 8 : 16
      const convolved = (x: NdArray, w: NdArray): readonly NdArray[] => [
        lax.convGeneralDilated(x, w, { ...options, dimensionNumbers: nhwc })
      ]
      const [x, w] = pair([2, 19, 20, 16], [3, 3, inputs, 24])
      await compare(`convolution ${JSON.stringify(options)}`, convolved, [x, w], 1e-5)
    }
  },

  'programs alike over arrays of other sizes read their own': async () => {
    for (const size of [24, 4, 9, 1000]) {
      const x = np.array(Float32Array.from({ length: size }, (_, i) => i))
      const f = jit((v: NdArray) => v.slice('0:4').add(0.5), { device })
      expectEqual(await values(f(x)), [0.5, 1.5, 2.5, 3.5])
    }
  },

  'long arrays are read where they are written': async () => {
    // Beyond 2^23 a float has no halves.
    const half = 2 ** 22 + 2
    const f = jit(
      (x: NdArray) => np.broadcastTo(np.arange(half).add(x).reshape([half, 1]), [half, 2]),
      { device }
    )
    const last = f(0).slice('-2:')
    expectEqual(await values(last), [half - 2, half - 2, half - 1, half - 1])
  },

  'a sum of ones counts them': async () => {
    const f = jit((n: NdArray) => np.sum(np.ones([1 << 22]).mul(n)), { device })
    expectEqual(await values(f(1)), [1 << 22])
  },

  'sorts are stable and put NaN last': async () => {
    const keys = np.array([3, 1, NaN, 1, 2, -0, 0, 1])
    expectEqual(
      await values(jit((x: NdArray) => np.argsort(x), { device })(keys)),
      [5, 6, 1, 3, 7, 4, 0, 2]
    )
  },

  'a loss falls as it does on the CPU, and on the device': () => checkTraining(device, small),

  'the loss of the MNIST network falls as it does on the CPU': () => checkTraining(device, mnist),

  'values stay on the device between calls': async () => {
    const f = jit((x: NdArray) => x.mul(2), { device })
    const y = f(f(np.array([1, 2])))
    expectEqual(y.device, device)
    expectEqual(y.add(1).device, device)
    expectEqual(await values(y), [4, 8])
  },

  'devices do not mix': async () => {
    const x = devicePut(np.array([1, 2]), device)
    const y = devicePut(np.array([1, 2]), 'cpu')
    const message = await messageOf(() => jit((a: NdArray, b: NdArray) => a.add(b))(x, y))
    if (!message.includes(`arrays on ${device} and on cpu`)) fail(message)
  },

  'donated arrays cannot be used again': async () => {
    const x = devicePut(np.array([1, 2]), device)
    const f = jit((v: NdArray) => v.add(1), { donateArgnums: 0, device })
    expectEqual(await values(f(x)), [2, 3])
    const message = await messageOf(() => x.data())
    if (!message.includes('the array was donated')) fail(message)
  },

  'linear algebra runs on the CPU, and explain says so': async () => {
    const f = jit((a: NdArray) => np.linalg.cholesky(np.matmul(a, a.T)).mul(2), { device })
    const a = np.array([[2, 0], [1, 3]]) // prettier-ignore
    const product = [4, 0, 2, 6]
    ;(await values(f(a))).forEach((v, i) => {
      if (Math.abs(v - product[i]) > 1e-5) fail(`element ${i} is ${v}`)
    })
    const kernels = explain(f)(a).kernels.filter((k) => k.backend === 'cpu')
    expectEqual(
      kernels.map((k) => k.kind),
      ['library']
    )
    if (!(kernels[0].reason ?? '').includes('to the CPU')) fail(String(kernels[0].reason))
    const message = await messageOf(() => explain(f, { runs: 1 })(a))
    if (!message.includes('kernels are measured on the CPU only')) fail(message)
  },

  'float64 runs on the CPU': async () => {
    const x = np.array([1, 2], { dtype: 'float64' })
    const f = jit((v: NdArray) => np.exp(v), { device })
    const there = jit((v: NdArray) => np.exp(v), { device: 'cpu' })
    expectEqual(await values(f(x)), await values(there(x)))
  },

  'fallback: "error" forbids the CPU': async () => {
    const before = config({ fallback: 'error' })
    try {
      const message = await messageOf(() =>
        jit((a: NdArray) => np.linalg.cholesky(a), { device })(np.eye(3))
      )
      if (!message.includes('a fallback is forbidden')) fail(message)
    } finally {
      config(before)
    }
  },

  'a loop with a number of trips runs on the device, one that the data end on the CPU':
    async () => {
      const counted = jit((x: NdArray) => lax.foriLoop(0, 5, (_i, v) => v.mul(2), x), { device })
      const x = np.array([1, 2])
      expectEqual(await values(counted(x)), [32, 64])
      expectEqual([...new Set(explain(counted)(x).kernels.map((k) => k.backend))], [device])
      const ended = jit(
        (v: NdArray) =>
          lax.whileLoop(
            (w) => np.less(np.sum(w), 100),
            (w) => w.mul(2),
            v
          ),
        { device }
      )
      expectEqual(await values(ended(x)), [64, 128])
      const loop = explain(ended)(x).kernels.find((k) => k.kind === 'loop')
      expectEqual(loop?.backend, 'cpu')
    },

  'what ran where is counted': async () => {
    resetCounters()
    const g = jit(
      grad((x: NdArray) => np.sum(np.sin(x))),
      { device }
    )
    await g(np.array([1, 2])).data()
    expectEqual([counters().compiled > 0, counters().host, counters().reference], [true, 0, 0])
  },

  ...(isAsynchronous
    ? {
        'reading without await says that await is needed': async () => {
          const y = jit((x: NdArray) => x.add(1), { device })(np.array([1, 2]))
          const message = await messageOf(() => y.toTypedArray())
          expectEqual(message.split('\n').slice(0, 4).join('\n'), [
            `data: the values are on ${device}, which can only be read asynchronously`,
            '  got:      float32 values, 2 of them, read without await',
            '  expected: an array on the host, or an await',
            '  hint:     write await x.data(), or await deviceGet(tree) for many; once every few steps is enough'
          ].join('\n')) // prettier-ignore
          expectEqual(await values(y), [2, 3])
        }
      }
    : {
        'reading needs no await': async () => {
          const y = jit((x: NdArray) => x.add(1), { device })(np.array([1, 2]))
          expectEqual(Array.from(y.toTypedArray()), [2, 3])
        }
      })
})

const outcome = async (suite: string, name: string, check: Check): Promise<Outcome> => {
  try {
    await check()
    return { suite, name, error: null }
  } catch (error) {
    return {
      suite,
      name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
  }
}

/** What a loss takes along, and that the next call finds another device. */
const losing =
  (device: string, lose: () => Promise<void>): Check =>
  async () => {
    const f = jit((x: NdArray) => x.mul(2), { device })
    const x = np.array([1, 2])
    const before = f(x)
    await lose()
    const message = await messageOf(() => before.data())
    if (!message.includes('the device was lost, and the array with it')) fail(message)
    expectEqual(await values(f(f(x))), [4, 8])
  }

export interface GpuSuite {
  /** Takes the device away. */
  readonly lose?: () => Promise<void>
  readonly device: string
  readonly isAsynchronous: boolean
  /** Recorded programs to replay. */
  readonly programs: readonly ProgramRecord[]
  readonly checks: readonly string[]
}

/** Every outcome on one device; programs whose integers no float holds are named in `refused`. */
export const runSuite = async ({
  device,
  isAsynchronous,
  programs,
  checks,
  lose
}: GpuSuite): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  const add = (o: Outcome): void => {
    outcomes.push(o)
    if (o.error !== null) console.log(`${o.suite}: ${o.name}: ${o.error}`)
  }
  for (const [name, check] of Object.entries(general(device, isAsynchronous)))
    add(await outcome(device, name, check))
  if (lose !== undefined)
    add(
      await outcome(
        device,
        'a lost device takes its arrays along, and the next call gets a new one',
        losing(device, lose)
      )
    )
  const before = config({ device })
  try {
    for (const p of programs.filter(fitsGpu))
      for (const o of await checkOnDevice(p, checks))
        add({ suite: device, name: o.name, error: o.failure })
  } finally {
    config(before)
  }
  return outcomes
}
