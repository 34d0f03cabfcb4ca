// SPDX-License-Identifier: Apache-2.0
// The page's one LiveClient, and React's ways to read it.
import { useSyncExternalStore } from 'react'
import { LiveClient, type LiveState } from './live-client'

export const liveClient = new LiveClient(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }))

export function useLive(): LiveState {
  return useSyncExternalStore(liveClient.subscribe, liveClient.snapshot)
}
