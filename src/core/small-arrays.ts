/**
 * Storage of small arrays. An ArrayBuffer of its own takes the engine half a microsecond to make,
 * longer than many an operation on it; so small arrays lie side by side in blocks. A block lives
 * for as long as one of its arrays does, which bounds how long it may be.
 */
import type { HostData, HostDataConstructor } from './dtype.ts'

const blockBytes = 8192

/** Engines keep the elements of shorter arrays inside of the object; of longer ones a block has few. */
export const [leastShared, mostShared] = [64, 2048]

/** Arrays of every type may begin here. */
const alignment = 16

let block = new ArrayBuffer(blockBytes)
let used = 0

/** Zeroed storage for `length` elements of so many bytes. */
export const inBlock = (make: HostDataConstructor, length: number, bytes: number): HostData => {
  if (used + bytes > blockBytes) {
    block = new ArrayBuffer(blockBytes)
    used = 0
  }
  const data = new make(block, used, length)
  used = Math.ceil((used + bytes) / alignment) * alignment
  return data
}
