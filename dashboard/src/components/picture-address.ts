/** The page's policy allows pictures over https only. Most shops with an old http address answer there as well. */
export function pictureAddress(image: string | null | undefined): string | null {
  const url = image ? URL.parse(image) : null
  if (url?.protocol === 'http:') url.protocol = 'https:'
  return url?.protocol === 'https:' ? url.href : null
}
