/** What reading and writing files asks of its host, outside Node: files are fetched, never written. */

export const read = async (url: string): Promise<Uint8Array> => {
  const response = await fetch(url)
  // The rejection becomes the `got` line of a LoadError.
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  return new Uint8Array(await response.arrayBuffer())
}

export const write = (_path: string, _bytes: Uint8Array): Promise<void> =>
  Promise.reject(new Error('this host has no file system'))

export const packageFolder = (_name: string): string | null => null
