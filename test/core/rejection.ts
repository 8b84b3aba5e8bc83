/** The name and message that the promise rejects with, without the line that names this machine's paths. */
export const rejection = async (p: PromiseLike<unknown>): Promise<string> => {
  try {
    await p
  } catch (e) {
    if (!(e instanceof Error)) return 'something that is no Error'
    return `${e.name} ${e.message.replace(/\n {2}at: .*/, '')}`
  }
  return 'no error'
}
