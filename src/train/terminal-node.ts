/** Progress on a terminal: a bar that redraws itself, or nothing where there is no terminal. */
import { Presets, SingleBar } from 'cli-progress'
import type { Bar, Terminal } from './terminal.ts'

const drawn = (title: string, total: number): Bar => {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {value}/{total} | {text}`,
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      stopOnComplete: false,
      fps: 10
    },
    Presets.shades_classic
  )
  bar.start(total, 0, { text: '' })
  return {
    update: (done, text) => bar.update(done, { text }),
    stop: () => bar.stop()
  }
}

const silent: Bar = { update: () => undefined, stop: () => undefined }

export const terminal: Terminal = {
  bar: (title, total) => (process.stderr.isTTY ? drawn(title, total) : silent),
  line: (text) => void process.stdout.write(`${text}\n`)
}
