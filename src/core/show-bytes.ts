/** Amounts of memory as text. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 MiB`: the largest unit of which there is one. */
export const showBytes = (bytes: number): string => {
  const unit = Math.max(
    0,
    units.findLastIndex((_, i) => bytes >= 1024 ** i)
  )
  const amount = bytes / 1024 ** unit
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${units[unit]}`
}
