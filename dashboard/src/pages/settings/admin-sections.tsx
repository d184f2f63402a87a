import { Backups } from './backups.tsx'
import { ChangeableSettings } from './changeable-settings.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Prices } from './prices.tsx'
import { ServerSettings } from './server-settings.tsx'

/** The sections that only admins see below the models. One file, so that the browser makes one request. */
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
