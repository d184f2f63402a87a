import { ActionIcon, Button, Menu, Text, useMantineColorScheme } from '@mantine/core'
import {
  IconBook2,
  IconCheck,
  IconDeviceDesktop,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Session, useSignOut } from '../api/session.ts'
import { chooseLanguage, chosenLanguage, LANGUAGES, type Language } from '../languages/language.ts'
import classes from './menus.module.css'
import { useHref } from './scope.ts'

const OTHER: Record<Language, Language> = { fa: 'en', en: 'fa' }

/** There are two languages: the button names the other one, in its own words. */
export function LanguageSwitch() {
  useTranslation()
  const client = useQueryClient()
  const other = OTHER[chosenLanguage()]
  const change = async (language: Language) => {
    await chooseLanguage(language)
    // The server's sentences are in the language in which they were asked for.
    await client.invalidateQueries()
  }
  return (
    <Button
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size="compact-md"
      px="xs"
      leftSection={<IconLanguage size={18} stroke={1.7} aria-hidden />}
      classNames={{ section: classes.languageIcon }}
      lang={other}
      onClick={() => change(other)}
    >
      {LANGUAGES[other].name}
    </Button>
  )
}

const SCHEMES = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop } as const

export function AppearanceMenu() {
  const { t } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const Icon = SCHEMES[colorScheme]
  return (
    <HeaderMenu name={t('shell.appearance')} icon={<Icon size={19} stroke={1.7} />}>
      {(['light', 'dark', 'auto'] as const).map((scheme) => {
        const SchemeIcon = SCHEMES[scheme]
        return (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={scheme === colorScheme}
            leftSection={<SchemeIcon size={17} stroke={1.7} />}
            rightSection={scheme === colorScheme ? <IconCheck size={15} /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`shell.${scheme}`)}
          </Menu.Item>
        )
      })}
    </HeaderMenu>
  )
}

export function UserMenu({ me }: { me: Session }) {
  const { t } = useTranslation()
  const href = useHref()
  const signOut = useSignOut()
  return (
    <HeaderMenu name={t('shell.account')} icon={<IconUserCircle size={22} stroke={1.6} />}>
      <Text size="sm" fw={600} px="sm" pt={6} w={232} truncate dir="auto">
        {me.name || me.email}
      </Text>
      <Text size="xs" c="dimmed" px="sm" pb={6}>
        {t(`shell.${me.role}`)}
      </Text>
      <Menu.Divider />
      <Menu.Item leftSection={<IconUserCircle size={17} stroke={1.7} />} component={Link} href={href('/account')}>
        {t('shell.pages.account')}
      </Menu.Item>
      <Menu.Item leftSection={<IconSettings size={17} stroke={1.7} />} component={Link} href={href('/settings')}>
        {t('shell.pages.settings')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconBook2 size={17} stroke={1.7} />}
        component="a"
        href="/docs"
        target="_blank"
        rel="noopener"
      >
        {t('shell.apiReference')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<IconLogout size={17} stroke={1.7} />} onClick={() => signOut.mutate()}>
        {t('shell.signOut')}
      </Menu.Item>
    </HeaderMenu>
  )
}

/** A menu behind a sign at the end of the header. */
function HeaderMenu({ name, icon, children }: { name: string; icon: ReactNode; children: ReactNode }) {
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-text)" size="lg" aria-label={name}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}
