/** Where arrays live. */
import { deviceOf, fromHost, avalOf, hostOf, isTracer } from '../core/array.ts'
import { DeviceError } from '../core/errors.ts'
import { unflatten } from '../core/tree.ts'
import { arraysOf } from '../trace/flat.ts'

/**
 * The tree with its arrays on a device. `cpu` is the only one that this version has.
 *
 * Errors: DeviceError for other devices.
 *
 * @example
 * devicePut(np.array([1, 2]), 'cpu').device // => 'cpu'
 */
export const devicePut = <T>(x: T, device = 'cpu'): T => {
  if (device !== 'cpu')
    throw new DeviceError('devicePut', {
      problem: 'there is no such device',
      got: `'${device}'`,
      expected: "'cpu'",
      hint: 'this version computes on the CPU; leave the device out'
    })
  const [arrays, structure] = arraysOf(x, 'devicePut')
  const placed = arrays.map((a) =>
    isTracer(a) || deviceOf(a) === 'cpu' ? a : fromHost(avalOf(a), hostOf(a, 'devicePut'))
  )
  return unflatten(structure, placed) as T
}
