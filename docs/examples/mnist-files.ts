/** The files of MNIST, or an error that says what is missing. */
import * as E from 'fp-ts/lib/Either.js'
import { readMnist, rows, type Digits, type Mnist } from 'cotangent/data'

/** MNIST with the first `examples` images of each of its two parts. */
export const mnist = async (examples = 60000): Promise<Mnist> => {
  const read = await readMnist()()
  if (E.isLeft(read)) throw read.left
  const first = (of: Digits): Digits => {
    const count = Math.min(examples, of.labels.size)
    return rows(
      of,
      Array.from({ length: count }, (_, i) => i)
    )
  }
  return { train: first(read.right.train), test: first(read.right.test) }
}
