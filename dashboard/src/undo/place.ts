/** The place that undoes what a key suspended, since this time if it is known. */
export function undoPlace(keyId: string, since?: string): string {
  const query = since ? `?${new URLSearchParams({ since }).toString()}` : "";
  return `/dashboard/api-keys/${encodeURIComponent(keyId)}/undo${query}`;
}
