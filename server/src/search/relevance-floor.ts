/** Relevance from which a product counts as an answer, and as a strong one. In a file of its own: the dashboard uses it, too. */
export const FLOOR = 0.42
export const STRONG = 0.72
