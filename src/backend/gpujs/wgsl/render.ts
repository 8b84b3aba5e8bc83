/** Passes as WGSL. */
import type { Buffer } from '../../../kernel/ir.ts'
import type { Pass } from '../passes/pass.ts'
import { mapShader } from './map.ts'
import { productShader } from './product.ts'
import { reduceShader } from './reduce.ts'
import { scatterShader } from './scatter.ts'
import type { Shader } from './shader.ts'

export const renderShader = (pass: Pass, buffers: readonly Buffer[]): Shader => {
  switch (pass._tag) {
    case 'map':
      return mapShader(pass, buffers)
    case 'reduce':
      return reduceShader(pass, buffers)
    case 'product':
      return productShader(pass, buffers)
    case 'scatter':
      return scatterShader(pass, buffers)
    case 'fours':
      throw new RangeError('a product is tiled in WGSL')
  }
}
