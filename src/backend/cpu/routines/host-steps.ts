/** Kernels that routines of the host run, on views of the program's memory. */
import { slotsOf } from '../../../core/dtype.ts'
import type { HostData } from '../../../core/dtype.ts'
import type { Buffer, Library, Sort } from '../../../kernel/ir.ts'
import { sortRows } from './sort-rows.ts'

/** A view of a buffer where it lies now. */
export type ViewOf = (buffer: number) => HostData

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
