// SPDX-License-Identifier: Apache-2.0
// The name under which actions are recorded: asked once, kept in this browser. The server has no accounts yet.
import { create } from 'zustand'

const kStorageKey = 'fleet.operator'

interface Operator {
  name: string
  /** What waits for a name. */
  waiting: ((name: string) => void) | null
}

function stored(): string {
  try {
    return localStorage.getItem(kStorageKey) ?? ''
  } catch {
    return '' // Storage may be forbidden: the name is asked again next time.
  }
}

export const useOperator = create<Operator>(() => ({ name: stored(), waiting: null }))

/** Runs with the operator's name, after asking for it when it is not known. */
export function asOperator(run: (name: string) => void): void {
  const { name } = useOperator.getState()
  if (name !== '') run(name)
  else useOperator.setState({ waiting: run })
}

export function askOperator(): void {
  useOperator.setState({ waiting: () => undefined })
}

export function nameOperator(name: string): void {
  const { waiting } = useOperator.getState()
  useOperator.setState({ name, waiting: null })
  try {
    localStorage.setItem(kStorageKey, name)
  } catch {
    // Without storage the name lasts until the page is closed.
  }
  waiting?.(name)
}
