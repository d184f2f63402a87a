// HTML elements by their effect in clean-html.ts, obsolete ones included.

const words = (...lines: string[]) => new Set(lines.flatMap((line) => line.split(' ')))

/** Their content is not text of the page: scripts, styles, pictures, option lists, fallback text. */
export const DROPPED_ELEMENTS = words(
  'script style noscript template iframe svg math object applet canvas audio video select datalist textarea head title',
  'noembed noframes',
)

/** Dropped elements whose content browsers do not parse: it ends at the first closing tag. */
export const RAW_ELEMENTS = words('script style iframe textarea title noembed noframes')

/** Elements that make a paragraph. */
export const PARAGRAPH_ELEMENTS = words(
  'p div section article header footer main aside nav figure figcaption address blockquote pre table hgroup search',
  'ul ol dl menu dir form fieldset hr h1 h2 h3 h4 h5 h6 details dialog center xmp listing plaintext optgroup',
)

/** Elements that make a line. */
export const LINE_ELEMENTS = words('li tr dt dd caption summary legend option')

/** Elements that are separated from their neighbours by a space. */
export const CELL_ELEMENTS = words('td th')

/** Inline elements. Shops also write such words in angle brackets, so a single one is not yet markup (clean-html.ts). */
export const INLINE_ELEMENTS = words(
  'a abbr acronym b bdi bdo big blink button cite code data del dfn em font i ins kbd label mark marquee meter nobr output',
  'picture progress q rb rp rt rtc ruby s samp slot small span strike strong sub sup time tt u var map',
)

/** Elements without text or break: void elements, parts of tables and documents. */
const OTHER_ELEMENTS = words(
  'html body colgroup col thead tbody tfoot br wbr img image input link meta base area embed source track param',
  'frame frameset keygen basefont bgsound spacer',
)

export const KNOWN_ELEMENTS = new Set([
  ...DROPPED_ELEMENTS,
  ...PARAGRAPH_ELEMENTS,
  ...LINE_ELEMENTS,
  ...CELL_ELEMENTS,
  ...INLINE_ELEMENTS,
  ...OTHER_ELEMENTS,
])
