import { Backups } from './backups.tsx'
import { ChangeableSettings } from './changeable-settings.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Prices } from './prices.tsx'
import { ServerSettings } from './server-settings.tsx'

/** What only admins see below the models, in one file. */
export default function AdminSections() {
  return (
    <>
      <Prices />
      <Diagnosis />
      <ChangeableSettings />
      <ServerSettings />
      <Backups />
    </>
  )
}
