/** What goes wrong on a device, and what is said of it: in Node, on whatever adapter there is. */
import { afterAll, describe, expect, test } from 'vitest'
import { config, devicePut, jit, lax, np, pureCallback, type NdArray } from 'cotangent'
import { devices } from 'cotangent/gpu'
import { acquireWebGpu } from '../../src/backend/gpujs/load.ts'
import { gpuBackend } from '../../src/backend/select.ts'
import { message } from '../core/message.ts'
import { rejection } from '../core/rejection.ts'

const device = 'webgpu'
const [webgpu] = await devices()
if (webgpu._tag === 'Right')
  console.log(`mode ${webgpu.right.mode}, adapter ${webgpu.right.adapter}`)

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
process.on('unhandledRejection', note)
afterAll(() => {
  process.off('unhandledRejection', note)
})

/** Rejections are reported when the microtasks are done. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 20)
  })

const host = np.array([1, 2, 3])
const twice = jit((x: NdArray) => x.mul(2), { device })

describe.skipIf(webgpu._tag === 'Left')('a device that is lost', () => {
  const lose = async (): Promise<void> => {
    const { device: gpu } = await acquireWebGpu()
    gpu.destroy()
    await gpu.lost
  }

  test('takes its arrays along, and the next call gets a new one', async () => {
    const before = twice(host)
    const generation = gpuBackend(device).machine.generation()
    await lose()
    expect(await rejection(before.data())).toMatchInlineSnapshot(`
      "DeviceError webgpu memory: the device was lost, and the array with it
        got:      an array of a device that is gone
        expected: an array made since
        hint:     start again from host values: the next call gets a new device"
    `)
    expect(await rejection(twice(before).data())).toMatchInlineSnapshot(`
      "DeviceError webgpu memory: the device was lost, and the array with it
        got:      an array of a device that is gone
        expected: an array made since
        hint:     start again from host values: the next call gets a new device"
    `)
    expect(Array.from(await twice(twice(host)).data())).toEqual([4, 8, 12])
    expect(gpuBackend(device).machine.generation()).toBe(generation + 1)
  })

  test('fails what was on its way, while the same program then runs on the new one', async () => {
    const f = jit((x: NdArray) => np.sum(x.mul(x)), { device })
    expect(Array.from(await f(host).data())).toEqual([14])
    const reading = f(host).data()
    const { device: gpu } = await acquireWebGpu()
    gpu.destroy()
    const after = f(host)
    expect(await rejection(reading)).toContain('webgpu memory: the device was lost')
    expect(await rejection(after.data())).toContain('webgpu memory: the device was lost')
    expect(Array.from(await f(host).data())).toEqual([14])
  })

  test('leaves nothing in use', async () => {
    await lose()
    await twice(host).data()
    expect(gpuBackend(device).machine.statistics().live).toBeLessThan(1000)
  })
})

describe.skipIf(webgpu._tag === 'Left')('memory', () => {
  test('above maxInFlightBytes is refused with both remedies', async () => {
    const x = devicePut(np.ones([1024]), device)
    const grow = jit((v: NdArray) => np.broadcastTo(v, [64, 1024]).mul(2), { device })
    const before = config({ maxInFlightBytes: 2 ** 17 })
    try {
      expect(message(() => grow(x)).replace(/\d+ bytes in use/, 'N bytes in use'))
        .toMatchInlineSnapshot(`
        "DeviceError webgpu memory: more device memory is in use than maxInFlightBytes allows
          got:      N bytes in use, 262144 more wanted
          expected: at most 131072 bytes
          hint:     donate what a step replaces (jit with donateArgnums), and await a value every few steps so that unused arrays are collected; or raise config({ maxInFlightBytes })"
      `)
    } finally {
      config(before)
    }
    // What was refused holds nothing, so that the same call succeeds under the larger bound.
    expect((await np.sum(grow(x)).data())[0]).toBe(2 * 64 * 1024)
  })

  test('is refused to an array larger than a buffer', async () => {
    const { device: gpu } = await acquireWebGpu()
    const most = gpu.limits.maxStorageBufferBindingSize
    const ones = jit((x: NdArray) => np.broadcastTo(x, [most / 4 + 1024]).add(1), { device })
    const text = message(() => ones(np.array(1)))
    expect(text.replace(`${most + 4096}`, 'MORE').replace(`${most}`, 'MOST'))
      .toMatchInlineSnapshot(`
      "DeviceError webgpu memory: an array is larger than a buffer of this device can be
        got:      MORE bytes
        expected: at most MOST bytes
        hint:     split the array along its leading axis, or run this part on the CPU"
    `)
  })

  test('of more matrices than a launch has places is no limit', async () => {
    const count = 70_000
    const a = np.broadcastTo(np.reshape(np.arange(count), [count, 1, 1]), [count, 8, 8])
    const f = jit((x: NdArray, y: NdArray) => np.sum(np.matmul(x, y), { axis: [1, 2] }), { device })
    const sums = await f(a.astype('float32'), np.ones([count, 8, 8])).data()
    expect([sums[0], sums[1], sums[count - 1]]).toEqual([0, 512, 512 * (count - 1)])
  })
})

describe.skipIf(webgpu._tag === 'Left')('a failure', () => {
  const failing = jit(
    (x: NdArray) =>
      pureCallback(
        (_v: NdArray): NdArray => {
          throw new RangeError('the callback of the user failed')
        },
        { shape: [3], dtype: 'float32' },
        x.mul(2)
      ).add(1),
    { device }
  )

  test('stays in the handle until somebody reads', async () => {
    const y = failing(host)
    await turn()
    expect(unhandled).toEqual([])
    expect(await rejection(y.data())).toMatchInlineSnapshot(
      `"RangeError the callback of the user failed"`
    )
    expect(await rejection(y.data())).toContain('the callback of the user failed')
  })

  test('reaches what is computed from it', async () => {
    const z = twice(twice(failing(host)))
    await turn()
    expect(unhandled).toEqual([])
    expect(await rejection(z.data())).toContain('the callback of the user failed')
  })
})

describe.skipIf(webgpu._tag === 'Left')('an array on webgpu', () => {
  test('is not read without await', () => {
    const y = twice(host)
    expect(message(() => y.toTypedArray())).toMatchInlineSnapshot(`
      "DeviceError data: the values are on webgpu, which can only be read asynchronously
        got:      float32 values, 3 of them, read without await
        expected: an array on the host, or an await
        hint:     write await x.data(), or await deviceGet(tree) for many; once every few steps is enough"
    `)
    expect(message(() => np.sum(y).item())).toContain('hint:     write await x.data()')
    expect(String(y)).toMatchInlineSnapshot(
      `"NdArray float32[3] (on webgpu; await x.data() brings the values)"`
    )
  })

  test('does not meet one on another device', () => {
    const y = twice(host)
    expect(message(() => lax.add(y, devicePut(host, 'cpu')))).toMatchInlineSnapshot(`
      "DeviceError jit: the arguments are on different devices
        got:      arrays on webgpu and on cpu
        expected: arrays on one device, or on the host
        hint:     move one with devicePut(x, 'webgpu')"
    `)
  })

  test('is gone when it was donated', async () => {
    const x = devicePut(host, device)
    const f = jit((v: NdArray) => v.add(1), { device, donateArgnums: 0 })
    expect(Array.from(await f(x).data())).toEqual([2, 3, 4])
    expect(await rejection(x.data())).toMatchInlineSnapshot(`
      "DeviceError data: the array was donated and its memory is used for something else now
        got:      an array donated to jit
        expected: an array that is still owned
        hint:     use what the call returned, or leave the argument out of donateArgnums"
    `)
  })
})
