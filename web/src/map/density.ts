// SPDX-License-Identifier: Apache-2.0

const kCellPx = 24

/** How far apart the markers in view are, where there are any: the area of the cells that hold some, shared out. */
export class Density {
  private readonly columns: number
  private readonly cells: Uint8Array
  private points = 0
  private filled = 0

  constructor(width: number, height: number) {
    this.columns = Math.max(1, Math.ceil(width / kCellPx))
    this.cells = new Uint8Array(this.columns * Math.max(1, Math.ceil(height / kCellPx)))
  }

  /** A marker at a place inside the view, px. */
  add(x: number, y: number): void {
    const cell = Math.min(this.cells.length - 1, Math.floor(y / kCellPx) * this.columns + Math.floor(x / kCellPx))
    this.points++
    if (this.cells[cell] === 0) {
      this.cells[cell] = 1
      this.filled++
    }
  }

  /** Mean distance between neighbours in px, at least; infinite without a marker. */
  apart(): number {
    return this.points === 0 ? Infinity : Math.sqrt((this.filled * kCellPx * kCellPx) / this.points)
  }
}
