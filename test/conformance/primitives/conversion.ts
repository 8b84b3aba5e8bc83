/** Types and bits. */
import { scalar } from '../../../src/core/array.ts'
import { bitcastConvertType, convertElementType } from '../../../src/primitives/convert.ts'
import { iota } from '../../../src/primitives/iota.ts'
import { broadcastTo, reshape } from '../../../src/primitives/movement.ts'
import { sliceInDim } from '../../../src/primitives/slicing.ts'
import { ValueError } from '../../../src/core/errors.ts'
import type { EquationRecord } from '../golden.ts'
import type { Converter, Converters } from '../replay.ts'

/**
 * We have no 64-bit integers. What JAX reads from the bits of a float64 is held as its high word,
 * where the sign is: a shift by 63 leaves the same of it as of all 64 bits.
 */
const bitcast: Converter = ([x], { new_dtype: dtype }, { outs: [out], siblings, equation }) => {
  if (dtype !== 'int64' && dtype !== 'uint64') return bitcastConvertType(x, out.dtype)
  requireSignOnly(siblings, equation.out[0].var)
  const words = bitcastConvertType(x, out.dtype)
  return reshape(sliceInDim(words, 1, 2, x.ndim), x.shape)
}

/** Throws unless the word is used only by shifts that leave nothing but the sign. */
const requireSignOnly = (siblings: readonly EquationRecord[], variable: string): void => {
  const users = siblings.filter((e) => e.in.includes(variable))
  const fine = users.every((e) => {
    const [, by] = e.in
    return e.prim.startsWith('shift_right') && typeof by !== 'string' && by.lit.data[0] === 63
  })
  if (fine) return
  throw new ValueError('bitcast_convert_type', {
    problem: 'there are no 64-bit integers to hold these bits',
    got: users.map((e) => e.prim).join(', '),
    expected: 'a shift by 63, which leaves the sign',
    hint: 'read the float64 as pairs of 32-bit words'
  })
}

export const conversion: Converters = {
  bitcast_convert_type: bitcast,
  convert_element_type: ([x], _params, { outs: [out] }) => convertElementType(x, out.dtype),
  // Memory that nobody has written: any value will do.
  empty2: (_args, _params, { outs: [out] }) => broadcastTo(scalar(0, out.dtype), out.shape),
  iota: (_args, { dimension }, { outs: [out] }) => iota(out.dtype, out.shape, dimension)
}
