/** Where arrays live. */
import {
  avalOf,
  commit,
  deviceOf,
  fromHost,
  fromResident,
  hostOf,
  hostOfAsync,
  isTracer,
  type NdArray
} from '../core/array.ts'
import { deviceName, putOnDevice } from '../compile/backends.ts'
import { unflatten } from '../core/tree.ts'
import { arraysOf } from '../trace/flat.ts'

const move = (x: NdArray, device: string): NdArray => {
  if (device === 'cpu') return commit(fromHost(avalOf(x), hostOf(x, 'devicePut')))
  const { size, dtype } = x
  return fromResident(avalOf(x), putOnDevice(device, { size, dtype }, hostOf(x, 'devicePut')))
}

/**
 * The tree with its arrays on a device: `cpu`, `gpu` (the best one that is open), or a name from
 * `await devices()`. What is computed from them is computed there.
 *
 * Errors: DeviceError for devices that have not been opened, and for arrays whose device can only
 * be read asynchronously: `await x.data()` brings those.
 *
 * @example
 * devicePut(np.array([1, 2]), 'cpu').device // => 'cpu'
 */
export const devicePut = <T>(x: T, device = 'cpu'): T => {
  const name = deviceName(device)
  const [arrays, structure] = arraysOf(x, 'devicePut')
  const placed = arrays.map((a) =>
    isTracer(a) || (name !== 'cpu' && deviceOf(a) === name) ? a : move(a, name)
  )
  return unflatten(structure, placed) as T
}

/**
 * The tree with its arrays on the host, once their values are there. JAX's `device_get`; a promise,
 * because a GPU is only read asynchronously.
 *
 * Errors: rejects with what the computation of an array failed with.
 *
 * @example
 * const { mean } = await deviceGet({ mean: np.mean(np.array([1, 2])) })
 * mean.item() // => 1.5
 *
 * @category devices
 * @since 0.1.0
 */
export const deviceGet = async <T>(x: T): Promise<T> => {
  const [arrays, structure] = arraysOf(x, 'deviceGet')
  const values = await Promise.all(
    arrays.map(async (a) => fromHost(avalOf(a), await hostOfAsync(a, 'deviceGet')))
  )
  return unflatten(structure, values) as T
}
