// SPDX-License-Identifier: Apache-2.0
import './design/tokens.css'
import './design/base.css'
import './design/shell.css'
import './design/live.css'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import { startPage } from './app/page-store'
import { startSettings } from './app/settings'

startPage()
await startSettings()
createRoot(document.getElementById('root')!).render(<App />)
