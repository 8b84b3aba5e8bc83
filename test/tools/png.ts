/** Pixels of a PNG as browsers take screenshots: eight bits a channel, not interlaced. */
import { inflateSync } from 'node:zlib'

export interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green and blue of a pixel, each from 0 to 255. */
  readonly at: (x: number, y: number) => readonly [number, number, number]
}

/** The predictor of the fourth filter: the neighbour nearest to left + above − corner. */
const paeth = (left: number, above: number, corner: number): number => {
  const p = left + above - corner
  const [a, b, c] = [Math.abs(p - left), Math.abs(p - above), Math.abs(p - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

export const decodePng = (bytes: Uint8Array): Picture => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const channels = bytes[25] === 6 ? 4 : 3
  if (bytes[24] !== 8 || ![2, 6].includes(bytes[25]) || bytes[28] !== 0)
    throw new RangeError('not a picture as browsers take it')
  const parts: Uint8Array[] = []
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at))
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)))
  const raw = inflateSync(Buffer.concat(parts))
  const stride = width * channels
  const pixels = new Uint8Array(height * stride)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let i = 0; i < stride; i++) {
      const left = i < channels ? 0 : pixels[y * stride + i - channels]
      const above = y === 0 ? 0 : pixels[(y - 1) * stride + i]
      const corner = i < channels || y === 0 ? 0 : pixels[(y - 1) * stride + i - channels]
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter]
      pixels[y * stride + i] = raw[y * (stride + 1) + 1 + i] + predicted
    }
  }
  return {
    width,
    height,
    at: (x, y) => {
      const i = y * stride + x * channels
      return [pixels[i], pixels[i + 1], pixels[i + 2]]
    }
  }
}
