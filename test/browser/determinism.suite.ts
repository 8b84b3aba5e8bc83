import recorded from '../determinism/digests.json' with { type: 'json' }
import { allDigests, differences } from '../determinism/digest.ts'
import type { Suite } from './suite.ts'

const expectSame = (threads: number): void => {
  const different = differences(allDigests(threads), recorded)
  if (different.length > 0) throw new RangeError(`other bits than on Node 20: ${different.join()}`)
}

export const suite: Suite = {
  'deterministic results have the bits of Node 20': () => expectSame(1),
  'deterministic results have the bits of Node 20 on two threads': () => expectSame(2)
}
