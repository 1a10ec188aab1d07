/** Gives where a browser finds a path of ours: a proxy that shares its host with others takes the path of `publicUrl` away. */
export function ownPath({ publicUrl }: { readonly publicUrl: string }, path: string): string {
  return `${new URL(publicUrl).pathname.replace(/\/$/, '')}${path}`
}
