/** Where there is no terminal, an epoch is a line of the console. */
import type { Terminal } from './terminal.ts'

export const terminal: Terminal = {
  bar: () => ({ update: () => undefined, stop: () => undefined }),
  // oxlint-disable-next-line no-console -- a browser has no other line to write on
  line: (text) => console.log(text)
}
