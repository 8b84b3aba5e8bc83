/** What reading and writing files asks of its host, outside Node: files are fetched, never written. */
import { DeviceError } from '../core/errors.ts'

export const read = async (url: string): Promise<Uint8Array> => {
  const response = await fetch(url)
  if (!response.ok)
    throw new DeviceError('fetch', {
      problem: `${response.status} ${response.statusText}`,
      got: `an answer without the file ${url}`,
      expected: 'the bytes of the file',
      hint: 'serve the file under this address, and allow the page to fetch it'
    })
  return new Uint8Array(await response.arrayBuffer())
}

export const write = (_path: string, _bytes: Uint8Array): Promise<void> =>
  Promise.reject(
    new DeviceError('files', {
      problem: 'this host has no file system',
      got: 'a file to write',
      expected: 'Node, or another host with files',
      hint: 'encode to bytes, and offer them for download or upload them'
    })
  )

export const packageFolder = (_name: string): string | null => null
