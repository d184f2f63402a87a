import { Checkbox, Stack } from '@mantine/core'

interface Props<Kind extends string> {
  label: string
  all: { kind: Kind; name: string }[]
  chosen: Kind[]
  onChange: (chosen: Kind[]) => void
}

/** Some of the kinds of alerts. A kind that is not offered, such as one of another role, stays chosen. */
export function KindChoice<Kind extends string>({ label, all, chosen, onChange }: Props<Kind>) {
  const others = chosen.filter((kind) => !all.some((one) => one.kind === kind))
  return (
    <Checkbox.Group
      label={label}
      value={chosen}
      onChange={(values) =>
        onChange([...all.map(({ kind }) => kind).filter((kind) => values.includes(kind)), ...others])
      }
    >
      <Stack gap="xs" mt={6}>
        {all.map(({ kind, name }) => (
          <Checkbox key={kind} value={kind} label={name} />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
