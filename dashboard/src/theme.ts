import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** Shade 7 carries white text at 5.5:1, on light ground and on dark. */
const brand: MantineColorsTuple = [
  '#e6f7f4',
  '#cfeee8',
  '#a1dcd2',
  '#6fc9bb',
  '#46b8a8',
  '#2aa796',
  '#178f80',
  '#0f766e',
  '#0c5f5a',
  '#084a46',
]

/** Greys with a little of the brand's blue-green in them. */
const dark: MantineColorsTuple = [
  '#dce4e6',
  '#b7c2c6',
  '#98a5aa',
  '#6d7b81',
  '#37444a',
  '#2a363b',
  '#1a2428',
  '#141c20',
  '#0f1619',
  '#0a1012',
]

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 7,
  colors: { brand, dark },
  defaultRadius: 'md',
  fontFamily: "'Vazirmatn Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '680', sizes: { h1: { fontSize: '1.625rem', lineHeight: '1.35' } } },
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Card: { defaultProps: { withBorder: true, radius: 'lg', padding: 'lg' } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        padding: 'lg',
        size: 'lg',
        // The banner is the page's, not the dialog's.
        attributes: { header: { role: 'presentation' } },
      },
    },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
    // The placeholder is no menu item, which axe calls critical; without it the first item gets the focus.
    Menu: {
      defaultProps: { radius: 'md', shadow: 'md', position: 'bottom-end', withInitialFocusPlaceholder: false },
    },
    Select: { defaultProps: { checkIconPosition: 'right' } },
  },
})

/** Mantine's grey and red texts stay below 4.5:1 on our backgrounds; these do not. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#55636a',
    '--mantine-color-placeholder': '#68757b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-default-border': '#d9e1e3',
  },
  dark: {
    '--mantine-color-dimmed': '#9fb0b6',
    '--mantine-color-placeholder': '#8a9ba1',
    '--mantine-color-error': '#ff9b8f',
    '--mantine-color-default-border': '#2a363b',
  },
})
