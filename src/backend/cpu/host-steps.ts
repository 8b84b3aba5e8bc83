/** Kernels that routines of the host run, on views of the program's memory. */
import { slotsOf } from '../../core/dtype.ts'
import type { HostData } from '../../core/dtype.ts'
import type { Buffer, Library, Sort } from '../../kernel/ir.ts'

/** A view of a buffer where it lies now. */
export type ViewOf = (buffer: number) => HostData

/** Order of numbers with NaN last; −0 and 0 are equal. */
const compareNumbers = (a: number, b: number): number => {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  const [x, y] = [a !== a, b !== b]
  return x === y ? 0 : x ? 1 : -1
}

const isIntegral = (data: HostData): boolean =>
  !(data instanceof Float32Array || data instanceof Float64Array)

/** Stable sort of every row by the first `numKeys` operands. */
const sortRows = (
  kernel: Sort,
  inputs: readonly HostData[],
  outputs: readonly HostData[]
): void => {
  const { outer, length, numKeys } = kernel
  const alone = inputs.length === 1 && isIntegral(inputs[0])
  const order = new Uint32Array(length)
  for (let row = 0; row < outer; row++) {
    const start = row * length
    if (alone) {
      // Equal integers cannot be told apart, so the native sort is as good as a stable one.
      const target = outputs[0].subarray(start, start + length)
      target.set(inputs[0].subarray(start, start + length))
      target.sort()
      continue
    }
    for (let i = 0; i < length; i++) order[i] = i
    order.sort((i, j) => {
      for (let key = 0; key < numKeys; key++) {
        const c = compareNumbers(inputs[key][start + i], inputs[key][start + j])
        if (c !== 0) return c
      }
      return i - j
    })
    for (let k = 0; k < inputs.length; k++) {
      for (let i = 0; i < length; i++) outputs[k][start + i] = inputs[k][start + order[i]]
    }
  }
}

/** Views made when they are asked for: a callback may run programs, which move the memory. */
const lateViews = (buffers: readonly number[], view: ViewOf): readonly HostData[] =>
  buffers.reduce<HostData[]>((views, buffer, i) => {
    Object.defineProperty(views, i, { enumerable: true, get: () => view(buffer) })
    return views
  }, [])

export const runHostStep = (kernel: Sort | Library, view: ViewOf): void => {
  const inputs = kernel.inputs.map(view)
  if (kernel._tag === 'sort') sortRows(kernel, inputs, kernel.outputs.map(view))
  else kernel.run(inputs, lateViews(kernel.outputs, view))
}

/** A typed array over the buffer's bytes at an address. */
export const viewAt = (memory: ArrayBufferLike, buffer: Buffer, address: number): HostData => {
  const length = buffer.size * slotsOf(buffer.dtype)
  const bytes = memory as ArrayBuffer // views of shared memory behave alike
  switch (buffer.dtype) {
    case 'float64':
    case 'complex128':
      return new Float64Array(bytes, address, length)
    case 'float32':
    case 'float16':
    case 'bfloat16':
    case 'complex64':
      return new Float32Array(bytes, address, length)
    case 'int32':
      return new Int32Array(bytes, address, length)
    case 'uint32':
      return new Uint32Array(bytes, address, length)
    case 'int16':
      return new Int16Array(bytes, address, length)
    case 'uint16':
      return new Uint16Array(bytes, address, length)
    case 'int8':
      return new Int8Array(bytes, address, length)
    case 'uint8':
    case 'bool':
      return new Uint8Array(bytes, address, length)
  }
}
