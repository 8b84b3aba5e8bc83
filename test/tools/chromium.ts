import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { chromium, type Page } from 'playwright-core'

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path)
)

/** Headless, quiet on the network, and able to run as root in a container. */
const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** Adds WebGPU on a software adapter, for machines without a GPU. */
export const softwareWebGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-unsafe-swiftshader'
]

const mime: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm'
}

/** What makes a page cross-origin isolated, so that SharedArrayBuffer exists. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp'
}

/** The strictest policy under which docs/memory-and-threads.md promises that we work. */
export const strictPolicy = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"
}

type Headers = Readonly<Record<string, string>>

/** Serves a folder on loopback. */
const serve = async (folder: string, headers: Headers): Promise<Server> => {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path)
    readFile(file).then(
      (body) => {
        response.writeHead(200, {
          'content-type': mime[extname(file)] ?? 'application/octet-stream',
          ...headers
        })
        response.end(body)
      },
      () => response.writeHead(404).end()
    )
  })
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  return server
}

/**
 * Opens the index.html of `folder` in Chromium, waits until its script has set `globalThis[name]`,
 * and gives that value. What the page failed with comes back as the error. `look` may see the page
 * before it is closed.
 */
export const resultInChromium = async <A>(
  folder: string,
  name: string,
  moreFlags: readonly string[] = [],
  headers: Headers = isolation,
  timeout = 100_000,
  look: (page: Page) => Promise<void> = () => Promise.resolve()
): Promise<A> => {
  if (executablePath === undefined)
    throw new Error('Chromium is not installed: apt-get install --no-install-recommends chromium')
  const server = await serve(folder, headers)
  const browser = await chromium.launch({ executablePath, args: [...flags, ...moreFlags] })
  try {
    const page = await browser.newPage()
    const failed = new Promise<never>((_, reject) => {
      page.on('pageerror', (error) => reject(error))
    })
    const finished = page
      .goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      .then(() => page.waitForFunction((key) => key in globalThis, name, { timeout }))
      .then(() => page.evaluate((key) => (globalThis as Record<string, unknown>)[key] as A, name))
    const result = await Promise.race([finished, failed])
    await look(page)
    return result
  } finally {
    await browser.close()
    server.close()
  }
}
