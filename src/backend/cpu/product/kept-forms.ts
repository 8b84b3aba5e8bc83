/**
 * Where packed forms lie: in cells of the residency, beside the arrays they were made of. A form is
 * made when an array comes for the second time, where there is room to spare; like a copy of a host
 * array it goes when others need its place, or when nothing refers to the array.
 */
import { allocate, hostBytes, type HostData } from '../../../core/dtype.ts'
import { mapList } from '../../../core/list.ts'
import type { Keeper, Kept } from './kept-operands.ts'
import type { Cell, Residency } from '../memory/residency.ts'

/** A form of an array, there or not. */
interface Entry {
  /** Stands for the form where arrays are looked up; it has no elements. */
  readonly name: HostData
  cell: Cell | null
  isFilled: boolean
}

const entries = new WeakMap<Cell, Map<string, Entry>>()

/** The entry of an argument's form, whose cell is held now; null where it is not to be. */
const entryOf = (residency: Residency, argument: Cell, { form, layout }: Kept): Entry | null => {
  const known = entries.get(argument)
  const entry = known?.get(form)
  if (entry === undefined) {
    const first = { name: allocate(layout.dtype, 0), cell: null, isFilled: false }
    if (known === undefined) entries.set(argument, new Map([[form, first]]))
    else known.set(form, first)
    return null
  }
  if (entry.cell === null || entry.cell.address() === 0) {
    entry.isFilled = false
    const { live, pooled, budget } = residency.statistics()
    if (2 * (live + pooled + layout.size * hostBytes(layout.dtype)) > budget) return null
  }
  return entry
}

export const holdForms: Keeper['hold'] = (residency, kept, argument, held) => {
  const places: number[] = []
  const found = mapList(kept, (k) => {
    const cell = argument(k.source)
    const entry = cell === null ? null : entryOf(residency, cell, k)
    if (entry === null) places.push(0)
    else {
      entry.cell = residency.enter(entry.name, k.layout)
      held.push(entry.cell)
      places.push(entry.cell.address())
    }
    return entry
  })
  return {
    places,
    fill: (code, table) =>
      found.forEach((entry, n) => {
        if (entry === null || entry.isFilled) return
        code[kept[n].name](table)
        entry.isFilled = true
      })
  }
}
