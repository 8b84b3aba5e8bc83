/** Arrays that lie side by side on the device are arrays like others. */
import { afterAll, describe, expect, test } from 'vitest'
import { config, devicePut, jit, lax, np, optim, random, tree, type NdArray } from 'cotangent'
import { devices } from 'cotangent/gpu'
import { gpuBackend } from '../../src/backend/select.ts'

const [webgpu] = await devices()
const device = 'webgpu'
const before = config()
afterAll(() => {
  config(before)
})

const shapes = { w: [4, 5], b: [5], v: [5, 70], c: [70], one: [1], scalar: [] } as const
type Params = Readonly<Record<keyof typeof shapes, NdArray>>

const draw = (seed: number): Params => {
  const key = random.key(seed)
  const each = Object.entries(shapes).map(
    ([name, shape]) => [name, random.normal(random.foldIn(key, name), shape)] as const
  )
  return Object.fromEntries(each) as unknown as Params // the names of shapes
}

const values = async (t: object): Promise<readonly (readonly number[])[]> =>
  Promise.all(tree.leaves(t).map(async (x) => Array.from(await (x as NdArray).data())))

const optimizer = optim.adam({ learningRate: 0.1 })

const update = ({ params, state }: Carry, grads: Params): Carry => {
  const [updates, next] = optimizer.update(grads, state, params)
  return { params: optim.applyUpdates(params, updates), state: next }
}

interface Carry {
  readonly params: Params
  readonly state: optim.OptState
}

const start = (): Carry => ({ params: draw(1), state: optimizer.init(draw(1)) })

const steps = 3

const onCpu = async (): Promise<readonly (readonly number[])[]> => {
  const step = jit(update, { device: 'cpu' })
  let carry = start()
  for (let i = 0; i < steps; i++) carry = step(carry, draw(i + 2))
  return values(carry.params)
}

const expectSame = (
  here: readonly (readonly number[])[],
  there: readonly (readonly number[])[]
): void => {
  here.forEach((x, i) => {
    expect(x.length).toBe(there[i].length)
    x.forEach((v, j) => expect(Math.abs(v - there[i][j])).toBeLessThan(1e-5))
  })
}

describe.skipIf(webgpu._tag === 'Left')('arrays side by side', () => {
  test.each([true, false])('are updated as on the CPU (donated: %s)', async (donates) => {
    const step = jit(update, { device, ...(donates ? { donateArgnums: 0 } : {}) })
    let carry: Carry = devicePut(
      tree.map((x: NdArray) => np.copy(x), start()),
      device
    )
    for (let i = 0; i < steps; i++) carry = step(carry, draw(i + 2))
    expectSame(await values(carry.params), await onCpu())
  })

  test('meet again without a copy or a buffer more', async () => {
    const step = jit(update, { device, donateArgnums: 0 })
    const { machine } = gpuBackend(device)
    const grads = devicePut(draw(2), device)
    let carry: Carry = devicePut(
      tree.map((x: NdArray) => np.copy(x), start()),
      device
    )
    for (let i = 0; i < 3; i++) carry = step(carry, grads)
    await carry.params.w.data()
    const { allocations, launches } = machine.statistics()
    for (let i = 0; i < 5; i++) carry = step(carry, grads)
    await carry.params.w.data()
    const now = machine.statistics()
    expect(now.allocations).toBe(allocations)
    // One for the powers of the moments' decay, one for the arrays, one for each of those with one element.
    expect((now.launches - launches) / 5).toBeLessThanOrEqual(4)
  })

  test('are used alone by other programs, and outlive each other', async () => {
    const double = jit((p: Params) => tree.map((x: NdArray) => np.sin(x).mul(2), p), { device })
    const { v, b } = double(draw(5))
    const sum = jit((x: NdArray, y: NdArray) => np.matmul(x.reshape([5, 70]).T, y), { device })
    const here = await values({ r: sum(v, b), e: v.slice('1:3').add(1) })
    const there = config({ device: 'cpu' })
    const p = draw(5)
    const [w, c] = [np.sin(p.v).mul(2), np.sin(p.b).mul(2)]
    const expected = await values({ r: np.matmul(w.T, c), e: w.slice('1:3').add(1) })
    config(there)
    expectSame(here, expected)
  })

  test('of a mixed origin are brought together', async () => {
    const double = jit((p: Params) => tree.map((x: NdArray) => x.mul(2), p), { device })
    const once = double(draw(6))
    const twice = double({ ...once, w: draw(7).w, c: devicePut(draw(8).c, device) })
    const expected = await values({ ...draw(6), w: draw(7).w, c: draw(8).c })
    const names = Object.keys(draw(6)).toSorted()
    const here = await values(twice)
    here.forEach((x, i) => {
      const times = names[i] === 'w' || names[i] === 'c' ? 2 : 4
      x.forEach((y, j) => expect(Math.abs(y - times * expected[i][j])).toBeLessThan(1e-5))
    })
  })

  test('one that was donated is gone, its neighbours are not', async () => {
    const double = jit((p: Params) => tree.map((x: NdArray) => x.mul(2), p), { device })
    const { w, b } = double(draw(9))
    const taking = jit((x: NdArray) => x.add(1), { device, donateArgnums: 0 })
    const next = taking(w)
    await expect(w.data()).rejects.toThrow('the array was donated')
    const [[first]] = await values([next])
    expect(Math.abs(first - (2 * (await values([draw(9).w]))[0][0] + 1))).toBeLessThan(1e-5)
    expectSame(await values([b]), await values([draw(9).b.mul(2)]))
  })

  test('may be empty, may be one array given twice, and may be made by a branch or a loop', async () => {
    const tied = devicePut(np.ones([5]), device)
    const given = { empty: np.zeros([0]), a: tied, b: tied, c: np.ones([7]) }
    const double = jit((p: typeof given) => tree.map((x: NdArray) => x.mul(2), p), { device })
    expect(await values(double(given))).toEqual([Array(5).fill(2), Array(5).fill(2), Array(7).fill(2), []]) // prettier-ignore
    const f = jit(
      (p: readonly NdArray[]) => {
        const chosen = p.map((x) =>
          lax.cond(
            np.greater(np.sum(x), 4),
            (v: NdArray) => v.sub(1),
            (v: NdArray) => v.add(1),
            x
          )
        )
        const looped = lax.foriLoop(0, 3, (_i, q) => q.map((x) => x.mul(2)), chosen)
        return looped.map((x) => np.exp(x).mul(0).add(x))
      },
      { device }
    )
    expect(await values(f([np.ones([4]), np.ones([5])]))).toEqual([Array(4).fill(16), Array(5).fill(0)]) // prettier-ignore
  })
})
