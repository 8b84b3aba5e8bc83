/** Decompression by the platform's own streams, in Node and in browsers alike. */

/** What the bytes were compressed with: a gzip file, or bare deflate data as zip archives hold it. */
export type Compression = 'gzip' | 'deflate-raw'

/** The bytes before compression. Rejects when they are damaged or end too early. */
export const decompress = async (
  bytes: Uint8Array,
  compression: Compression
): Promise<Uint8Array<ArrayBuffer>> => {
  // A Blob wants a buffer that nobody shares.
  const source = new Blob([new Uint8Array(bytes)]).stream()
  const stream = source.pipeThrough(new DecompressionStream(compression))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** True when the bytes begin as a gzip file does (RFC 1952, section 2.3.1). */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b
