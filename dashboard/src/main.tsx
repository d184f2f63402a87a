import '@fontsource-variable/vazirmatn'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './styles.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startLanguage } from './languages/language.ts'
import { giveNonceToLibraries } from './style-nonce.ts'

giveNonceToLibraries()
await startLanguage()
createRoot(document.getElementById('root') as HTMLElement).render(<App />)
