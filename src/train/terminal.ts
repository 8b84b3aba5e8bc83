/** What training needs of the place it runs in. */

/** A bar in progress. */
export interface Bar {
  readonly update: (done: number, text: string) => void
  readonly stop: () => void
}

export interface Terminal {
  /** A bar that is drawn while it lives; it draws nothing where output is no terminal. */
  readonly bar: (title: string, total: number) => Bar
  readonly line: (text: string) => void
}
