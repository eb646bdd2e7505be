/** Whether there is anything to render. */
export function hasJinja(text: string): boolean {
  return /\{[{%#]/.test(text);
}
