/**
 * The received value if a browser would accept it as an http(s) URL, else "". A URL without a scheme (`//cdn.example.com/a.jpg`) gets
 * https.
 */
export function webAddress(value: string): string {
  const address = value.startsWith('//') ? `https:${value}` : value
  return /^https?:\/\/[^\s/\\]/i.test(address) && URL.canParse(address) ? address : ''
}
