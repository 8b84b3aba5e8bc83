/** The name and message that `f` throws, without the line that names this machine's paths. */
export const message = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (!(e instanceof Error)) return 'something that is no Error'
    return `${e.name} ${e.message.replace(/\n {2}at: .*/, '')}`
  }
  return 'no error'
}
