/** Waiting until nothing else works on this machine (Linux; elsewhere there is no waiting). */
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'

/** Seconds that all processors have worked since the machine started, in hundredths. */
const busy = (): number => {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user, nice, system, , , irq, softirq, steal] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / 100
}

/** Processors at work on average over `milliseconds`. */
const load = async (milliseconds: number): Promise<number> => {
  const [before, start] = [busy(), performance.now()]
  await after(milliseconds)
  return ((busy() - before) * 1000) / (performance.now() - start)
}

/** Waits, `patience` milliseconds at most; gives how many processors were busy at the end. */
export const waitForQuiet = async (patience: number): Promise<number> => {
  if (!existsSync('/proc/stat')) return 0
  const end = performance.now() + patience
  for (;;) {
    const now = await load(300)
    if (now < 0.2 || performance.now() > end) return now
  }
}
